"""`growth`: the slow wheel. Its commands are loaded when they are used; a new one is a row in `COMMANDS`."""

from __future__ import annotations

from cyclopts import App

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("wheel", "growth_wheel:wheel", "A wheel: its drivers, what measures them, its loops; as text, picture or file."),
    ("links", "growth_wheel:links", "Its links: sign, delay, size with its range, and where that comes from."),
    ("loops", "growth_wheel:loops", "Its loops: what comes back of 100, how long a turn takes, what that rests on."),
    ("diagnose", "growth_diagnose:diagnose", "Which spoke is broken, what holds the wheel back, is momentum building?"),
    ("momentum", "growth_diagnose:momentum", "How much of a push comes back, and where sales go if nobody pushes."),
    ("leverage", "growth_push:leverage", "Pushes ranked by what they bring per unit of cost."),
    ("push", "growth_push:push", "What one push does to sales, week by week, and what is left when it stops."),
    ("experiment", "growth_push:experiment", "The cheapest next test: its design, size and weeks."),
    ("kpis", "growth_kpis:kpis", "The board of key figures, each with its interval and against its mark."),
    ("spokes", "growth_diagnose:spokes", "Open issues and their money by the spoke they hold back."),
)

growth = App(name="growth", help_format="plaintext", result_action="return_value")
for _name, _target, _words in COMMANDS:
    growth.command(f"opswheel.interfaces.cli.{_target}", name=_name, help=_words)
