"""The board of key figures: from loaded facts, from a file of orders, from surveys; per channel, against its mark."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANKS
from ...core.errors import BadSettings, NotFound, NoWorkspace
from ...core.money import minor_per_unit
from ...growth.kpis import board, board_facts
from ...growth.kpis.benchmarks import hold
from ...growth.kpis.figures import Figure, Unit, unseen
from ...growth.kpis.files import OrderBook, read_orders, read_surveys
from ...growth.kpis.lifetime_value import customer_value, customer_value_growth
from ...growth.kpis.purchases import cancel_share, order_value, order_value_growth, repeat_rate, return_share
from ...growth.kpis.satisfaction import unasked
from ...resolution.queue import last_run
from ...wheel.compute import HEADLINE_LANES
from ..wiring import Workspace
from .growth_facts import History, history, places_of

DEFAULT_CURRENCY = "USD"


def kpis_answer(
    open_workspace: Callable[[], Workspace], orders: Path | None, surveys: Path | None, channel: str | None
) -> dict[str, Any]:
    """Every key figure of every channel; a file's figure takes the place of what facts cannot see."""
    workspace = _workspace(open_workspace, needed=orders is None and surveys is None)
    currency = workspace.settings.money.reporting_currency if workspace else DEFAULT_CURRENCY
    found: dict[str, dict[str, Figure]] = {}
    if workspace is not None:
        _from_facts(workspace, found, channel, needed=orders is None and surveys is None)
    if orders is not None:
        _from_orders(read_orders(orders, currency), found)
    if surveys is not None:
        for name, figure in read_surveys(surveys).items():
            found.setdefault(name, {})[figure.name] = figure
    _check(found, channel)
    _complete(found)
    marks = _marks(workspace) if workspace else {}
    told = {name: hold(figures.values(), marks) for name, figures in sorted(found.items()) if channel in (None, name)}
    return {
        "channels": [{"channel": name, "figures": [f.as_json() for f in figures]} for name, figures in told.items()]
    }


def _marks(workspace: Workspace) -> dict[str, float]:
    """A team's own marks; BadSettings for one that names no figure."""
    marks = workspace.settings.growth.marks
    for name in marks:
        figure = name.rpartition(" ")[2]
        if figure not in ORDER:
            near = difflib.get_close_matches(figure, ORDER, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise BadSettings(
                f"[growth.marks] {name!r} names no key figure.{hint}", f"The figures are {', '.join(ORDER)}."
            )
    return marks


def _workspace(open_workspace: Callable[[], Workspace], *, needed: bool) -> Workspace | None:
    try:
        return open_workspace()
    except NoWorkspace:
        if needed:
            raise
        return None


def _check(found: dict[str, dict[str, Figure]], channel: str | None) -> None:
    if channel is not None and channel not in found:
        raise NotFound(f"Nothing is known of {channel}.", f"There is {', '.join(sorted(found)) or 'nothing at all'}.")


def _from_facts(
    workspace: Workspace, found: dict[str, dict[str, Figure]], channel: str | None, *, needed: bool
) -> None:
    try:
        with history(workspace) as ask:
            seen = ask("", "").seen
            places = places_of(seen, channel if needed else None)
            engine = ask("", "").engine
            for name, build in board_facts.STEPS.items():
                engine.make(name, f"growth {name}", build)
            for account, name in places:
                figures = _board(workspace, ask(account, name))
                key = name if account == "main" else f"{account}/{name}"
                found[key] = {f.name: f for f in figures}
    except NotFound:
        if needed:
            raise


def _board(workspace: Workspace, here: History) -> list[Figure]:
    spot = next(p for p in here.seen.places if (p.account, p.channel) == (here.account, here.channel))
    rows = {name: here.rows(name, build) for name, build in board_facts.QUESTIONS.items()}
    minor = minor_per_unit(spot.currency)
    a_day = board.sold_per_day(rows["traffic_days"], rows["order_values"])
    lost = _lost(workspace, here, a_day / minor * (here.seen.rates.get(spot.currency) or 0.0))
    return board.board(rows, here.channel, currency=spot.currency, minor=minor, lost=lost)


def _lost(workspace: Workspace, here: History, sold: float) -> dict[str, float] | None:
    """Exposure a day of the last run's open issues of a channel; errors of issues are taken as independent."""
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return None
        rows = connection.execute(
            sa.select(ranks.c.exposure_mean, ranks.c.exposure_p90).where(
                ranks.c.run_id == run.id,
                ranks.c.open.is_(True),
                ranks.c.lane.in_(HEADLINE_LANES),
                ranks.c.account == here.account,
                ranks.c.channel == here.channel,
            )
        ).all()
    mean = sum(r.exposure_mean or 0.0 for r in rows)
    apart = sum(((r.exposure_p90 or 0.0) - (r.exposure_mean or 0.0)) ** 2 for r in rows) ** 0.5
    return {"mean": mean, "p90": mean + apart, "sold": sold, "n": float(len(rows))}


def _from_orders(book: OrderBook, found: dict[str, dict[str, Figure]]) -> None:
    for channel, seen in book.purchases.items():
        figures = found.setdefault(channel, {})
        told: Iterable[Figure] = (
            order_value(seen),
            order_value_growth(seen),
            repeat_rate(seen),
            customer_value(seen),
            customer_value_growth(seen),
            *([return_share(seen)] if seen.returned_rows else []),
            *([cancel_share(seen)] if seen.cancelled else []),
            *(f for f in book.figures if f.channel == channel),
        )
        figures.update({f.name: f for f in told})


_OF_ORDERS = ("loaded orders carry no customer", "if a file of orders with customers is given: --orders FILE")
_OF_TRAFFIC = ("no daily sessions of this channel are loaded", "if sales and traffic by day are loaded")
_ALWAYS: tuple[tuple[str, str, Unit, tuple[str, str]], ...] = (
    ("customer_lifetime_value", "CLTV, first year of a new customer", "money", _OF_ORDERS),
    ("customer_lifetime_value_growth", "CLTV, year on year", "growth", _OF_ORDERS),
    ("average_order_value_growth", "Average order value, year on year", "growth", _OF_ORDERS),
    ("conversion", "Conversion rate", "share", _OF_TRAFFIC),
)


def _complete(found: dict[str, dict[str, Figure]]) -> None:
    """The figures a channel lacks, with the reason; in one order for all."""
    for channel, figures in found.items():
        for name, title, unit, (because, would_be) in _ALWAYS:
            if name not in figures:
                figures[name] = unseen(name, title, channel, unit, because=because, would_be=would_be)
        if "net_promoter_score" not in figures:
            figures["net_promoter_score"] = unasked(channel)
        order = {name: i for i, name in enumerate(ORDER)}
        found[channel] = dict(sorted(figures.items(), key=lambda item: order.get(item[0], len(order))))


ORDER = (
    "customer_lifetime_value",
    "customer_lifetime_value_growth",
    "net_promoter_score",
    "repeat_purchase_rate",
    "conversion",
    "average_order_value",
    "average_order_value_growth",
    "lost_sales_rate",
    "revenue_weighted_in_stock",
    "hero_featured_share",
    "tacos",
    "contribution_margin",
    "return_rate",
    "cancellation_rate",
    "late_delivery_rate",
    "contested_products",
    "forecast_error",
)
"""The five key figures first, then the marketplace head's own."""
