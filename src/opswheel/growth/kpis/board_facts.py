"""What the board of a marketplace head asks of loaded facts: one filtered aggregate per table, by channel and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import ADS, CHANNEL_SALES, COSTS, FEEDBACK, ORDERS, REPEAT_PURCHASES, RETURNS
from ..weekly_facts import GROWTH_DAYS, ITEM, PLACE, growth_item_days, marked_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEIGHT_DAYS = 84
"""Days whose sales weigh an item."""
HERO_SHARE, MOST_HEROES = 0.5, 100
"""Heroes make the first half of the revenue, but are at most a hundred: the definition of tier 1."""
LINE = ["account", "channel", "order_hash", "sku", "line"]


def order_lines() -> ir.Table:
    """The current version of each line that was sold here, with its price net of promotion; tax as reported."""
    lines = ORDERS.ibis_table()
    newest = ibis.row_number().over(
        group_by=LINE, order_by=[lines.updated_at.desc(), lines.known_at.desc(), lines.delivery_id]
    )
    lines = lines.mutate(_n=newest).filter(ibis._["_n"] == 0)
    lines = lines.filter((lines.status == "shipped") & ~lines.external & (lines.line_minor > 0))
    return lines.mutate(net=(lines.line_minor - lines.promotion_minor.fill_null(0)).cast("float64"))


def order_values() -> ir.Table:
    """Orders of each day: how many, the sum of their values and of the squares."""
    lines = order_lines()
    orders = lines.group_by([*PLACE, "order_hash", "currency"]).agg(day=lines.day.min(), net=lines.net.sum())
    orders = orders.filter(orders.net > 0)
    return orders.group_by([*PLACE, "day"]).agg(
        n=orders.count(),
        total=orders.net.sum(),
        squares=(orders.net * orders.net).sum(),
        currency=orders.currency.max(),
    )


def cancelled() -> ir.Table:
    """Order lines cancelled and placed per channel."""
    lines = ORDERS.ibis_table()
    newest = ibis.row_number().over(
        group_by=LINE, order_by=[lines.updated_at.desc(), lines.known_at.desc(), lines.delivery_id]
    )
    lines = lines.mutate(_n=newest).filter((ibis._["_n"] == 0) & ~ibis._.external)
    return lines.group_by(PLACE).agg(n=lines.count(), cancelled=(lines.status == "cancelled").sum())


def margins() -> ir.Table:
    """Net sales and what is left of them after landed cost and fees, per day, where a cost list covers the SKU."""
    costs = COSTS.ibis_table("costs_current")
    costs = costs.select(*PLACE, "sku", cost=(costs.unit_cost_minor + costs.unit_fees_minor.fill_null(0)))
    lines = order_lines().join(costs, [*PLACE, "sku"])
    return lines.group_by([*PLACE, "day"]).agg(
        net=lines.net.sum(), left=(lines.net - lines.units * lines.cost).cast("float64").sum()
    )


def traffic_days() -> ir.Table:
    """Sessions, units, sales and featured views of each day, over all items."""
    rows = growth_item_days()
    names = ("sessions", "units", "sales_minor", "buyable", "seen", "seen_ours")
    return rows.group_by([*PLACE, "day"]).agg(**{n: rows[n].sum().cast("float64") for n in names})


def item_weights() -> ir.Table:
    """Sales of each item over the last twelve weeks, per day on which it could be bought; the heroes marked."""
    rows, days = growth_item_days(), GROWTH_DAYS.ibis_table()
    last = days.group_by(PLACE).agg(last=days.day.max(), first=days.day.min())
    rows = rows.join(last, PLACE)
    rows = rows.filter(rows.day > (rows["last"] - ibis.interval(days=WEIGHT_DAYS)))
    sold = rows.group_by([*ITEM, "last", "first"]).agg(minor=rows.sales_minor.sum().cast("float64"))
    off = marked_days("unbuyable_days").join(last, PLACE)
    off = off.filter(off.day > (off["last"] - ibis.interval(days=WEIGHT_DAYS)))
    off = off.group_by(ITEM).agg(off=off.count())
    rows = sold.left_join(off, ITEM, rname="_r_{name}").drop("_r_account", "_r_channel", "_r_item_id")
    span = ibis.least(rows["last"].delta(rows["first"], unit="day") + 1, WEIGHT_DAYS)
    rows = rows.filter(rows.minor > 0).mutate(weight=rows.minor / ibis.greatest(span - rows.off.fill_null(0), 1))
    order = {"group_by": [rows.account, rows.channel], "order_by": [rows.weight.desc(), rows.item_id]}
    place = ibis.row_number().over(ibis.window(**order))
    before = rows.weight.sum().over(ibis.window(**order, rows=(None, 0))) - rows.weight
    whole = rows.weight.sum().over(ibis.window(group_by=[rows.account, rows.channel]))
    hero = (place < MOST_HEROES) & (before < HERO_SHARE * whole)
    return rows.select(*ITEM, "weight", hero=hero)


def in_stock_days() -> ir.Table:
    """Weight of the items that could not be bought on each day, beside the weight of all."""
    weights = _weights()
    whole = weights.group_by(PLACE).agg(whole=weights.weight.sum())
    days = GROWTH_DAYS.ibis_table().select(*PLACE, "day").join(whole, PLACE)
    off = marked_days("unbuyable_days").join(weights, ITEM)
    off = off.group_by([*PLACE, "day"]).agg(off=off.weight.sum())
    rows = days.left_join(off, [*PLACE, "day"], rname="_r_{name}")
    return rows.select(*PLACE, "day", "whole", off=rows.off.fill_null(0.0))


def hero_days() -> ir.Table:
    """Featured and all page views of the heroes on each day, while they could be bought."""
    heroes = _weights()
    heroes = heroes.filter(heroes.hero).select(*ITEM)
    rows = growth_item_days().join(heroes, ITEM)
    return rows.group_by([*PLACE, "day"]).agg(
        seen=rows.seen.sum().cast("float64"), ours=rows.seen_ours.sum().cast("float64") / 100, items=rows.count()
    )


def _weights() -> ir.Table:
    return ibis.table({**dict.fromkeys(ITEM, "string"), "weight": "float64", "hero": "boolean"}, name="growth_weights")


def ad_days() -> ir.Table:
    """Ad spend of each day."""
    rows = ADS.ibis_table()
    rows = rows.filter(rows.from_day == rows.to_day).mutate(day=rows.from_day)
    return rows.group_by([*PLACE, "day"]).agg(spend=rows.spend_minor.sum().cast("float64"))


def refund_days() -> ir.Table:
    """Units ordered and refunded each day, of the channel's own totals."""
    rows = CHANNEL_SALES.ibis_table()
    rows = rows.filter((rows.from_day == rows.to_day) & rows.refunded_units.notnull()).mutate(day=rows.from_day)
    sums = {"units": rows.units.sum().cast("float64"), "refunded": rows.refunded_units.sum().cast("float64")}
    return rows.group_by([*PLACE, "day"]).agg(**sums)


