"""What bad input gets: a refusal or a reject in words, never half a load, never somebody's name on our disk."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from ..loading import ALL_LISTINGS, FBA_2018, ORDERS_33, SUPPRESSED, Shop, tab, table
from ..visibility.test_sniffing import zipped

DAY = date(2026, 11, 20)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def listing(sku: str, **cells: object) -> dict[str, object]:
    return {"seller-sku": sku, "item-name": "Mug", "status": "Active", "fulfillment-channel": "DEFAULT", **cells}


def order(sku: str, **cells: object) -> dict[str, object]:
    return {
        "amazon-order-id": f"114-{sku}",
        "purchase-date": "2026-11-18T23:36:26+00:00",
        "last-updated-date": "2026-11-19T01:00:00+00:00",
        "order-status": "Shipped",
        "sales-channel": "Amazon.com",
        "sku": sku,
        "quantity": "1",
        **cells,
    }


def test_a_file_of_no_known_layout_is_refused_and_its_neighbours_load(shop: Shop) -> None:
    shop.put("amazon-US/a.tsv", table(ALL_LISTINGS.replace("seller-sku", "Artikelnummer"), {"item-name": "Mug"}))
    shop.put("amazon-US/b.tsv", table(ALL_LISTINGS, listing("A")))
    shop.put("amazon-US/notes.txt", "call the warehouse\n")
    refused, loaded, notes = shop.load(day=DAY)
    assert [r.status for r in (refused, loaded, notes)] == ["refused", "loaded", "refused"]
    assert refused.code == notes.code == "unknown_layout"
    assert "Nearest: Amazon All Listings Report (missing: seller-sku)" in str(refused.error)
    assert shop.rows("listings", "sku") == [("A",)]
    shop.assert_whole()


def test_a_bad_row_is_kept_with_its_line_column_value_and_reason(shop: Shop) -> None:
    rows = [listing(f"S{n}", price="10.00", quantity="5") for n in range(60)]
    rows[3]["price"], rows[10]["seller-sku"], rows[20]["quantity"] = "ten", "", "-4"
    text = table(ALL_LISTINGS, *rows).replace("\r\n", "\r\n\r\n", 1)  # an empty line moves every row one down
    (result,) = shop.load(shop.put("all.tsv", text), channel="amazon:US", day=DAY)
    assert (result.status, result.rows, result.rejected, result.notes) == ("loaded", 57, 3, [])
    assert shop.rejects() == [
        ("6", "price", "ten", "cannot be read"),
        ("13", "seller-sku", "", "empty"),
        ("23", "quantity", "-4", "below 0"),
    ]
    assert shop.deliveries("rows", "rejected", "partial") == [(57, 3, False)]
    shop.assert_whole()


def test_lines_are_counted_as_an_editor_counts_them_even_behind_quoted_line_ends(shop: Shop) -> None:
    text = 'sku,unit_cost,note\nA,1,"two\nlines"\nB,x,\n"C ""c""",2,\nD,y,\n'
    result = shop.load_text("costs.csv", text, channel="amazon:US", day=DAY)
    assert (result.rows, result.rejected) == (2, 2)
    assert shop.rejects() == [("4", "unit_cost", "x", "cannot be read"), ("6", "unit_cost", "y", "cannot be read")]
    assert shop.rows("costs", "sku") == [("A",), ('C "c"',)]


def test_more_than_one_bad_row_in_twenty_marks_the_delivery_partial(shop: Shop) -> None:
    def load(bad: int) -> list[str]:
        rows = [listing(f"S{n}", price="x" if n < bad else "1") for n in range(40)]
        return shop.load_text(f"{bad}.tsv", table(ALL_LISTINGS, *rows), channel="amazon:US", day=DAY).notes

    assert load(2) == []
    (note,) = load(3)
    assert "3 of 40 rows could not be read" in note
    assert shop.deliveries("partial") == [(False,), (True,)]
    assert len(shop.seen("listings_current", "sku")) == 38


def test_a_file_without_one_good_row_is_refused_and_says_why(shop: Shop) -> None:
    result = shop.load_text("costs.csv", "sku,unit_cost\nA,much\nB,more\n", channel="amazon:US", day=DAY)
    assert (result.status, result.code) == ("refused", "unreadable_file")
    assert "line 2, column 'unit_cost': cannot be read" in str(result.error)


