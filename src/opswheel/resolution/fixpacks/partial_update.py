"""The values to send again for listings that are held back, hidden or overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from ...core.contracts import LISTING_STATUS, LISTINGS, SUPPRESSIONS, Contract
from ...core.settings import Place
from .base import Line, Pack, Packed, worksheet

COLUMNS = (
    "item_sku",
    "update_delete",
    "attribute",
    "value",
    "value_now",
    "item_id",
    "reason",
    "code",
    "since",
    "issue",
)
WORDS = MappingProxyType({"title": "item_name", "brand": "brand_name", "category": "item_type"})
"""What Amazon's category templates call the words our listings table keeps."""
_NAMED = (re.compile(r"\[([A-Za-z][\w .-]{1,60})\]"), re.compile(r"'([a-z][a-z0-9_]{2,60})'"))
_BY_GROUP = MappingProxyType(
    {
        "IMAGE": "main_image_url",
        "MISSING_IMAGE": "main_image_url",
        "INVALID_IMAGE": "main_image_url",
        "MISSING_PRICE": "standard_price",
        "INVALID_PRICE": "standard_price",
    }
)
_TITLE_KEPT = 120
"""Characters of the former title an issue's evidence keeps."""


class PartialUpdate(Pack):
    """The attributes to send again, one row for each SKU and attribute, marked PartialUpdate.

    For a listing that is held back or hidden: the attribute the marketplace names, its value left for a person to
    fill in. For overwritten content: title, brand or category as they were on the last good day. Each category has a
    template of its own at Amazon, so the rows are copied into that.
    """

    name: ClassVar[str] = "partial_update"
    title: ClassVar[str] = "Partial-update worksheet"
    kinds: ClassVar[tuple[str, ...]] = ("listing_suppressed", "search_suppressed", "content_overwritten")
    marketplaces: ClassVar[tuple[str, ...]] = ("amazon",)
    upload: ClassVar[str] = (
        "Seller Central → Catalog → Add Products via Upload: copy the rows into the category's template"
    )
    suffix: ClassVar[str] = ".csv"
    for_spreadsheet: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS, LISTING_STATUS, SUPPRESSIONS)

    def write(self, lines: Sequence[Line], _place: Place, _day: date, /) -> Packed:
        """One row for each SKU and attribute."""
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        left_out = []
        for line in lines:
            changes = _overwritten(line) if line.kind == "content_overwritten" else [_asked_for(line)]
            if not changes:
                left_out.append((line, "its former words are in no loaded report"))
            for change in changes:
                usual = {"item_sku": line.sku, "update_delete": "PartialUpdate", "item_id": line.item_id}
                rows.setdefault(
                    (line.sku, change["attribute"]), {**usual, "since": line.onset_day, "issue": line.issue, **change}
                )
        empty = sum(not row.get("value") for row in rows.values())
        fill_in = f"the value of {'1 row' if empty == 1 else f'{empty} rows'}" if empty else ""
        return Packed(worksheet(COLUMNS, list(rows.values())), len(rows), left_out, fill_in)


def _asked_for(line: Line) -> dict[str, Any]:
    """The attribute the marketplace names, with its reason; empty where it names none."""
    status, held = line.fact(LISTING_STATUS), line.fact(SUPPRESSIONS)
    reason = status.get("issue_text") or held.get("issue_text") or line.seen.get("reason") or line.sentence
    group = str(status.get("issue_category") or line.cause or "").upper()
    code = status.get("issue_code") or line.cause
    return {"attribute": attribute_named(str(reason), group), "reason": reason, "code": code}


def attribute_named(reason: str, group: str) -> str:
    """The attribute a message of the marketplace names, or its group stands for; empty where neither does."""
    named = next((m.group(1) for pattern in _NAMED if (m := pattern.search(reason))), None)
    return named or _BY_GROUP.get(group, "")


def _overwritten(line: Line) -> list[dict[str, Any]]:
    """Each word of the page that is another now than on the last good day, with the former one as its value."""
    before, now = _accepted(line), line.fact(LISTINGS)
    told = [(name, before.get(name), now.get(name)) for name in WORDS]
    since = f"another {line.cause} than before" if line.cause else "another word than before"
    return [
        {"attribute": WORDS[name], "value": was, "value_now": is_, "reason": since, "code": line.cause}
        for name, was, is_ in told
        if was and is_ and was.strip().casefold() != is_.strip().casefold()
    ]


def _accepted(line: Line) -> Mapping[str, Any]:
    """The listing on the newest good morning that bore the title the rule took for the accepted one."""
    title = line.seen.get("before")
    good = [
        row
        for row in line.earlier
        if line.last_good_day is not None
        and row["day"] <= line.last_good_day
        and (title is None or " ".join((row.get("title") or "")[:_TITLE_KEPT].split()) == " ".join(title.split()))
    ]
    return good[-1] if good else {}
