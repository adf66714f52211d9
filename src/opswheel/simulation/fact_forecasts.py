"""What came of forecasts in the second light world: weekly ones of groups of listings, some of which drift."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ..core.identity import DEFAULT_ACCOUNT
from ..core.money import Floats
from .fact_sheets import CHANNEL, TODAY, FactShop, subject

GROUPS, WEEKS = 12, 14
"""Groups of listings, as many as three channels have, and weekly forecasts whose four weeks are over."""
UNITS, UNITS_SD = 400.0, 0.8
"""Units a week of a group, median and log-sd: assumed."""
WALK, WEEK_SD = 0.02, 0.08
"""Log-sd of a group's level from week to week, and of a week around it: assumed."""
LOOK_BACK = 8
"""Weeks whose mean a healthy forecast is: assumed, a plain model, which follows a step late."""
MISSED, MISSED_SD = 0.5, 0.1
"""What a healthy group's forecasts miss by, listing by listing, as part of its sales, and the log-sd of it: assumed."""
STEP, STEP_BY = 0.15, (0.1, 0.3)
"""Healthy groups whose demand made a step, up or down, and by how much of it: assumed; the model follows by itself."""
PEAK, PEAK_TIMES = 0.2, 1.6
"""Healthy groups with one week of a peak, and its height: assumed, a holiday."""
DRIFTS, DRIFTS_BY, DRIFTS_SINCE = 0.15, (0.2, 0.5), (3, 12)
"""Groups whose forecasts are off to one side for good, by which part, and since how many forecasts: assumed."""
WORSE, WORSE_TIMES = 0.1, (1.3, 2.0)
"""Groups whose newest forecast missed by so many times the usual, for good: assumed."""
WRONG_COSTS = 0.05
"""What units forecast wrongly cost of their value: assumed, as the rule assumes it."""


def forecasts(shop: FactShop, rng: np.random.Generator, *, planted: bool = True) -> list[dict[str, Any]]:
    """Rows of the accuracy the product keeps, by group and forecast, and one for all groups of each."""
    price = float((shop.rate * shop.price_minor).sum() / shop.rate.sum()) / 100.0
    rows: list[dict[str, Any]] = []
    for number in range(GROUPS):
        name, luck = f"group {number + 1}", rng.random()
        sold = _sold(rng, well=luck >= DRIFTS + WORSE)
        said = np.array([sold[w : w + LOOK_BACK].mean() * 4 for w in range(WEEKS)])
        came = np.array([sold[w + LOOK_BACK : w + LOOK_BACK + 4].sum() for w in range(WEEKS)])
        missed = MISSED * np.exp(MISSED_SD * rng.standard_normal(WEEKS))
        by, side = rng.uniform(*DRIFTS_BY), rng.choice([-1.0, 1.0])
        since, times = int(rng.integers(*DRIFTS_SINCE)), rng.uniform(*WORSE_TIMES)
        if planted and luck < DRIFTS:
            said[-since:] *= 1 + side * by
            cost = float(by * came[-1]) * price * WRONG_COSTS
            shop.truth["forecast_drift", subject(name, "bias")] = cost
            shop.truth["forecast_drift", subject(name, "error")] = 0.0  # it may be said of it as well
        elif planted and luck < DRIFTS + WORSE:
            missed[-1] *= times
            cost = MISSED * (times - 1) * float(came[-1]) * price * WRONG_COSTS
            shop.truth["forecast_drift", subject(name, "error")] = cost
        missed = np.maximum(missed, np.abs(said / came - 1))
        rows += [_row(name, w, said[w], came[w], missed[w]) for w in range(WEEKS)]
    return [*rows, *(_row("all", w, 1.0, 1.0, 0.5) for w in range(WEEKS))]


def _sold(rng: np.random.Generator, *, well: bool) -> Floats:
    """Units of each week, from the first a forecast looked at to the last that is over."""
    n = LOOK_BACK + WEEKS + 3
    level = np.log(UNITS) + UNITS_SD * rng.standard_normal() + np.cumsum(WALK * rng.standard_normal(n))
    sold = np.exp(level + WEEK_SD * rng.standard_normal(n))
    luck, at = rng.random(), int(rng.integers(LOOK_BACK, n))
    by = rng.uniform(*STEP_BY) * rng.choice([-1.0, 1.0])
    if well and luck < STEP:
        sold[at:] *= 1 + by
    elif well and luck < STEP + PEAK:
        sold[at] *= PEAK_TIMES
    return np.asarray(sold)


def _row(segment: str, week: int, said: float, sold: float, missed: float) -> dict[str, Any]:
    made = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=28 + 7 * (WEEKS - 1 - week))
    return {
        "account": DEFAULT_ACCOUNT,
        "channel": CHANNEL,
        "segment": segment,
        "made_at": made,
        "measured_at": made + timedelta(days=28),
        "items": 50,
        "item_days": 50 * 28,
        "forecast_units": float(said),
        "sold_units": float(sold),
        "wape": float(missed),
        "bias": float(said / sold - 1),
        "inside": 0.8,
    }
