"""What a simulated team lost, cleared and learned, from the truth the product never saw; by 30-day cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np

from .market import FOREVER, Market
from .parameters import World
from .play import CYCLE_DAYS, Played, Setting, moment
from .team import STOCK_KINDS

FLOOR_DOLLARS_PER_DAY = 1.0
"""Faults that cost less are below the product's own floor: nobody is asked to work them."""
CENTS = 100


def money(dollars: float) -> dict[str, Any]:
    """Dollars as whole cents."""
    return {"minor": round(dollars * CENTS), "currency": "USD"}


def arriving_minutes(world: World, *, listings: int, days: int, seed: int) -> float:
    """Minutes of work a day an unworked market brings: real faults worth a dollar a day or more, and false alarms.

    A stockout counts where the fastest order would end it sooner than what is on its way.
    A burst counts as its first listing and the share of minutes the others take when worked together.
    """
    market = Market(world, listings=listings, days=days, seed=seed)
    stockouts = 0
    before = np.full(market.catalog.pools, FOREVER)
    while market.day < days:
        market.begin()
        if market.day >= 0:
            began = (market.out_since < FOREVER) & (before == FOREVER)
            worth = began & (_pool_dollars(market) >= FLOOR_DOLLARS_PER_DAY)
            fast = market.day + world.stock.fast_lead_days
            stockouts += sum(market.supply.back_on(int(p), market.day) > fast for p in np.flatnonzero(worth))
        before = market.out_since
        market.trade()
    whole = _planned_minutes(market) + stockouts * world.faults["out"].minutes
    return whole / max(1, days)


def _pool_dollars(market: Market) -> np.ndarray:
    catalog = market.catalog
    value = catalog.rate * ~catalog.dead * catalog.dollars(catalog.price_minor)
    return np.asarray(np.bincount(catalog.pool, value, catalog.pools))


def _planned_minutes(market: Market) -> float:
    plan, catalog, world = market.plan, market.catalog, market.world
    seen = np.array([bool(world.faults[k].kind) if k in world.faults else True for k in plan.kinds])
    here = market.began & (plan.onset >= 0) & seen[plan.kind]
    value = (catalog.rate * ~catalog.dead * catalog.dollars(catalog.price_minor))[plan.listing]
    noise = np.array([k not in world.faults for k in plan.kinds])[plan.kind]
    slip = plan.kind == plan.kinds.index("mispriced")
    lost = np.where(noise | slip, 1.0, plan.share) * value
    rows = np.flatnonzero(here & (lost >= FLOOR_DOLLARS_PER_DAY))
    whole, known = 0.0, set()
    for i in rows.tolist():
        burst = (int(plan.kind[i]), int(plan.event[i]))
        whole += float(plan.minutes[i]) * (world.team.together if burst in known else 1.0)
        known.add(burst)
    return whole


def hours_for_load(load: float, minutes_per_day: float, operators: int) -> float:
    """Hours a day each operator has if arriving work is to be `load` times what the team can do."""
    return minutes_per_day / load / operators / 60


def summary(market: Market, setting: Setting, played: Played) -> dict[str, Any]:
    """The public JSON of `opswheel simulate`."""
    world = market.world
    whole = _span(market, setting, played, 0, len(played.days))
    cycles: list[dict[str, Any]] = []
    for first in range(0, len(played.days), CYCLE_DAYS):
        last = min(first + CYCLE_DAYS, len(played.days))
        cycles.append({"cycle": len(cycles) + 1, **_span(market, setting, played, first, last)})
    return {
        "rule": setting.policy.name,
        "listings": setting.listings,
        "days": setting.days,
        "operators": setting.operators,
        "hours_per_day": round(setting.hours, 3),
        "seed": setting.seed,
        "world": world.sha256,
        **whole,
        "by_cycle": cycles,
    }


