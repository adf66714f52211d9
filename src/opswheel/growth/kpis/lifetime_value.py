"""What a customer is worth: orders still to come, times what an order is worth, discounted."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from ...core.money import Floats
from . import buy_till_die, spend
from .figures import Figure, unseen
from .intervals import change, normal_quantile
from .purchases import Purchases, too_short, year_apart

WEEKS = 52
STEP_WEEKS = 4
DISCOUNT_PER_YEAR = 0.10
"""Assumed; half as much or twice as much moves a year's value by less than 3 %."""
FEWEST_REPEATERS = 30
DRAWS = 500
LINKED = 0.3
"""From such a correlation of order count and order value on, the model's independence is doubtful: told."""


@dataclass(frozen=True)
class Value:
    """The value of a newly won customer in the first year, the first order included, and draws of it.

    `draws` is None where the data does not settle the parameters.
    """

    mean: float
    draws: Floats | None
    customers: int
    repeaters: int
    orders: float
    repeat_value: float
    link: float


def history(seen: Purchases, last: int | None = None) -> tuple[buy_till_die.Histories, Floats, Floats]:
    """Customers' histories until day `last`, and order count and mean value of repeat orders, for those with any.

    Orders of one day count as one, as the model needs: repeats are further days with an order.
    """
    known = seen.known
    end = int(known.day.max()) if last is None else last
    pair, at = np.unique(np.column_stack([known.customer, known.day]), axis=0, return_inverse=True)
    totals = np.bincount(at.ravel(), known.amount, len(pair))
    _, start, days = np.unique(pair[:, 0], return_index=True, return_counts=True)
    first, latest = pair[start, 1], pair[start + days - 1, 1]
    repeats: Floats = (days - 1).astype(np.float64)
    seen_weeks = buy_till_die.histories(repeats, (latest - first) / 7, (end - first) / 7)
    whole = np.add.reduceat(totals, start)
    again = repeats > 0
    means: Floats = np.asarray((whole[again] - totals[start][again]) / repeats[again], dtype=np.float64)
    return seen_weeks, repeats[again], means


def _discounted(parameters: Floats) -> float:
    """Repeat orders of the first year, each discounted to today from the middle of its four weeks."""
    ends = np.arange(STEP_WEEKS, WEEKS + 1, STEP_WEEKS, dtype=float)
    orders = np.diff(buy_till_die.expected_new(parameters, ends), prepend=0.0)
    return float(orders @ np.exp(-log(1 + DISCOUNT_PER_YEAR) * (ends - STEP_WEEKS / 2) / WEEKS))


def value_of(seen: Purchases, *, seed: int = 7) -> Value | None:
    """Fit both models and value a new customer; None below thirty customers who came back."""
    if not len(seen.known):
        return None
    seen_weeks, orders, means = history(seen)
    if seen_weeks.repeaters < FEWEST_REPEATERS:
        return None
    buying, spending = buy_till_die.fit(seen_weeks), spend.fit(orders, means)
    firsts = _first_orders(seen.known)
    first, first_se = float(firsts.mean()), float(firsts.std(ddof=1) / sqrt(len(firsts)))
    again, repeat_value = _discounted(buying.parameters), spend.mean_spend(spending.parameters)
    draws = None
    if buying.covariance is not None and spending.covariance is not None and np.isfinite(repeat_value):
        random = np.random.default_rng(seed)
        b = np.exp(random.multivariate_normal(np.log(buying.parameters), buying.covariance, DRAWS))
        s = np.exp(random.multivariate_normal(np.log(spending.parameters), spending.covariance, DRAWS))
        extra = [_discounted(x) * spend.mean_spend(y) for x, y in zip(b, s, strict=True)]
        draws = random.normal(first, first_se, DRAWS) + np.array(extra)
    return Value(
        first + again * repeat_value,
        draws,
        seen_weeks.customers,
        seen_weeks.repeaters,
        again,
        repeat_value,
        spending.link,
    )


def _first_orders(known: Purchases) -> Floats:
    order = np.argsort(known.day, kind="stable")
    _, at = np.unique(known.customer[order], return_index=True)
    found: Floats = known.amount[order][at]
    return found


def customer_value(seen: Purchases) -> Figure:
    """CLTV over the first year by BG/NBD and Gamma–Gamma, the interval from the models' own uncertainty."""
    name, title = "customer_lifetime_value", "CLTV, first year of a new customer"
    found = value_of(seen)
    if found is None:
        return _not_enough(name, title, seen)
    low, high = _ends(found)
    note = (
        f"first order, and {found.orders:.2f} further ones of {found.repeat_value:,.2f} each; discounted at"
        f" {DISCOUNT_PER_YEAR:.0%} a year (assumed)"
    )
    if abs(found.link) > LINKED:
        note += f"; who orders more also spends {'more' if found.link > 0 else 'less'} an order ({found.link:+.2f})"
    if found.draws is None:
        note += "; the orders do not settle how fast customers leave, so there is no interval"
    return Figure(
        name,
        title,
        seen.channel,
        "money",
        found.mean,
        low,
        high,
        found.customers,
        "customers",
        "BG/NBD, Gamma–Gamma; normal draws of the parameters' logs",
        currency=seen.currency,
        note=note,
    )


def _ends(found: Value) -> tuple[float | None, float | None]:
    if found.draws is None:
        return None, None
    low, high = np.quantile(found.draws, [0.025, 0.975])
    return float(low), float(high)


def _not_enough(name: str, title: str, seen: Purchases) -> Figure:
    known = seen.known
    days = np.unique(np.column_stack([known.customer, known.day]), axis=0)
    again = int((np.unique(days[:, 0], return_counts=True)[1] > 1).sum())
    because = "no order names its customer" if not len(known) else f"only {again} customers came back another day"
    would_be = (
        "if a file of orders with a customer column is given: --orders FILE"
        if not len(known)
        else f"if orders of {FEWEST_REPEATERS} customers who came back are loaded"
    )
    return unseen(name, title, seen.channel, "money", because=because, would_be=would_be)


def customer_value_growth(seen: Purchases) -> Figure:
    """CLTV of the customers won lately against those won in the same weeks a year earlier, each seen equally long."""
    name, title = "customer_lifetime_value_growth", "CLTV, year on year"
    pair = year_apart(seen.known)
    if pair is None:
        return too_short(name, title, seen.known)
    now, before = (value_of(_won_in(seen.known, part)) for part in pair)
    if now is None or before is None or now.draws is None or before.draws is None:
        short = _not_enough(name, title, _won_in(seen.known, pair[1] if before is None else pair[0]))
        return unseen(
            name,
            title,
            seen.channel,
            "growth",
            because=f"of the customers won in one of the two years {short.because}",
            would_be=short.would_be,
        )
    z = normal_quantile()
    ends = [np.quantile(v.draws, [0.025, 0.975]) for v in (now, before) if v.draws is not None]
    errors = [float(high - low) / (2 * z) for low, high in ends]
    value, low, high = change(now.mean, errors[0], before.mean, errors[1])
    return Figure(
        name,
        title,
        seen.channel,
        "growth",
        value,
        low,
        high,
        now.customers + before.customers,
        "customers",
        "delta, log scale",
        note="customers won in the latest weeks against those won in the same weeks a year earlier",
    )


def _won_in(seen: Purchases, part: Purchases) -> Purchases:
    """Orders within a window of the customers whose first order lies in it."""
    first, last = int(part.day.min()), int(part.day.max())
    older = np.unique(seen.customer[seen.day < first])
    inside = seen.between(first, last)
    return inside.where(~np.isin(inside.customer, older))
