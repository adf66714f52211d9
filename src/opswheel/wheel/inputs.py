"""What the engine is told about one run: channels, calendar, arrivals, cut lines, as small tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY, channel_day, day_start
from ..core.contracts import (
    COVERAGE,
    DELIVERIES,
    FACTS,
    FORECAST_ACCURACY,
    INTENTS,
    ISSUE_EVENTS,
    ISSUES,
    PLANS,
    RATES,
)
from ..core.contracts.prepared import (
    ARRIVALS,
    CALENDAR,
    CHANNELS,
    FORECAST_CYCLES,
    FORECAST_EXCEPTIONS,
    LEDGER_INTENTS,
    PIECES,
    PLANNED,
    TIER_PINS,
)
from ..core.engine import Engine
from ..core.identity import DEFAULT_ACCOUNT, EVERYWHERE
from ..core.money import minor_per_unit
from ..core.reader import Reader
from ..core.settings import Place, Settings, place
from ..storage.lake import LakeFile, files_at
from ..visibility import calendar
from ..visibility.readers import READERS
from ..visibility.selection import Arrival, Selected, arrival_rows, arrivals_of, files_for, select

RATE_MAX_AGE_DAYS = 7
"""A forward value uses the last rate known, if it is not older than this."""
FORECASTS_DAYS = 140
"""Forecasts made earlier say nothing of how forecasts are now."""
FORECAST_KINDS = ("forecast_drift",)
TIER_ONE_KINDS = ("stockout_ahead", "out_of_stock")
"""Exceptions of forecasting that somebody must own: forecasts that drift, and stock that was forecast too low, of
tier 1 only: others may lie below the cut line for good reason."""
PLAN_DAYS = 7
"""A plan that was not made anew for so long no longer says what to do."""


@dataclass
class Morning:
    """One morning's view of the lake: what counts, on which days, in which money."""

    as_of: datetime
    version: int
    settings: Settings
    places: list[Place]
    today: dict[tuple[str, str], date]
    selected: Selected
    files: list[LakeFile]
    days: dict[tuple[str, str], dict[date, tuple[str, str]]]
    views: dict[tuple[str, str], set[date]]
    shares: dict[tuple[str, str], set[date]]
    intents: list[dict[str, Any]]
    readers: Mapping[str, Reader]
    rates: dict[str, float | None] = field(default_factory=dict)
    forecasts: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, Any]] = field(default_factory=list)


def morning(  # noqa: PLR0913
    connection: sa.Connection,
    settings: Settings,
    *,
    as_of: datetime,
    version: int,
    run_id: int | None = None,
    readers: Sequence[Reader] = READERS,
) -> Morning:
    """What a run at `as_of` sees of manifest `version`; for a past run, `run_id`, only what was said before it.

    Deliveries of a report that none of `readers` knows, such as a plug-in's that is gone, are left out.
    """
    since = (as_of - timedelta(days=calendar.HISTORY_DAYS)).date()
    deliveries, coverage = DELIVERIES.sql_table(), COVERAGE.sql_table()
    live = sa.or_(deliveries.c.to_day >= since, deliveries.c.to_day.is_(None), deliveries.c.channel == EVERYWHERE)
    found = connection.execute(sa.select(deliveries).where(live, deliveries.c.version <= version)).all()
    covered = connection.execute(
        sa.select(coverage).join(deliveries, deliveries.c.id == coverage.c.delivery_id).where(live)
    ).all()
    named = {r.report for r in readers}
    known = [d for d in found if d.report in named]
    seen = see(
        arrivals_of(known, covered, version=version, as_of=as_of),
        settings,
        as_of=as_of,
        version=version,
        files=files_at(connection, version, [c.name for c in FACTS]),
        intents=_intents(connection, as_of, run_id),
        readers=readers,
    )
    seen.forecasts = _forecasts(connection, as_of)
    seen.plans = _plans(connection, as_of)
    seen.exceptions = _exceptions(connection, as_of)
    return seen