def _span(market: Market, setting: Setting, played: Played, first: int, last: int) -> dict[str, Any]:
    """The figures of worked days `first` to `last` − 1."""
    days = played.days[first:last]
    margin = market.world.team.contribution_margin
    sums = {name: sum(getattr(d.losses, name) for d in days) for name in asdict(days[0].losses)} if days else {}
    healthy = sums.get("healthy", 0.0)
    lost = sums["seen"] + sums["unseen"] + sums["rank"] + sums["given_away"] / margin
    n, did = len(days), [d.done for d in days]
    opened = _opened(market, played, first, last)
    detected = _detection_days(market, played, first, last)
    resolved = [x for d in did for x in d.resolve_days]
    return {
        "from": str(market.catalog.date(first)),
        "to": str(market.catalog.date(last - 1)),
        "healthy_revenue": money(healthy),
        "revenue": money(sums["sold"]),
        "lost": money(lost),
        "lost_share": round(lost / healthy, 6) if healthy else None,
        "lost_parts": {
            "seen": money(sums["seen"]),
            "unseen": money(sums["unseen"]),
            "rank": money(sums["rank"]),
            "margin_given_away": money(sums["given_away"]),
        },
        "cleared": money(_cleared(market, played, first, last)),
        "cleared_per_day": money(_cleared(market, played, first, last) / max(1, n)),
        "fixed": sum(d.fixed for d in did),
        "false_alarms": sum(d.false_alarms for d in did),
        "prevented": sum(d.prevented for d in did),
        "prevention_cost": money(sum(d.prevention_cost for d in did)),
        "minutes_worked": round(sum(d.minutes for d in did), 1),
        "time_to_detect_days": _median(detected),
        "time_to_resolve_days": _median(resolved),
        "repeat_rate": round(sum(i["repeat_of"] is not None for i in opened) / len(opened), 6) if opened else None,
        "issues_opened": len(opened),
        "open_issues": days[-1].open_issues if days else 0,
        "waiting_for_work": round(float(np.mean([d.to_work for d in days])), 2) if days else 0.0,
        "revenue_per_operator": money(sums["sold"] / setting.operators),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 3) if len(values) else None


def _opened(market: Market, played: Played, first: int, last: int) -> list[dict[str, Any]]:
    """Issues the product opened in these days."""
    start, end = _moments(market, first, last)
    return [i for i in played.issues if start <= i["detected_at"] < end]


def _cleared(market: Market, played: Played, first: int, last: int) -> float:
    """What the product booked as cleared: its own claim, not the truth."""
    start, end = _moments(market, first, last)
    return float(sum(o["cleared"] for o in played.outcomes if o["booked_at"] and start <= o["booked_at"] < end))


def _moments(market: Market, first: int, last: int) -> tuple[Any, Any]:
    zero = moment(market) - timedelta(days=market.day)
    return zero + timedelta(days=first), zero + timedelta(days=last)


def _detection_days(market: Market, played: Played, first: int, last: int) -> list[float]:
    """Days from the true onset of a fault of the span to the first issue of its kind on its listing."""
    plan, catalog = market.plan, market.catalog
    zero, _ = _moments(market, 0, 0)
    found: dict[tuple[str, str], list[int]] = {}
    for issue in played.issues:
        if issue["kind"] not in STOCK_KINDS and issue["sku"]:
            day = round((issue["detected_at"] - zero).total_seconds() / 86_400)
            found.setdefault((issue["kind"], issue["sku"]), []).append(day)
    kinds = {name: f.kind for name, f in market.world.faults.items() if f.kind}
    days = []
    for i in np.flatnonzero(market.began & (plan.onset >= first) & (plan.onset < last)).tolist():
        key = (kinds.get(plan.kinds[plan.kind[i]], ""), catalog.sku[plan.listing[i]])
        seen = [d for d in found.get(key, ()) if plan.onset[i] <= d <= market.ends[i] + 1]
        days += [float(min(seen) - plan.onset[i])] if seen else []
    return days
