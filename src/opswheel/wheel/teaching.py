"""Once a week a run looks back: what repeats, whether claims held, what no rule saw, and what was seen below the cuts.

Facts are read while the run's engine still holds them; stations get sums and decide. Nothing here changes what the
run answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUES, MISSED, RANK_HISTORY, TRAFFIC
from ..core.contracts.prepared import BASELINES, CALENDAR, LISTING_NOW
from ..core.detector import Facts
from ..core.engine import Engine, Selection
from ..decisions import price_paths, record
from ..decisions.catalog_rules import Named
from ..learning import grading, recall
from ..learning.grading import After, Claim
from ..prioritization.inputs import codes
from ..storage.lake import Lake, files_at, manifest_version
from ..storage.ledger import Ledger
from ..visibility.facts.common import ITEM, KEY, PLACE, step
from ..visibility.facts.sales import bad_days, order_days, split_of
from . import attributes, price_moves
from .compute import Computed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

EVERY_DAYS = 7
WEEKS = recall.TEST_WEEKS + recall.USUAL_WEEKS
LEAST_UNITS = 10
DEARER = 1.05
"""A price that rose by a twentieth is taken to explain a fall: assumed."""


@dataclass
class Lessons:
    """What a weekly look brought back from the run's engine."""

    tiers: pa.Table
    dollar: float = 1.0
    missed: list[dict[str, Any]] = field(default_factory=list)
    grades: list[dict[str, Any]] = field(default_factory=list)
    named: Named | None = None
    moves: list[dict[str, Any]] = field(default_factory=list)


def is_due(connection: sa.Connection, as_of: datetime) -> bool:
    """Whether a week has passed since the last look back."""
    last = record.last_made(connection, "threshold")
    return last is None or as_of - last >= timedelta(days=EVERY_DAYS) - timedelta(hours=2)


def look(ledger: Ledger, lake: Lake, computed: Computed) -> Lessons | None:
    """The weekly look; None on the days between. The engine must still be open."""
    as_of, engine = computed.morning.as_of, computed.engine
    with ledger.read() as connection:
        if not is_due(connection, as_of):
            return None
        issues = _spans(connection, as_of)
        due = grading.due(connection, as_of)
        history = files_at(connection, manifest_version(connection), [RANK_HISTORY.name]) if due else []
        moved = price_paths.closes(connection, as_of)
    lessons = Lessons(engine.fetch("teaching tiers", _tiers), computed.morning.rates.get("USD") or 1.0)
    lessons.missed = recall.audit(_panel(engine, issues), _seen_below(engine))
    lessons.named = attributes.read(engine, computed.morning)
    lessons.moves = price_moves.told(engine, moved)
    if due:
        engine.mount(RANK_HISTORY, "claims", Selection(tuple(lake.root / f.path for f in history)))
        lessons.grades = _grades(engine, due, as_of)
    return lessons


def _tiers() -> ir.Table:
    rows = BASELINES.ibis_table()
    return rows.select(*KEY, listed_tier=rows.tier)


def _sold(facts: Facts, only: ir.Table | None = None) -> ir.Table:
    """Units and revenue of every listing, or of `only` these, on every settled day it sold: a row for each source."""
    days = facts.table(CALENDAR)
    o = step(order_days).join(days, [*PLACE, "day"]).filter(ibis._.source == "orders")
    o = o.filter(o.units > 0)
    sums = {n: o[n].cast("float64") for n in ("units", "priced_units", "net_minor")}
    orders = o.select(*KEY, "day", **sums)
    t = facts.table(TRAFFIC)
    t = t.filter((t.from_day == t.to_day) & (t.units > 0))
    told = days.filter(days.source == "traffic").select(*PLACE, "day", "level")
    t = t.join(
        told, [t.account == told.account, t.channel == told.channel, t.from_day == told.day, t.level == told.level]
    )
    listing = facts.table(LISTING_NOW)
    listing = listing.select(*KEY, "item_id", split=split_of(listing))
    if only is not None:
        orders, listing = orders.semi_join(only, KEY), listing.semi_join(only, KEY)
    t = t.select(*ITEM, "day", "units", "sales_minor").join(listing, ITEM)
    part = {"units": t.units * t.split, "priced_units": t.units * t.split, "net_minor": t.sales_minor * t.split}
    return orders.union(t.select(*KEY, "day", **{k: v.cast("float64").fill_null(0.0) for k, v in part.items()}))


