"""Forecasts and stock plans of a workspace: facts in, rows of the ledger out.

Made by command, or by each run where `[planning] on = true` and the extra `forecast` is installed. Planning writes
tables of its own only; the next run's rules read the last plan, and nothing is ever written to a marketplace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import (
    COVERAGE,
    DELIVERIES,
    FACTS,
    FORECAST_ACCURACY,
    FORECAST_ITEMS,
    FORECAST_MODELS,
    FORECASTS,
    ORDERS,
    PLANS,
    TRAFFIC,
)
from ..core.detector import Facts
from ..core.reader import Reader
from ..core.settings import Settings
from ..core.settings.decisions import DecisionSettings
from ..decisions import forecast_models, record
from ..planning import facts as asked
from ..planning.models import installed, library
from ..storage.lake import Lake, files_at, manifest_version
from ..storage.ledger import Ledger
from ..visibility import facts as prepared
from ..visibility.facts import sales
from ..visibility.selection import arrivals_of
from .compute import MakeEngine
from .inputs import Morning, mount, see

if TYPE_CHECKING:
    from ..planning.forecast import Choice, Forecast
    from ..planning.from_facts import Known
    from ..planning.stock_plan import Rules
    from .run import Wheel

_STEPS = (
    *("listing_now", "messages", "answers", "states_told", "listing_state", "stock_now"),
    *("ledger_kept", "ledger_out", "out_days", "off_days", "told_days"),
)
MOST_TO_CHOOSE = 3000
CHUNK_ITEMS = 5000
CHUNK_ROWS = 4000
STALE_DAYS = 28
LEAST_DAYS = 14
"""With fewer settled days of sales nothing is said of a channel."""


@dataclass
class Planned:
    """What a planning step made: per channel how many listings, which are left out and why, and pools planned."""

    as_of: datetime
    channels: list[dict[str, Any]] = field(default_factory=list)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    plans: int = 0


@dataclass(frozen=True)
class Shelf:
    """What planning needs of a workspace."""

    lake: Lake
    ledger: Ledger
    settings: Settings
    readers: Sequence[Reader]
    make_engine: MakeEngine


def make_plans(
    shelf: Shelf, as_of: datetime, *, anew: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Planned:
    """Forecast every channel and plan its stock. `anew` chooses models again however fresh the last choice is.

    Raises ForecastMissing where the extra is not installed.
    """
    from .planning_stock import plan_stock

    library()
    seen, rows = read(shelf, as_of, progress)
    done = Planned(as_of)
    forecasts: dict[tuple[str, str], tuple[Forecast, Known]] = {}
    for place in sorted(seen.today):
        told = _one(shelf, seen, rows, place, anew=anew, progress=progress, done=done)
        if told is not None:
            forecasts[place] = told
    progress("stock plans …")
    plans = plan_stock(forecasts, rows, seen, rules_of(shelf.settings))
    _keep(shelf.ledger, plans, as_of)
    done.plans = len(plans)
    return done


def _keep(ledger: Ledger, plans: list[dict[str, Any]], at: datetime) -> None:
    """The new plan beside earlier ones; of those only what they said to do, which the runs after them were told."""
    from ..planning import kept

    table = PLANS.sql_table()
    with ledger.write() as connection:
        old = sa.or_(table.c.action == "wait", table.c.made_at == at, table.c.made_at < at - timedelta(kept.KEPT_DAYS))
        connection.execute(sa.delete(table).where(old))
        connection.execute(sa.update(table).where(table.c.replaced_at.is_(None)).values(replaced_at=at))
        if plans:
            connection.execute(sa.insert(table), plans)


def plan_after(turned: Wheel, as_of: datetime) -> None:
    """Forecasts and plans after a run, where the settings ask for them and the extra is installed."""
    if turned.settings.planning.on and installed():
        shelf = Shelf(turned.lake, turned.ledger, turned.settings, turned.readers, turned.make_engine)
        make_plans(shelf, as_of)


def rules_of(settings: Settings) -> Rules:
    """The rules of stock plans out of the settings."""
    from ..planning.stock_plan import Rules

    own = settings.planning
    return Rules(settings.horizon.review_days, own.service, own.order_days, settings.horizon.days)


def read(shelf: Shelf, as_of: datetime, progress: Callable[[str], None]) -> tuple[Morning, dict[str, Any]]:
    """A morning that looks back as far as planning does, and the rows planning asks for."""
    progress("reading facts …")
    with shelf.ledger.read() as connection:
        version = manifest_version(connection)
        deliveries = DELIVERIES.sql_table()
        found = connection.execute(sa.select(deliveries).where(deliveries.c.version <= version)).all()
        covered = connection.execute(sa.select(COVERAGE.sql_table())).all()
        files = files_at(connection, version, [c.name for c in FACTS])
    named = {r.report for r in shelf.readers}
    arrivals = arrivals_of([d for d in found if d.report in named], covered, version=version, as_of=as_of)
    seen = see(arrivals, shelf.settings, as_of=as_of, version=version, files=files, readers=shelf.readers)
    engine = shelf.make_engine()
    try:
        mount(engine, seen, shelf.lake.root)
        days = settled_days(seen, shelf.settings.planning.history_days)
        engine.register(asked.PLAN_DAYS.name, asked.PLAN_DAYS.arrow_table(days))
        told = Facts()
        for build in prepared.SCAN_STEPS:
            if build.__name__ in _STEPS:
                engine.make(build.__name__, f"plan {build.__name__}", partial(build, told))
        engine.make("plan_lines", "plan lines", lambda: asked.line_columns(sales.order_lines(told)))
        rows: dict[str, Any] = {n: engine.fetch(f"plan {n}", b).to_pylist() for n, b in asked.QUESTIONS.items()}
    finally:
        engine.close()
    rows["days"] = days
    return seen, rows


def settled_days(seen: Morning, history_days: int) -> list[dict[str, Any]]:
    """Every settled day of each channel with its source; orders win, and of traffic rows by child item."""
    days: dict[tuple[str, str, date], tuple[str, str]] = {}
    for arrival in (*seen.selected.of(TRAFFIC), *seen.selected.of(ORDERS)):
        today = seen.today.get(arrival.place)
        if today is None:
            continue
        last_settled = today - timedelta(days=seen.readers[arrival.report].settles_days + 1)
        oldest = today - timedelta(days=history_days)
        orders = arrival.table_name == ORDERS.name
        for level, first, last in arrival.periods:
            if not orders and (first != last or level == "parent"):
                continue
            day = max(first, oldest)
            while day <= min(last, last_settled):
                before = days.get((*arrival.place, day))
                if orders:
                    days[(*arrival.place, day)] = ("orders", before[1] if before else "child")
                elif before is None or level == "child":
                    days[(*arrival.place, day)] = ("traffic", level)
                day += timedelta(days=1)
    return [
        {"account": a, "channel": c, "day": d, "source": source, "level": level}
        for (a, c, d), (source, level) in sorted(days.items())
    ]


def _one(  # noqa: PLR0913
    shelf: Shelf,
    seen: Morning,
    rows: dict[str, Any],
    place: tuple[str, str],
    *,
    anew: bool,
    progress: Callable[[str], None],
    done: Planned,
) -> tuple[Forecast, Known] | None:
    from ..planning import accuracy, kept
    from ..planning.from_facts import known

    days = [r["day"] for r in rows["days"] if (r["account"], r["channel"]) == place]
    if not days:
        return None  # a warehouse, or a channel whose sales are never loaded: nothing is left out
    today = seen.today[place]
    if why := _unfit(days, today):
        done.withheld.append({"account": place[0], "channel": place[1], "reason": why})
        return None
    told = known(rows, place, days)
    if not told.panel.n:
        done.withheld.append({"account": place[0], "channel": place[1], "reason": "no listing has sold"})
        return None
    choice, chosen_at = _choice(shelf, place, told, seen.as_of, anew=anew, progress=progress)
    progress(f"forecast of {told.panel.n:,} listings of {place[1]} …")
    parts = _forecast(told, choice, (today - max(days)).days - 1, shelf.settings.planning.workers)
    with shelf.ledger.read() as connection:
        cycles = kept.past_cycles(connection, place, max(days))
    measured = [row for cycle in cycles for row in accuracy.measure(cycle, told.panel, place, seen.as_of)]
    _write(shelf.ledger, place, parts, told, seen.as_of, measured)
    done.channels.append(
        {
            "account": place[0],
            "channel": place[1],
            "listings": told.panel.n,
            "days": len(days),
            "last_day": max(days).isoformat(),
            "closed_days": int(told.panel.closed.sum()),
            "chosen_at": chosen_at,
        }
    )
    return parts, told


def _unfit(days: Sequence[date], today: date) -> str:
    """Why nothing is said of a channel; empty where something can be."""
    if len(days) < LEAST_DAYS:
        return f"only {len(days)} settled days of sales are loaded; {LEAST_DAYS} are needed"
    if (today - max(days)).days > STALE_DAYS:
        return f"sales end on {max(days):%d %b %Y}, more than {STALE_DAYS} days ago"
    return ""


def _choice(  # noqa: PLR0913
    shelf: Shelf,
    place: tuple[str, str],
    told: Known,
    as_of: datetime,
    *,
    anew: bool,
    progress: Callable[[str], None],
) -> tuple[Choice, datetime]:
    """The choice in force; once the last look is old enough another one is looked for, and proposed where it is better.

    The first choice that a back-test made is in force at once; every choice is written down with its evidence.
    """
    from ..planning import kept
    from ..planning.forecast import choose

    with shelf.ledger.read() as connection:
        last, looked = kept.last_choice(connection, place), kept.last_look(connection, place)
    fresh = timedelta(days=shelf.settings.planning.choose_after_days)
    if last is not None and looked is not None and (looked == as_of or (not anew and looked <= as_of < looked + fresh)):
        return last[1], last[0]
    worth = told.panel.units.sum(axis=1) * np.maximum(told.panel.value, 0.01)
    top = np.argsort(-worth, kind="stable")
    some = np.sort(np.concatenate([top[: MOST_TO_CHOOSE // 2], top[MOST_TO_CHOOSE // 2 :: 7][: MOST_TO_CHOOSE // 2]]))
    against = None if last is None or not last[1].origins else last[1].weights
    choice = choose(told.panel.only(some), workers=shelf.settings.planning.workers, progress=progress, against=against)
    table = FORECAST_MODELS.sql_table()
    with shelf.ledger.write() as connection:
        here = (table.c.account == place[0], table.c.channel == place[1], table.c.chosen_at == as_of)
        connection.execute(sa.delete(table).where(*here))
        rows = kept.model_rows(place, choice, as_of, in_force=against is None)
        connection.execute(sa.insert(table), rows)
        if against is None:
            return choice, as_of
        propose_models(connection, shelf.settings.decisions, place, choice.compared, as_of)
        held = kept.last_choice(connection, place)
    assert held is not None
    return held[1], held[0]


def propose_models(
    connection: sa.Connection,
    settings: DecisionSettings,
    place: tuple[str, str],
    compared: Sequence[Mapping[str, Any]],
    as_of: datetime,
) -> None:
    """Another choice of a channel's models, up for a decision; accepted where a lead said so beforehand."""
    from ..planning import kept

    table = FORECAST_MODELS.sql_table()
    here = (table.c.account == place[0], table.c.channel == place[1])
    new = {r.segment: r for r in connection.execute(sa.select(table).where(*here, table.c.chosen_at == as_of))}
    held = {r.segment: r for r in kept.rows_in_force(connection) if (r.account, r.channel) == place}
    rows = []
    for row in compared:
        now, then = held[str(row["segment"])], new[str(row["segment"])]
        told = {"models_now": now.models, "chosen_now": now.chosen_at}
        rows.append({**row, **told, "models_then": then.models, "chosen_then": then.chosen_at})
    made = forecast_models.proposals(place, rows, settings)
    numbers = record.put(connection, forecast_models.KIND, made, as_of=as_of, within="|".join((*place, "")))
    if forecast_models.KIND in settings.automatic:
        why = "[decisions] automatic names this kind; it is closer on months it had not seen"
        for number, one in zip(numbers, made, strict=True):
            if one["status"] == "open":
                record.accept(connection, number, settings, by="opswheel", at=as_of, why=why, automatic=True)


