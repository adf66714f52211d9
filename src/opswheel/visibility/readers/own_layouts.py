"""Our own plain CSV layouts: one for each fact table, and for what only the team knows.

They exist so that a spreadsheet, another marketplace or a database can feed Opswheel without a reader of its
own. Column names are the fact tables' names in whole units (`price`, not `price_minor`); a `channel` column is
optional everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import (
    COSTS,
    INBOUND,
    INTENT,
    LISTING_STATUS,
    LISTINGS,
    OFFERS,
    ORDERS,
    PRICE_RULES,
    PROMOTIONS,
    RATES,
    REPORTED,
    STOCK,
    STRANDED,
    SUPPLY,
    SUPPRESSIONS,
    TRAFFIC,
    Contract,
)
from ...core.reader import Cell, Context, Parse
from .base import CommaReport
from .parsing import (
    channel_day,
    channel_hint,
    currency,
    day,
    integer,
    key,
    moment,
    money,
    number,
    rescale,
    text,
    word,
    yes_no,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

INTENTS = ("sell", "sell_through", "seasonal", "discontinued", "not_ours", "unknown")
_SKU = Cell("sku", ("sku",), text, required=True)
_CHANNEL = Cell("hint", ("channel",), channel_hint)
_DAY = Cell("day", ("day", "date"), day)
_CURRENCY = Cell("currency", ("currency",), currency)


def _words(*choices: str) -> Parse:
    return word({c: c for c in choices})


class OwnLayout(CommaReport):
    """One of our own CSV layouts."""

    export = "own layout"
    expected_days: ClassVar[int] = 0

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Money in the row's own currency, where it names one."""
        rows = self.fill(rows, context)
        names = [c for c in rows.columns if c.endswith("_minor")]
        if "currency" not in rows.columns or not names:
            return rows
        code = rows.currency.fill_null(context.currency)
        return rows.mutate(currency=code, **{n: rescale(rows[n], code, context) for n in names})

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """What a layout adds of its own."""
        return rows


class OwnListings(OwnLayout):
    """Listings from anywhere: SKU, item, title, brand, category, status, price, quantity."""

    report: ClassVar[str] = "listings_csv"
    title: ClassVar[str] = "listings.csv"
    table = LISTINGS
    export = "screen export"
    precedence: ClassVar[int] = 20
    cells = (
        _SKU,
        Cell("status", ("status",), _words("active", "inactive", "incomplete"), required=True),
        Cell("price_minor", ("price",), money(), in_header=True),
        _CHANNEL,
        _DAY,
        Cell("item_id", ("item_id",), text),
        Cell("title", ("title",), text),
        Cell("brand", ("brand",), text),
        Cell("category", ("category",), text),
        Cell("condition", ("condition",), text, empty="new"),
        Cell("fulfillment", ("fulfillment",), _words("marketplace", "merchant")),
        _CURRENCY,
        Cell("quantity_units", ("quantity",), integer),
        Cell("opened_on", ("opened_on",), day),
    )


class OwnStock(OwnLayout):
    """Stock from anywhere: a warehouse, a 3PL, another marketplace; also its history, one row per SKU and day."""

    report: ClassVar[str] = "stock_csv"
    title: ClassVar[str] = "stock.csv"
    table = STOCK
    export = "screen export"
    precedence: ClassVar[int] = 40
    cells = (
        _SKU,
        Cell("sellable_units", ("sellable",), integer, required=True),
        _CHANNEL,
        _DAY,
        Cell("item_id", ("item_id",), text),
        Cell("fnsku", ("pool", "fnsku"), text),
        Cell("fulfillment", ("fulfillment",), _words("marketplace", "merchant")),
        *(
            Cell(f"{name}_units", (name,), integer)
            for name in (
                "transfer",
                "reserved",
                "unsellable",
                "inbound_working",
                "inbound_shipped",
                "inbound_receiving",
            )
        ),
    )


class OwnSuppressions(OwnLayout):
    """Suppressed listings from anywhere."""

    report: ClassVar[str] = "suppressions_csv"
    title: ClassVar[str] = "suppressions.csv"
    table = SUPPRESSIONS
    export = "screen export"
    lists_everything: ClassVar[bool] = False
    cells = (
        _SKU,
        Cell("state", ("state",), _words("search_suppressed", "suppressed"), required=True),
        Cell("since_day", ("since",), day, in_header=True),
        _CHANNEL,
        _DAY,
        Cell("item_id", ("item_id",), text),
        Cell("title", ("title",), text),
        Cell("reason", ("reason",), text),
        Cell("issue_text", ("issue",), text),
    )


