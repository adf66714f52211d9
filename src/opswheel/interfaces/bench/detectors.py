"""Rules at their default cut lines against a simulated market: how much of what they say is true, how much they see.

A market nobody works is played; each morning's rows are held against the truth beside it. A row counts once, when it is
first seen: it is true if what it says holds on its listing on that morning or held in the three days before. Dollars
are those a fault takes on a day; they count as seen where the morning has a row about that listing. Rules whose faults
the market lacks are measured on the light world of `fact_rules`, and stay out of the figures of the whole.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from ...core.money import Floats
from ...growth.kpis.intervals import wilson
from ...simulation.catalog import healthy_rate
from ...simulation.market import DaySales, Losses, Market
from ...simulation.parameters import read_world
from ...simulation.plan import make_trouble
from ...simulation.play import Setting, Shop, arriving, moment, warm_up
from ...simulation.policies import find_policy
from ...simulation.sheets import REPORTS, morning_sheets
from .common import recall_of, row
from .fact_rules import measure_facts

LISTINGS, DAYS, SEEDS = 600, 30, 1
BEHIND: Mapping[str, tuple[str, ...]] = {
    "listing_suppressed": ("suppressed",),
    "search_suppressed": ("hidden",),
    "listing_inactive": ("closed",),
    "stranded_stock": ("stranded",),
    "item_removed": ("removed",),
    "featured_offer_lost": ("featured",),
    "featured_offer_none": ("featured",),
    "price_too_low": ("mispriced",),
}
"""The faults each rule speaks of."""
STOCK, AHEAD = "out_of_stock", "stockout_ahead"
DROPS = ("sales_drop", "traffic_drop", "conversion_drop")
UNTOLD = ("late_carrier", "rating", "ads", "account_health")
"""Faults no report tells of: only a drop can show them."""
BATCHES = ("dead_backlog", "unknown_intent")
MUST_PRECISION, MUST_RECALL = 0.7, 0.9
GRACE_DAYS = 3
AHEAD_DAYS = 60
"""A stock that runs out within so many days was rightly told of ahead."""
WEEK, BEFORE = 7, 56
FELL = 0.15
"""A listing has truly dropped if the part of its sales that is left fell by so much against the eight weeks before."""


class Watched(Market):
    """A market that keeps, for each day and listing, what part of its sales is left."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.left: list[Floats] = []
        self.stocked: list[np.ndarray] = []

    def trade(self) -> tuple[DaySales, Losses]:
        """The day's sales, as ever."""
        stocked = np.asarray(self.supply.on_hand[self.catalog.pool] > 0)
        left = stocked.astype(float) * self._velocity**self.world.rank.theta
        now = self.open_faults()
        np.multiply.at(left, self.plan.listing[now], 1.0 - self.plan.share[now])
        self.left.append(left)
        self.stocked.append(stocked)
        return super().trade()


@dataclass
class Found:
    """What was counted of each rule: rows, true rows; and dollars of each fault, seen by its rule or by any."""

    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    true: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dollars: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seen: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_any: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    faults: dict[str, dict[tuple[int, ...], list[float]]] = field(default_factory=lambda: defaultdict(dict))
    """Dollars taken and seen of each fault: faults, not days, are what falls together by chance."""


def measure(
    *,
    progress: Callable[[str], None] = lambda _: None,
    listings: int = LISTINGS,
    days: int = DAYS,
    seeds: int = SEEDS,
) -> list[dict[str, Any]]:
    """Precision of each rule that spoke, recall of dollars of each that has faults here, and both at the median."""
    found = Found()
    for seed in range(1, seeds + 1):
        _play(found, listings, days, seed, progress)
    return _rows(found, listings, days, seeds) + measure_facts(progress)


def _play(found: Found, listings: int, days: int, seed: int, progress: Callable[[str], None]) -> None:
    market = Watched(read_world(), listings=listings, days=days, seed=seed)
    setting = Setting(listings, days, 1, find_policy("nobody_works"), seed, 6.0)
    trouble = make_trouble(market.world, market.catalog, REPORTS, days, seed)
    known: dict[tuple[str, str], int] = {}
    waiting: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), market, setting)
        held, sales = warm_up(market)
        for day in range(days):
            progress(f"seed {seed}, day {day + 1} of {days}")
            market.begin()
            sheets, held = arriving(held + morning_sheets(market, sales), trouble, market, day)
            shop.receive(sheets, moment(market))
            rows = shop.open_rows(shop.run(moment(market)).run_id or 0)
            told = _told(market, rows)
            _count_rows(found, market, told, known, waiting)
            _count_dollars(found, market, told)
            sales, _ = market.trade()
        shop.ledger.close()
    for at, last in waiting:  # told ahead: did it run out?
        pool = market.catalog.pool[at]
        out = any(not market.stocked[k][market.catalog.pool == pool].all() for k in range(last, len(market.stocked)))
        found.true[AHEAD] += out
        found.rows[AHEAD] += out or len(market.stocked) - last >= AHEAD_DAYS


def _told(market: Watched, rows: list[dict[str, Any]]) -> dict[str, set[int]]:
    """The listings each rule speaks of this morning; a stock's row speaks of all listings behind it."""
    catalog = market.catalog
    number = {sku: i for i, sku in enumerate(catalog.sku)}
    told: dict[str, set[int]] = defaultdict(set)
    for one in rows:
        at = number.get(one["sku"] or "")
        if at is None or one["kind"] in BATCHES:
            continue
        mates = np.flatnonzero(catalog.pool == catalog.pool[at]).tolist() if one["kind"] in (STOCK, AHEAD) else [at]
        told[one["kind"]].update(mates)
    return told