def _forecast(told: Known, choice: Choice, skip: int, workers: int) -> Forecast:
    """All listings of a channel from today on, a few thousand at a time."""
    from dataclasses import replace

    from ..planning.forecast import HORIZON_DAYS, forecast
    from ..planning.joining import joined

    found: list[Forecast] = []
    for start in range(0, told.panel.n, CHUNK_ITEMS):
        part = replace(told.panel.only(slice(start, start + CHUNK_ITEMS)), closed=told.panel.closed)
        found.append(forecast(part, choice, horizon=HORIZON_DAYS + skip, workers=workers).after(skip))
    return joined(found)


def _write(  # noqa: PLR0913
    ledger: Ledger, place: tuple[str, str], found: Forecast, told: Known, at: datetime, measured: list[dict[str, Any]]
) -> None:
    """Forecasts in short transactions, each with whole listings; what is not forecast any more goes last."""
    from ..planning import kept

    days, items, done = FORECASTS.sql_table(), FORECAST_ITEMS.sql_table(), FORECAST_ACCURACY.sql_table()
    pending: list[dict[str, Any]] = []
    skus: list[str] = []

    def flush() -> None:
        if pending:
            with ledger.write() as connection:
                here = (days.c.account == place[0], days.c.channel == place[1], days.c.sku.in_(skus))
                connection.execute(sa.delete(days).where(*here))
                connection.execute(sa.insert(days), pending)
            pending.clear()
            skus.clear()

    for rows in kept.day_rows(found, at):
        pending += rows
        skus.append(rows[0]["sku"])
        if len(pending) >= CHUNK_ROWS:
            flush()
    flush()
    told_rows = kept.item_rows(found, told, range(len(found.keys)), at)
    for start in range(0, len(told_rows), CHUNK_ROWS):
        with ledger.write() as connection:
            part = told_rows[start : start + CHUNK_ROWS]
            here = (items.c.account == place[0], items.c.channel == place[1], items.c.made_at == at)
            if not start:
                connection.execute(sa.delete(items).where(*here))
            connection.execute(sa.insert(items), part)
    with ledger.write() as connection:
        connection.execute(
            sa.delete(days).where(days.c.account == place[0], days.c.channel == place[1], days.c.made_at != at)
        )
        connection.execute(sa.delete(items).where(items.c.made_at < at - timedelta(days=kept.KEPT_DAYS)))
        for row in measured:
            same = [done.c[k] == row[k] for k in FORECAST_ACCURACY.key]
            connection.execute(sa.delete(done).where(*same))
        if measured:
            connection.execute(sa.insert(done), measured)
