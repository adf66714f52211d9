"""What planning reads of the facts: units by listing and day, days that tell nothing, stock, supply, prices.

Expressions over tables that the wheel made before: visibility's `listing_now`, `stock_now`, `order_days`, `out_days`,
`off_days`, `told_days`, `supply_days`, the current order lines as `plan_lines`, and the settled days as `plan_days`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import COSTS, INBOUND, PROMOTIONS, STRANDED, SUPPLY, SUPPRESSIONS, TRAFFIC
from ..core.contracts.base import PLACE as PLACE_COLUMNS
from ..core.contracts.base import Contract, day, text
from ..core.contracts.prepared import ARRIVALS, CHANNELS, LISTING_NOW, STOCK_NOW
from ..core.detector import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACE = ["account", "channel"]
KEY = [*PLACE, "sku"]
ITEM = [*PLACE, "item_id"]

PLAN_DAYS = Contract(
    name="plan_days",
    kind="prepared",
    grain="one row per channel and settled day with sales, as far back as planning looks",
    writer="wheel",
    key=("account", "channel", "day"),
    columns=(
        *PLACE_COLUMNS,
        day("day", "the day", required=True),
        text("source", "`orders` or `traffic`: where the day's units come from", required=True),
        text("level", "the level of traffic rows that count", required=True),
    ),
)
_SPAN = {**dict.fromkeys(KEY, "string"), "from_day": "date", "to_day": "date"}
_LINES = {
    **dict.fromkeys([*KEY, "item_id", "status", "currency"], "string"),
    **dict.fromkeys(["units", "line_minor", "tax_minor", "promotion_minor"], "int64"),
    "day": "date",
    "external": "boolean",
}
PRICE_DAYS = 84


def lines() -> ir.Table:
    """The current order lines, as the wheel made them."""
    return ibis.table(_LINES, name="plan_lines")


def line_columns(rows: ir.Table) -> ir.Table:
    """Of order lines, what planning reads."""
    return rows.select(*_LINES)


def sold() -> ir.Table:
    """Units by SKU and settled day: from orders where they tell the day, else its item's traffic, split."""
    days = PLAN_DAYS.ibis_table()
    told = days.filter(days.source == "orders").select(*PLACE, "day")
    rows = lines()
    rows = rows.filter((rows.status != "cancelled") & ~rows.external).join(told, [*PLACE, "day"])
    orders = rows.group_by([*KEY, "day"]).agg(units=rows.units.sum().cast("float64"))
    seen, t = days.filter(days.source == "traffic"), TRAFFIC.ibis_table()
    t = t.filter(t.from_day == t.to_day)
    same = [t.account == seen.account, t.channel == seen.channel, t.from_day == seen.day, t.level == seen.level]
    t = t.join(seen, same).group_by([*ITEM, "day"]).agg(units=ibis._.units.sum())
    listing = LISTING_NOW.ibis_table().select(*KEY, "item_id", "own_offers")
    t = t.join(listing, ITEM)
    traffic = t.select(*KEY, "day", units=t.units.cast("float64") / t.own_offers)
    return orders.union(traffic)


def blind_spans() -> ir.Table:
    """Stretches of days on which a listing could not be bought, or a message or deal made sales unusual."""
    arrivals = ARRIVALS.ibis_table().select("delivery_id", "next_day")
    spans = ibis.table(_SPAN, name="out_days").union(ibis.table(_SPAN, name="off_days"))
    spans = spans.union(ibis.table(_SPAN, name="told_days"))
    for contract, since in ((SUPPRESSIONS, "since_day"), (STRANDED, "stranded_day")):
        rows = contract.ibis_table().join(arrivals, "delivery_id")
        until = _shift(rows.next_day, -1)
        spans = spans.union(rows.select(*KEY, from_day=ibis.coalesce(rows[since], rows.day), to_day=until))
    return spans.distinct()


def deals() -> ir.Table:
    """Stretches of days of our own promotions."""
    return Facts().now(PROMOTIONS).select(*KEY, "from_day", "to_day").distinct()


def _shift(value: Any, days: int) -> Any:
    return (value + ibis.interval(days=days)).cast("timestamp").cast("date")


