"""A catalog rule from report files to the page of an issue: proposed, accepted, checked every morning, undone."""

from __future__ import annotations

import json

import pytest

from opswheel.core.contracts import PROPOSALS, RULE_BREAKS
from opswheel.interfaces.answers.decisions import decide, decisions_answer, proposals_answer, rollback
from tests.stories.seller import Seller, at, day

BARE = [f"BARE{n}" for n in range(12)]
FULL = [f"FULL{n}" for n in range(14)]
TEXT = "The value for the attribute [Material] is missing or invalid."
KIND = "catalog_rule"


def csv(seller, name, n, head, lines):
    return seller.put(f"amazon-US/{name}-{day(n)}.csv", "\n".join([head, *lines]))


def listings(seller, n):
    lines = [f"{sku},active,20.00,{'BOWL' if sku == 'FULL0' else 'MUG'},{day(n)},B0{sku:0<8}" for sku in BARE + FULL]
    return csv(seller, "listings", n, "sku,status,price,category,day,item_id", lines)


def attributes(seller, n, filled=()):
    """What listings carry: all but the bare ones a material, some of those by now."""
    told = {**dict.fromkeys(FULL, "stoneware"), **dict.fromkeys(BARE, ""), **dict(filled)}
    return csv(
        seller, "attributes", n, "sku,attribute,value,day", [f"{s},Material,{v},{day(n)}" for s, v in told.items()]
    )


def suppressed(seller, n, skus, text=TEXT):
    lines = [f'{sku},suppressed,{day(n)},{day(n)},Missing info,"{text}"' for sku in skus]
    return csv(seller, "suppressions", n, "sku,state,since,day,reason,issue", lines)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Ten weeks in which every week another bare mug is held back for its material, and two for their pictures."""
    seller = Seller(tmp_path_factory.mktemp("rules") / "shop")
    seller.now = at(0, 8)
    files = [attributes(seller, -75), listings(seller, -75), seller.sales(-40, -1, skus=["BARE1"])]
    files += [suppressed(seller, -70 + 7 * week, [BARE[week]]) for week in range(10)]
    files.append(suppressed(seller, -68, ["FULL5", "FULL6"], "The main image is [blurred]"))
    seller.load(*files)
    seller.now = at(0)
    seller.load(listings(seller, 0), attributes(seller, 0, {"BARE0": "stoneware", "BARE1": "tin", "FULL0": ""}.items()),
                suppressed(seller, 0, ["BARE9", "FULL7"], "No picture"))  # fmt: skip
    seller.run()
    return seller


def rules(seller):
    return [p for p in proposals_answer(seller.workspace)["proposals"] if p["kind"] == KIND]


def test_the_weekly_look_proposes_what_suppressions_name_from_the_files_themselves(shop):
    (one,) = rules(shop)
    assert one["subject"] == "main|amazon:US|MUG|material"
    told = one["backtest"]
    assert (told["named"], told["suppressions"]) == (
        9,
        12,
    )  # FULL7 today, twice a picture, and BARE0, which began nobody knows when
    assert {k: told["with"][k] for k in ("n", "named")} == {"n": 13, "named": 0}
    assert {k: told["without"][k] for k in ("n", "named")} == {"n": 12, "named": 9}
    assert told["chance"] > 0.99 and told["gain"] is None  # nobody closed one: its money cannot be told
    refused = [r for r in proposals_answer(shop.workspace)["refused"] if r["kind"] == KIND]
    assert [r["subject"].rpartition("|")[2] for r in refused] == ["blurred"]
    assert "only 2 suppressions" in refused[0]["why"]


def broken(seller):
    return {(r[0], r[1], r[2]) for r in seller.ledger_rows(RULE_BREAKS, "sku", "value", "seen_in")}


def test_an_accepted_rule_lists_who_breaks_it_every_morning_until_it_is_undone(shop, tmp_path):
    seller = shop.copy(tmp_path / "shop")
    seller._tick()
    (one,) = rules(seller)
    assert broken(seller) == set()
    made = decide(
        seller.workspace, one["id"], "accept", why="it pays", by="ines", edit={"must": "one of stoneware|glass"}
    )
    seller.now = at(1)
    seller.load(listings(seller, 1), suppressed(seller, 1, ["BARE1"]))
    seller.run()
    bare = {(sku, None, "attributes") for sku in BARE[2:]}
    assert broken(seller) == {*bare, ("BARE1", "tin", "attributes")}  # BARE0 was mended, FULL0 is no mug
    (told,) = [d for d in decisions_answer(seller.workspace)["decisions"] if d["id"] == made["id"]]
    assert told["breaks"]["listings"] == 11 and told["breaks"]["first"][0]["sku"] == "BARE1"
    (number,) = [r["id"] for r in seller.queue()["issues"] if r["sku"] == "BARE1"]
    words = "It breaks a catalog rule: material must be one of stoneware|glass; it says 'tin' (decision 1)."
    assert seller.why(number)["decided"] == [words]
    rollback(seller.workspace, made["id"], why="too much work", by="tom")
    assert seller.why(number)["decided"] == []
    seller.now = at(2)
    seller.run()
    assert broken(seller) == set()


def test_messages_of_the_listings_api_name_attributes_that_break_a_rule_before_anything_is_held_back(shop, tmp_path):
    seller = shop.copy(tmp_path / "shop")
    seller._tick()
    decide(seller.workspace, rules(seller)[0]["id"], "accept", why="it pays", by="ines")
    seller.now = at(1)
    warned, held = answer("FULL3", "WARNING", ()), answer("FULL4", "ERROR", ("LISTING_SUPPRESSED",))
    files = [seller.put(f"amazon-US/{n}-{day(1)}.json", json.dumps(a)) for n, a in (("one", warned), ("two", held))]
    seller.load(*files)
    seller.run()
    assert {r for r in broken(seller) if r[2] == "marketplace"} >= {
        ("FULL3", None, "marketplace"),
        ("FULL4", None, "marketplace"),
    }


def answer(sku, severity, actions):
    """A listing as the Listings Items API answers."""
    place = "ATVPDKIKX0DER"
    summary = {"marketplaceId": place, "asin": f"B0{sku}", "productType": "MUG", "status": ["BUYABLE", "DISCOVERABLE"]}
    told = {"code": "90220", "message": "'material' is required.", "severity": severity, "attributeNames": ["material"]}
    told |= {"categories": ["MISSING_ATTRIBUTE"], "enforcements": {"actions": [{"action": a} for a in actions]}}
    return {"sku": sku, "summaries": [summary], "offers": [], "issues": [told]}


def test_a_run_proposes_no_rule_again_between_two_weekly_looks(shop):
    assert {r[0] for r in shop.ledger_rows(PROPOSALS, "made_at")} == {at(0)}