def test_a_row_whose_cells_have_shifted_is_trusted_in_none_of_them(shop: Shop) -> None:
    good, bad = listing("A"), listing("B")
    lines = table(ALL_LISTINGS, good, bad, listing("C")).split("\r\n")
    lines[2] = lines[2].replace("Mug", "Mug\twith a tab") + "x"
    lines[3] += "\t\t"  # empty cells beyond the header say nothing
    result = shop.load_text("all.tsv", "\r\n".join(lines), channel="amazon:US", day=DAY)
    assert (result.rows, result.rejected) == (2, 1)
    assert shop.rejects() == [("3", "row", "", "has more cells than the header")]
    assert shop.rows("listings", "sku") == [("A",), ("C",)]


WHOLE = table(ALL_LISTINGS, listing("A", price="1"), listing("B", price="2")).encode()
DOCUMENT = json.dumps({"numberOfResults": 1, "items": [{"sku": "A", "summaries": []}]}).encode()

REFUSED = [
    pytest.param("cut.tsv", WHOLE[:-30], "breaks off in the middle of its last row", id="truncated in a row"),
    pytest.param("cut.tsv.gz", gzip.compress(WHOLE)[:-9], "broken archive", id="truncated archive"),
    pytest.param("cut.zip", zipped(("a.tsv", WHOLE))[:-30], "broken archive", id="truncated zip"),
    pytest.param("twice.tsv", WHOLE.replace(b"Mug", "CafÃ© â€“ Mug".encode()), "encoded twice", id="encoded twice"),
    pytest.param("binary.tsv", b"\x7fELF" + bytes(200), "binary file", id="binary"),
    pytest.param("bomb.zip", zipped(("a.tsv", bytes(3_000_000))), "unpacks to far more", id="zip bomb"),
    pytest.param("bomb.gz", gzip.compress(bytes(3_000_000)), "unpacks to far more", id="gzip bomb"),
    pytest.param("long.tsv", WHOLE.replace(b"Mug", b"x" * 2_100_000), "line of more than", id="a huge line"),
    pytest.param("cell.csv", b'sku,unit_cost\nA,"' + b"1\n" * 100_000, "quote that never closes", id="a huge cell"),
    pytest.param("quote.csv", b'sku,unit_cost\nA,1\n"B,2\nC,3\n', "quote that never closes", id="an open quote"),
    pytest.param("book.xlsx", zipped(("xl/workbook.xml", b"<w/>")), "Excel workbook", id="a workbook"),
    pytest.param("empty.tsv", b"", "is empty", id="empty"),
    pytest.param("blank.tsv", b"\xef\xbb\xbf\r\n\r\n", "is empty", id="blank"),
    pytest.param("header.tsv", WHOLE.split(b"\r\n")[0] + b"\r\n", "header and no rows", id="header only"),
    pytest.param("cut.json", DOCUMENT[:-9], "broken JSON", id="truncated JSON"),
    pytest.param("more.json", DOCUMENT + b"}}", "broken JSON", id="JSON with a tail"),
    pytest.param("shape.json", b'{"items": "none"}', "does not have the shape", id="JSON of another shape"),
    pytest.param("deep.json", b'{"items":' + b"[" * 99_999, "JSON", id="JSON without end"),
    pytest.param("none.json", b'{"items": []}', "no rows", id="JSON without rows"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED)
def test_it_is_refused_in_words_and_leaves_nothing_behind(shop: Shop, name: str, content: bytes, said: str) -> None:
    path = shop.put(f"amazon-US/{name}", content)
    neighbour = shop.put("amazon-US/good.tsv", WHOLE)
    refused, loaded = shop.load(path, neighbour, day=DAY)
    if refused.path != str(path):
        refused, loaded = loaded, refused
    assert (refused.status, loaded.status) == ("refused", "loaded")
    assert refused.code in ("unreadable_file", "over_limit")
    assert said in str(refused.error)
    assert "Traceback" not in str(refused.error)
    assert [f.table_name for f in shop.files()] == ["listings"]
    shop.assert_whole()


def test_a_file_that_is_not_there_and_one_that_is_a_folder_of_nothing(shop: Shop) -> None:
    (missing,) = shop.load(shop.folder / "nowhere.tsv")
    assert (missing.status, missing.code) == ("refused", "unreadable_file")
    assert "nowhere.tsv" in str(missing.error)
    shop.reports.mkdir()
    assert shop.load() == []


def test_utf16_as_spreadsheets_save_it_loads(shop: Shop) -> None:
    result = shop.load_text("all.tsv", WHOLE.decode().encode("utf-16"), channel="amazon:US", day=DAY)
    assert (result.status, result.rows) == ("loaded", 2)


def test_an_empty_list_of_exceptions_says_that_all_is_well_every_morning(shop: Shop) -> None:
    empty = SUPPRESSED.replace(",", "\t") + "\r\n"
    row = ["Search Suppressed", "Missing info", "A", "B0", "Mug", "11", "2026-11-01", "brand"]
    shop.load_text("suppressed-2026-11-18.tsv", tab(SUPPRESSED, [row]), channel="amazon:US")
    first = shop.load_text("suppressed-2026-11-19.tsv", empty, channel="amazon:US")
    second = shop.load_text("suppressed-2026-11-20.tsv", empty, channel="amazon:US")
    again = shop.load_text("suppressed-2026-11-20.tsv", empty, channel="amazon:US")
    abroad = shop.load_text("suppressed-2026-11-20.tsv", empty, channel="amazon:UK")
    assert [r.status for r in (first, second, again, abroad)] == ["loaded", "loaded", "unchanged", "loaded"]
    assert shop.seen("suppressions_current", "sku") == []
    assert shop.deliveries("channel", "to_day") == [
        ("amazon:US", date(2026, 11, 18)),
        ("amazon:US", date(2026, 11, 19)),
        ("amazon:US", date(2026, 11, 20)),
        ("amazon:UK", date(2026, 11, 20)),
    ]


def test_a_date_more_than_a_day_ahead_is_a_reject_that_names_row_and_column(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("NOW"),
        order("SOON", **{"purchase-date": "2026-11-23T15:59:00+00:00"}),
        order("AHEAD", **{"purchase-date": "2026-11-23T16:01:00+00:00"}),
        order("LATER", **{"last-updated-date": "2027-01-01T00:00:00+00:00"}),
    )
    result = shop.load_text("orders.tsv", report)
    assert (result.rows, result.rejected) == (2, 2)
    assert shop.rejects() == [
        ("4", "purchase-date", "2026-11-23 16:01:00", "lies ahead"),
        ("5", "last-updated-date", "2027-01-01 00:00:00", "lies ahead"),
    ]


def test_plans_may_lie_ahead(shop: Shop) -> None:
    text = "sku,units,eta\nA,5,2027-06-01\n"
    assert shop.load_text("inbound.csv", text, channel="amazon:US", day=DAY).rejected == 0


def test_negative_units_are_refused_where_none_can_be_and_oversold_stock_is_not(shop: Shop) -> None:
    report = table(ORDERS_33, order("A"), order("B", quantity="-1"))
    shop.load_text("orders.tsv", report)
    assert shop.rejects() == [("3", "quantity", "-1", "below 0")]
    stock = table(FBA_2018, {"sku": "A", "afn-fulfillable-quantity": "-3"})
    assert shop.load_text("fba.tsv", stock, channel="amazon:US", day=DAY).rejected == 0


def test_a_formula_is_text_in_the_lake_and_harmless_in_every_csv_we_write(shop: Shop) -> None:
    formula = '=HYPERLINK("http://x","y")'
    rows = [listing("A", **{"item-name": formula}), listing("B", price="@SUM(1)"), listing("C", price="=1+1")]
    shop.load_text("=cmd.tsv", table(ALL_LISTINGS, *rows), channel="amazon:US", day=DAY)
    assert shop.rows("listings", "title") == [(formula,)]
    assert [value for _, _, value, _ in shop.rejects()] == ["'@SUM(1)", "'=1+1"]
    (kept,) = shop.rejects_folder.glob("*.csv")
    assert "\n=" not in kept.read_text(encoding="utf-8")


BUYER = ("Quentin Vane", "quentin@example.com", "+44 20 7946 0958", "114-7654321-1234567", "EC1A 1BB", "Clerkenwell")


def test_nothing_personal_reaches_the_lake_the_ledger_or_the_rejects(shop: Shop) -> None:
    name, mail, phone, number, code, city = BUYER
    header = ORDERS_33 + ",buyer-name,buyer-email,ship-phone-number"
    personal = {
        "amazon-order-id": number,
        "ship-city": city,
        "ship-postal-code": code,
        "buyer-name": name,
        "buyer-email": mail,
        "ship-phone-number": phone,
    }
    shifted = order("C", **{**personal, "quantity": mail, "item-price": phone, "purchase-date": number})
    report = table(
        header,
        order("A", **personal),
        order("B", **{**personal, "quantity": "x"}),
        shifted,
        order("D", **{**personal, "item-price": phone}),
        order("E", **{**personal, "quantity": mail}),
        {**order("F"), "amazon-order-id": ""},
    )
    result = shop.load_text("orders.tsv", report)
    assert (result.rows, result.rejected) == (1, 5)
    kept = shop.bytes_at_rest()
    assert b"114-" not in kept
    for secret in BUYER:
        assert secret.encode() not in kept, secret
    assert len(shop.rows("orders", "order_hash")[0][0]) == 64
    assert [(column, reason) for _, column, _, reason in shop.rejects()][-1] == ("amazon-order-id", "empty")


def test_feedback_with_mail_addresses_is_no_layout_and_leaves_no_trace(shop: Shop) -> None:
    text = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n1/2/26\t1\tbad\t\t114-1\tq@example.com\n"
    result = shop.load_text("feedback.tsv", text)
    assert result.status == "refused"
    assert "q@example.com" not in str(result.error)
    assert b"q@example.com" not in shop.bytes_at_rest()


def test_a_sku_listed_twice_counts_once_as_its_last_row_says(shop: Shop) -> None:
    report = table(ALL_LISTINGS, listing("A", price="1"), listing("B", price="5"), listing("A", price="2"))
    result = shop.load_text("all.tsv", report, channel="amazon:US", day=DAY)
    assert (result.rows, result.notes) == (2, ["1 rows repeat a SKU; the last one counts"])
    assert shop.rows("listings", "sku", "price_minor") == [("A", 200), ("B", 500)]


def test_columns_may_come_in_any_order_be_new_or_be_gone_where_nothing_needs_them(shop: Shop) -> None:
    header = "brand new,status,price,seller-sku,item-name,listing-id"
    report = tab(header, [["?", "Inactive", "3.5", "A", "Mug", "L1"]])
    result = shop.load_text("all.tsv", report, channel="amazon:US", day=DAY)
    assert (result.report, result.rows) == ("amazon_all_listings", 1)
    assert shop.rows("listings", "sku", "status", "price_minor", "item_id") == [("A", "inactive", 350, None)]


def test_a_carriage_return_inside_a_title_splits_no_row(shop: Shop) -> None:
    report = table(ALL_LISTINGS, listing("A", **{"item-name": "Mug\rblue"}), listing("B"))
    result = shop.load_text("all.tsv", report, channel="amazon:US", day=DAY)
    assert (result.rows, result.rejected) == (2, 0)
    assert shop.rows("listings", "title") == [("Mug",), ("Mug blue",)]


@pytest.mark.parametrize("name", ["a [1].tsv", "what?*.tsv", 'it\'s "so".tsv', "дата.tsv"])
def test_a_file_may_be_called_as_it_likes(shop: Shop, name: str) -> None:
    assert shop.load_text(f"amazon-US/{name}", WHOLE, day=DAY).status == "loaded"


def test_every_file_of_an_archive_is_a_file_of_its_own(shop: Shop) -> None:
    fba = table(FBA_2018, {"sku": "A", "afn-fulfillable-quantity": "3"}).encode()
    archive = zipped(("all.tsv", WHOLE), ("readme.txt", b"hello"), ("fba-2026-11-19.tsv", fba))
    results = shop.load(shop.put("amazon-US/export-2026-11-20.zip", archive))
    assert [(r.status, r.table, r.days[0]) for r in results] == [
        ("loaded", "listings", DAY),
        ("refused", None, None),
        ("loaded", "stock", date(2026, 11, 19)),
    ]
    assert results[1].path.endswith("export-2026-11-20.zip/readme.txt")
    plain = shop.load(shop.put("amazon-US/all-2026-11-20.tsv", WHOLE))
    assert [r.status for r in plain] == ["unchanged"]
    shop.assert_whole()