def see(  # noqa: PLR0913
    arrivals: Sequence[Arrival],
    settings: Settings,
    *,
    as_of: datetime,
    version: int = 0,
    files: Sequence[LakeFile] = (),
    intents: Sequence[dict[str, Any]] = (),
    readers: Sequence[Reader] = READERS,
) -> Morning:
    """A morning from what had arrived by then."""
    by_report = {r.report: r for r in readers}
    selected = select(arrivals, by_report)
    spots = sorted({a.place for a in arrivals if a.channel != EVERYWHERE})
    places = [place(settings, account, channel) for account, channel in spots]
    today = {(p.account, p.channel): channel_day(as_of, p.zone) for p in places}
    return Morning(
        as_of=as_of,
        version=version,
        settings=settings,
        places=places,
        today=today,
        selected=selected,
        files=list(files),
        days=calendar.sales_days(selected, by_report, today),
        views=calendar.view_days(selected, by_report, today),
        shares=calendar.share_days(selected, today),
        intents=list(intents),
        readers=by_report,
    )


def _intents(connection: sa.Connection, as_of: datetime, run_id: int | None) -> list[dict[str, Any]]:
    table = INTENTS.sql_table()
    query = sa.select(table).where(table.c.at <= as_of)
    if run_id is not None:
        query = query.where(table.c.after_run < run_id)
    rows = connection.execute(query.order_by(table.c.at, table.c.after_run)).all()
    newest = {(r.account, r.channel, r.sku): r for r in rows}
    return [
        {
            "account": r.account,
            "channel": r.channel,
            "sku": r.sku,
            "intent": r.intent,
            "from_day": r.from_day,
            "to_day": r.to_day,
            "known_at": r.at,
        }
        for r in newest.values()
    ]