class OwnListingStatus(OwnLayout):
    """Buyable and discoverable from anywhere."""

    report: ClassVar[str] = "listing_status_csv"
    title: ClassVar[str] = "listing_status.csv"
    table = LISTING_STATUS
    export = "screen export"
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    cells = (
        _SKU,
        Cell("buyable", ("buyable",), yes_no, required=True),
        Cell("discoverable", ("discoverable",), yes_no, in_header=True),
        _CHANNEL,
        _DAY,
        *(Cell(n, (n,), text) for n in ("item_id", "title", "category", "action", "exempt_action")),
        Cell("exempt_until", ("exempt_until",), day),
        *(Cell(n, (n,), text) for n in ("issue_code", "issue_text", "issue_category")),
        Cell("updated_at", ("updated_at",), moment),
    )


class OwnStranded(OwnLayout):
    """Stranded stock from anywhere."""

    report: ClassVar[str] = "stranded_csv"
    title: ClassVar[str] = "stranded.csv"
    table = STRANDED
    export = "screen export"
    lists_everything: ClassVar[bool] = False
    cells = (
        _SKU,
        Cell("stranded_day", ("stranded_since",), day, in_header=True),
        Cell("sellable_units", ("sellable",), integer, required=True),
        _CHANNEL,
        _DAY,
        *(Cell(n, (n,), text) for n in ("item_id", "fnsku", "title", "reason", "primary_action")),
        Cell("price_minor", ("price",), money()),
        Cell("auto_removal_day", ("auto_removal",), day),
    )


