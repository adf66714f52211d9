"""More of what was sold comes back than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ORDERS, RETURNS, Contract
from ...core.contracts.prepared import BASELINES, CALENDAR
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left, shift, step
from ..facts.sales import order_days
from ..facts.surprise import too_few
from .amounts import CASH_FLOOR, evidence_of
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

RIPE_DAYS = 21
"""A return counts if it came within so many days of its order, and an order once it is so old: young orders have not
had the time to come back, and would make every rate look good."""
NOW_DAYS, BEFORE_DAYS = 28, 84
"""Orders of four weeks against those of the twelve weeks before them."""
FEWEST_RETURNED = 4
LIKE_ITS_CATEGORY_UNITS = 50.0
"""A listing's own past counts as if so many more units had come back as often as its category's."""
LOST_OF_PRICE = 0.5
"""What a returned unit costs of its price: return label, handling, and half of them not sold as new (assumed)."""
HORIZON_DAYS = 30
LUMPS = 1.5
"""How much more than chance returns vary, orders of several units coming back together (assumed)."""


class ReturnsSpike(Rule):
    """Of the units ordered lately far more came back, within the same days of their order, than of those before.

    Why it costs money:
        Every return costs its label, its handling and often the unit. A bad lot, a wrong size table or a picture that
        promises too much goes on with every order, and the marketplace marks items that come back too often.
    Source:
        returns.units, reason   Amazon GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA `quantity`, `reason`; merchant returns
        orders.units, day       the orders they belong to, by the hash of the order id
    Blind spots:
        Orders younger than three weeks are not looked at, so a bad lot shows after a month. Returns later than three
        weeks do not count, before or now. Four units must have come back. Without orders nothing can be told. What
        a return costs is assumed: half the price.
    """

    kind: ClassVar[str] = "returns_spike"
    title: ClassVar[str] = "Returns jumped"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = "content"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (RETURNS, ORDERS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_surprise",
            value=3.0,
            unit="standard errors",
            fires="at or above",
            measures="observed",
            release=2.0,
            why="chance alone goes so far in one listing of a thousand",
        ),
        Threshold(
            name="min_rise",
            value=0.05,
            unit="of the units sold (0…1)",
            fires="at or above",
            measures="share_lost",
            release=0.03,
            why="five more in a hundred eat the margin of most items: assumed",
        ),
        CASH_FLOOR,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings whose ripe orders of four weeks came back more often than the twelve weeks before."""
        rows = _counted(facts)
        usual = rows.cat_back / rows.cat_sold.nullif(0.0)
        expected_rate = (rows.back_before + LIKE_ITS_CATEGORY_UNITS * usual) / (
            rows.sold_before + LIKE_ITS_CATEGORY_UNITS
        )
        expected = expected_rate * rows.sold_now
        known = rows.sold_now / (rows.sold_before + LIKE_ITS_CATEGORY_UNITS)
        rows = rows.mutate(
            expected=expected,
            rate=rows.back_now / rows.sold_now,
            expected_rate=expected_rate,
            errors=-too_few(rows.back_now, expected, ratio=known, lumps=LUMPS),
        )
        rows = rows.filter((rows.back_now >= FEWEST_RETURNED) & (rows.errors > 1.0) & (rows.rate > rows.expected_rate))
        rise = rows.rate - rows.expected_rate
        amount = rows.velocity * rise * HORIZON_DAYS * rows.price * LOST_OF_PRICE
        clustered = rows.of_reason * 2 >= rows.back_now
        return observed(
            self.kind,
            rows,
            cause=clustered.fill_null(False).ifelse(rows.reason, "several_reasons"),
            onset_day=rows.first_day,
            seen_day=rows.last_day,
            share_state="cash",
            share_lost=rise,
            observed=rows.errors.round(6),
            baseline=rows.expected_rate,
            amount_at_risk=amount.fill_null(0.0),
            evidence=evidence(
                came_back=rows.back_now,
                of_sold=rows.sold_now.round(0).cast("int64"),
                rate_before=rows.expected_rate.round(3),
                most_named_reason=rows.reason,
                named_by=rows.of_reason,
                orders_until=rows.until_day,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        back, sold = int(seen["came_back"]), int(seen["of_sold"])
        return f"{back:,} of {sold:,} units came back, {row['baseline']:.0%} is usual"


def _spans(facts: Facts) -> ir.Table:
    """Per channel: the last day returns are told of, and the ends of the two stretches of orders that are ripe."""
    told = facts.table(RETURNS).group_by(PLACE).agg(last_day=ibis._.day.max(), first_told=ibis._.day.min())
    sold = facts.table(CALENDAR).group_by(PLACE).agg(first_sold=ibis._.day.min())
    rows = told.join(sold, PLACE)
    until = shift(rows.last_day, -RIPE_DAYS)
    rows = rows.mutate(until_day=until, since_day=shift(until, -NOW_DAYS))
    early = shift(rows.since_day, -BEFORE_DAYS)
    return rows.mutate(early_day=ibis.greatest(early, rows.first_sold, shift(rows.first_told, -1))).drop(
        "first_told", "first_sold"
    )


def _counted(facts: Facts) -> ir.Table:
    """Per listing: units sold and come back of both stretches, the reason most often named, and its category's rate."""
    spans = _spans(facts)
    sold = step(order_days).select(*KEY, "day", "units").join(spans, PLACE)
    now, before = _inside(sold, sold.day)
    sold = sold.group_by([*KEY, "last_day", "until_day"]).agg(
        sold_now=sold.units.sum(where=now).cast("float64"),
        sold_before=sold.units.sum(where=before).fill_null(0).cast("float64"),
    )
    sold = sold.filter(sold.sold_now > 0)
    back = _came_back(facts).join(spans, PLACE)
    now, before = _inside(back, back.ordered)
    named = back.filter(now).group_by([*KEY, "reason"]).agg(n=ibis._.units.sum())
    most = ibis.row_number().over(group_by=[named[k] for k in KEY], order_by=[named.n.desc(), named.reason])
    named = named.mutate(_n=most).filter(ibis._["_n"] == 0).select(*KEY, "reason", of_reason="n")
    back = back.group_by(KEY).agg(
        back_now=back.units.sum(where=now).fill_null(0),
        back_before=back.units.sum(where=before).fill_null(0),
        first_day=back.ordered.min(where=now),
    )
    known = facts.table(BASELINES).select(*KEY, "item_id", "category", "velocity", "price")
    rows = left(left(left(sold, back, KEY), named, KEY), known, KEY)
    rows = rows.mutate(back_before=rows.back_before.fill_null(0), category=rows.category.fill_null(""))
    whole = ibis.window(group_by=[rows.account, rows.channel, rows.category])
    rows = rows.mutate(
        cat_back=(rows.back_before.sum().over(whole)).cast("float64"), cat_sold=rows.sold_before.sum().over(whole)
    )
    return rows.filter(rows.back_now > 0)


def _inside(rows: ir.Table, day: ir.Value) -> tuple[Any, Any]:
    """Whether an order day lies in the four weeks, and in the twelve before."""
    return (day <= rows.until_day) & (day > rows.since_day), (day <= rows.since_day) & (day > rows.early_day)


def _came_back(facts: Facts) -> ir.Table:
    """Units that came back in time, once each, with the day they were ordered."""
    rows = facts.table(RETURNS)
    once = ["account", "channel", "sku", "order_hash", "at", "line"]
    rows = rows.group_by(once).agg(
        units=rows.units.argmax(rows.updated_at), reason=rows.reason.max(), day=rows.day.max()
    )
    lines = facts.table(ORDERS).select(*KEY, "order_hash", "day").semi_join(rows, [*KEY, "order_hash"])
    ordered = lines.group_by([*KEY, "order_hash"]).agg(ordered=lines.day.min())
    rows = rows.join(ordered, [*KEY, "order_hash"])
    late = rows.day.delta(rows.ordered, unit="day")
    return rows.filter((late >= 0) & (late <= RIPE_DAYS))
