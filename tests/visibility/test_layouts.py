"""Which report a file is: told by its header alone, and told what is missing where it is none we know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opswheel.core.errors import UnknownLayout
from opswheel.visibility.layouts import Layout, fold, recognise
from opswheel.visibility.readers import READERS
from opswheel.visibility.sniffing import Text

from ..loading import (
    ACTIVE_LISTINGS,
    ALL_LISTINGS,
    FBA_2018,
    INACTIVE_LISTINGS,
    ORDERS_33,
    RESTOCK,
    STRANDED,
    SUPPRESSED,
)


def seen(head: str) -> Layout:
    return recognise(Text(Path("report"), "utf-8", head.encode(), len(head)), "report.tsv", READERS)


def tabs(header: str) -> str:
    return header.replace(",", "\t") + "\r\n"


@pytest.mark.parametrize(("header", "report"), [
    (ALL_LISTINGS, "amazon_all_listings"),
    (INACTIVE_LISTINGS, "amazon_inactive_listings"),
    (ACTIVE_LISTINGS, "amazon_active_listings"),
    (SUPPRESSED, "amazon_suppressed_listings"),
    (FBA_2018, "amazon_fba_inventory"),
    (RESTOCK, "amazon_restock"),
    (ORDERS_33, "amazon_orders"),
    (STRANDED, "amazon_stranded"),
])  # fmt: skip
def test_a_report_is_known_by_its_header_in_any_order_case_and_with_new_columns(header: str, report: str) -> None:
    assert seen(tabs(header)).reader.report == report
    names = header.split(",")
    shuffled = ["Brand New Column", *reversed(names), "another one"]
    layout = seen(tabs(",".join(f" {n.upper()} " for n in shuffled)))
    assert layout.reader.report == report
    assert len(layout.columns) == len(shuffled)
    assert (layout.columns[0], layout.columns[-1]) == ("", "")


def test_the_columns_a_reader_wants_are_found_where_they_stand() -> None:
    layout = seen("unit_cost,colour,sku\n")
    assert (layout.separator, layout.columns) == (",", ("unit_cost_minor", "", "sku"))


def test_dashes_quotes_and_blanks_in_a_heading_do_not_matter() -> None:
    assert fold(' "Sessions – Total" ') == fold("sessions -  total") == "sessions - total"


def test_a_missing_column_is_named_with_the_nearest_layouts() -> None:
    with pytest.raises(UnknownLayout) as refused:
        seen(tabs(SUPPRESSED.replace("Status Change Date", "Changed")))
    assert "Amazon Suppressed Listings Report (missing: Status Change Date)" in str(refused.value)


def test_translated_headings_are_refused_with_the_nearest_layout() -> None:
    with pytest.raises(UnknownLayout) as refused:
        seen("Status\tGrund\tSKU\tASIN\tProduktname\tZustand\tStatusänderungsdatum\tProblembeschreibung\n")
    assert "Nearest: " in str(refused.value)
    assert "Amazon Suppressed Listings Report (missing: Reason, Status Change Date)" in str(refused.value)


@pytest.mark.parametrize(
    "head", ["hello\n", "a,b,c\n1,2,3\n", "\n\nsku,unit_cost\n", "<html><body>Sign in</body>\n", "%PDF-1.7\n"]
)
def test_what_is_no_report_at_all_is_told_so(head: str) -> None:
    with pytest.raises(UnknownLayout, match="header of no report"):
        seen(head)


def test_json_is_known_by_its_keys_even_inside_an_envelope() -> None:
    page = {"numberOfResults": 1, "items": []}
    item = {"sku": "A", "summaries": []}
    report = {"reportSpecification": {}, "salesAndTrafficByDate": [], "salesAndTrafficByAsin": []}
    for document, name in (
        (page, "amazon_listings_items"),
        (item, "amazon_listings_items"),
        (report, "amazon_sales_and_traffic"),
    ):
        for wrapped in (
            document,
            {"payload": document},
            {"cases": [{"request": {}, "response": document}]},
            [document],
        ):
            assert seen(json.dumps(wrapped)).reader.report == name


def test_json_of_another_shape_names_the_shapes_we_know() -> None:
    with pytest.raises(UnknownLayout) as refused:
        seen('{"payload": {"orders": []}}')
    assert "Amazon Listings Items (JSON)" in str(refused.value)
    with pytest.raises(UnknownLayout):
        seen('{"a": "text that says \\"items\\": [] and more"}')
