"""Our own CSV layouts for stock in other people's warehouses: its age, its books, what goes in and comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import (
    INBOUND_PROBLEMS,
    INBOUND_SHIPMENTS,
    REMOVALS,
    RESERVED,
    STOCK_HEALTH,
    STOCK_LEDGER,
    STOCK_MOVEMENTS,
)
from ...core.reader import Cell, Context
from .amazon_ledger_detail import numbered_movements
from .own_facts import OwnFacts
from .own_layouts import CHANNEL, CURRENCY, DAY, SKU, texts, units, words
from .parsing import channel_day, day, day_start, integer, moment, money, number, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class OwnReserved(OwnFacts):
    """Units held back, from anywhere: for orders, in transfer, or stuck in processing."""

    report: ClassVar[str] = "reserved_csv"
    title: ClassVar[str] = "reserved.csv"
    table = RESERVED
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("reserved_units", ("reserved",), integer, required=True, minimum=0),
        Cell("processing_units", ("processing",), integer, in_header=True),
        CHANNEL,
        DAY,
        *texts("item_id", "fnsku"),
        *units("customer", "transfer"),
    )


class OwnStockHealth(OwnFacts):
    """How old stock is and what it costs, from anywhere: a 3PL's ageing list, another marketplace."""

    report: ClassVar[str] = "stock_health_csv"
    title: ClassVar[str] = "stock_health.csv"
    table = STOCK_HEALTH
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("available_units", ("available",), integer, required=True),
        Cell("age_0_90_units", ("age_0_90",), integer, in_header=True),
        CHANNEL,
        DAY,
        *texts("item_id", "fnsku"),
        *units("age_91_180", "age_181_270", "age_271_365", "age_366_plus", "excess", "minimum"),
        Cell("storage_minor", ("storage_cost",), money()),
        Cell("aged_fee_minor", ("aged_fee",), money()),
        Cell("cover_days", ("cover_days",), number),
        CURRENCY,
    )


class OwnStockLedger(OwnFacts):
    """What lay in a warehouse at the end of each day, and what came and went, from anywhere."""

    report: ClassVar[str] = "stock_ledger_csv"
    title: ClassVar[str] = "stock_ledger.csv"
    table = STOCK_LEDGER
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("from_day", ("day", "date"), day, required=True),
        Cell("ending_units", ("ending",), integer, required=True),
        CHANNEL,
        *texts("item_id", "fnsku", "location"),
        Cell("disposition", ("disposition",), text, empty="sellable"),
        *units("starting", "transit", "received", "shipped", "returned", "removed", "transferred"),
        *units("found", "lost", "damaged", "disposed", "other", "unknown"),
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Each row is one day."""
        return rows.mutate(to_day=rows.from_day)


class OwnStockMovements(OwnFacts):
    """Single movements of stock, from anywhere; a newer file replaces the days it holds."""

    report: ClassVar[str] = "stock_movements_csv"
    title: ClassVar[str] = "stock_movements.csv"
    table = STOCK_MOVEMENTS
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("from_day", ("day", "date"), day, required=True),
        Cell(
            "event",
            ("event",),
            words("receipt", "shipment", "customer_return", "removal", "transfer", "adjustment"),
            required=True,
        ),
        Cell("units", ("units",), integer, required=True),
        CHANNEL,
        *texts("item_id", "fnsku", "disposition", "reason", "location", "reference"),
        Cell("at", ("at",), moment),
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Each row is one day; a number among the movements of a SKU, event and day."""
        return rows.mutate(to_day=rows.from_day, line=numbered_movements(rows))


class OwnInboundShipments(OwnFacts):
    """Shipments into a marketplace's warehouse, sent and received; fill it from its list of shipments."""

    report: ClassVar[str] = "inbound_shipments_csv"
    title: ClassVar[str] = "inbound_shipments.csv"
    table = INBOUND_SHIPMENTS
    lists_everything: ClassVar[bool] = False
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("shipment_id", ("shipment_id",), text, required=True),
        SKU,
        Cell("expected_units", ("expected",), integer, required=True, minimum=0),
        Cell("received_units", ("received",), integer, required=True, minimum=0),
        CHANNEL,
        DAY,
        *texts("fnsku", "location"),
        Cell("status", ("status",), words("working", "shipped", "receiving", "closed", "cancelled")),
        Cell("sent_day", ("sent",), day),
        Cell("closed_day", ("closed",), day),
    )


class OwnInboundProblems(OwnFacts):
    """What a warehouse found wrong with a shipment, from anywhere."""

    report: ClassVar[str] = "inbound_problems_csv"
    title: ClassVar[str] = "inbound_problems.csv"
    table = INBOUND_PROBLEMS
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("shipment_id", ("shipment_id",), text, required=True),
        Cell("day", ("day", "date"), day, required=True),
        Cell("what", ("problem",), text, required=True),
        CHANNEL,
        *texts("carton_id", "sku", "fnsku", "item_id", "location", "measure", "status"),
        Cell("level", ("level",), words("shipment", "carton", "product")),
        *units("expected", "received"),
        Cell("problem_units", ("problem_units",), integer),
        Cell("fee_minor", ("fee",), money()),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The start of the day."""
        return rows.mutate(updated_at=day_start(rows.day, context))


class OwnRemovals(OwnFacts):
    """Orders to send stock back or to dispose of it, from anywhere."""

    report: ClassVar[str] = "removals_csv"
    title: ClassVar[str] = "removals.csv"
    table = REMOVALS
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("removal_id", ("removal_id",), text, required=True),
        SKU,
        Cell("at", ("requested_at",), moment, required=True),
        Cell("requested_units", ("requested",), integer, required=True, minimum=0),
        CHANNEL,
        Cell("type", ("type",), words("return", "disposal", "liquidation"), empty="return"),
        Cell("status", ("status",), text, empty="open"),
        Cell("updated_at", ("updated_at",), moment),
        *texts("fnsku", "disposition", "source"),
        *units("cancelled", "disposed", "shipped", "open"),
        Cell("fee_minor", ("fee",), money()),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day."""
        return rows.mutate(day=channel_day(rows.at, context), updated_at=rows.updated_at.fill_null(rows.at))


OWN_WAREHOUSE: tuple[Any, ...] = (
    OwnReserved(),
    OwnStockHealth(),
    OwnStockLedger(),
    OwnStockMovements(),
    OwnInboundShipments(),
    OwnInboundProblems(),
    OwnRemovals(),
)
"""In the order docs list them."""
