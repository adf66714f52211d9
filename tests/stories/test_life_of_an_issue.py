"""What becomes of an issue over many mornings: facts decide, in event time, and people come first."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.contracts import INTENTS
from opswheel.storage import compiled
from opswheel.visibility.detectors import DETECTORS

from .seller import SKUS, Seller, at, day, refusal


@pytest.fixture(scope="module")
def began(tmp_path_factory):
    """Forty days of sales, and a healthy first morning."""
    seller = Seller(tmp_path_factory.mktemp("began") / "shop")
    seller.load(seller.sales(-40, -2))
    seller.morning(0)
    return seller


@pytest.fixture(scope="module")
def down(began, tmp_path_factory):
    """The morning after: the cup is off, which is issue 1."""
    seller = began.copy(tmp_path_factory.mktemp("down") / "shop")
    seller.morning(1, ["CUP"])
    assert seller.rows() == [(1, "listing_inactive", "CUP", "new")]
    return seller


@pytest.fixture(scope="module")
def fixed(down, tmp_path_factory):
    """At noon somebody says it is fixed: with 48 hours of grace, facts count from the fourth morning."""
    seller = down.copy(tmp_path_factory.mktemp("fixed") / "shop")
    seller.now = at(1, 20)
    seller.close(1, root_cause="closed_by_us")
    return seller


@pytest.fixture(scope="module")
def verified(fixed, tmp_path_factory):
    seller = fixed.copy(tmp_path_factory.mktemp("verified") / "shop")
    for n in (2, 3):
        seller.morning(n, run=False)
    return seller


def test_a_fix_is_verified_by_the_first_two_complete_mornings_after_the_marketplaces_grace(verified, tmp_path):
    seller = verified.copy(tmp_path / "shop")
    seller.now = at(3)
    assert seller.run().summary["issues"] == {
        "opened": 0, "updated": 0, "reopened": 0, "verified": 0, "open": 0, "self_healed": 0
    }  # fmt: skip
    assert seller.rows() == []
    assert seller.rows(state="fixed") == [(1, "listing_inactive", "CUP", "fixed")]
    assert seller.issue(1)["outcome"]["booked_at"] is None
    seller.morning(4)
    assert seller.events(1) == ["opened", "closed", "absent"]
    assert seller.morning(5).summary["issues"]["verified"] == 1
    assert seller.events(1) == ["opened", "closed", "absent", "verified"]
    closed = seller.issue(1)
    assert (closed["state"], closed["outcome"]["booked_at"]) == ("verified", "2026-11-07T16:00:00Z")
    assert closed["outcome"]["cleared"] > 0
    assert "verified" in refusal(lambda: seller.act("reopen", 1))
    seller.morning(6, ["CUP"])  # off again: a new issue that says what it repeats
    assert seller.rows() == [(2, "listing_inactive", "CUP", "new")]
    assert seller.queue()["issues"][0]["repeat_of"] == 1


def test_several_mornings_loaded_at_once_verify_a_fix_in_one_run(verified, tmp_path):
    seller = verified.copy(tmp_path / "shop")
    for n in (4, 5, 6):
        seller.morning(n, run=False)
    assert seller.run().summary["issues"]["verified"] == 1
    assert seller.events(1) == ["opened", "closed", "verified"]


def test_a_fix_that_did_not_hold_comes_back_as_the_same_issue(fixed, tmp_path):
    seller = fixed.copy(tmp_path / "shop")
    seller.morning(2, ["CUP"])
    seller.morning(3, ["CUP"])  # 47 hours after the fix, this report is still within the grace
    assert (seller.rows(), seller.events(1)) == ([], ["opened", "closed"])
    assert seller.morning(4, ["CUP"]).summary["issues"]["reopened"] == 1
    assert seller.rows() == [(1, "listing_inactive", "CUP", "regressed")]
    assert seller.column("fixed_at") == {1: None}
    assert seller.column("onset_day") == {1: day(1)}  # its clock goes on where it stood
    outcome = seller.issue(1)["outcome"]
    assert (outcome["cleared"], outcome["supported"]) == (0.0, False)
    seller.now = at(4, 18)
    assert seller.close(1)["state"] == "fixed"


def test_a_relapse_on_a_morning_nobody_ran_is_found_when_the_mornings_are_caught_up(verified, tmp_path):
    seller = verified.copy(tmp_path / "shop")
    seller.morning(4, ["CUP"], run=False)
    seller.morning(5, run=False)
    seller.morning(6, run=False)
    assert seller.run().summary["issues"]["reopened"] == 1
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["state"], row["lane"], row["rank"]) == (1, "regressed", "verify", 1)
    seller.morning(7)
    assert [r[0] for r in seller.rows()] == [1]  # a person worked on it: only a person ends it


def test_a_report_of_the_time_before_the_fix_says_nothing_whenever_it_lands(fixed, tmp_path):
    seller = fixed.copy(tmp_path / "shop")
    seller.now = at(6)
    seller.load(seller.listings(3, ["CUP"]), seller.stock(3))
    seller.run()
    assert (seller.rows(state="fixed"), seller.events(1)) == (
        [(1, "listing_inactive", "CUP", "fixed")],
        ["opened", "closed"],
    )
    seller.load(seller.listings(2), seller.stock(2))  # older still, and healthy
    seller.run()
    assert seller.events(1) == ["opened", "closed"]


def test_what_ends_without_anybodys_doing_healed_by_itself(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    assert seller.morning(2).summary["issues"]["self_healed"] == 1
    healed = seller.issue(1)
    assert (healed["state"], healed["resolution"], healed["root_cause"]) == ("closed", "self_healed", "unknown")
    assert healed["outcome"] is None  # nobody cleared it
    seller.morning(3, ["CUP"])
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["repeat_of"]) == (2, None)  # nothing was verified that could be repeated


def test_what_a_person_works_on_never_closes_by_itself(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    seller.act("claim", 1)
    seller.morning(2)
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["state"], row["lane"]) == (1, "assigned", "verify")  # the claim ran out, her work did not
    assert row["why_lane"] == "the signal is gone; ines should close it with what it taught"
    before = seller.why(1)
    assert before["money"][0].startswith("CUP on amazon:US: 2 units a day × $20.00 × 100% lost = $40.00 a day")
    seller.morning(3)
    assert [r[0] for r in seller.rows()] == [1]
    assert seller.why(1)["exposures"] == before["exposures"]


def test_nothing_closes_by_itself_while_a_source_it_depends_on_is_partial(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    seller.now = at(2)
    seller.load(seller.listings(2), seller.stock(2, skus=("BOWL", "CUP")), seller.sales(1, 1, ["CUP"]))
    summary = seller.run().summary
    assert [(b["report"], b["reason"]) for b in summary["blind"]] == [
        ("stock_csv", "the latest delivery looks partial")
    ]
    assert summary["issues"]["self_healed"] == 0
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["lane"]) == (1, "verify")
    assert row["why_lane"].startswith("not seen this morning, but its source is late or partial")
    seller.now = at(3)
    seller.load(seller.listings(3), seller.stock(3, skus=("BOWL", "CUP")))  # a second one agrees: stock it is
    assert seller.run().summary["issues"]["self_healed"] == 1


def test_a_fix_is_not_verified_while_its_source_is_late(fixed, tmp_path):
    seller = fixed.copy(tmp_path / "shop")
    for n in (4, 5):
        seller.morning(n, run=False)
    seller.now = at(14)
    assert [b["report"] for b in seller.run().summary["blind"]] == ["amazon_all_listings"]
    assert seller.events(1) == ["opened", "closed"]


def test_a_listing_that_vanished_from_the_report_is_not_called_mended(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    left = [s for s in SKUS if s != "CUP"]
    seller.now = at(2)
    seller.load(seller.listings(2, skus=left), seller.stock(2, skus=left))
    seller.run()
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["why_lane"]) == (1, "the listing itself is gone from the report: mended or deleted, look")


def test_a_rule_that_failed_this_morning_heals_nothing(down, tmp_path, monkeypatch):
    seller = down.copy(tmp_path / "shop")
    rule = next(d for d in DETECTORS if d.kind == "listing_inactive")

    def broken(*_):
        raise RuntimeError("a plug-in's mistake")

    monkeypatch.setattr(type(rule), "observe", broken)
    known = {k: sql for k, sql in compiled._KNOWN.items() if "listing_inactive" not in k}
    monkeypatch.setattr(compiled, "_KNOWN", known)
    summary = seller.morning(2, ["CUP"]).summary
    assert [d["kind"] for d in summary["detectors"] if d["error"]] == ["listing_inactive"]
    assert [r[0] for r in seller.rows()] == [1]
    assert summary["issues"]["self_healed"] == 0


def test_what_is_not_meant_to_sell_is_gone_from_the_next_queue_and_stays_gone(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    assert seller.close(1, "not_meant_to_sell", why="last year's glaze")["resolution"] == "not_meant_to_sell"
    assert seller.ledger_rows(INTENTS, "sku", "intent", "by", "why") == [
        ("CUP", "discontinued", "ines", "last year's glaze")
    ]
    assert seller.rows() == []
    for n in (2, 3):
        assert seller.morning(n, ["CUP"]).summary["issues"]["open"] == 0
        assert seller.rows() == []
    assert seller.whynot("CUP")["verdict"] == "not_meant_to_sell"
    assert seller.whynot("BOWL")["verdict"] == "healthy"


def test_an_accepted_risk_leaves_order_and_money_until_its_day(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    seller.close(1, "accepted_risk", until=day(3))
    summary = seller.morning(2, ["CUP", "JUG"]).summary
    assert seller.rows() == [(2, "listing_inactive", "JUG", "new")]
    assert seller.queue()["issues"][0]["rank"] == 1
    assert summary["issues"]["open"] == 1
    assert summary["revenue_at_risk"]["mean"] == pytest.approx(40.0 * 30, rel=0.03)  # the jug's alone
    assert seller.whynot("CUP")["verdict"] == "closed"
    seller.morning(4, ["CUP", "JUG"])
    assert sorted((r[0], r[2]) for r in seller.rows()) == [(2, "JUG"), (3, "CUP")]


def test_a_close_taken_back_is_in_the_queue_again_at_once_or_with_the_next_run(fixed, tmp_path):
    seller = fixed.copy(tmp_path / "shop")
    seller.morning(2)
    seller.act("reopen", 1)
    assert seller.rows() == [(1, "listing_inactive", "CUP", "in_progress")]
    seller.close(1, "wont_fix")
    seller.morning(3)
    seller.morning(4)  # its last row is in the lake only
    seller.act("reopen", 1)
    seller.morning(5)
    (row,) = seller.queue()["issues"]
    assert (row["id"], row["state"], row["rank"]) == (1, "in_progress", 1)
    assert row["why_lane"].startswith("the signal is gone")


def test_problems_older_than_the_first_run_are_inherited_and_later_ones_are_not(began, tmp_path):
    seller = Seller(tmp_path / "shop")
    seller.load(seller.sales(-40, -2))
    seller.morning(0, ["CUP"])
    seller.morning(1, ["CUP", "JUG"])
    assert seller.column("inherited") == {1: True, 2: False}
    assert seller.column("sku") == {1: "CUP", 2: "JUG"}


def test_only_a_person_says_fixed_and_only_a_run_says_self_healed(down, tmp_path):
    seller = down.copy(tmp_path / "shop")
    assert refusal(lambda: seller.close(1, "self_healed")).startswith("Only a run can say")
    assert refusal(lambda: seller.close(1, "fixed", root_cause=None)).startswith("A close needs a cause")
    assert refusal(lambda: seller.close(1, "accepted_risk", until=date(2026, 1, 1))).startswith("Until when")
    assert refusal(lambda: seller.close(1, "duplicate", of=1)).startswith("Of which issue")
    assert refusal(lambda: seller.close(1, "false_alarm")).startswith("Why was it a false alarm?")
    assert seller.rows() == [(1, "listing_inactive", "CUP", "new")]


def test_a_rule_that_fires_on_many_listings_asks_once_whether_its_cut_is_right(tmp_path):
    seller = Seller(tmp_path / "shop")
    many = [f"MUG{n:03}" for n in range(520)]
    seller.load(seller.sales(-30, -2, skus=many), seller.listings(0, skus=many))
    seller.now = at(1)
    seller.load(seller.listings(1, skus=many, prices=dict.fromkeys(many[:26], 1.99)))
    seller.run()
    assert [r["kind"] for r in seller.queue(kind="volume_guard")["issues"]] == []  # 5 % is not more than 5 %
    seller.now = at(2)
    seller.load(seller.listings(2, skus=many, prices=dict.fromkeys(many[:27], 1.99)))
    summary = seller.run().summary
    (guard,) = seller.queue(kind="volume_guard")["issues"]
    assert guard["sentence"] == "Is this cut right for you? Price far too low: 27 of 520 listings"
    assert (guard["lane"], guard["avoidable"]["mean"]) == ("verify", 0.0)
    assert seller.queue(kind="price_too_low")["total"] == 27  # it takes none of them away
    assert {d["kind"]: d["signals"] for d in summary["detectors"]}["price_too_low"] == 27
    assert refusal(lambda: seller.close(guard["id"], "not_meant_to_sell")).startswith("No listing stands behind")
    seller.close(guard["id"], "false_alarm", why="expected")
    seller.now = at(3)
    seller.run()
    assert seller.queue(kind="volume_guard")["total"] == 0
    assert seller.queue(kind="price_too_low")["total"] == 27
