"""Our own CSV layouts for what stands on screens only: customer experience, and stars of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import CUSTOMER_EXPERIENCE, ITEM_RATINGS
from ...core.reader import Cell, Context, refusal
from .own_layouts import CHANNEL, DAY, SKU, OwnLayout
from .parsing import integer, number, whole, word

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_STARS = 5
HEALTH = {w: w.replace(" ", "_") for w in ("excellent", "good", "fair", "poor", "very poor")} | {
    "very_poor": "very_poor"
}


def rate(cell: ir.StringValue, context: Context) -> ir.Value:
    """A share from 0 to 1; `3.1%` is 0.031."""
    told = number(cell, context)
    return cell.endswith("%").ifelse(told / 100.0, told)


class OwnCustomerExperience(OwnLayout):
    """How customers fared with each listing: the marketplace's word, and how many of its orders went badly.

    Amazon: Performance → Voice of the Customer shows `CX Health`, `NCX orders` and `Total orders` of each offer; no
    report has them. Copy them once a week, each row with its `day`, and keep the rows: what got worse shows against
    earlier days. Where you have no `ncx_orders`, give `ncx_rate` (0.031 or 3.1%). What customers wrote is not read.
    """

    report: ClassVar[str] = "customer_experience_csv"
    title: ClassVar[str] = "customer_experience.csv"
    table = CUSTOMER_EXPERIENCE
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("health", ("health",), word(HEALTH), in_header=True, nothing=("insufficient feedback", "-", "--")),
        Cell("orders", ("orders",), integer, in_header=True, minimum=0),
        Cell("ncx_orders", ("ncx_orders",), integer, minimum=0),
        Cell("ncx_rate", ("ncx_rate",), rate, minimum=0),
        CHANNEL,
        DAY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Orders that went badly, from their number or their rate; a row that tells nothing is refused."""
        counted = ibis.coalesce(rows.ncx_orders, whole(rows.ncx_rate * rows.orders))
        bad = rows.ncx_orders.notnull() | rows.ncx_rate.notnull()
        why = ibis.cases(
            ((rows.ncx_rate > 1.0).fill_null(False), refusal("ncx_rate", "over 1: write 0.031 or 3.1%")),
            ((counted > rows.orders).fill_null(False), refusal("ncx_orders", "more than the orders they are of")),
            (rows.orders.isnull() & bad, refusal("orders", "empty: of how many orders is needed to tell chance")),
            (
                rows.health.isnull() & ~(rows.orders.notnull() & bad),
                refusal("health", "empty: a row needs it, or orders with ncx_orders or ncx_rate"),
            ),
            else_=ibis.null().cast("string"),
        )
        return rows.mutate(negative_orders=counted, problem=ibis.coalesce(rows.problem, why))


class OwnItemRatings(OwnLayout):
    """The stars each item's page shows, and of how many ratings; never the feedback on you as a seller.

    Read them off the product page, or out of a tool that watches reviews. Give each row its `day` and keep the rows:
    from two readings follows what the ratings between them were. What customers wrote is not read.
    """

    report: ClassVar[str] = "item_ratings_csv"
    title: ClassVar[str] = "item_ratings.csv"
    table = ITEM_RATINGS
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("stars", ("stars",), number, in_header=True, nothing=("-", "--")),
        Cell("ratings", ("ratings",), integer, required=True, minimum=0),
        CHANNEL,
        DAY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Rows whose stars can be: 1 to 5 where there are ratings, none where there are none."""
        why = ibis.cases(
            ((rows.ratings > 0) & rows.stars.isnull(), refusal("stars", "empty, though there are ratings")),
            (~rows.stars.between(1, MOST_STARS) & (rows.ratings > 0), refusal("stars", "not from 1 to 5")),
            else_=ibis.null().cast("string"),
        )
        stars = (rows.ratings > 0).ifelse(rows.stars, ibis.null().cast("float64"))
        return rows.mutate(stars=stars, problem=ibis.coalesce(rows.problem, why))


OWN_EXPERIENCE: tuple[Any, ...] = (OwnCustomerExperience(), OwnItemRatings())
"""In the order docs list them."""