def _weeks() -> ir.Table:
    """Every listing that sells enough to be looked at, by whole week back from its channel's last settled day."""
    facts = Facts()
    days = facts.table(CALENDAR).select(*PLACE, "day")
    newest = days.group_by(PLACE).agg(newest=days.day.max())
    sold = _sold(facts).join(newest, PLACE)
    sold = sold.mutate(week=sold.newest.delta(sold.day, unit="day") // 7)
    sold = sold.filter(sold.week < WEEKS)
    rows = sold.group_by([*KEY, "week"]).agg(**{n: sold[n].sum() for n in ("units", "priced_units", "net_minor")})
    usual = rows.group_by(KEY).agg(usual=rows.units.sum(where=rows.week >= recall.TEST_WEEKS))
    rows = rows.semi_join(usual.filter(usual.usual >= LEAST_UNITS), KEY)
    known = facts.table(BASELINES).select(*KEY, "category", "price", "intent")
    return rows.join(known, KEY).filter(ibis._.intent.isin(["sell", "sell_through"])).drop("intent")


def _bad_weeks() -> ir.Table:
    """Weeks with a day off, hidden, out of stock or promoted, as (listing, week)."""
    facts = Facts()
    days = facts.table(CALENDAR).select(*PLACE, "day")
    newest = days.group_by(PLACE).agg(newest=days.day.max())
    rows = step(bad_days).join(newest, PLACE)
    rows = rows.mutate(week=rows.newest.delta(rows.day, unit="day") // 7)
    return rows.filter(rows.week < WEEKS).select(*KEY, "week").distinct()


def _calendar_weeks() -> ir.Table:
    """How many settled days each week of a channel has, and its last settled day."""
    days = CALENDAR.ibis_table().select(*PLACE, "day")
    newest = days.group_by(PLACE).agg(newest=days.day.max())
    rows = days.join(newest, PLACE)
    rows = rows.mutate(week=rows.newest.delta(rows.day, unit="day") // 7)
    rows = rows.filter(rows.week < WEEKS)
    return rows.group_by([*PLACE, "week", "newest"]).agg(days=rows.count())


def _seen_below(engine: Engine) -> dict[recall.Key, str]:
    """The rule that saw something of each listing today, though no issue came of it."""

    def build() -> ir.Table:
        from ..core.contracts import OBSERVATIONS

        rows = OBSERVATIONS.ibis_table()
        rows = rows.filter(rows.sku.notnull())
        return rows.group_by(KEY).agg(kind=rows.kind.min())

    return {(r["account"], r["channel"], r["sku"]): r["kind"] for r in engine.fetch("teaching seen", build).to_pylist()}


def _spans(connection: sa.Connection, as_of: datetime) -> list[tuple[recall.Key, date, date]]:
    """The days of every issue of one listing, from the last that was good: an issue explains what it was part of."""
    issues = ISSUES.sql_table()
    since = as_of - timedelta(days=7 * WEEKS + 60)
    rows = connection.execute(
        sa.select(issues).where(
            issues.c.sku.is_not(None), sa.or_(issues.c.closed_at.is_(None), issues.c.closed_at >= since)
        )
    )
    out = []
    for r in rows:
        begun = r.onset_day or r.detected_at.date()
        start = min(begun - timedelta(days=1), r.last_good_day or begun)  # it may have begun any day since it was good
        end = r.verified_at or r.closed_at or as_of
        out.append(((r.account, r.channel, r.sku), start, end.date()))
    return out


def _panel(engine: Engine, issues: Sequence[tuple[recall.Key, date, date]]) -> recall.Panel:
    rows = engine.fetch("teaching weeks", _weeks)
    keys, at = _numbered(rows, KEY)
    number = {key: n for n, key in enumerate(keys)}
    week = rows.column("week").to_numpy()
    shape = (len(keys), WEEKS)
    units, priced, net = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for matrix, name in ((units, "units"), (priced, "priced_units"), (net, "net_minor")):
        matrix[at, week] = rows.column(name).to_numpy()
    clean = np.ones(shape, bool)
    newest = _unsettled(engine, keys, clean)
    bad = engine.fetch("teaching bad weeks", _bad_weeks).to_pydict()
    for account, channel, sku, w in zip(*(bad[k] for k in (*KEY, "week")), strict=True):
        if (n := number.get((account, channel, sku))) is not None:
            clean[n, w] = False
    for key, start, end in issues:
        if (n := number.get(key)) is not None:
            last = newest[key[:2]]
            clean[n, max(0, (last - end).days // 7) : max(0, (last - start).days // 7 + 1)] = False
    clean &= ~_dearer(priced, net)
    price, group = np.zeros(len(keys)), np.zeros(len(keys), int)
    price[at] = np.nan_to_num(rows.column("price").to_numpy())
    group[at] = _numbered(rows, ["channel", "category"])[1]
    return recall.Panel(keys, group, units, clean, price, newest)


def _numbered(rows: pa.Table, names: Sequence[str]) -> tuple[list[Any], np.ndarray]:
    """What stands in these text columns together, in order, and which of it each row has."""
    number = codes(*(rows.column(n) for n in names))
    _, first = np.unique(number, return_index=True)
    found = list(zip(*(rows.column(n).take(first).to_pylist() for n in names), strict=True))
    order = sorted(range(len(found)), key=found.__getitem__)
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    return [found[n] for n in order], place[number]


def _unsettled(engine: Engine, keys: Sequence[recall.Key], clean: np.ndarray) -> dict[tuple[str, str], date]:
    """Marks weeks that are not settled whole; returns each channel's last settled day."""
    told = engine.fetch("teaching calendar weeks", _calendar_weeks).to_pylist()
    whole: dict[tuple[str, str], np.ndarray] = {key[:2]: np.zeros(WEEKS, bool) for key in keys}
    for r in told:
        if r["days"] == 7 and (r["account"], r["channel"]) in whole:
            whole[r["account"], r["channel"]][r["week"]] = True
    if keys:
        clean &= np.array([whole[key[:2]] for key in keys])
    return {(r["account"], r["channel"]): r["newest"] for r in told}


def _dearer(priced: np.ndarray, net: np.ndarray) -> np.ndarray:
    """Weeks in which a listing was dearer than in its usual weeks; a week without a sale has the price before it."""
    price = np.divide(net, priced, out=np.full_like(net, np.nan), where=priced > 0)
    for w in range(WEEKS - 2, -1, -1):
        price[:, w] = np.where(np.isnan(price[:, w]), price[:, w + 1], price[:, w])
    whole = priced[:, recall.TEST_WEEKS :].sum(axis=1)
    usual = np.divide(net[:, recall.TEST_WEEKS :].sum(axis=1), whole, out=np.full(len(net), np.inf), where=whole > 0)
    return np.asarray(np.nan_to_num(price) > DEARER * usual[:, None])


def _grades(engine: Engine, due: Sequence[Any], as_of: datetime) -> list[dict[str, Any]]:
    """Claim and measurement of every fix that is due."""
    import pyarrow as pa

    rows = []
    for issue in due:
        start = issue.onset_day or issue.detected_at.date()
        first, last = grading.window(issue.fixed_at.date(), (issue.fixed_at.date() - start).days)
        told = {"issue_id": issue.id, **{k: getattr(issue, k) for k in KEY}, "first": first, "last": last}
        rows.append(told | {"seen": issue.detected_at.date(), "fixed": issue.fixed_at.date()})
    engine.register("graded", pa.Table.from_pylist(rows))
    claims = {r["issue_id"]: r for r in engine.fetch("teaching claims", _claims).to_pylist()}
    sold = {r["issue_id"]: r for r in engine.fetch("teaching graded sales", _graded_sales).to_pylist()}
    out = []
    for row, issue in zip(rows, due, strict=True):
        found = grading.grade(
            _claim(claims.get(issue.id), sold.get(issue.id)), _after(row, sold.get(issue.id)), issue.id
        )
        out.append({**found, "issue_id": issue.id, "kind": issue.kind, "at": as_of})
    return out


_GRADED = {"issue_id": "int64", **dict.fromkeys(KEY, "string")}
_GRADED |= dict.fromkeys(("first", "last", "seen", "fixed"), "date")


def _claims() -> ir.Table:
    """Exposure claimed on each day of the episode, from every morning's queue: the last of a day counts."""
    graded = ibis.table(_GRADED, name="graded")
    told = RANK_HISTORY.ibis_table("claims").select(
        "issue_id", "run_id", "exposure_mean", "exposure_p10", "exposure_p90"
    )
    whole = told.join(graded.select("issue_id"), "issue_id")
    return whole.group_by("issue_id").agg(
        mean=whole.exposure_mean.mean(),
        p10=whole.exposure_p10.mean(),
        p90=whole.exposure_p90.mean(),
        runs=whole.count(),
    )


def _graded_sales() -> ir.Table:
    """Units on the clean days after recovery and on the days of the episode the queue spoke of."""
    facts = Facts()
    graded = ibis.table(_GRADED, name="graded")
    sold = _sold(facts, graded)
    sold = sold.group_by([*KEY, "day"]).agg(units=sold.units.sum())
    days = facts.table(CALENDAR).select(*PLACE, "day")
    rows = graded.join(days, PLACE)
    after, during = (
        (rows.day >= rows["first"]) & (rows.day <= rows["last"]),
        (rows.day >= rows.seen) & (rows.day < rows.fixed),
    )
    rows = rows.mutate(after=after, during=during).filter(after | during)
    bad = step(bad_days).select(*KEY, "day").mutate(bad=ibis.literal(True))
    rows = rows.left_join(bad, [*KEY, "day"], rname="b_{name}").left_join(sold, [*KEY, "day"], rname="s_{name}")
    clean, units = rows.after & ~rows.bad.fill_null(False), rows.units.fill_null(0.0)
    price = facts.table(BASELINES).select(*KEY, "price")
    sums = rows.group_by(["issue_id", *KEY]).agg(
        clean_days=clean.sum(),
        clean_units=units.sum(where=clean).fill_null(0.0),
        during_days=rows.during.sum(),
        during_units=units.sum(where=rows.during).fill_null(0.0),
    )
    return sums.left_join(price, KEY, rname="p_{name}").select(
        "issue_id", "clean_days", "clean_units", "during_days", "during_units", "price"
    )


def _claim(claim: Mapping[str, Any] | None, sold: Mapping[str, Any] | None) -> Claim:
    price = float((sold or {}).get("price") or 0.0)
    if claim is None or sold is None or not price:
        return Claim(0, 0.0, 0.0, 0.0, price)
    mean, p10, p90 = (float(claim[n] or 0.0) for n in ("mean", "p10", "p90"))
    return Claim(int(sold["during_days"] or 0), mean, p10, p90, price)


def _after(row: Mapping[str, Any], sold: Mapping[str, Any] | None) -> After:
    if sold is None:
        return After(0, 0.0, 0, 0.0, 0.0)
    counts = (int(sold["clean_days"] or 0), sold["clean_units"], int(sold["during_days"] or 0), sold["during_units"])
    return After(*counts, float(sold["price"] or 0.0), row["first"], row["last"])


def keep(connection: sa.Connection, lessons: Lessons, as_of: datetime) -> None:
    """Store what was looked at; what the last audit missed gives way to this one's."""
    table = MISSED.sql_table()
    connection.execute(table.delete())
    if lessons.missed:
        connection.execute(table.insert(), [{**row, "known_at": as_of} for row in lessons.missed])
    grading.keep(connection, lessons.grades)
