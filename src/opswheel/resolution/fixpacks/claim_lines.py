"""The lines of claims: units that were lost, damaged or never received, and what must be claimed by a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from ...core.contracts import INBOUND_SHIPMENTS, STOCK, STRANDED, Contract
from ...core.settings import Place
from .base import Line, Pack, Packed, worksheet

COLUMNS = (
    "claim",
    "shipment",
    "sku",
    "fnsku",
    "item_id",
    "expected",
    "received",
    "missing",
    "claim_until",
    "reference",
    "title",
    "issue",
)


class ClaimLines(Pack):
    """What to claim, one row for each SKU: shipment, stock label, units sent, received and missing, the last day.

    The units are those of our own books; the marketplace's case form asks for them with proof of what was sent.
    Where the last day is not told, the row has none.
    """

    name: ClassVar[str] = "claim_lines"
    title: ClassVar[str] = "Claim lines"
    kinds: ClassVar[tuple[str, ...]] = ("shipment_short", "units_unreimbursed", "deadline_near")
    causes: ClassVar[Mapping[str, tuple[str, ...]]] = {"deadline_near": ("claim", "guarantee_claim")}
    upload: ClassVar[str] = "the marketplace's case form, one case for each shipment; attach the rows as its evidence"
    suffix: ClassVar[str] = ".csv"
    for_spreadsheet: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (INBOUND_SHIPMENTS, STOCK, STRANDED)

    def write(self, lines: Sequence[Line], _place: Place, _day: date, /) -> Packed:
        """One row for each line, the nearest last day first."""
        rows = [_row(line) for line in lines]
        rows.sort(key=lambda row: (str(row["claim_until"] or "9999"), str(row["shipment"] or ""), row["sku"]))
        return Packed(worksheet(COLUMNS, rows), len(rows))


def _row(line: Line) -> dict[str, Any]:
    seen, shipment = line.seen, line.seen.get("shipment")
    sent = next((r for r in line.now.get(INBOUND_SHIPMENTS.name, ()) if r["shipment_id"] == shipment), {})
    labels = (sent.get("fnsku"), line.fact(STOCK).get("fnsku"), line.fact(STRANDED).get("fnsku"))
    row = {
        "sku": line.sku,
        "fnsku": next((label for label in labels if label), None),
        "item_id": line.item_id,
        "title": line.title,
        "issue": line.issue,
        "shipment": shipment,
        "reference": seen.get("reference"),
    }
    if line.kind == "shipment_short":
        sent_units, received = int(seen["sent"]), int(seen["received"])
        return row | {
            "claim": "shipment closed short",
            "expected": sent_units,
            "received": received,
            "missing": sent_units - received,
            "claim_until": seen.get("window_ends"),
        }
    if line.kind == "units_unreimbursed":
        return row | {
            "claim": f"lost or damaged: {seen['lost_or_damaged']}, paid for: {seen['paid']}",
            "missing": seen["units"],
            "claim_until": seen.get("first_window_ends"),
        }
    return row | {"claim": seen.get("what"), "missing": seen.get("units"), "claim_until": seen.get("due")}
