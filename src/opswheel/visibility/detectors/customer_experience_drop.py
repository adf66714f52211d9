"""Customers fare worse with a listing than before, or so badly that the marketplace may close its offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import CUSTOMER_EXPERIENCE, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, left, newest, shift
from ..facts.surprise import rise_at_least
from .amounts import CASH_FLOOR, began, evidence_of
from .base import Rule, sellable

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOK_BACK_DAYS = 180
CLOSED_DAYS = 30
"""Days until a closed offer is open again: assumed, as for accounts."""
CLOSES = {"poor": 0.1, "very_poor": 0.3}
"""The chance that an offer in this state is closed within the horizon: assumed. Amazon says "may be at risk of closure"
of poor, "may already have been closed" of very poor, and publishes no rate (Voice of the Customer, help page)."""
BAD_ORDER_LOSES = 0.5
"""Of the worth of an order that went badly, what is refunded or not followed by the next one: assumed."""
FEWEST_BAD = 3
SURE = 3.0
"""Normal quantile: chance alone reaches the cut line in about one listing of a thousand, and all are looked at."""
_WORDS = {"poor": "the offer may be closed", "very_poor": "the offer may be closed any day"}


class CustomerExperienceDrop(Rule):
    """The marketplace calls customers' experience with a listing poor, or more of its orders went badly than before.

    Why it costs money:
        Orders that go badly are refunded and not followed by the next. Amazon closes offers over it: one called poor is
        at risk, one called very poor may be closed already. What stands here is a small chance of a large loss.
    Source:
        customer_experience.health, negative_orders, orders   customer_experience.csv, copied from Amazon's Voice of the
                                                              Customer; no report has them
    Blind spots:
        A person must read the screen: an old reading stands until the next. The oldest reading of the last 180 days is
        the yardstick, and a listing that was bad then can only get better. Both readings may hold the same orders;
        that makes the rule slower, not surer. The chances of being closed are assumed: only their order is to be
        trusted. Why orders went badly is not told. A rate without its number of orders cannot be told from chance.
    """

    kind: ClassVar[str] = "customer_experience_drop"
    title: ClassVar[str] = "Customer experience got worse"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "experience"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (CUSTOMER_EXPERIENCE,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_rise",
            value=0.01,
            unit="of the orders, at least, or the chance to be closed (0…1)",
            fires="at or above",
            measures="observed",
            release=0.0,
            why="one more order in a hundred, at the lower end of the interval of the rise: assumed",
        ),
        CASH_FLOOR,
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings called poor or very poor, and those of whose orders a larger share went badly than before."""
        rows = _readings(facts)
        low = rise_at_least(rows.rate, rows.orders, rows.usual, rows.orders_before, sure=SURE)
        rows = rows.mutate(low=low, poor=rows.health.isin(list(CLOSES)).fill_null(False))
        worse = (rows.rate > rows.usual) & (rows.negative_orders >= FEWEST_BAD)
        rows = rows.filter(rows.poor | worse.fill_null(False))
        rows = left(rows, _began(facts, rows), KEY)
        rows = sellable(rows.join(facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day"), KEY), facts)
        closes = ibis.cases(*[(rows.health == word, chance) for word, chance in CLOSES.items()])
        lost = rows.poor.ifelse(closes, (rows.rate - rows.usual) * BAD_ORDER_LOSES)
        return observed(
            self.kind,
            rows,
            cause=rows.poor.ifelse(rows.health, "rate_rose"),
            onset_day=ibis.coalesce(rows.bad_day, rows.day),
            last_good_day=rows.good_day,
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=rows.poor.ifelse(closes, rows.low),
            baseline=rows.usual,
            amount_at_risk=(rows.revenue_per_day * CLOSED_DAYS * lost).fill_null(0.0),
            evidence=evidence(
                health=rows.health,
                bad_orders=rows.negative_orders,
                orders=rows.orders,
                bad_orders_before=rows.bad_before,
                orders_before=rows.orders_before,
                before_day=rows.before_day,
                chance_to_be_closed_assumed=closes,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        if row["cause"] in _WORDS:
            return f"Customer experience is {row['cause'].replace('_', ' ')}: {_WORDS[row['cause']]}"
        seen = evidence_of(row)
        bad, of = int(seen["bad_orders"]), int(seen["orders"])
        return f"{bad:,} of {of:,} orders went badly for the customer, {row['baseline']:.1%} before"


def _told(facts: Facts) -> ir.Table:
    """Every reading of the days looked at with its rate, one for each listing and day, and the newest day of each."""
    rows = facts.table(CUSTOMER_EXPERIENCE)
    rows = rows.mutate(newest_day=rows.day.max().over(ibis.window(group_by=[rows[k] for k in KEY])))
    rows = rows.filter(rows.day >= shift(rows.newest_day, -LOOK_BACK_DAYS))
    return rows.mutate(rate=rows.negative_orders / rows.orders.nullif(0).cast("float64"))


def _readings(facts: Facts) -> ir.Table:
    """Each listing's newest reading beside the oldest one with a rate."""
    told = _told(facts)
    now = newest(told, told.day.desc())
    before = newest(told.filter(told.rate.notnull() & (told.day < told.newest_day)), ibis._.day)
    before = before.select(*KEY, before_day="day", usual="rate", orders_before="orders", bad_before="negative_orders")
    return left(now, before, KEY)


def _began(facts: Facts, rows: ir.Table) -> ir.Table:
    """The last reading that was well and the first bad one after it, as what is wrong now sees them."""
    middle = rows.select(*KEY, "poor", middle=(rows.rate + rows.usual) / 2)
    told = _told(facts).join(middle, KEY)
    poor = told.health.isin(list(CLOSES))
    return began(told.select(*KEY, "day", bad=told.poor.ifelse(poor, told.rate > told.middle).fill_null(False)), KEY)
