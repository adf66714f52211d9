"""The count of our own shelf."""

from __future__ import annotations

from opswheel.core.contracts import STOCK
from opswheel.core.reader import Cell


def text(cell, _context):
    """The cell without blanks; null where nothing stands in it."""
    return cell.strip().nullif("")


def whole(cell, _context):
    """A whole number; null, which refuses the row, where it is none."""
    return cell.strip().try_cast("int64")


class ShelfCount:
    """Units on our own shelf, as the warehouse's scanner writes them every evening."""

    report = "opswheel-bare-shelf.shelf_count"
    version = "1"
    title = "Shelf count"
    table = STOCK
    format = "comma"
    export = "own layout"
    settles_days = 0
    expected_days = 1
    zone = "channel"
    precedence = 5
    lists_everything = True
    row_by_row = False
    compared = True
    also = ()
    cells = (
        Cell("sku", ("shelf label",), text, required=True),
        Cell("sellable_units", ("counted on the shelf",), whole, required=True, minimum=0),
    )

    def finish(self, rows, _context):
        """A shelf of ours: we ship what lies on it."""
        import ibis

        return rows.mutate(fulfillment=ibis.literal("merchant"))
