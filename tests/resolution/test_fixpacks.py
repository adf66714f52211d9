"""The files people upload: every row is right, no SKU is altered, and what cannot be written is told."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime

import pytest

from opswheel.core.contracts import INBOUND_SHIPMENTS, LISTING_STATUS, LISTINGS, PRICE_RULES, STOCK, SUPPRESSIONS
from opswheel.core.errors import IssueTaken
from opswheel.core.settings import Settings, place
from opswheel.resolution import actions
from opswheel.resolution.fixpacks import PACKS, Line, record, serves
from opswheel.resolution.fixpacks.appeal import TOLD, checklist
from opswheel.visibility.detectors import DETECTORS

DAY = date(2026, 11, 22)
US, DE, JP = (place(Settings(), "main", channel) for channel in ("amazon:US", "amazon:DE", "amazon:JP"))
PACK = {p.name: p for p in PACKS}
SIGNS = ("-MUG", "+MUG", "=MUG", "@MUG", "A  MUG ", '=HYPERLINK("http://x";"y")', "-12", "+49", '6" MUG', "'MUG")


def write(name, *lines, where=US):
    return PACK[name].write(lines, where, DAY)


def tab_rows(text):
    return [line.split("\t") for line in text.removesuffix("\n").split("\n")]


def sheet(text):
    return list(csv.DictReader(io.StringIO(text)))


def priced(sku, asked=1990, *, kind="price_outside_rules", issue=1, former=(), **rules):
    now = {LISTINGS.name: [{"price_minor": asked}] if asked is not None else []}
    now[PRICE_RULES.name] = [dict.fromkeys(("right_minor", "min_minor", "max_minor", "map_minor")) | rules]
    earlier = [{"day": day, "price_minor": price} for day, price in former]
    return Line(issue, kind, sku, last_good_day=date(2026, 11, 20), now=now, earlier=earlier)


# which pack serves what


def test_every_pack_serves_kinds_that_some_rule_finds_and_its_kinds_are_told_once():
    kinds = {d.kind for d in DETECTORS}
    for pack in PACKS:
        assert set(pack.kinds) <= kinds, pack.name
        assert set(pack.causes) <= set(pack.kinds)
        assert pack.title and pack.upload and pack.suffix.startswith(".")
        assert (type(pack).__doc__ or "").strip()
    assert len({p.name for p in PACKS}) == len(PACKS)


@pytest.mark.parametrize(
    ("kind", "cause", "channel", "packs"),
    [
        ("price_too_low", "far_below_usual", "amazon:US", ["amazon_prices"]),
        ("price_too_low", "far_below_usual", "amazon:US-brandB", ["amazon_prices"]),
        ("price_too_low", "far_below_usual", "walmart:US", ["walmart_prices"]),
        ("price_too_low", "far_below_usual", "shopify:main", []),
        ("listing_suppressed", "IMAGE", "amazon:US", ["partial_update", "appeal"]),
        ("listing_suppressed", "UNPUBLISHED", "walmart:US", ["appeal"]),
        ("item_removed", None, "walmart:US", ["appeal"]),
        ("deadline_near", "claim", "amazon:US", ["claim_lines"]),
        ("deadline_near", "appeal", "amazon:US", ["appeal"]),
        ("deadline_near", "lot_expiry", "amazon:US", []),
        ("account_health", "new", "amazon:US", ["appeal"]),
        ("account_health", "near", "amazon:US", []),  # still inside the bound: nothing to appeal
        ("stranded_stock", "x", "amazon:US", ["removal_order"]),
        ("stranded_stock", "x", "walmart:US", []),
        ("out_of_stock", "out", "amazon:US", []),
    ],
)
def test_an_issue_gets_the_packs_its_marketplace_can_read(kind, cause, channel, packs):
    assert [p.name for p in PACKS if serves(p, kind, cause, channel)] == packs


# prices


@pytest.mark.parametrize(
    ("line", "price", "bounds"),
    [
        (priced("under its minimum", 500, min_minor=1000), "10.00", ("10.00", "")),
        (priced("its right price is known", 500, min_minor=1000, right_minor=1490), "14.90", ("10.00", "")),
        (priced("over its maximum", 9900, max_minor=5400), "54.00", ("", "54.00")),
        (priced("under the agreed MAP", 2599, map_minor=3499), "34.99", ("", "")),
        (priced("MAP over the minimum", 500, min_minor=1000, map_minor=1500), "15.00", ("10.00", "")),
        (priced("a right price under MAP", 500, right_minor=1400, map_minor=1500), "15.00", ("", "")),
        (
            priced(
                "a slip",
                199,
                kind="price_too_low",
                former=[(date(2026, 11, 1), 1790), (date(2026, 11, 20), 1990), (date(2026, 11, 21), 199)],
            ),
            "19.90",
            ("", ""),
        ),
        (
            priced("a slip under MAP", 199, kind="price_too_low", former=[(date(2026, 11, 2), 1990)], map_minor=2100),
            "21.00",
            ("", ""),
        ),
    ],
    ids=lambda v: v.sku if isinstance(v, Line) else "",
)
def test_a_wrong_price_becomes_the_right_one_and_nothing_else_of_the_offer_changes(line, price, bounds):
    packed = write("amazon_prices", line)
    head, row = tab_rows(packed.text)
    assert head == (
        "sku price minimum-seller-allowed-price maximum-seller-allowed-price quantity handling-time fulfillment-channel"
    ).split(" ")
    assert row == [line.sku, price, *bounds, "", "", ""]
    assert (packed.rows, packed.left_out) == (1, [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (priced("no earlier price", 199, kind="price_too_low"), "price_rules.csv"),
        (
            priced("only prices after", 199, kind="price_too_low", former=[(date(2026, 11, 21), 199)]),
            "price_rules.csv",
        ),
        (priced("not listed", None, min_minor=1000), "no loaded listings report"),
        (priced("rules at odds", 500, min_minor=1000, max_minor=900), "its price rules leave no price"),
        (priced("right already", 1490, right_minor=1490), "right price already"),
        (priced("torn\tMUG", 500, min_minor=1000), "tear the file"),
        (priced("torn\nMUG", 500, min_minor=1000), "tear the file"),
    ],
    ids=lambda v: v.sku if isinstance(v, Line) else "",
)
def test_a_price_nobody_can_tell_is_left_out_by_name_and_never_guessed(line, why):
    packed = write("amazon_prices", line, priced("neighbour", 500, min_minor=1000))
    assert [r[0] for r in tab_rows(packed.text)[1:]] == ["neighbour"]
    assert [left for left, _ in packed.left_out] == [line]
    assert why in packed.left_out[0][1]


def test_a_sku_in_two_issues_stands_once_with_the_higher_price():
    slip = priced("MUG", 199, kind="price_too_low", issue=2, former=[(date(2026, 11, 2), 1990)], map_minor=1500)
    packed = write("amazon_prices", priced("MUG", 199, issue=1, map_minor=1500), slip)
    assert [r[:2] for r in tab_rows(packed.text)[1:]] == [["MUG", "19.90"]]
    assert packed.rows == 1


@pytest.mark.parametrize(("where", "text"), [(US, "1234.50"), (DE, "1234,50"), (JP, "123450")])
def test_a_price_is_written_as_its_marketplace_writes_one(where, text):
    assert tab_rows(write("amazon_prices", priced("MUG", 1, min_minor=123450), where=where).text)[1][1] == text


@pytest.mark.parametrize("sku", SIGNS)
def test_a_sku_that_looks_like_a_formula_reaches_the_marketplace_as_it_is(sku):
    assert tab_rows(write("amazon_prices", priced(sku, 1, min_minor=100)).text)[1][0] == sku
    stranded = Line(1, "stranded_stock", sku, seen={"units": 4})
    assert tab_rows(write("removal_order", stranded).text)[-1] == [sku, "4", "0"]


@pytest.mark.parametrize("sku", SIGNS)
def test_no_cell_of_a_worksheet_runs_in_a_spreadsheet(sku):
    line = replace(priced(sku, 1, min_minor=100), title="=1+1", item_id="@x")
    held = Line(1, "listing_suppressed", sku, item_id="B0", seen={"reason": "=cmd|' /C calc'!A0"}, cause="+X")
    claim = Line(1, "deadline_near", sku, title="-x", seen={"what": "=1+1", "reference": "@SUM(A1)"})
    for name, one in (("walmart_prices", line), ("partial_update", held), ("claim_lines", claim)):
        cells = [c for row in csv.reader(io.StringIO(write(name, one).text)) for c in row]
        runs = [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r")) and not _number(c)]
        assert runs == []
        assert any(c in (sku, "'" + sku) for c in cells)


def _number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_walmart_gets_a_worksheet_in_the_words_of_its_own_report():
    line = replace(priced("MUG", 500, min_minor=1000), item_id="123", title="Mug, blue")
    [row] = sheet(write("walmart_prices", line, where=place(Settings(), "main", "walmart:US")).text)
    assert row == {"SKU": "MUG", "Item ID": "123", "Product Name": "Mug, blue", "Price": "10.00", "Currency": "USD"}


# content


def held(sku, *, kind="listing_suppressed", cause=None, reason=None, status=None, suppressed=None):
    now = {LISTING_STATUS.name: [status] if status else [], SUPPRESSIONS.name: [suppressed] if suppressed else []}
    seen = {"reason": reason} if reason else {}
    return Line(7, kind, sku, item_id="B01", cause=cause, onset_day=date(2026, 11, 18), seen=seen, now=now)


@pytest.mark.parametrize(
    ("line", "attribute", "reason"),
    [
        (
            held("named in brackets", suppressed={"issue_text": "'[brand]' is required but not supplied."}),
            "brand",
            "'[brand]' is required but not supplied.",
        ),
        (
            held("named in quotes", status={"issue_text": "The value for 'item_weight' is not valid."}),
            "item_weight",
            "The value for 'item_weight' is not valid.",
        ),
        (
            held("an image", status={"issue_text": "The main image shows text.", "issue_category": "INVALID_IMAGE"}),
            "main_image_url",
            "The main image shows text.",
        ),
        (held("an image, by the list", cause="Image", reason="Image missing"), "main_image_url", "Image missing"),
        (held("nothing is named", reason="Policy"), "", "Policy"),
    ],
    ids=lambda v: v.sku if isinstance(v, Line) else "",
)
def test_what_the_marketplace_asks_for_is_named_and_left_to_a_person_to_fill_in(line, attribute, reason):
    packed = write("partial_update", line)
    [row] = sheet(packed.text)
    assert (row["item_sku"], row["update_delete"], row["item_id"]) == (line.sku, "PartialUpdate", "B01")
    assert (row["attribute"], row["value"], row["issue"]) == (attribute, "", "7")
    assert row["reason"] in (reason, "'" + reason)
    assert packed.fill_in == "the value of 1 row"


def overwritten(*earlier, cause="title", before=None, now=None):
    listing = {"title": "Cheap mug", "brand": "Tolvane", "category": "Mugs"} | (now or {})
    seen = {"changed": cause} | ({"before": before} if before else {})
    return Line(
        8,
        "content_overwritten",
        "MUG",
        cause=cause,
        last_good_day=date(2026, 11, 15),
        seen=seen,
        now={LISTINGS.name: [listing]},
        earlier=[{"day": date(2026, 11, d), "title": t, "brand": b, "category": "mugs "} for d, t, b in earlier],
    )


LONG = " ".join(["Stoneware mug"] * 12)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (
            overwritten((10, "Older words", "Tolvane"), (15, "Fine mug", "Tolvane"), (16, "Cheap mug", "Tolvane")),
            [("item_name", "Fine mug", "Cheap mug")],
        ),
        (
            overwritten((15, "Fine mug", "Tolvane"), cause="brand", now={"brand": "Noname"}),
            [("item_name", "Fine mug", "Cheap mug"), ("brand_name", "Tolvane", "Noname")],
        ),
        (
            overwritten((9, LONG, "Tolvane"), (14, "A slip", "Tolvane"), before=LONG[:120]),
            [("item_name", LONG, "Cheap mug")],  # the whole title, though only its beginning was kept
        ),
    ],
    ids=["the last good morning counts", "each word that changed", "the accepted title is found again"],
)
def test_overwritten_words_are_sent_again_as_they_were(line, values):
    packed = write("partial_update", line)
    assert [(r["attribute"], r["value"], r["value_now"]) for r in sheet(packed.text)] == values
    assert packed.fill_in == ""


def test_overwritten_words_nobody_kept_are_left_out():
    packed = write("partial_update", overwritten((16, "Cheap mug", "Tolvane")))
    assert (packed.rows, [why for _, why in packed.left_out]) == (0, ["its former words are in no loaded report"])


# appeals


def test_an_appeal_tells_what_reports_say_and_leaves_the_rest_to_a_person():
    seen = {"reason": "Restricted Products", "code": "CATALOG_ITEM_REMOVED", "sold_a_day": 80.0, "chance_assumed": 0.1}
    line = Line(
        14,
        "item_removed",
        "KET-1",
        item_id="B05",
        title="Kettle",
        sentence="Removed from the catalog",
        onset_day=date(2026, 11, 19),
        last_good_day=date(2026, 11, 16),
        seen=seen,
        now={LISTING_STATUS.name: [{"issue_text": "See policy 12."}]},
    )
    packed = write("appeal", line, replace(line, issue=15, sku="KET-2", title=None, item_id=None, now={}))
    text = packed.text
    for words in (
        "# Appeal · amazon:US · account main · 2026-11-22",
        "- First seen: 2026-11-19",
        "- Last seen in order: 2026-11-16",
        "- Reason given: Restricted Products",
        "- The marketplace's words: See policy 12.",
        "- Listing KET-1, item B05: Kettle",
        "- Listing KET-2\n",
        "## What caused it\n\n[",
        "- [ ] Notification text and date\n",
        "- [ ] invoices, test reports, letters\n",
    ):
        assert words in text
    assert "80" not in text and "0.1" not in text  # our own money and chances are nobody's business
    assert text.count("- [ ] ") == len(checklist("item_removed")) == 5
    assert packed.rows == 2 and "square brackets" in packed.fill_in


def test_a_letter_about_the_whole_account_does_not_list_ten_thousand_skus():
    lines = [Line(1, "account_deactivated", f"MUG-{n}", sentence="The account is closed") for n in range(120)]
    text = write("appeal", *lines).text
    assert text.count("- Listing MUG-") == 50 and "- and 70 more listings" in text
    measured = Line(2, "account_health", "", cause="over", seen={"measure": "late_shipment_rate", "rate": 0.05})
    assert "- Listing" not in write("appeal", measured).text


def test_a_kind_without_a_playbook_says_so_instead_of_an_empty_list():
    [item] = checklist("acme.odd_weight")
    assert "no playbook lists evidence for acme.odd_weight" in item
    assert not {"sold_a_day", "chance_assumed", "amount", "unit_value", "asked", "owner"} & set(TOLD)


# claims


def test_claim_lines_name_shipment_label_units_and_last_day_the_nearest_first():
    short = Line(
        1,
        "shipment_short",
        "MUG",
        item_id="B01",
        seen={"shipment": "FBA1", "sent": 100, "received": 90, "window_ends": "2026-12-20"},
        now={
            INBOUND_SHIPMENTS.name: [{"shipment_id": "FBA0", "fnsku": "X0"}, {"shipment_id": "FBA1", "fnsku": "X1"}],
            STOCK.name: [{"fnsku": "X2"}],
        },
    )
    lost = Line(
        2,
        "units_unreimbursed",
        "CUP",
        seen={"units": 3, "lost_or_damaged": 5, "paid": 2, "first_window_ends": "2026-12-01"},
        now={STOCK.name: [{"fnsku": "X9"}]},
    )
    dated = Line(3, "deadline_near", "", seen={"what": "A-to-z 12", "due": "2026-11-25", "units": 1, "reference": "C9"})
    packed = write("claim_lines", short, lost, dated, Line(4, "deadline_near", "", seen={"what": "no day"}))
    names = ("issue", "shipment", "sku", "fnsku", "expected", "received", "missing", "claim_until", "reference")
    assert [tuple(r[n] for n in names) for r in sheet(packed.text)] == [
        ("3", "", "", "", "", "", "1", "2026-11-25", "C9"),
        ("2", "", "CUP", "X9", "", "", "3", "2026-12-01", ""),
        ("1", "FBA1", "MUG", "X1", "100", "90", "10", "2026-12-20", ""),
        ("4", "", "", "", "", "", "", "", ""),
    ]
    assert packed.rows == 4


# removals


def test_a_removal_order_sends_back_what_was_seen_and_no_unit_twice():
    packed = write(
        "removal_order",
        Line(1, "stranded_stock", "TPT", seen={"units": 46}),
        Line(2, "overstock", "MUG", seen={"units": 400, "excess": 120.0}),
        Line(3, "aged_stock_fee", "MUG", seen={"units": 30}),
        Line(4, "overstock", "CUP", seen={"units": 9}),
    )
    order, items = packed.text.split("\n\n")
    told = dict(line.split("\t") for line in order.split("\n"))
    assert list(told)[:4] == ["MerchantRemovalOrderID", "RemovalDisposition", "AddressName", "AddressFieldOne"]
    assert told["RemovalDisposition"] == "Return"  # what is destroyed cannot be had back
    assert told["AddressName"] == "" and packed.fill_in == "the address the units go to"
    assert tab_rows(items) == [
        ["MerchantSKU", "SellableQuantity", "UnsellableQuantity"],
        ["TPT", "46", "0"],
        ["MUG", "120", "0"],
    ]
    assert packed.rows == 2
    assert [(left.issue, why) for left, why in packed.left_out] == [(4, "the last run did not see how many units")]


def test_two_removal_orders_of_one_day_have_different_numbers_and_the_same_one_keeps_its():
    one, other = (Line(1, "stranded_stock", "TPT", seen={"units": n}) for n in (46, 45))
    first, again, second = (write("removal_order", line).text.split("\n")[0] for line in (one, one, other))
    assert first == again != second
    assert first.split("\t")[1].startswith("OW-20261122-")


def test_a_removal_file_stops_at_the_marketplaces_limit_and_names_the_rest():
    lines = [Line(n, "stranded_stock", f"MUG-{n}", seen={"units": 1}) for n in range(10_002)]
    packed = write("removal_order", *lines)
    assert packed.rows == 10_000
    assert [left.issue for left, _ in packed.left_out] == [10_000, 10_001]


# the record


def test_a_pack_is_written_on_its_issues_and_changes_neither_state_nor_owner(shop):
    at = datetime(2026, 11, 23, 9)
    with shop.write() as connection:
        issues = [actions.find(connection, n) for n in (1, 2)]
        record(connection, issues, {n: {"pack": "amazon_prices", "rows": n} for n in (1, 2)}, by="ines", at=at)
        after = [actions.find(connection, n) for n in (1, 2)]
    assert [(a.state, a.owner) for a in after] == [(i.state, i.owner) for i in issues]
    assert [(a.version, a.touched, a.first_action_at) for a in after] == [(i.version + 1, True, at) for i in issues]


def test_nothing_is_recorded_where_somebody_was_faster(shop):
    at = datetime(2026, 11, 23, 9)
    with shop.read() as connection:
        read = [actions.find(connection, n) for n in (1, 2)]
    with shop.write() as connection:
        actions.claim(connection, 2, by="tom", at=at)
    with pytest.raises(IssueTaken, match="Issue 2 was changed"), shop.write() as connection:
        record(connection, read, {1: {}, 2: {}}, by="ines", at=at)
    with shop.read() as connection:
        assert [actions.find(connection, n).version for n in (1, 2)] == [read[0].version, read[1].version + 1]
