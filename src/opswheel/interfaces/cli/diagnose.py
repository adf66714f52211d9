"""`diagnose`: the verdict, the hand-off to mend next, and where each workflow stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from cyclopts import Parameter

from ...core.errors import WrongUse
from ...core.money import show_money
from .context import answer, console, options, workspace
from .days import parse_day, parse_month

_STATES = {"broken": "broken", "flowing": "flows", "cannot_tell": "cannot tell"}


def diagnose(  # noqa: PLR0913
    *,
    month: str | None = None,
    set_: Annotated[str | None, Parameter(name="--set")] = None,
    why: str | None = None,
    until: str | None = None,
    did: str | None = None,
    removed: str | None = None,
    by: str | None = None,
) -> int:
    """Is the wheel compounding, and where does it stall? The answer, its evidence, and what to do next.

    Parameters
    ----------
    month
        A calendar month such as 2026-10, as it was; the last thirty days, if not given.
    set_
        Set a workflow's level in the place of the evidence, such as "Ads=2", with --why and --until.
    why
        Why it is another level than the evidence says.
    until
        Last day that holds.
    did
        Record that a habit was done today: morning, midday, close_of_day, weekly, monthly or quarterly.
    removed
        Record that a hand-off is gone, such as "Pricing: catalog is no longer asked for the minimum price".
    by
        Who says so; you, if not given.
    """
    from ..answers.performance import diagnose_answer, record_habit, remove_handoff

    here = workspace()
    if sum(v is not None for v in (set_, did, removed)) > 1:
        raise WrongUse("One thing at a time.", "Say one of --set, --did and --removed.")
    if set_ is not None:
        _set(here, set_, why, until, by)
    if did is not None:
        return _told(record_habit(here, did, by, why), f"Recorded: {did}.")
    if removed is not None:
        flow, _, words = removed.partition(":")
        return _told(remove_handoff(here, flow, words, by=by), "Recorded: one hand-off less.")
    found = diagnose_answer(here, None if month is None else parse_month(month))
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


def _set(here: Any, said: str, why: str | None, until: str | None, by: str | None) -> None:
    from ..answers.performance import override_maturity

    flow, _, level = said.partition("=")
    last = parse_day(until, "--until")
    if not flow.strip() or not level.strip().isdecimal():
        raise WrongUse(f"--set {said!r} names no level.", 'Write it like --set "Ads=2".')
    if last is None:
        raise WrongUse("Until when does that hold?", "Say --until YYYY-MM-DD.")
    override_maturity(here, flow.strip(), int(level), note=why or "", until=last, by=by)


def _told(found: dict[str, Any], words: str) -> int:
    if options().json:
        answer(found)
    else:
        console().print(words, markup=False)
    return 0


def _show(found: dict[str, Any]) -> None:
    out = console()
    out.print(found["basis"]["words"], style="bold", markup=False)
    _lines(f"    {missing}" for missing in found["basis"]["missing"][1:])
    out.print("")
    for h in found["handoffs"]:
        out.print(f"{h['title']}: {_STATES[h['state']]}. {h['evidence']}.", markup=False)
    if found["next"]:
        out.print(f"Next: {found['next']['what']}. {found['next']['why']}.", markup=False)
    _lines(_freed(f, found["currency"]) for f in found["frees"])
    assumed = [f"{q['value']:g} {q['unit']}" for q in found["queue"] if q["source"] == "assumed"]
    if found["frees"]:
        out.print(f"    Assumed in it: {', '.join(assumed)}.", markup=False)
    cycle = found["cycle"]
    name = "Cycle: none yet" if cycle["number"] is None else f"Cycle {cycle['number']}, {cycle['title']}"
    out.print(f"{name}. {cycle['evidence']}.", markup=False)
    at = next((g for g in found["start"] if g["state"] != "passed"), None)
    if at:
        out.print(f"Start: {at['title']} is open: {at['evidence']}.", markup=False)
    _tables(found)
    _lines(f"Watch {p['title'].lower()}: {p['evidence']}." for p in found["pitfalls"] if p["state"] == "warn")
    for n, step in enumerate(found["roadmap"][:8], 1):
        out.print(f"{n}. {step['horizon']}: {step['what']} ({step['why']})", markup=False)


def _freed(f: dict[str, Any], currency: str) -> str:
    money, faster = f["dollars_a_month"], f["days_faster"]
    words = f"    {f['words']}, played on this queue: {faster['mean']:.1f} days faster"
    if money["p90"] <= 0:
        return words
    ends = f"{show_money(money['p10'], currency)} to {show_money(money['p90'], currency)}"
    return f"{words}, {show_money(money['mean'], currency)} a month ({ends})"


def _gone(h: dict[str, Any]) -> str:
    """A hand-off that is gone, and whether issues of its workflow are resolved faster since."""
    words = f"Gone since {h['since']}: {h['workflow']}, {h['what']}"
    if h["resolved"] is None:
        return f"{words}; whether it is faster since cannot be told yet."
    return f"{words}; resolved since: {h['resolved']}."


def _lines(lines: Iterable[str]) -> None:
    out = console()
    for line in lines:
        out.print(line, markup=False)


def _tables(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print("")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("workflow", "level", "elapsed", "work", "hand-offs", "what the next level asks for"):
        table.add_column(name, overflow="fold")
    rub = {f["workflow"]: f for f in found["friction"]}
    for m in found["workflows"]:
        f = rub.get(m["workflow"])
        level = f"{m['level']} {m['title']}" + (" (set)" if m["override"] else "")
        hours = f["elapsed_hours"] if f else None
        elapsed = "–" if f is None or hours is None else f"{'> ' if f['elapsed_at_least'] else ''}{hours:.0f} h"
        share = "–" if f is None or f["work_share"] is None else f"{f['work_share']:.0%}"
        handed = "–" if f is None else f"{f['handoffs']:.1f}"
        table.add_row(*(Text(c) for c in (m["workflow"], level, elapsed, share, handed, m["next"])))
    out.print(table)
    for edge in found["connections"][:6]:
        out.print(f"{edge['from']} → {edge['to']}: {edge['n']} times, {edge['how']}", markup=False)
    _lines(_gone(h) for h in found["removed_handoffs"][:6])
    if any(h["done"] for h in found["habits"]):
        out.print(f"Habits: {found['habits_go_with']['words']}.", markup=False)
    out.print("")
