"""`growth kpis`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.money import show_money
from .context import answer, console, options, workspace


def kpis(*, orders: Path | None = None, surveys: Path | None = None, channel: str | None = None) -> int:
    """The board of key figures, each with its interval and against its mark.

    Parameters
    ----------
    orders
        A CSV of orders with customers: customer, order, day, amount; and if you have them channel, currency, status,
        promised, delivered, seller, product. Nothing of it is stored.
    surveys
        A CSV of answers: score (0 to 10) or stars (1 to 5), and channel.
    channel
        One channel; all of them if not given.
    """
    from ..answers.growth_kpis import kpis_answer

    found = kpis_answer(workspace, orders, surveys, channel)
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    for one in found["channels"]:
        out.print(one["channel"], style="bold", markup=False)
        table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
        for name in ("figure", "value", "19 in 20 within", "mark", "status", "behind it"):
            table.add_column(name, overflow="fold")
        for figure in one["figures"]:
            if figure["value"] is not None:
                table.add_row(*(Text(cell) for cell in _cells(figure)))
        out.print(table)
        for figure in one["figures"]:
            if figure["mark"] and figure["value"] is not None:
                mark = _value(figure["mark"]["value"], figure)
                out.print(f"Mark of {figure['title']}, {mark}: {figure['mark']['source']}.", markup=False)
        for figure in one["figures"]:
            if figure["proxy"]:
                out.print(f"{figure['title']} is a proxy: {figure['proxy']}.", markup=False)
        for words in _unseen(one["figures"]):
            out.print(words, markup=False)


def _unseen(figures: list[dict[str, Any]]) -> list[str]:
    """What is not observable, figures with the same reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for figure in figures:
        if figure["value"] is None:
            reasons.setdefault((figure["because"], figure["would_be"]), []).append(figure["title"])
    return [
        f"{'; '.join(titles)}: not observable here, because {because}; it would be, {would_be}."
        for (because, would_be), titles in reasons.items()
    ]


def _cells(figure: dict[str, Any]) -> tuple[str, ...]:
    low, high, mark = figure["low"], figure["high"], figure["mark"]
    ends = "cannot tell" if low is None else f"{_value(low, figure)} to {_value(high, figure)}"
    return (
        figure["title"],
        _value(figure["value"], figure),
        ends,
        _value(mark["value"], figure) if mark else "–",
        "proxy" if figure["proxy"] else figure["status"],
        f"{figure['n']:,} {figure['counted']}",
    )


def _value(value: float, figure: dict[str, Any]) -> str:
    if figure["unit"] == "money":
        return show_money(value, figure["currency"] or "")
    if figure["unit"] == "points":
        return f"{value:+.0f}"
    return f"{value:+.1%}" if figure["unit"] == "growth" else f"{value:.1%}"
