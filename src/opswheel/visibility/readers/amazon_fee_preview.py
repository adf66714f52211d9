"""Amazon's FBA Fee Preview report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import FEES
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import country_channel, currency, money, number, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = ("--", "-", "n/a")


def _money(to: str, *headers: str) -> Cell:
    return Cell(to, headers, money(), nothing=NOTHING)


class AmazonFeePreview(TabReport):
    """What Amazon expects to charge for each unit sold, and the size and weight it charges by.

    Seller Central: Reports → Fulfilment → Payments → Fee Preview. API: GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA. Columns
    differ by marketplace: the US tells a size tier, Europe a weight band and the fee of its own country first.
    `--` means that there is no fee to tell. A fee or a size that jumps is often a wrong measurement, which Amazon
    corrects on request. Estimates of the last days' prices. No personal columns.
    """

    report: ClassVar[str] = "amazon_fee_preview"
    title: ClassVar[str] = "Amazon FBA Fee Preview"
    table = FEES
    expected_days: ClassVar[int] = 0
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("sku",), text, required=True),
        Cell("fnsku", ("fnsku",), text),
        Cell("item_id", ("asin",), text),
        Cell("country", ("amazon-store",), text),
        Cell("brand", ("brand",), text),
        Cell("category", ("product-group",), text),
        Cell("currency", ("currency",), currency, nothing=NOTHING),
        _money("price_minor", "your-price"),
        _money("sale_price_minor", "sales-price"),
        Cell("total_minor", ("estimated-fee-total",), money(), in_header=True, nothing=NOTHING),
        Cell("referral_minor", ("estimated-referral-fee-per-unit",), money(), in_header=True, nothing=NOTHING),
        _money("closing_minor", "estimated-variable-closing-fee"),
        _money(
            "fulfillment_minor",
            "expected-fulfillment-fee-per-unit",
            "expected-domestic-fulfilment-fee-per-unit",
            "estimated-pick-pack-fee-per-unit",
        ),
        Cell("size_tier", ("product-size-tier", "product-size-weight-band"), text, nothing=NOTHING),
        Cell("longest_side", ("longest-side",), number, nothing=NOTHING),
        Cell("median_side", ("median-side",), number, nothing=NOTHING),
        Cell("shortest_side", ("shortest-side",), number, nothing=NOTHING),
        Cell("length_unit", ("unit-of-dimension",), text, nothing=NOTHING),
        Cell("weight", ("item-package-weight",), number, nothing=NOTHING),
        Cell("weight_unit", ("unit-of-weight",), text, nothing=NOTHING),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel from the store, and amounts in the row's own currency."""
        code = rows.currency.fill_null(context.currency)
        amounts = [c.name for c in FEES.columns if c.name.endswith("_minor")]
        return rows.mutate(
            hint=country_channel(rows.country),
            currency=code,
            **{n: rescale(rows[n], code, context) for n in amounts},
        )