def _count_rows(
    found: Found,
    market: Watched,
    told: Mapping[str, set[int]],
    known: dict[tuple[str, str], int],
    waiting: list[tuple[int, int]],
) -> None:
    """Rows seen for the first time, or again after ten days, and whether they are true."""
    for kind, listings in told.items():
        for at in sorted(listings):
            key = (kind, market.catalog.sku[at])
            before = known.get(key)
            known[key] = market.day
            if before is not None and market.day - before <= 10:
                continue
            if kind == AHEAD:
                waiting.append((at, len(market.stocked)))
            else:
                found.rows[kind] += 1
                found.true[kind] += _is_true(market, kind, at)


def _is_true(market: Watched, kind: str, at: int) -> bool:
    """Whether what a row says holds, or held within the days of grace."""
    if kind == STOCK:
        return (
            not all(day[at] for day in market.stocked[-GRACE_DAYS:])
            or market.supply.on_hand[market.catalog.pool[at]] <= 0
        )
    if kind in DROPS:
        lately = np.mean([day[at] for day in market.left[-WEEK:]])
        usual = np.mean([day[at] for day in market.left[-WEEK - BEFORE : -WEEK]])
        return bool(lately <= (1 - FELL) * usual)
    plan = market.plan
    names = [market.plan.kinds.index(name) for name in BEHIND.get(kind, ())]
    alive = market.began & (market.ends > market.day - GRACE_DAYS) & (plan.onset <= market.day)
    return bool((alive & (plan.listing == at) & np.isin(plan.kind, names)).any())


def _count_dollars(found: Found, market: Watched, told: Mapping[str, set[int]]) -> None:
    """What each fault takes today, and whether a row speaks of its listing."""
    catalog, plan = market.catalog, market.plan
    value = healthy_rate(market.world, catalog, market.day) * catalog.dollars(market.usual_minor.astype(float))
    anywhere = set().union(*told.values()) if told else set()
    rules = {fault: kind for kind, faults in BEHIND.items() for fault in faults if kind != "featured_offer_none"}
    for i in market.open_faults().tolist():
        fault, at = plan.kinds[plan.kind[i]], int(plan.listing[i])
        share = 1 - market.world.team.mispriced_factor if fault == "mispriced" else float(plan.share[i])
        dollars = float(value[at]) * share
        if fault in rules or fault in UNTOLD:
            kinds = DROPS if fault in UNTOLD else tuple(k for k, faults in BEHIND.items() if fault in faults)
            name = "drops" if fault in UNTOLD else rules[fault]
            own = any(at in told.get(k, ()) for k in kinds)
            _add(found, name, dollars, (market.seed, i), own=own, other=at in anywhere)
    for at in np.flatnonzero(market.supply.on_hand[catalog.pool] <= 0).tolist():
        fault = (market.seed, int(catalog.pool[at]), int(market.out_since[catalog.pool[at]]))
        _add(found, STOCK, float(value[at]), fault, own=at in told.get(STOCK, ()), other=at in anywhere)


def _add(found: Found, name: str, dollars: float, fault: tuple[int, ...], *, own: bool, other: bool) -> None:  # noqa: PLR0913
    sums = found.faults[name].setdefault(fault, [0.0, 0.0])
    sums[0] += dollars
    sums[1] += dollars * own
    found.dollars[name] += dollars
    found.seen[name] += dollars * own
    found.by_any[name] += dollars * (own or other)


def _rows(found: Found, listings: int, days: int, seeds: int) -> list[dict[str, Any]]:
    """One line for each rule, then the two figures that are to be reached."""
    judged = {k: found.true[k] / n for k, n in sorted(found.rows.items()) if n and _judged(k)}
    lines = [
        row(f"precision of {kind}", value, None, "of its rows", f"≥ {MUST_PRECISION}", **_precision(found, kind))
        for kind, value in judged.items()
    ]
    told = [name for name, dollars in sorted(found.dollars.items()) if dollars > 0]
    for name in told:
        whole = found.dollars[name]
        more = {"dollars": round(whole), "by_any_rule": round(found.by_any[name] / whole, 4), **_recall(found, name)}
        lines.append(row(f"recall of {name}", found.seen[name] / whole, None, "of dollars", f"≥ {MUST_RECALL}", **more))
    size = {"listings": listings, "days": days, "worlds": seeds}
    seen_kinds = [n for n in told if n != "drops"]
    whole = sum(found.dollars[n] for n in seen_kinds)
    if judged:
        lines.append(row("median precision", median(judged.values()), None, "of rows", f"≥ {MUST_PRECISION}", **size))
    if whole:
        part = sum(found.by_any[n] for n in seen_kinds) / whole
        lines.append(row("recall of what reports tell", part, None, "of dollars", f"≥ {MUST_RECALL}", **size))
    silent = sorted(k for k, n in found.rows.items() if n and not _judged(k))
    if silent:
        lines[-1]["no_truth_here_for"] = ", ".join(silent)
    return lines


def _precision(found: Found, kind: str) -> dict[str, Any]:
    low, high = wilson(int(found.true[kind]), found.rows[kind])
    return {"kind": kind, "rows": found.rows[kind], "low": round(low, 4), "high": round(high, 4)}


def _recall(found: Found, name: str) -> dict[str, Any]:
    told = recall_of(list(found.faults[name].values()))
    return {"kind": name, **{k: told[k] for k in ("faults", "low", "high")}}


def _judged(kind: str) -> bool:
    """Whether this market knows what such a rule speaks of."""
    return kind in BEHIND or kind in DROPS or kind in (STOCK, AHEAD)