class OwnOrders(OwnLayout):
    """Order lines from anywhere. Order ids are hashed at the door; no buyer column is read."""

    report: ClassVar[str] = "orders_csv"
    title: ClassVar[str] = "orders.csv"
    table = ORDERS
    export = "screen export"
    cells = (
        Cell("order_hash", ("order_id",), key, required=True, personal=True),
        _SKU,
        Cell("at", ("purchased_at",), moment, required=True),
        Cell("units", ("units",), integer, required=True, minimum=0),
        Cell("line_minor", ("line_price",), money(), in_header=True),
        _CHANNEL,
        Cell("item_id", ("item_id",), text),
        Cell("updated_at", ("updated_at",), moment),
        Cell("status", ("status",), _words("pending", "open", "shipped", "cancelled"), empty="shipped"),
        _CURRENCY,
        Cell("tax_minor", ("tax",), money()),
        Cell("promotion_minor", ("promotion",), money()),
        Cell("external", ("external",), yes_no, empty=False),
        Cell("fulfillment", ("fulfillment",), _words("marketplace", "merchant")),
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day and the line's number within its order."""
        updated = rows.updated_at.fill_null(rows.at)
        line = ibis.row_number().over(group_by=[rows.order_hash, rows.sku, updated], order_by=[rows.at]) + 1
        return rows.mutate(day=channel_day(rows.at, context), updated_at=updated, line=line)


class OwnTraffic(OwnLayout):
    """Sales and traffic by item from anywhere, by day or by range."""

    report: ClassVar[str] = "traffic_csv"
    title: ClassVar[str] = "traffic.csv"
    table = TRAFFIC
    export = "screen export"
    settles_days: ClassVar[int] = 0
    cells = (
        Cell("item_id", ("item_id",), text, required=True),
        Cell("from_day", ("from_day", "day", "date"), day, required=True),
        Cell("units", ("units",), integer, required=True),
        Cell("sales_minor", ("sales",), money(), in_header=True),
        _CHANNEL,
        Cell("to_day", ("to_day",), day),
        Cell("sku", ("sku",), text),
        Cell("parent_id", ("parent_id",), text),
        Cell("sessions", ("sessions",), integer),
        Cell("page_views", ("page_views",), integer),
        Cell("featured_share", ("featured_share",), number, minimum=0),
        _CURRENCY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """A row without `to_day` is one day; `featured_share` runs from 0 to 1."""
        return rows.mutate(
            to_day=rows.to_day.fill_null(rows.from_day),
            level=rows.sku.isnull().ifelse("child", "sku"),
            featured_view_hundredths=(rows.page_views * rows.featured_share * 100).round().cast("int64"),
        )


class OwnOffers(OwnLayout):
    """Who holds the featured offer, where somebody looked."""

    report: ClassVar[str] = "offers_csv"
    title: ClassVar[str] = "offers.csv"
    table = OFFERS
    export = "screen export"
    lists_everything: ClassVar[bool] = False
    cells = (
        _SKU,
        Cell("featured_by", ("featured_by",), _words("us", "other", "none"), required=True),
        _CHANNEL,
        _DAY,
        Cell("item_id", ("item_id",), text),
        Cell("eligible", ("eligible",), yes_no),
        Cell("featured_price_minor", ("featured_price",), money()),
        Cell("offer_count", ("offers",), integer),
    )


class OwnSupply(OwnLayout):
    """How long new stock takes, by SKU and way of supply."""

    report: ClassVar[str] = "supply_csv"
    title: ClassVar[str] = "supply.csv"
    table = SUPPLY
    cells = (
        _SKU,
        Cell("lead_time_days", ("lead_time_days",), integer, required=True, minimum=0),
        _CHANNEL,
        Cell("mode", ("mode",), text),
        Cell("receive_days", ("receive_days",), integer, minimum=0),
        Cell("moq_units", ("moq",), integer, minimum=0),
    )


class OwnInbound(OwnLayout):
    """Shipments and purchase orders on their way."""

    report: ClassVar[str] = "inbound_csv"
    title: ClassVar[str] = "inbound.csv"
    table = INBOUND
    cells = (
        _SKU,
        Cell("units", ("units",), integer, required=True, minimum=0),
        Cell("eta", ("eta",), day, required=True),
        _CHANNEL,
        Cell("reference", ("reference",), text),
    )


class OwnPriceRules(OwnLayout):
    """The price a listing should have, and the bounds it must keep."""

    report: ClassVar[str] = "price_rules_csv"
    title: ClassVar[str] = "price_rules.csv"
    table = PRICE_RULES
    cells = (
        _SKU,
        Cell("min_minor", ("min_price",), money(), in_header=True, minimum=0),
        _CHANNEL,
        Cell("right_minor", ("right_price",), money(), minimum=0),
        Cell("max_minor", ("max_price",), money(), minimum=0),
        Cell("map_minor", ("map_price",), money(), minimum=0),
        _CURRENCY,
    )


class OwnCosts(OwnLayout):
    """What a unit costs."""

    report: ClassVar[str] = "costs_csv"
    title: ClassVar[str] = "costs.csv"
    table = COSTS
    cells = (
        _SKU,
        Cell("unit_cost_minor", ("unit_cost",), money(), required=True, minimum=0),
        _CHANNEL,
        Cell("unit_fees_minor", ("unit_fees",), money(), minimum=0),
        _CURRENCY,
    )


class OwnIntent(OwnLayout):
    """Whether a listing is meant to sell: `sell`, `sell_through`, `seasonal`, `discontinued`, `not_ours`."""

    report: ClassVar[str] = "intent_csv"
    title: ClassVar[str] = "intent.csv"
    table = INTENT
    cells = (
        _SKU,
        Cell("intent", ("intent",), _words(*INTENTS), required=True),
        _CHANNEL,
        Cell("from_day", ("from", "from_day"), day),
        Cell("to_day", ("to", "to_day"), day),
    )


class OwnPromotions(OwnLayout):
    """Days on which a deal of ours moved sales: they set no velocity."""

    report: ClassVar[str] = "promotions_csv"
    title: ClassVar[str] = "promotions.csv"
    table = PROMOTIONS
    cells = (
        _SKU,
        Cell("from_day", ("promotion_from",), day, required=True),
        Cell("to_day", ("promotion_to",), day, required=True),
        _CHANNEL,
        Cell("name", ("name",), text),
    )


class OwnRates(OwnLayout):
    """Exchange rates by day; they belong to no channel."""

    report: ClassVar[str] = "rates_csv"
    title: ClassVar[str] = "rates.csv"
    table = RATES
    cells = (
        Cell("day", ("day", "date"), day, required=True),
        Cell("currency", ("currency",), currency, required=True),
        Cell("to_currency", ("to_currency",), currency, required=True),
        Cell("rate", ("rate",), number, required=True, minimum=0),
    )


class OwnIssues(OwnLayout):
    """The team's present list of problems: the spreadsheet that becomes the first queue."""

    report: ClassVar[str] = "issues_csv"
    title: ClassVar[str] = "issues.csv"
    table = REPORTED
    cells = (
        _SKU,
        Cell("what", ("what", "issue"), text, required=True),
        _CHANNEL,
        Cell("kind", ("kind",), text),
        Cell("owner", ("owner",), text),
        Cell("since_day", ("since",), day),
        Cell("share_lost", ("share_lost",), number, minimum=0),
        Cell("reference", ("reference", "id"), text),
    )


OWN_LAYOUTS: tuple[Any, ...] = (
    OwnListings(),
    OwnStock(),
    OwnSuppressions(),
    OwnListingStatus(),
    OwnStranded(),
    OwnOrders(),
    OwnTraffic(),
    OwnOffers(),
    OwnSupply(),
    OwnInbound(),
    OwnPriceRules(),
    OwnCosts(),
    OwnIntent(),
    OwnPromotions(),
    OwnRates(),
    OwnIssues(),
)
"""Every layout of our own, in the order docs list them."""

assert all(isinstance(r.table, Contract) for r in OWN_LAYOUTS)
