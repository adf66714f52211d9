"""Forecasts and stock plans, as the commands tell them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import FORECAST_ACCURACY, FORECAST_ITEMS, FORECASTS, PLANS
from ...core.errors import NotFound
from ...wheel.planning import Planned, Shelf, make_plans
from ..wiring import Workspace

ORDER = {"order_now": 0, "offer": 1, "send_in": 2, "remove": 3, "withdraw": 4, "order_by": 5, "wait": 6}


def shelf(workspace: Workspace) -> Shelf:
    """What planning needs of a workspace."""
    return Shelf(workspace.lake, workspace.ledger, workspace.settings, workspace.readers, workspace.make_engine)


def make(workspace: Workspace, *, anew: bool, progress: Callable[[str], None]) -> Planned:
    """Forecast and plan now."""
    return make_plans(shelf(workspace), workspace.clock.now(), anew=anew, progress=progress)


def forecast_answer(  # noqa: PLR0913
    workspace: Workspace,
    sku: str | None,
    channel: str | None,
    made: Planned | None,
    limit: int | None,
    *,
    accounts: Collection[str] = (),
) -> dict[str, Any]:
    """What is known and expected of each listing, the choice of models with its evidence, and what came of it.

    Of `accounts` only, where some are named. Raises NotFound for a listing or channel without a forecast.
    """
    from ...planning.kept import rows_in_force

    with workspace.ledger.read() as connection:
        items = _newest(connection, FORECAST_ITEMS.sql_table(), "made_at")
        models = rows_in_force(connection)
        table = FORECAST_ACCURACY.sql_table()
        measured = connection.execute(sa.select(table).order_by(table.c.made_at.desc(), table.c.segment)).all()
        items = _wanted([r for r in items if not accounts or r.account in accounts], sku, channel)
        days = _days(connection, items[0]) if sku is not None and items else []
    items.sort(key=lambda r: (-r.per_day, r.account, r.channel, r.sku))
    places = {(r.account, r.channel) for r in items}
    return {
        "made_at": show_moment(max(r.made_at for r in items)) if items else None,
        "total": len(items),
        "items": [_item(r) for r in items[:limit]],
        "days": days,
        "models": [_model(r) for r in models if (r.account, r.channel) in places and r.items],
        "accuracy": [_accuracy(r) for r in measured if (r.account, r.channel) in places][:40],
        "withheld": made.withheld if made else [],
    }


def _newest(connection: sa.Connection, table: sa.Table, column: str) -> list[Any]:
    """Of each channel the rows of its last time."""
    last = sa.select(table.c.account, table.c.channel, sa.func.max(table.c[column]).label("last"))
    newest = last.group_by(table.c.account, table.c.channel).subquery()
    same = sa.and_(
        table.c.account == newest.c.account, table.c.channel == newest.c.channel, table.c[column] == newest.c.last
    )
    return list(connection.execute(sa.select(table).join(newest, same)).all())


def _wanted(items: Sequence[Any], sku: str | None, channel: str | None) -> list[Any]:
    """The rows asked for; NotFound names what is near."""
    here = [r for r in items if channel in (None, r.channel)]
    found = [r for r in here if sku in (None, r.sku)]
    if sku is not None and not found:
        near = difflib.get_close_matches(sku, [r.sku for r in here], n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "A listing without any sale has none."
        raise NotFound(f"There is no forecast of {sku}.", hint)
    if channel is not None and not found:
        raise NotFound(f"There is no forecast of {channel}.", "`opswheel forecast --make` makes one.")
    return found


def _days(connection: sa.Connection, item: Any) -> list[dict[str, Any]]:
    table = FORECASTS.sql_table()
    same = (table.c.account == item.account, table.c.channel == item.channel, table.c.sku == item.sku)
    rows = connection.execute(sa.select(table).where(*same).order_by(table.c.day)).all()
    return [
        {"channel": r.channel, "day": r.day.isoformat(), "mean": round(r.mean, 3)}
        | {"p10": r.p10, "p50": r.p50, "p90": r.p90}
        for r in rows
    ]


def _item(r: Any) -> dict[str, Any]:
    return {
        "account": r.account,
        "channel": r.channel,
        "sku": r.sku,
        "segment": r.segment,
        "known_days": r.known_days,
        "clean_days": r.clean_days,
        "censored_days": r.censored_days,
        "sold_units": r.sold_units,
        "per_day": round(r.per_day, 3),
        "next_28_days": {
            "mean": round(28 * r.per_day, 1),
            "p10": r.total_p10,
            "p50": r.total_p50,
            "p90": r.total_p90,
        },
        "models": r.models,
        "former_sku": r.former_sku,
    }


def _model(r: Any) -> dict[str, Any]:
    return {
        "account": r.account,
        "channel": r.channel,
        "segment": r.segment,
        "chosen_at": show_moment(r.chosen_at),
        "models": r.models,
        "items": r.items,
        "origins": r.origins,
        "error": r.error,
        "best_alone": r.best_alone,
        "bias": r.bias,
        "alone": json.loads(r.evidence),
        "source": r.source,
    }


def _accuracy(r: Any) -> dict[str, Any]:
    return {
        "account": r.account,
        "channel": r.channel,
        "segment": r.segment,
        "made_at": show_moment(r.made_at),
        "items": r.items,
        "item_days": r.item_days,
        "wape": None if r.wape is None else round(r.wape, 4),
        "bias": None if r.bias is None else round(r.bias, 4),
        "inside": None if r.inside is None else round(r.inside, 4),
    }


def plan_answer(  # noqa: PLR0913
    workspace: Workspace,
    sku: str | None,
    pool: str | None,
    made: Planned | None,
    *,
    everything: bool,
    accounts: Collection[str] = (),
) -> dict[str, Any]:
    """The recommended actions, those that save most first; what may wait is counted, and listed if asked for.

    Of `accounts` only, where some are named. Raises NotFound for a listing or pool without a plan.
    """
    table = PLANS.sql_table()
    with workspace.ledger.read() as connection:
        rows: Sequence[Any] = connection.execute(sa.select(table).where(table.c.replaced_at.is_(None))).all()
    rows = [r for r in rows if not accounts or r.account in accounts]
    found = [r for r in rows if (sku is None or sku in r.skus.split(";")) and pool in (None, r.pool)]
    if (sku or pool) and not found:
        raise NotFound(
            f"There is no plan of {sku or pool}.", "It has no stock report, or no forecast: `opswheel forecast`."
        )
    found.sort(key=lambda r: (ORDER.get(r.action, 9), -(r.avoidable_mean or 0.0), r.account, r.pool))
    shown = found if everything or sku or pool else [r for r in found if r.action != "wait"]
    return {
        "made_at": show_moment(found[0].made_at) if found else None,
        "total": len(found),
        "waiting": sum(r.action == "wait" for r in found),
        "plans": [_plan(r) for r in shown],
        "withheld": made.withheld if made else [],
    }


def _plan(r: Any) -> dict[str, Any]:
    def money(mean: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any] | None:
        return None if mean is None else {"mean": mean, "p10": low, "p90": high, "currency": r.currency}

    return {
        "account": r.account,
        "pool": r.pool,
        "channel": r.channel,
        "skus": r.skus.split(";"),
        "action": r.action,
        "units": r.units,
        "by_day": _iso(r.by_day),
        "source_pool": r.source_pool,
        "held_units": r.held_units,
        "arriving_units": r.arriving_units,
        "per_day": r.per_day,
        "reorder_point_units": r.reorder_point_units,
        "safety_stock_units": r.safety_stock_units,
        "lead_days": r.lead_days,
        "lead_source": r.lead_source,
        "runs_out": {"early": _iso(r.runs_out_early), "middle": _iso(r.runs_out_day), "late": _iso(r.runs_out_late)},
        "p_out": r.p_out,
        "lost": money(r.lost_mean, r.lost_p10, r.lost_p90),
        "committed": money(r.committed_mean),
        "avoidable": money(r.avoidable_mean),
        "words": r.words,
    }


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())


def nothing_made(workspace: Workspace) -> bool:
    """Whether no forecast was ever made here."""
    table = FORECAST_ITEMS.sql_table()
    with workspace.ledger.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