def return_days() -> ir.Table:
    """Units sent back on each day, the current version of each return."""
    rows = RETURNS.ibis_table()
    newest = ibis.row_number().over(group_by=LINE, order_by=[rows.updated_at.desc(), rows.known_at.desc()])
    rows = rows.mutate(_n=newest).filter(ibis._["_n"] == 0)
    return rows.group_by([*PLACE, "day"]).agg(refunded=rows.units.sum().cast("float64"))


def ratings() -> ir.Table:
    """How many ratings of each number of stars the seller got, over all that is loaded."""
    rows = FEEDBACK.ibis_table()
    newest = ibis.row_number().over(
        group_by=[rows.account, rows.channel, rows.order_hash], order_by=[rows.updated_at.desc(), rows.known_at.desc()]
    )
    rows = rows.mutate(_n=newest).filter(ibis._["_n"] == 0)
    return rows.group_by([*PLACE, "rating"]).agg(n=rows.count())


def repeats() -> ir.Table:
    """Customers of each item's newest period, and how many of them had bought the item before.

    Where a week, a month and a quarter end on the same day, the longest counts.
    """
    rows = REPEAT_PURCHASES.ibis_table()
    rows = rows.filter(rows.customers.notnull() & rows.repeat_customer_share.notnull())
    rows = rows.join(rows.group_by(PLACE).agg(last=rows.to_day.max()), PLACE)
    rows = rows.filter(rows.to_day == rows["last"])
    periods = rows.group_by([*PLACE, "from_day"]).agg(
        customers=rows.customers.sum(), again=(rows.customers * rows.repeat_customer_share).sum()
    )
    first = periods.from_day.min().over(ibis.window(group_by=[periods.account, periods.channel]))
    return periods.mutate(first=first).filter(ibis._.from_day == ibis._["first"])


STEPS = {"growth_weights": item_weights}
QUESTIONS = {
    "order_values": order_values,
    "cancelled": cancelled,
    "margins": margins,
    "traffic_days": traffic_days,
    "in_stock_days": in_stock_days,
    "hero_days": hero_days,
    "ad_days": ad_days,
    "refund_days": refund_days,
    "return_days": return_days,
    "ratings": ratings,
    "repeats": repeats,
}