def listings() -> ir.Table:
    """Every listing with its item, category, title, and price in reporting currency where one is known."""
    rows = LISTING_NOW.ibis_table().join(CHANNELS.ibis_table().select(*PLACE, "unit_rate"), PLACE)
    return rows.select(
        *KEY, "item_id", "category", "title", "said_intent", "fulfillment", asked=rows.price_minor * rows.unit_rate
    )


def prices() -> ir.Table:
    """Net price of a unit in reporting currency, from shipped lines of the last twelve weeks in today's currency.

    Lines in another currency, from before a channel changed its own, tell units but no price.
    """
    channels = CHANNELS.ibis_table().select(*PLACE, "today", "unit_rate", "tax_included", here="currency")
    rows = lines().join(channels, PLACE)
    same = (rows.currency == rows.here).fill_null(True)
    fresh = rows.day > _shift(rows.today, -PRICE_DAYS)
    rows = rows.filter(same & fresh & (rows.status == "shipped") & rows.line_minor.notnull() & (rows.units > 0))
    tax = rows.tax_included.fill_null(False).ifelse(rows.tax_minor.fill_null(0), 0)
    net = rows.line_minor - tax - rows.promotion_minor.fill_null(0)
    sums = rows.mutate(net=net).group_by([*KEY, "unit_rate"]).agg(net=ibis._.net.sum(), units=ibis._.units.sum())
    return sums.select(*KEY, price=sums.net / sums.units * sums.unit_rate)


def former() -> ir.Table:
    """SKUs that sold and are listed no more, beside the one listing of ours on the same item: a renamed SKU."""
    listed = LISTING_NOW.ibis_table()
    rows = lines().filter(ibis._.item_id.notnull())
    gone = rows.anti_join(listed.select(*KEY), KEY)
    gone = gone.group_by([*ITEM, "sku"]).agg(last_day=gone.day.max()).rename(old="sku")
    alone = listed.filter(listed.own_offers == 1).select(*KEY, "item_id")
    first = rows.group_by(KEY).agg(first_day=rows.day.min())
    found = gone.join(alone, ITEM).left_join(first, KEY, rname="_r_{name}")
    return found.select(*KEY, "old", "last_day", "first_day")


def stock() -> ir.Table:
    """Units of each listing's pool this morning."""
    rows = STOCK_NOW.ibis_table().join(CHANNELS.ibis_table(), PLACE)
    return rows.select(
        *KEY,
        *("pool", "sellable_units", "transfer_units", "inbound_shipped_units", "inbound_receiving_units", "today"),
        *("review_days", "assumed_lead_days", "assumed_receive_days"),
        *("shipped_arrives_days", "receiving_arrives_days"),
    )


def supply() -> ir.Table:
    """The usual, that is the slowest, way of supply of each SKU."""
    told = Facts().now(SUPPLY).join(CHANNELS.ibis_table().select(*PLACE, "assumed_receive_days"), PLACE)
    days = told.lead_time_days + ibis.coalesce(told.receive_days, told.assumed_receive_days)
    told = told.mutate(days=days)
    return told.group_by(KEY).agg(lead_days=told.days.max(), moq_units=told.moq_units.max())


def inbound() -> ir.Table:
    """Open shipments and purchase orders of our own list."""
    rows = Facts().now(INBOUND).join(CHANNELS.ibis_table().select(*PLACE, "today"), PLACE)
    return rows.select(*KEY, "units", "reference", in_days=rows.eta.delta(rows.today, unit="day"))


def costs() -> ir.Table:
    """Cost and fees of a unit in reporting currency."""
    rows = Facts().now(COSTS).join(CHANNELS.ibis_table().select(*PLACE, "unit_rate"), PLACE)
    return rows.select(
        *KEY,
        unit_cost=rows.unit_cost_minor * rows.unit_rate,
        unit_fees=rows.unit_fees_minor.fill_null(0) * rows.unit_rate,
    )


QUESTIONS = {
    "sold": sold,
    "blind_spans": blind_spans,
    "deals": deals,
    "listings": listings,
    "prices": prices,
    "former": former,
    "stock": stock,
    "supply": supply,
    "inbound": inbound,
    "costs": costs,
}
"""What is asked of the engine once its tables are made."""
