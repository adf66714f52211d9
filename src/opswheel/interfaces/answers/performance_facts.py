"""What loaded facts tell of performance: revenue, prices, people and the shares that are outcomes, by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANKS
from ...core.errors import NotFound
from ...core.money import minor_per_unit
from ...growth.kpis import board, board_facts
from ...growth.kpis.figures import Figure, unseen
from ...growth.kpis.intervals import mean_t
from ...performance import operator_facts
from ...performance.evidence import Evidence
from ...performance.operators import (
    CLOSERS,
    CSV,
    Operators,
    catalog_months,
    closer_months,
    headcount_months,
    revenue_months,
)
from ...performance.pitfalls import Pitfall
from ...resolution.queue import last_run
from ...wheel.compute import HEADLINE_LANES
from ..wiring import Workspace
from .growth_facts import history, places_of
from .performance_parts import slow_pitfalls

_SALES = ("traffic_months", "total_months", "order_months")
"""Sources of a channel's monthly sales; the one that tells most months is taken, the first of equals."""
_BOARD = ("traffic_days", "order_values", "in_stock_days", "hero_days")


@dataclass(frozen=True)
class Facts:
    """Monthly sales in the reporting currency, price levels, headcount rows, and shares by metric.

    `slow` are the two checks of the pitfall watch that only the growth wheel can answer.
    """

    sales: Sequence[Mapping[str, Any]] = ()
    prices: Sequence[Mapping[str, Any]] = ()
    headcount: Sequence[Mapping[str, Any]] = ()
    shares: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    slow: Sequence[Pitfall] = ()

    def of(self, account: str) -> Facts:
        """What facts tell of one account's channels. People work for every account, so headcount is not in it."""
        shares = {name: [r for r in rows if r.get("account") == account] for name, rows in self.shares.items()}
        sales, prices = ([r for r in rows if r["account"] == account] for rows in (self.sales, self.prices))
        return Facts(sales, prices, (), shares)


def read_facts(workspace: Workspace, *, slow: bool = True) -> Facts:
    """Everything facts tell, over all that is loaded; nothing where nothing is. `slow`: the growth wheel is asked."""
    try:
        with history(workspace) as ask:
            here = ask("", "")
            places = places_of(here.seen, None)
            for name, build in board_facts.STEPS.items():
                here.engine.make(name, f"growth {name}", build)
            rows = {
                name: here.engine.fetch(f"performance {name}", build).to_pylist()
                for name, build in operator_facts.QUESTIONS.items()
            }
            shares: dict[str, list[dict[str, Any]]] = {}
            for account, channel in places:
                mine = ask(account, channel)
                told = {name: mine.rows(name, board_facts.QUESTIONS[name]) for name in _BOARD}
                for figure in _shares(workspace, (account, channel), told, rows["stock_out_days"], here.seen):
                    name = channel if account == "main" else f"{account}/{channel}"
                    shares.setdefault(figure.name, []).append({**figure.as_json(), "account": account, "channel": name})
            sales = _in_reporting_currency(here.seen, rows)
    except NotFound:
        return Facts()
    checks = slow_pitfalls(workspace) if slow else ()
    return Facts(sales, rows["price_months"], rows["headcount"], shares, checks)


def operators_of(connection: sa.Connection, e: Evidence, facts: Facts) -> Operators:
    """Revenue, people and catalog by month, as far as facts and the ledger tell."""
    months = e.window.months
    told = [r for r in facts.sales if r["month"] <= months[-1]]
    revenue, notes = revenue_months(told, facts.prices, months)
    if e.account is not None:
        return Operators(revenue, notes=tuple(notes))
    every = sorted({*months, *revenue})
    people = headcount_months(facts.headcount, every, e.window.end)
    source = CSV
    if not any(m in people for m in months):
        people, source = closer_months(e), CLOSERS
    catalog, more, merged = catalog_months(connection, e)
    kept = {m: n for m, n in catalog.items() if m in months}
    return Operators(revenue, people, source if people else "", kept, (*notes, *more), merged)


def _in_reporting_currency(seen: Any, rows: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each channel's monthly sales at one rate for all months, so that a rate that moves is no growth."""
    found: list[dict[str, Any]] = []
    for spot in seen.places:
        factor = (seen.rates.get(spot.currency) or 0.0) / minor_per_unit(spot.currency)
        own = [
            [r for r in rows[source] if (r["account"], r["channel"]) == (spot.account, spot.channel)]
            for source in _SALES
        ]
        best = max(own, key=len)
        found += [{**r, "month": _day(r["month"]), "value": r["minor"] * factor} for r in best if factor]
    return found


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def _shares(
    workspace: Workspace,
    place: tuple[str, str],
    rows: Mapping[str, list[dict[str, Any]]],
    out: Sequence[Mapping[str, Any]],
    seen: Any,
) -> list[Figure]:
    spot = next(p for p in seen.places if (p.account, p.channel) == place)
    a_day = board.sold_per_day(rows["traffic_days"], rows["order_values"]) / minor_per_unit(spot.currency)
    lost = _lost(workspace, place, a_day * (seen.rates.get(spot.currency) or 0.0))
    return [
        board.lost_sales(place[1], lost),
        _stockouts(place[1], [r for r in out if (r["account"], r["channel"]) == place]),
        board.in_stock(rows["in_stock_days"], place[1]),
        board.hero_featured(rows["hero_days"], place[1]),
    ]


def _stockouts(channel: str, days: Sequence[Mapping[str, Any]]) -> Figure:
    """Listing-days out of stock, days as the unit of the doubt."""
    name, title = "stockout_rate", "Stockout rate"
    told = [r for r in days if r["listings"] > 0]
    if len(told) < board.FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no settled days with stock and listings are loaded",
            would_be="if listings, stock and sales by day are loaded",
        )
    shares = [r["out"] / r["listings"] for r in told]
    mean, low, high = mean_t(len(shares), sum(shares), sum(s * s for s in shares))
    return Figure(
        name, title, channel, "share", mean, max(0.0, low), min(1.0, high), len(shares), "days", "t over days"
    )


def _lost(workspace: Workspace, place: tuple[str, str], sold: float) -> dict[str, float] | None:
    """Exposure a day of the last run's open issues of a channel; errors of issues are taken as independent."""
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return None
        apart = ranks.c.exposure_p90 - ranks.c.exposure_mean
        n, mean, squares = connection.execute(
            sa.select(sa.func.count(), sa.func.sum(ranks.c.exposure_mean), sa.func.sum(apart * apart)).where(
                ranks.c.run_id == run.id,
                ranks.c.open.is_(True),
                ranks.c.lane.in_(HEADLINE_LANES),
                ranks.c.account == place[0],
                ranks.c.channel == place[1],
            )
        ).one()
    return {"mean": mean or 0.0, "p90": (mean or 0.0) + (squares or 0.0) ** 0.5, "sold": sold, "n": float(n)}
