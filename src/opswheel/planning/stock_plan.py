"""When stock runs out, when to order, how much: from forecast percentiles, what is held, and what is on its way.

For each pool of stock: *reorder point*, the units that last through lead time, receiving and the next review in a
stated share of cases; *safety stock*, the part of it beyond expected demand; *quantity*, what lifts the units held and
coming to the reorder point plus one order's days; the *last responsible day* to order, after which the stated share
can no longer be kept; and what is lost if nobody orders, of which the part before an order of today could arrive
cannot be saved any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from .forecast import Forecast
from .intervals import level_of, quantile
from .panel import Array

DRAWS = 101
"""Futures each pool is played through: evenly spaced percentiles of demand, so that runs repeat exactly."""
MOST_DAYS = 400


@dataclass(frozen=True)
class Supply:
    """How new stock comes: days from order to sellable, how far they vary (one standard deviation), and who says so."""

    lead_days: float
    lead_sd_days: float
    moq_units: int = 0
    told: bool = False


@dataclass(frozen=True)
class Stock:
    """What a pool holds now and what is coming: (days from today, units, what it is); landed units sell the day after.

    `price` is what a unit sold brings, in reporting currency. Oversold stock is 0.
    """

    units: int
    arriving: tuple[tuple[int, int, str], ...]
    price: float
    supply: Supply


@dataclass(frozen=True)
class Rules:
    """What a team decides: days between two looks, share of cases stock shall last, days one order is for, and how far
    ahead a loss counts."""

    review_days: int = 7
    service: float = 0.95
    order_days: int = 30
    horizon_days: int = 30


@dataclass(frozen=True)
class Plan:
    """The plan of one pool. Days are days of the calendar; None means: not within the days looked at.

    `lost` is what is lost if nobody orders, over `horizon_days` beyond the day an order of today could arrive;
    `committed` the part of it before that day.
    """

    key: Any
    action: str
    units: int
    by_day: date | None
    per_day: float
    held: int
    arriving: int
    reorder_point: int
    safety_stock: int
    need_days: float
    runs_out: tuple[date | None, date | None, date | None]
    p_out: float
    lost: tuple[float, float, float]
    committed: tuple[float, float, float]
    avoidable: float
    lead: Supply
    words: tuple[str, ...]


def plan(forecast: Forecast, stocks: Sequence[Stock], rules: Rules, *, today: date) -> list[Plan]:
    """The plan of every item of a forecast; `stocks` are in its order."""
    return [_one(forecast, i, stock, rules, today) for i, stock in enumerate(stocks)]


def _one(forecast: Forecast, at: int, stock: Stock, rules: Rules, today: date) -> Plan:
    supply = stock.supply
    held = max(stock.units, 0)
    need = supply.lead_days + rules.review_days
    whole = int(min(np.ceil(supply.lead_days) + rules.horizon_days, MOST_DAYS))
    mean = forecast.expected(max(whole, int(np.ceil(need)) + rules.order_days))[at]
    in_need, phi = float(mean[: int(np.ceil(need))].sum()), float(forecast.phi[at])
    point = _units(forecast, at, (in_need, need), rules.service, (supply.lead_sd_days / max(need, 1)) ** 2)
    coming = sum(n for days, n, _ in stock.arriving if days < need)
    futures = _play(held, stock.arriving, mean[:whole], _draws(forecast, at, mean[:whole], phi))
    out = futures["out"]
    first = int(np.ceil(supply.lead_days))
    lost, early = futures["lost"] * stock.price, futures["lost_by_day"][:, :first].sum(axis=1) * stock.price
    last = _last_day(out, supply, rules)
    short = point > held + coming
    units = 0
    if short or (last is not None and last <= rules.review_days):
        cycle = float(mean[int(np.ceil(need)) : int(np.ceil(need)) + rules.order_days].sum())
        units = max(int(np.ceil(point + cycle - held - coming)), supply.moq_units, 1)
    action = _action(units, last, float(lost.mean()))
    return Plan(
        key=forecast.keys[at],
        action=action,
        units=units if action != "wait" else 0,
        by_day=None if last is None else today + timedelta(days=max(last, 0)),
        per_day=float(mean[: rules.horizon_days].mean()),
        held=held,
        arriving=sum(n for _, n, _ in stock.arriving),
        reorder_point=point,
        safety_stock=max(point - round(in_need), 0),
        need_days=need,
        runs_out=_dates(out, whole, today),
        p_out=float((out < whole).mean()),
        lost=_three(lost),
        committed=_three(early),
        avoidable=float((lost - early).mean()),
        lead=supply,
        words=(),
    )


def _action(units: int, last: int | None, lost: float) -> str:
    """`order_now` where waiting for the next look would be too late, `order_by` where a day is known, else `wait`."""
    if units and lost > 0 and (last is None or last <= 0):
        return "order_now"
    if units and last is not None:
        return "order_by"
    return "wait"


def _units(forecast: Forecast, at: int, stretch: tuple[float, float], share: float, extra: float) -> int:
    """Units not exceeded in a share of cases over a stretch (units expected, days) whose length varies by `extra`."""
    mean, days = stretch
    if mean <= 0:
        return 0
    v, levels = forecast.choice.spread.at(forecast.segment[at : at + 1], max(days, 1))
    one = (np.array([mean]), forecast.phi[at : at + 1], v + extra, level_of(levels, share))
    return int(quantile(*one)[0])


def _draws(forecast: Forecast, at: int, mean: Array, phi: float) -> Array:
    """Demand over the whole stretch in each future, as a multiple of the mean; 1 on average."""
    total = float(mean.sum())
    if total <= 0:
        return np.ones(1)
    v, levels = forecast.choice.spread.at(forecast.segment[at : at + 1], len(mean))
    shares = (np.arange(DRAWS) + 0.5) / DRAWS
    level = np.array([level_of(levels, s)[0] for s in shares])
    wide = np.full(DRAWS, total), np.full(DRAWS, phi), np.full(DRAWS, v[0])
    units = quantile(*wide, level)
    return np.asarray(units / max(float(units.mean()), 1e-9)) if units.any() else np.ones(DRAWS)


def _play(held: int, arriving: Sequence[tuple[int, int, str]], mean: Array, draws: Array) -> dict[str, Array]:
    """Day by day in each future: when shelves are empty first, and units not sold for want of stock."""
    stock = np.full(len(draws), float(held))
    landing = np.zeros(len(mean) + 1)
    for days, units, _ in arriving:
        if 0 <= days + 1 < len(landing):
            landing[days + 1] += max(units, 0)
        elif days < 0:
            landing[0] += max(units, 0)  # overdue: taken as landing today, and told as such
    lost = np.zeros((len(draws), len(mean)))
    out = np.full(len(draws), len(mean))
    for t in range(len(mean)):
        stock += landing[t]
        wanted = mean[t] * draws
        lost[:, t] = np.maximum(wanted - stock, 0)
        stock = np.maximum(stock - wanted, 0)
        out = np.where((lost[:, t] > 1e-9) & (out == len(mean)), t, out)
    return {"out": out, "lost": lost.sum(axis=1), "lost_by_day": lost}


def _last_day(out: Array, supply: Supply, rules: Rules) -> int | None:
    """Days from today until an order must be placed so that stock lasts in the stated share of futures."""
    early = int(np.quantile(out, 1 - rules.service, method="lower"))
    if early >= int(min(np.ceil(supply.lead_days) + rules.horizon_days, MOST_DAYS)):
        return None
    return int(np.floor(early - supply.lead_days - supply.lead_sd_days))


def _dates(out: Array, whole: int, today: date) -> tuple[date | None, date | None, date | None]:
    """The day shelves are empty: early (1 in 10 futures), middle, late (9 in 10)."""
    days = [int(np.quantile(out, q, method="lower")) for q in (0.1, 0.5, 0.9)]
    early, middle, late = (None if d >= whole else today + timedelta(days=d) for d in days)
    return early, middle, late


def _three(values: Array) -> tuple[float, float, float]:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(values.mean()), float(low), float(high)


def in_words(found: Plan, name: str, currency: str) -> list[str]:
    """The plan in sentences a person can check with a pencil."""
    early, middle, late = found.runs_out
    said = []
    if not found.held and found.p_out == 1:
        said.append(f"{name} holds nothing and would sell {found.per_day:.2g} a day.")
    elif middle is not None:
        span = f" (8 in 10 futures: {early:%d %b} to {late:%d %b})" if early and late else ""
        said.append(f"{name} holds {found.held:,} and sells {found.per_day:.2g} a day: out on {middle:%d %b}{span}.")
    elif early is not None:
        said.append(
            f"{name} holds {found.held:,}; in {found.p_out:.0%} of futures it runs out, earliest {early:%d %b}."
        )
    else:
        said.append(f"{name} holds {found.held:,} and sells {found.per_day:.2g} a day: it lasts.")
    if found.arriving:
        said.append(f"{found.arriving:,} units are on their way.")
    source = "told" if found.lead.told else "assumed"
    if found.action == "order_now":
        said.append(f"Order {found.units:,} now: new stock takes {found.lead.lead_days:.0f} days ({source}).")
    elif found.action == "order_by" and found.by_day is not None:
        said.append(
            f"Order {found.units:,} by {found.by_day:%d %b}: it takes {found.lead.lead_days:.0f} days ({source})."
        )
    if found.lost[0] >= 1 and found.action != "wait":
        mean, low, high = found.lost
        said.append(f"If nobody orders it loses {mean:,.0f} {currency} ({low:,.0f} to {high:,.0f}).")
        if found.committed[0] >= 1:
            said.append(f"{found.committed[0]:,.0f} of that comes too soon for an order of today to save.")
    return said
