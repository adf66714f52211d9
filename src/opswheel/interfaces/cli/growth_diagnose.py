"""`growth diagnose` and `growth momentum`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options
from .growth_asked import USUAL, WheelOptions, open_workspace, rests_on, say


def diagnose(*, about: WheelOptions = USUAL, pillars: Path | None = None) -> int:
    """Which spoke is broken, what holds the wheel back, and whether momentum is building.

    Parameters
    ----------
    about
        Which wheel, on which data.
    pillars
        A CSV of industry risk scores (attribute, score): gives risk tags and stress scenarios, changes nothing else.
    """
    from ..answers.growth import diagnose_answer

    found = diagnose_answer(open_workspace, about.asked(), pillars)
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    say(rests_on(found))
    out = console()
    out.print("")
    say(s["words"] for s in found["sentences"])
    out.print("")
    out.print(_links(found["links"]))
    out.print("")
    say(f"Watch {p['name']}: {p['state']}: {p['evidence']}." + _next(p) for p in found["pitfalls"])
    risks = found["risks"]
    if risks:
        out.print("")
        say([f"Industry risks, {risks['words']}."])
        say(
            f"{t['attribute']} {t['score']:g} {t['name']}".rstrip()
            + (f": {t['driver']}" if t["driver"] else ": no driver")
            for t in risks["tags"]
        )
        say(f"Stress: {s['scenario']}: {s['words']}." for s in risks["stress"])


def _next(pitfall: dict[str, Any]) -> str:
    return f" Next: {pitfall['next']}." if pitfall["next"] else ""


def _links(links: list[dict[str, Any]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("link", "10 % more brings", "9 in 10 within", "status", "where from"):
        table.add_column(name, no_wrap=True)
    table.add_column("why, and what would tell", overflow="fold")
    for link in links:
        ends = sorted((10 * link["low"], 10 * link["high"]))
        fixed = link["source"] == "by accounting"
        why = "; ".join(w for w in (link["reason"], link["next"]) if w) if link["status"] != "ok" else ""
        cells = (
            link["link"],
            f"{10 * link['mean']:+.1f} %",
            "" if fixed else f"{ends[0]:+.1f} to {ends[1]:+.1f} %",
            link["status"].replace("_", " "),
            link["source"],
            why,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def momentum(*, about: WheelOptions = USUAL, save: Annotated[bool, Parameter(negative=())] = False) -> int:
    """How much of a push comes back, loop by loop, and whether sales would go on rising by themselves.

    Parameters
    ----------
    about
        Which wheel, on which data.
    save
        Keep the follow-on multipliers of this wheel for ranking; `[growth] momentum` switches their use on.
    """
    from ..answers.growth import momentum_answer
    from ..answers.growth_axle import save_multipliers

    found, fit = momentum_answer(open_workspace, about.asked())
    if save:
        found["saved"] = save_multipliers(open_workspace(), fit)
    if options().json:
        answer(found)
        return 0
    say(rests_on(found))
    console().print("")
    say(s["words"] for s in found["sentences"])
    say(_loop_words(row) for row in found["loops"])
    if save:
        say([found["saved"]["words"]])
    return 0


def _loop_words(row: dict[str, Any]) -> str:
    gain, turn, share = row["gain"], row["weeks_per_turn"], row["share"]
    return (
        f"{row['name']} {row['path']}: {gain['value']:+.2f} a turn ({gain['low']:+.2f} to {gain['high']:+.2f}),"
        f" {turn['value']:.0f} weeks a turn, {share['value']:.0%} of the turning ({gain['source']})"
    )


def spokes() -> int:
    """Open issues and their money by the spoke of the growth wheel they hold back."""
    from ...core.money import show_money
    from ..answers.growth_axle import spokes_answer

    found = spokes_answer(open_workspace())
    if options().json:
        answer(found)
        return 0
    if found["as_of"] is None:
        say(["No run yet. Load reports, then: opswheel run"])
        return 0
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("spoke", "issues", "a day", "can save", "in the long run", "first", "kinds"):
        left = name in ("spoke", "first", "kinds")
        table.add_column(name, justify="left" if left else "right", overflow="fold")
    for row in found["spokes"]:
        money = [show_money(row[n], found["currency"]) for n in ("exposure_per_day", "avoidable", "long_run_loss")]
        if not found["momentum"]:
            money[2] = "off"
        first = ", ".join(map(str, row["first"]))
        cells = (row["title"], str(row["issues"]), *money, first, ", ".join(row["kinds"]))
        table.add_row(*(Text(cell) for cell in cells))
    say([f"Issues of the run of {found['as_of']} by the spoke they hold back; rows to verify first are not in it."])
    console().print(table)
    if found["left_out"]:
        say([f"Not in it: {found['left_out']} issues whose money is cash or is lost at one stroke."])
    if found["momentum"]:
        say([f"Long run: with the sales that stay away after the loss ends ({found['source']})."])
    else:
        say(["The long run is off: [growth] momentum = true in opswheel.toml lets ranking know it."])
    return 0
