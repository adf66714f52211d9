"""Amazon's FBA inventory planning report (Manage Inventory Health): stock, and what it costs and risks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK, STOCK_HEALTH
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import at_least, country_channel, currency, day, integer, money, number, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = ("--", "-", "none", "n/a", "na", "null")
BANDS = ("181-210", "211-240", "241-270", "271-300", "301-330", "331-365", "366-455", "456-plus")
"""Ages in days by which the surcharge on aged stock rises; older files end with one band of 365 and more."""


def _units(to: str, *headers: str) -> Cell:
    return Cell(to, headers, integer, nothing=NOTHING)


def _number(to: str, *headers: str) -> Cell:
    return Cell(to, headers, at_least, nothing=NOTHING)


def _money(to: str, *headers: str) -> Cell:
    return Cell(to, headers, money(), nothing=NOTHING)


def _aged() -> Iterable[Cell]:
    """Units and surcharge of each band; the last band has two names."""
    for band in BANDS:
        older = ("365-plus",) if band == "456-plus" else ()
        names = [f"{b}-days" for b in (band, *older)]
        to = band.replace("-", "_")
        yield _units(f"aged_units_{to}", *(f"quantity-to-be-charged-ais-{n}" for n in names))
        yield _money(f"aged_minor_{to}", *(f"estimated-ais-{n}" for n in names))


_STOCK_CELLS: tuple[Cell, ...] = (
    Cell("day", ("snapshot-date",), day, in_header=True),
    Cell("sku", ("sku",), text, required=True),
    Cell("fnsku", ("fnsku",), text),
    Cell("item_id", ("asin",), text),
    Cell("country", ("marketplace",), text),
    Cell("available_units", ("available",), integer, in_header=True, empty=0, nothing=NOTHING),
    _units("all_transfer_units", "fc-transfer"),
    _units("reserved_all_units", "Total Reserved Quantity", "reserved-quantity"),
    _units("reserved_transfer_units", "Reserved FC Transfer"),
    _units("reserved_processing_units", "Reserved FC Processing"),
    _units("reserved_customer_units", "Reserved Customer Order"),
    _units("reserved_staging_units", "Reserved Staging"),
    _units("unsellable_units", "unfulfillable-quantity"),
    _units("inbound_working_units", "inbound-working"),
    _units("inbound_shipped_units", "inbound-shipped"),
    _units("inbound_receiving_units", "inbound-received"),
)


def _summed(columns: Iterable[ir.NumericColumn]) -> ir.NumericValue:
    """The sum of those that are there; null where none is."""
    values = list(columns)
    total = sum((v.fill_null(0) for v in values[1:]), values[0].fill_null(0))
    return ibis.coalesce(*values).isnull().ifelse(ibis.null().cast("int64"), total)


class AmazonInventoryPlanning(TabReport):
    """How old our stock at Amazon is, what storing it costs, what is too much and what is too little.

    Seller Central: Inventory → FBA Inventory → Inventory planning → Manage inventory health → Download. API:
    GET_FBA_INVENTORY_PLANNING_DATA. Amazon adds columns as it changes fees: files of 63, 97 and 99 columns are on
    record, and all load. Amounts are Amazon's estimates for the coming month. The same file tells stock, below
    Manage FBA Inventory in precedence. It names its marketplace and its day. No personal columns.
    """

    report: ClassVar[str] = "amazon_inventory_planning"
    title: ClassVar[str] = "Amazon FBA Inventory Planning"
    table = STOCK_HEALTH
    also: ClassVar[tuple[str, ...]] = ("amazon_inventory_planning_stock",)
    cells: ClassVar[tuple[Cell, ...]] = (
        *_STOCK_CELLS,
        Cell("currency", ("currency",), currency, nothing=NOTHING),
        _units("pending_removal_units", "pending-removal-quantity"),
        _units("unsold_units", "no-sale-last-6-months"),
        Cell("age_0_90_units", ("inv-age-0-to-90-days",), integer, in_header=True, nothing=NOTHING),
        _units("age_91_180_units", "inv-age-91-to-180-days"),
        _units("age_181_270_units", "inv-age-181-to-270-days"),
        _units("age_271_365_units", "inv-age-271-to-365-days"),
        _units("age_366_455_units", "inv-age-366-to-455-days"),
        _units("age_456_units", "inv-age-456-plus-days", "inv-age-365-plus-days"),
        Cell("age_day", ("Inventory age snapshot date",), day, nothing=NOTHING),
        *_aged(),
        _money("storage_minor", "estimated-storage-cost-next-month"),
        *(_units(f"shipped_{days}_units", f"units-shipped-t{days}") for days in (7, 30, 60, 90)),
        Cell("sell_through", ("sell-through",), number, nothing=NOTHING),
        _number("cover_days", "days-of-supply"),
        _number("total_cover_days", "Total Days of Supply (including units from open shipments)"),
        _units("excess_units", "estimated-excess-quantity"),
        _units("removal_units", "recommended-removal-quantity"),
        _money("savings_minor", "estimated-cost-savings-of-recommended-actions"),
        Cell("recommended_action", ("recommended-action",), text),
        Cell("alert", ("alert",), text),
        _number("history_cover_days", "historical-days-of-supply"),
        _number("history_short_days", "Short term historical days of supply"),
        _number("history_long_days", "Long term historical days of supply"),
        _units("minimum_units", "fba-minimum-inventory-level"),
        Cell("level_status", ("fba-inventory-level-health-status",), text),
        Cell("exempt_text", ("Exempted from Low-Inventory-Level fee?",), text, nothing=NOTHING),
        Cell("charged_text", ("Low-Inventory-Level fee applied in current week?",), text, nothing=NOTHING),
        _units("ship_in_units", "Recommended ship-in quantity"),
        Cell("ship_in_day", ("Recommended ship-in date",), day, ahead=True, nothing=NOTHING),
        _money("price_minor", "your-price"),
        _money("sale_price_minor", "sales-price"),
        _money("featured_price_minor", "featuredoffer-price"),
        _money("lowest_price_minor", "lowest-price-new-plus-shipping"),
        _units("sales_rank", "sales-rank"),
        Cell("volume", ("item-volume",), number, nothing=NOTHING),
        Cell("volume_unit", ("volume-unit-measurement",), text),
        Cell("storage_type", ("storage-type",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel from the marketplace, one surcharge over all bands, and amounts in the row's own currency."""
        aged = [b.replace("-", "_") for b in BANDS]
        rows = rows.mutate(
            hint=country_channel(rows.country),
            age_366_plus_units=_summed([rows.age_366_455_units, rows.age_456_units]),
            aged_fee_units=_summed(rows[f"aged_units_{b}"] for b in aged),
            aged_fee_minor=_summed(rows[f"aged_minor_{b}"] for b in aged),
            low_level_exempt=rows.exempt_text.lower().startswith("yes"),
            low_level_charged=rows.charged_text.lower().startswith("yes"),
        )
        code = rows.currency.fill_null(context.currency)
        amounts = [c.name for c in STOCK_HEALTH.columns if c.name.endswith("_minor")]
        return rows.mutate(currency=code, **{n: rescale(rows[n], code, context) for n in amounts})


class AmazonInventoryPlanningStock(TabReport):
    """The stock the planning report tells beside everything else: sellable, moving, reserved and inbound units.

    The same file as Amazon FBA Inventory Planning. Units that move between fulfilment centres are not reserved
    but sold with a later date, as in the restock report.
    """

    report: ClassVar[str] = "amazon_inventory_planning_stock"
    title: ClassVar[str] = "Amazon FBA Inventory Planning, stock"
    table = STOCK
    precedence: ClassVar[int] = 20
    cells: ClassVar[tuple[Cell, ...]] = _STOCK_CELLS

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Reserved is what is processed or held for customers; older files tell only the whole."""
        transfer = ibis.coalesce(rows.reserved_transfer_units, rows.all_transfer_units)
        held = _summed([rows.reserved_processing_units, rows.reserved_customer_units, rows.reserved_staging_units])
        return rows.mutate(
            hint=country_channel(rows.country),
            fulfillment=ibis.literal("marketplace"),
            sellable_units=rows.available_units,
            transfer_units=transfer,
            reserved_units=ibis.coalesce(held, rows.reserved_all_units - transfer.fill_null(0)),
        )
