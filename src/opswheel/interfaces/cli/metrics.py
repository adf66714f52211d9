"""`metrics`: the six health figures, and the outcomes beside them."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from ...core.money import show_money
from .context import answer, console, options, workspace
from .days import parse_day

SHARES = ("lost_sales_rate", "stockout_rate", "revenue_weighted_in_stock", "hero_featured_share")


def metrics(
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    list_: Annotated[bool, Parameter(name="--list", negative=())] = False,
) -> int:
    """The six health figures and the outcomes beside them, each with its doubt; open issues count.

    Parameters
    ----------
    from_
        First day; thirty days up to the last one, if not given.
    to
        Last day; today, if not given.
    list_
        What each figure is, and what it may not claim.
    """
    from ..answers.performance import catalogue, metrics_answer

    if list_:
        _list(catalogue())
        return 0
    found = metrics_answer(workspace(), parse_day(from_, "--from"), parse_day(to, "--to"))
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


def _list(rows: list[dict[str, Any]]) -> None:
    if options().json:
        answer(rows)
        return
    out = console()
    for row in rows:
        out.print(f"{row['name']}: {row['summary']}", markup=False)
        out.print(f"    May not claim: {row['may_not_claim']}", markup=False)


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(f"{found['from']} to {found['to']}, {found['zone']}", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("figure", "value", "range", "behind it", "against before"):
        table.add_column(name, overflow="fold")
    figures = [v for v in found.values() if isinstance(v, dict)]
    for f in figures:
        if f["value"] is not None:
            table.add_row(*(Text(cell) for cell in _cells(f, found["currency"])))
    out.print(table)
    for f in figures:
        if f["value"] is not None and f["note"] and f["title"] in _health():
            out.print(f"{f['title']}: {f['note']}. {f['may_not']}".rstrip(), markup=False)
    for f in figures:
        for part in f.get("channels", []) if f["value"] is None else []:
            out.print(f"{f['title']}, {part['channel']}: {show(part['value'], f, found['currency'])}", markup=False)
        if f["value"] is None and not f.get("channels"):
            out.print(f"{f['title']}: cannot tell, because {f['because']}; {_would(f)}.", markup=False)
    old = found["time_to_detection"]["inherited"]
    if old:
        out.print(f"{old:,} issues began before the first run: outside both times.")


def _health() -> set[str]:
    """The titles of the figures whose notes are told each time; those of the others stand in --list."""
    from ...performance import METRICS

    return {m.title for m in METRICS if m.role == "health"}


def _would(figure: dict[str, Any]) -> str:
    return f"it can be told {figure['would_be']}"


def _cells(f: dict[str, Any], currency: str) -> tuple[str, ...]:
    value = ("more than " if f["at_least"] else "") + show(f["value"], f, currency)
    low, high = f["low"], f["high"]
    if low is None and high is None:
        ends = "–"
    else:
        ends = f"{show(low or 0.0, f, currency)} to {'no end yet' if high is None else show(high, f, currency)}"
    change = f["change"]["words"] if f["change"] else ""
    return f["title"], value, ends, f"{f['n']:,} {f['counted']}", change


def show(value: float, figure: dict[str, Any], currency: str) -> str:
    """A value in its figure's unit, as people read it."""
    unit = figure["unit"]
    if unit == "hours":
        return f"{value:.0f} h" if value < 72 else f"{value / 24:.1f} days"
    if unit == "share":
        return f"{value:.1%}"
    if unit.startswith("money"):
        return show_money(value, currency) + (" a day" if unit.endswith("day") else "")
    return f"{1 - (1 - min(value, 1.0)) ** 90:.1%} in 90 days"
