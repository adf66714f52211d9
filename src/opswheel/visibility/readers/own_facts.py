"""Our own CSV layouts for facts: what a marketplace without a reader, a warehouse or a database can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, LISTINGS, OFFERS, ORDERS, STOCK, STRANDED, SUPPRESSIONS, TRAFFIC
from ...core.reader import Cell, Context
from .amazon_orders import numbered_lines
from .own_layouts import CHANNEL, CURRENCY, DAY, SKU, OwnLayout, words
from .parsing import channel_day, day, integer, key, moment, money, number, text, whole, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir


class OwnFacts(OwnLayout):
    """A layout whose list is as complete as a report's: rows that vanish mean something."""

    compared: ClassVar[bool] = True


class OwnListings(OwnFacts):
    """Listings from anywhere: SKU, item, title, brand, category, status, price, quantity."""

    report: ClassVar[str] = "listings_csv"
    title: ClassVar[str] = "listings.csv"
    table = LISTINGS
    precedence: ClassVar[int] = 20
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("status", ("status",), words("active", "inactive", "incomplete"), required=True),
        Cell("price_minor", ("price",), money(), in_header=True),
        CHANNEL,
        DAY,
        Cell("item_id", ("item_id",), text),
        Cell("title", ("title",), text),
        Cell("brand", ("brand",), text),
        Cell("category", ("category",), text),
        Cell("condition", ("condition",), text, empty="new"),
        Cell("fulfillment", ("fulfillment",), words("marketplace", "merchant")),
        CURRENCY,
        Cell("quantity_units", ("quantity",), integer),
        Cell("opened_on", ("opened_on",), day),
    )


class OwnStock(OwnFacts):
    """Stock from anywhere: a warehouse, a 3PL, another marketplace; also its history, one row per SKU and day."""

    report: ClassVar[str] = "stock_csv"
    title: ClassVar[str] = "stock.csv"
    table = STOCK
    precedence: ClassVar[int] = 40
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("sellable_units", ("sellable",), integer, required=True),
        CHANNEL,
        DAY,
        Cell("item_id", ("item_id",), text),
        Cell("fnsku", ("pool", "fnsku"), text),
        Cell("fulfillment", ("fulfillment",), words("marketplace", "merchant")),
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


class OwnSuppressions(OwnFacts):
    """Suppressed listings from anywhere: one row for each listing that shoppers cannot find or buy.

    Export the list of suppressed or blocked listings from the marketplace's listing page, or a database, as CSV.
    """

    report: ClassVar[str] = "suppressions_csv"
    title: ClassVar[str] = "suppressions.csv"
    table = SUPPRESSIONS
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("state", ("state",), words("search_suppressed", "suppressed"), required=True),
        Cell("since_day", ("since",), day, in_header=True),
        CHANNEL,
        DAY,
        Cell("item_id", ("item_id",), text),
        Cell("title", ("title",), text),
        Cell("reason", ("reason",), text),
        Cell("issue_text", ("issue",), text),
    )


class OwnListingStatus(OwnFacts):
    """Whether single listings can be bought and found, from anywhere; listings it does not name are not spoken of.

    Written by a script over a marketplace's listings API, or by hand after looking at the product pages.
    """

    report: ClassVar[str] = "listing_status_csv"
    title: ClassVar[str] = "listing_status.csv"
    table = LISTING_STATUS
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("buyable", ("buyable",), yes_no, required=True),
        Cell("discoverable", ("discoverable",), yes_no, in_header=True),
        CHANNEL,
        DAY,
        *(Cell(n, (n,), text) for n in ("item_id", "title", "category", "action", "exempt_action")),
        Cell("exempt_until", ("exempt_until",), day, ahead=True),
        *(Cell(n, (n,), text) for n in ("issue_code", "issue_text", "issue_category")),
        Cell("updated_at", ("updated_at",), moment),
    )


