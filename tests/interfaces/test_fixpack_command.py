"""`fixpack` on the sample shop, and for a seller with two channels, odd SKUs and an incident."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest

from opswheel.core.errors import Conflict, IssueTaken, NotFound, OpswheelError, WrongUse
from opswheel.interfaces.answers import fixpack as answers
from opswheel.interfaces.answers.fixpack import Asked, fixpack_answer
from opswheel.resolution import actions

from ..stories.seller import Seller, at, day
from .sample import number_of

KEYS = {"path", "rows", "pack", "channel", "issues", "checksum", "upload", "fill_in", "left_out"}


def tab_rows(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


def events(folder_shop, number):
    return [e for e in folder_shop.json("note", str(number), "looked")["events"] if e["event"] == "packed"]


# the sample shop


def test_a_slipped_price_becomes_a_file_that_mends_it(own, tmp_path):
    path = tmp_path / "prices.txt"
    found = own.json("fixpack", "price_too_low", "-o", str(path))
    assert found.keys() >= KEYS
    number = number_of(own, "MUG-12-SND")
    assert (found["path"], found["rows"], found["issues"], found["left_out"]) == (str(path), 1, [number], [])
    assert tab_rows(path)[1][:2] == ["MUG-12-SND", "19.90"]  # what it asked before it became 1.99
    assert found["checksum"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_was_made_is_written_on_the_issue_and_its_state_stays_a_persons_to_change(own, tmp_path):
    number = number_of(own, "MUG-12-SND")
    before = own.json("queue", "--limit", "100")["issues"]
    found = own.json("fixpack", str(number), "-o", str(tmp_path / "prices.txt"), "--by", "tom")
    assert f"tom: made prices.txt: {found['title']}" in own("why", str(number))[1]
    [event] = events(own, number)
    assert event["by"] == "tom"
    assert {k: event["detail"][k] for k in ("pack", "file", "checksum", "rows")} == {
        "pack": "amazon_prices",
        "file": "prices.txt",
        "checksum": found["checksum"],
        "rows": 1,
    }
    after = own.json("queue", "--limit", "100")["issues"]
    assert [(r["id"], r["state"], r["owner"]) for r in after] == [(r["id"], r["state"], r["owner"]) for r in before]


@pytest.mark.parametrize(
    ("kind", "begins", "holds"),
    [
        ("price_outside_rules", "sku\tprice\t", "KET-10-WHT\t34.99\t\t\t\t\t\n"),
        ("listing_suppressed", "item_sku,update_delete,attribute,", "KET-17-ASH,PartialUpdate,main_image_url,,"),
        ("search_suppressed", "item_sku,update_delete,", "MUG-SET4-SEA,PartialUpdate,"),
        ("item_removed", "# Appeal · amazon:US", "- Reason given: Restricted Products Policy Violation"),
        ("stranded_stock", "MerchantRemovalOrderID\tOW-20261122-", "\nTPT-08-SLT\t46\t0\n"),
    ],
)
def test_each_kind_gets_its_own_file(own, tmp_path, kind, begins, holds):
    path = tmp_path / "pack"
    status, out, err = own("fixpack", kind, "-o", str(path))
    assert (status, err) == (0, "")
    assert f"Wrote {path}" in out.replace("\n", "") and "Upload it yourself" in out
    text = path.read_text()
    assert text.startswith(begins) and holds in text


def test_another_pack_is_made_where_it_is_named(own, tmp_path):
    number = str(number_of(own, "KET-17-ASH"))
    usual = own.json("fixpack", number, "-o", str(tmp_path / "a.csv"))
    letter = own.json("fixpack", number, "--pack", "appeal", "-o", str(tmp_path / "a.md"))
    assert (usual["pack"], letter["pack"]) == ("partial_update", "appeal")
    assert "KET-17-ASH" in (tmp_path / "a.md").read_text()


def test_an_issue_no_pack_serves_is_named_and_told_by_the_exit_status(own, tmp_path):
    price, stock = number_of(own, "MUG-12-SND"), number_of(own, "MUG-14-BLU")
    found = own.json("fixpack", str(price), str(stock), "-o", str(tmp_path / "p.txt"), status=1)
    assert found["issues"] == [price]
    assert [(o["id"], o["why"].partition("(")[0]) for o in found["left_out"]] == [
        (stock, "no pack serves out of stock ")
    ]
    assert events(own, stock) == []


def test_a_wrong_command_writes_nothing_and_says_what_to_type(own, tmp_path):
    price, removed, stranded = (number_of(own, s) for s in ("MUG-12-SND", "KET-12-RED", "TPT-08-SLT"))
    path = tmp_path / "file"
    for words, told in (
        ((price, removed), f"opswheel fixpack {price} -o amazon_prices.txt. opswheel fixpack {removed} -o appeal.md."),
        ((price, "price_too_low"), "Say one kind of issue, or numbers of issues."),
        (("price_tolow",), "Did you mean price_too_low?"),
        (("out_of_stock",), "There are packs for: price_too_low"),
        (("content_overwritten",), "No open issue of that kind."),
        ((999,), "There is no issue 999."),
        ((price, "--channel", "amazon:UK"), "No open issue of that on amazon:UK."),
        ((stranded, "--pack", "appeal"), "no pack appeal serves stranded stock"),
        ((price, "--pack", "prices"), "There is no fix pack 'prices'. Did you mean amazon_prices?"),
    ):
        assert told in own.refused("fixpack", *map(str, words), "-o", str(path)), words
    assert "cannot be written" in own.refused("fixpack", str(price), "-o", str(tmp_path / "nowhere" / "p.txt"))
    assert "needs --output" in own.refused("fixpack", str(price))
    assert not path.exists() and not (tmp_path / "nowhere").exists()
    assert events(own, price) == events(own, removed) == []


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(own, tmp_path):
    path = tmp_path / "prices.txt"
    path.write_text("mine")
    assert "is there already" in own.refused("fixpack", "price_too_low", "-o", str(path))
    assert path.read_text() == "mine"
    assert own("fixpack", "price_too_low", "-o", str(path), "--force")[0] == 0
    assert "MUG-12-SND" in path.read_text()
    assert [p.name for p in tmp_path.iterdir() if "prices" in p.name] == ["prices.txt"]


def test_a_closed_issue_gets_no_file(own, tmp_path):
    number = str(number_of(own, "MUG-12-SND"))
    own("close", number, "--resolution", "fixed", "--root-cause", "stale_feed", "--minutes", "5")
    assert "is fixed already" in own.refused("fixpack", number, "-o", str(tmp_path / "p.txt"))


def test_what_was_put_aside_is_named_when_a_kind_is_asked_for_and_packed_by_number(own, tmp_path):
    number = number_of(own, "MUG-12-SND")
    own("snooze", str(number), "--until", "2026-11-25", "--why", "supplier decides")
    refused = own.refused("fixpack", "price_too_low", "-o", str(tmp_path / "p.txt"))
    assert f"Issue {number}: put aside until" in refused
    assert own.json("fixpack", str(number), "-o", str(tmp_path / "p.txt"))["rows"] == 1


# a seller of her own

SKUS = ("-BOWL", "+CUP", "=JUG", "@PLATE", "VASE", "WHOLE")
SLIPPED = {sku: 2.0 for sku in SKUS if sku != "WHOLE"}


@pytest.fixture(scope="module")
def slipped(tmp_path_factory):
    """Five prices slip from 20.00 to 2.00 in one night at Amazon, four of SKUs that look like formulas."""
    seller = Seller(tmp_path_factory.mktemp("slipped") / "shop")
    seller.load(seller.sales(-40, -2, skus=SKUS))
    seller.now = at(0)
    seller.load(seller.listings(0, skus=SKUS), seller.stock(0, skus=SKUS))
    seller.now = at(1)
    seller.load(seller.listings(1, skus=SKUS, prices=SLIPPED))
    seller.run()
    return seller


@pytest.fixture
def seller(slipped, tmp_path):
    return slipped.copy(tmp_path / "shop")


def pack(seller, path, *words, **asked):
    return fixpack_answer(seller.workspace, Asked(words, **asked), output=path)


def slips(seller, channel="amazon:US"):
    kinds, places = seller.column("kind"), seller.column("channel")
    return {sku: n for n, sku in seller.column("sku").items() if (kinds[n], places[n]) == ("price_too_low", channel)}


def test_the_issue_that_stands_for_an_incident_gives_a_row_for_each_listing_of_it(seller, tmp_path):
    [folded] = [r for r in seller.queue()["issues"] if r["kind"] == "price_too_low"]
    found = pack(seller, tmp_path / "p.txt", str(folded["id"]))
    assert (found["rows"], len(found["issues"])) == (5, 5)
    assert sorted(tab_rows(tmp_path / "p.txt")[1:]) == sorted([s, "20.00", *[""] * 5] for s in SLIPPED)
    assert all("packed" in seller.events(n) for n in found["issues"])
    assert found["signs"] == ["+CUP", "-BOWL", "=JUG", "@PLATE"]


def test_a_member_of_an_incident_by_itself_is_one_row(seller, tmp_path):
    stands = next(r["id"] for r in seller.queue()["issues"] if r["kind"] == "price_too_low")
    sku, number = next((s, n) for s, n in slips(seller).items() if n != stands)
    pack(seller, tmp_path / "p.txt", str(number))
    assert [r[0] for r in tab_rows(tmp_path / "p.txt")[1:]] == [sku]


def test_somebody_who_was_faster_wins_and_leaves_neither_file_nor_record(seller, tmp_path, monkeypatch):
    numbers = [str(n) for n in slips(seller).values()]
    lines_of = answers.lines_of

    def meanwhile(*given):
        seller.act("claim", int(numbers[-1]))
        return lines_of(*given)

    monkeypatch.setattr(answers, "lines_of", meanwhile)
    with pytest.raises(IssueTaken, match=f"Issue {numbers[-1]} was changed"):
        pack(seller, tmp_path / "p.txt", *numbers)
    assert not (tmp_path / "p.txt").exists()
    assert "packed" not in seller.events(int(numbers[0]))


def test_a_file_that_appears_meanwhile_is_kept_and_nothing_is_recorded(seller, tmp_path, monkeypatch):
    number, path = next(iter(slips(seller).values())), tmp_path / "p.txt"
    lines_of = answers.lines_of

    def meanwhile(*given):
        path.write_text("hers")
        return lines_of(*given)

    monkeypatch.setattr(answers, "lines_of", meanwhile)
    with pytest.raises(Conflict, match="is there already"):
        pack(seller, path, str(number))
    assert path.read_text() == "hers"
    assert "packed" not in seller.events(number)


def test_an_uploaded_price_is_verified_by_the_reports_after_a_person_closed_it(seller, tmp_path):
    number = slips(seller)["VASE"]
    pack(seller, tmp_path / "p.txt", str(number))
    seller.now = at(2)
    seller.load(seller.listings(2, skus=SKUS, prices={**SLIPPED, "VASE": 20.0}))
    seller.run()
    assert seller.issue(number)["state"] in ("new", "assigned")  # the price is right, and closing is a person's
    seller.close(number, root_cause="stale_feed")
    for n in (3, 4, 5):
        seller.now = at(n)
        seller.load(seller.listings(n, skus=SKUS, prices={**SLIPPED, "VASE": 20.0}))
    seller.run()
    assert seller.issue(number)["state"] == "verified"
    assert seller.issue(number)["outcome"]["cleared"] is not None


@pytest.fixture
def abroad(seller):
    """The vase slips in the United Kingdom, and at Shopify, too."""
    rates = "currency,to_currency,rate,day\n" + f"GBP,USD,1.3,{day(1)}\n"
    shopify = "sku,item_id,title,status,price,day\nVASE,VASE,Vase,active,{price},{day}\n"
    sales = "item_id,day,units,sales,sessions,page_views,featured_share\n"
    sales += "".join(f"VASE,{day(n)},2,40.00,50,50,1.0\n" for n in range(-40, -1))
    seller.now = at(0)
    seller.load(seller.put("rates.csv", rates), seller.sales(-40, -2, skus=["VASE"], channel="UK"))
    seller.load(seller.put(f"shopify-main/traffic-{day(-1)}.csv", sales))
    seller.load(seller.listings(0, skus=["VASE"], channel="UK"))
    seller.load(seller.put(f"shopify-main/listings-{day(0)}.csv", shopify.format(price="20.00", day=day(0))))
    seller.now = at(1)
    seller.load(seller.listings(1, skus=["VASE"], channel="UK", prices=SLIPPED))
    seller.load(seller.put(f"shopify-main/listings-{day(1)}.csv", shopify.format(price="2.00", day=day(1))))
    seller.run()
    return seller


def test_one_file_is_for_one_channel_and_a_marketplace_without_a_pack_is_named(abroad, tmp_path):
    path = tmp_path / "p.txt"
    assert {c: len(slips(abroad, c)) for c in ("amazon:US", "amazon:UK", "shopify:main")} == {
        "amazon:US": 5, "amazon:UK": 1, "shopify:main": 1
    }  # fmt: skip
    with pytest.raises(WrongUse, match="one account and channel") as refused:
        pack(abroad, path, "price_too_low")
    assert "opswheel fixpack price_too_low --channel amazon:UK -o amazon_prices-amazon-UK.txt." in str(refused.value)
    assert not path.exists()
    found = pack(abroad, path, *(str(slips(abroad, c)["VASE"]) for c in ("amazon:US", "shopify:main")))
    assert (found["channel"], found["rows"]) == ("amazon:US", 1)
    assert [(o["sku"], "handle" in o["why"]) for o in found["left_out"]] == [("VASE", True)]
    with pytest.raises(NotFound, match="No fix pack can be made"):
        pack(abroad, tmp_path / "q.txt", "price_too_low", channel="shopify:main")
    found = pack(abroad, tmp_path / "uk.txt", "price_too_low", channel="amazon:UK")
    assert tab_rows(tmp_path / "uk.txt")[1][:2] == ["VASE", "20.00"] and found["left_out"] == []


def test_claims_of_a_shipment_are_one_row_for_each_sku(seller, tmp_path):
    lines = "shipment_id,sku,expected,received,status,closed,fnsku,day\n"
    lines += f"FBA1,VASE,100,60,closed,{day(0)},X001,{day(1)}\nFBA1,WHOLE,50,50,closed,{day(0)},X002,{day(1)}\n"
    lines += f"FBA1,-BOWL,100,90,closed,{day(0)},X003,{day(1)}\n"
    seller.now = at(1)
    seller.load(seller.put(f"amazon-US/inbound_shipments-{day(1)}.csv", lines))
    seller.run()
    found = pack(seller, tmp_path / "claims.csv", "shipment_short")
    assert (found["rows"], len(found["issues"])) == (2, 1)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "claims.csv").read_text())))
    assert [(r["sku"], r["fnsku"], r["shipment"], r["missing"]) for r in rows] == [
        ("'-BOWL", "X003", "FBA1", "10"),
        ("VASE", "X001", "FBA1", "40"),
    ]
    assert {r["claim_until"] for r in rows} == {"2027-01-01"}  # 60 days after it was closed


def test_dates_that_ask_for_a_claim_and_dates_that_ask_for_an_appeal_get_different_files(seller, tmp_path):
    lines = f"kind,what,due,sku,units,amount,reference,day\nclaim,Claim for pallet 7,{day(9)},,4,80.00,P7,{day(1)}\n"
    lines += (
        f"appeal,Answer the notice,{day(12)},VASE,,,N1,{day(1)}\nlot_expiry,Lot 9,{day(9)},VASE,5,50.00,,{day(1)}\n"
    )
    seller.now = at(1)
    seller.load(seller.put(f"amazon-US/deadlines-{day(1)}.csv", lines))
    seller.run()
    with pytest.raises(WrongUse, match="2 different files") as refused:
        pack(seller, tmp_path / "x", "deadline_near")
    [claim, appeal] = [
        next(n for n, key in seller.column("subject_key").items() if words in key) for words in ("pallet 7", "notice")
    ]
    for words in (f"opswheel fixpack {claim} -o claim_lines.csv.", f"opswheel fixpack {appeal} -o appeal.md."):
        assert words in str(refused.value)
    found = pack(seller, tmp_path / "c.csv", "deadline_near", pack="claim_lines")
    assert (found["issues"], len(found["left_out"])) == ([claim], 2)
    [row] = csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text()))
    assert (row["claim"], row["missing"], row["claim_until"]) == ("Claim for pallet 7", "4", str(day(9)))
    pack(seller, tmp_path / "a.md", str(appeal))
    assert f"- Last day: {day(12)}\n" in (tmp_path / "a.md").read_text()


def test_an_overwritten_title_is_sent_again_as_it_was(seller, tmp_path):
    report = seller.listings(2, skus=SKUS)
    report.write_text(report.read_text().replace("Stoneware whole", "Cheap thing"), newline="")
    seller.now = at(2)
    seller.load(report)
    seller.run()
    found = pack(seller, tmp_path / "u.csv", "content_overwritten")
    assert (found["rows"], found["fill_in"]) == (1, "")
    [row] = csv.DictReader(io.StringIO((tmp_path / "u.csv").read_text()))
    assert [row[n] for n in ("item_sku", "attribute", "value", "value_now")] == [
        "WHOLE",
        "item_name",
        "Stoneware whole",
        "Cheap thing",
    ]


def test_nothing_is_packed_before_the_first_run(tmp_path):
    with pytest.raises(OpswheelError, match="There is no run yet"):
        pack(Seller(tmp_path / "shop"), tmp_path / "p.txt", "price_too_low")
    assert actions.nearest("appeall", ["appeal"]) == "Did you mean appeal?"