def _forecasts(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """What came of forecasts whose 28 days are over: they are not measured again, so a replay finds the same rows."""
    table = FORECAST_ACCURACY.sql_table()
    whole = table.alias("whole")
    over = sa.select(whole.c.account, whole.c.channel, whole.c.made_at).where(
        whole.c.segment == "all", whole.c.inside.is_not(None), whole.c.measured_at < as_of
    )
    recent = table.c.made_at >= as_of - timedelta(days=FORECASTS_DAYS)
    same = sa.tuple_(table.c.account, table.c.channel, table.c.made_at).in_(over)
    rows = connection.execute(sa.select(table).where(recent, table.c.segment != "all", same)).all()
    names = [n for n in FORECAST_CYCLES.names() if n != "made_day"]
    newest = {(r.account, r.channel, r.segment, r.made_at.date()): r for r in sorted(rows, key=lambda r: r.made_at)}
    return [{**{n: getattr(r, n) for n in names}, "made_day": r.made_at.date()} for r in newest.values()]


def _exceptions(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """Issues about forecasts that were open before a run and that nobody but Opswheel had touched by then."""
    issues, events = ISSUES.sql_table(), ISSUE_EVENTS.sql_table()
    heroes = sa.and_(issues.c.kind.in_(TIER_ONE_KINDS), issues.c.tier == 1)
    about = sa.or_(issues.c.kind.in_(FORECAST_KINDS), heroes)
    still = [sa.or_(issues.c[n].is_(None), issues.c[n] >= as_of) for n in ("closed_at", "verified_at")]
    # Asked of each such issue, by the key of its events: all events of all issues are not walked each morning.
    acted = sa.exists().where(events.c.issue_id == issues.c.id, events.c.by != "opswheel", events.c.at < as_of)
    found = sa.select(issues).where(about, issues.c.detected_at < as_of, *still, ~acted)
    return [
        {
            "account": r.account,
            "channel": r.channel,
            "issue_id": r.id,
            "kind": r.kind,
            "detected_day": r.detected_at.date(),
            "owner": r.owner,
        }
        for r in connection.execute(found)
    ]


def _plans(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """What the last plan before a run says to do. Plans are kept, so a replay finds the one its run was told."""
    table = PLANS.sql_table()
    recent = (table.c.made_at < as_of, table.c.made_at >= as_of - timedelta(days=PLAN_DAYS))
    last = sa.or_(table.c.replaced_at.is_(None), table.c.replaced_at >= as_of)
    rows = connection.execute(sa.select(table).where(*recent, last, table.c.action != "wait")).all()
    same = ("account", "channel", "pool", "action", "skus", "units", "by_day", "source_pool")
    return [
        {
            **{name: getattr(r, name) for name in same},
            "made_day": r.made_at.date(),
            "lacking_days": _lacking(r),
            "runs_out_day": r.runs_out_day or r.runs_out_early,
            "saves": r.avoidable_mean,
        }
        for r in rows
    ]


def _lacking(plan: Any) -> float | None:
    """Days of demand between the reorder point and what a pool holds and expects."""
    if plan.reorder_point_units is None or plan.per_day <= 0:
        return None
    return float(plan.reorder_point_units - plan.held_units - plan.arriving_units) / float(plan.per_day)


def mount(engine: Engine, seen: Morning, root: Path) -> None:
    """Make every fact table and run input of a morning readable in the engine."""
    for contract in FACTS:
        engine.mount(contract, contract.name, files_for(contract, seen.selected, seen.files, root))
        if contract.kind == "snapshot":
            current = files_for(contract, seen.selected, seen.files, root, current=True)
            engine.mount(contract, f"{contract.name}_current", current)
    tell(engine, seen)


def tell(engine: Engine, seen: Morning) -> None:
    """Register the run inputs of a morning; fact tables must be readable already."""
    seen.rates = exchange_rates(engine, seen)
    tables: Sequence[tuple[Any, list[dict[str, Any]]]] = (
        (CHANNELS, _channel_rows(seen)),
        (ARRIVALS, arrival_rows(seen.selected, seen.readers, seen.today)),
        (CALENDAR, calendar.calendar_rows(seen.days, seen.views, seen.shares)),
        (PIECES, calendar.pieces(seen.selected, seen.days)),
        (LEDGER_INTENTS, seen.intents),
        (FORECAST_CYCLES, seen.forecasts),
        (FORECAST_EXCEPTIONS, seen.exceptions),
        (PLANNED, seen.plans),
        (TIER_PINS, _pins(seen.settings)),
    )
    for contract, rows in tables:
        engine.register(contract.name, contract.arrow_table(rows))


def exchange_rates(engine: Engine, seen: Morning) -> dict[str, float | None]:
    """Reporting currency for one unit of each currency in use; None where no rate is known. Dollars for floors."""
    reporting = seen.settings.money.reporting_currency
    wanted = {p.currency for p in seen.places} | {"USD"}
    rates: dict[str, float | None] = dict.fromkeys(wanted)
    rates[reporting] = 1.0
    if wanted == {reporting}:
        return rates
    latest = seen.as_of.date()
    oldest = latest - timedelta(days=RATE_MAX_AGE_DAYS)
    rows = engine.fetch("rates", lambda: RATES.ibis_table()).to_pylist()
    best: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        if not oldest <= row["day"] <= latest or row["rate"] <= 0:
            continue
        for code, other, rate in (
            (row["currency"], row["to_currency"], row["rate"]),
            (row["to_currency"], row["currency"], 1.0 / row["rate"]),
        ):
            mark = (row["day"], row["known_at"], row["delivery_id"], code == row["currency"], rate)
            if other == reporting and code in wanted and mark > best.get(code, (date.min,)):
                best[code] = mark
    return rates | {code: mark[-1] for code, mark in best.items()} | {reporting: 1.0}


def _channel_rows(seen: Morning) -> list[dict[str, Any]]:
    rows = []
    for spot in seen.places:
        rate = seen.rates.get(spot.currency)
        days, today = seen.days.get((spot.account, spot.channel), {}), seen.today[(spot.account, spot.channel)]
        rows.append(
            {
                "account": spot.account,
                "channel": spot.channel,
                "currency": spot.currency,
                "tax_included": spot.tax_included,
                "today": today,
                "day_begins_at": day_start(today, spot.zone),
                "day_ends_at": day_start(today + DAY, spot.zone),
                "first_day": min(days) if days else None,
                "unit_rate": None if rate is None else rate / minor_per_unit(spot.currency),
                "stock_pool": spot.stock_pool,
                **seen.settings.horizon.model_dump(exclude={"days"}),
            }
        )
    return rows


def _pins(settings: Settings) -> list[dict[str, Any]]:
    rows = []
    for name, tier in sorted(settings.tiers.pinned.items()):
        channel, _, sku = name.partition("/")
        rows.append({"account": DEFAULT_ACCOUNT, "channel": channel, "sku": sku, "tier": tier})
    return rows


def missing_rates(seen: Morning) -> Mapping[str, str]:
    """Channels whose currency has no usable rate, with that currency: their listings are withheld and told."""
    return {p.channel: p.currency for p in seen.places if seen.rates.get(p.currency) is None}