class OwnStranded(OwnFacts):
    """Stranded stock from anywhere: units that lie in a warehouse while no offer of ours sells them.

    Export it from the marketplace's stranded-stock page, or from a 3PL's list of units without a listing.
    """

    report: ClassVar[str] = "stranded_csv"
    title: ClassVar[str] = "stranded.csv"
    table = STRANDED
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("stranded_day", ("stranded_since",), day, in_header=True),
        Cell("sellable_units", ("sellable",), integer, required=True),
        CHANNEL,
        DAY,
        *(Cell(n, (n,), text) for n in ("item_id", "fnsku", "title", "reason", "primary_action")),
        Cell("price_minor", ("price",), money()),
        Cell("auto_removal_day", ("auto_removal",), day, ahead=True),
    )


class OwnOrders(OwnFacts):
    """Order lines from anywhere. Order ids are hashed at the door; no buyer column is read."""

    report: ClassVar[str] = "orders_csv"
    title: ClassVar[str] = "orders.csv"
    table = ORDERS
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("order_hash", ("order_id",), key, required=True, personal=True),
        SKU,
        Cell("at", ("purchased_at",), moment, required=True),
        Cell("units", ("units",), integer, required=True, minimum=0),
        Cell("line_minor", ("line_price",), money(), in_header=True),
        CHANNEL,
        Cell("item_id", ("item_id",), text),
        Cell("updated_at", ("updated_at",), moment),
        Cell("status", ("status",), words("pending", "open", "shipped", "cancelled"), empty="shipped"),
        CURRENCY,
        Cell("tax_minor", ("tax",), money()),
        Cell("promotion_minor", ("promotion",), money()),
        Cell("external", ("external",), yes_no, empty=False),
        Cell("fulfillment", ("fulfillment",), words("marketplace", "merchant")),
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day and the line's number within its order."""
        rows = rows.mutate(day=channel_day(rows.at, context), updated_at=rows.updated_at.fill_null(rows.at))
        return rows.mutate(line=numbered_lines(rows))


class OwnTraffic(OwnFacts):
    """Sales and traffic by item from anywhere, by day or by range."""

    report: ClassVar[str] = "traffic_csv"
    title: ClassVar[str] = "traffic.csv"
    table = TRAFFIC
    settles_days: ClassVar[int] = 0
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("item_id", ("item_id",), text, required=True),
        Cell("from_day", ("from_day", "day", "date"), day, required=True),
        Cell("units", ("units",), integer, required=True, minimum=0),
        Cell("sales_minor", ("sales",), money(), in_header=True),
        CHANNEL,
        Cell("to_day", ("to_day",), day),
        Cell("sku", ("sku",), text),
        Cell("parent_id", ("parent_id",), text),
        Cell("sessions", ("sessions",), integer, minimum=0),
        Cell("page_views", ("page_views",), integer, minimum=0),
        Cell("featured_share", ("featured_share",), number, minimum=0),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """A row without `to_day` is one day; `featured_share` runs from 0 to 1."""
        return rows.mutate(
            to_day=rows.to_day.fill_null(rows.from_day),
            level=rows.sku.isnull().ifelse("child", "sku"),
            featured_view_hundredths=whole(rows.page_views * rows.featured_share * 100),
        )


class OwnOffers(OwnFacts):
    """Who holds the featured offer, where somebody looked."""

    report: ClassVar[str] = "offers_csv"
    title: ClassVar[str] = "offers.csv"
    table = OFFERS
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("featured_by", ("featured_by",), words("us", "other", "none"), required=True),
        CHANNEL,
        DAY,
        Cell("item_id", ("item_id",), text),
        Cell("eligible", ("eligible",), yes_no),
        Cell("featured_price_minor", ("featured_price",), money()),
        Cell("offer_count", ("offers",), integer),
    )


OWN_FACTS: tuple[Any, ...] = (
    OwnListings(),
    OwnStock(),
    OwnSuppressions(),
    OwnListingStatus(),
    OwnStranded(),
    OwnOrders(),
    OwnTraffic(),
    OwnOffers(),
)
"""In the order docs list them."""
