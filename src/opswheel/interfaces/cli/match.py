"""`match`."""

from __future__ import annotations

from typing import Any

from ...core.money import exponent, minor_per_unit
from .context import answer, console, options, workspace
from .days import parse_day


def match(
    *,
    channel: str | None = None,
    period: str | None = None,
    units: int | None = None,
    sales: float | None = None,
) -> int:
    """Does it match the marketplace's own figures? Told beside the queue, never a gate.

    Parameters
    ----------
    channel
        One channel; all of them if not given.
    period
        Days to compare, as 2026-10-01..2026-10-31; the last 30 settled days if not given.
    units
        Units the marketplace's own screen shows for the period.
    sales
        Sales it shows, in the channel's currency.
    """
    from ...core.errors import WrongUse
    from ..answers import match_answer

    first = last = None
    if period is not None:
        start, separator, end = period.partition("..")
        if not separator:
            raise WrongUse(f"--period {period!r} is no period.", "Write it like 2026-10-01..2026-10-31.")
        first, last = parse_day(start, "--period"), parse_day(end, "--period")
    found = match_answer(workspace(), channel, first, last, units, sales)
    if options().json:
        answer(found)
    else:
        show(found)
    return 0


def show(found: dict[str, Any]) -> None:
    """Ours beside theirs, a block for each channel."""
    from rich.table import Table

    from ..answers.match import FIGURES

    out = console()
    if not found["channels"]:
        out.print("Nothing is loaded yet. opswheel load PATH")
    for one in found["channels"]:
        out.print(f"{one['channel']}, {one['from']} … {one['to']}: {one['words']}", markup=False)
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("")
        table.add_column("here", justify="right")
        table.add_column("marketplace", justify="right")
        for name, words in FIGURES.items():
            ours, theirs = one["ours"].get(name), one["theirs"].get(name)
            table.add_row("  " + words, _text(ours), _text(theirs))
        out.print(table)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        currency = value["currency"]
        return f"{value['minor'] / minor_per_unit(currency):,.{exponent(currency)}f} {currency}"
    return f"{value:,}"
