"""From report files to a stored grade: what the queue claimed of a listing that was off, against what it sold after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opswheel.core.contracts import GRADES
from opswheel.interfaces.answers.learning import learning_answer
from tests.stories.seller import PRICE, Seller, at, day

OFF, FIXED = 0, 14
"""VASE is off from day 0 on; somebody puts it back on day 14."""
USUAL = 8


def sold(seller, first, last, units):
    """Units a day of VASE; CUP and JUG sell two as ever."""
    lines = [
        f"B0{sku:0<8},{day(n)},{u},{u * PRICE:.2f},50,50,1.0"
        for n in range(first, last + 1)
        for sku, u in (("CUP", 2), ("JUG", 2), ("VASE", units))
    ]
    head = "item_id,day,units,sales,sessions,page_views,featured_share"
    return seller.put(f"amazon-US/traffic-{day(last + 1)}.csv", "\n".join([head, *lines]))


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """VASE was off for two weeks and is verified to be back; nothing after that is loaded yet."""
    seller = Seller(tmp_path_factory.mktemp("graded") / "shop")
    seller.now = at(-1)
    seller.load(sold(seller, -60, -2, USUAL), seller.listings(-1), seller.stock(-1))
    seller.run()
    for n in (OFF, 7, 13):
        seller.morning(n, ["VASE"])
    (number,) = [r["id"] for r in seller.queue()["issues"] if r["sku"] == "VASE"]
    seller.now = at(FIXED)
    seller.close(number)
    for n in (17, 18):
        seller.morning(n)
    assert seller.issue(number)["state"] == "verified"
    return seller, number


def graded(mended, folder, units_after):
    seller, number = mended
    seller = seller.copy(folder)
    seller.now = at(75)
    seller.load(sold(seller, -1, FIXED - 1, 0), sold(seller, FIXED, 73, units_after), seller.listings(75))
    seller.run()
    return seller, number


@pytest.mark.parametrize(
    ("units_after", "verdict"),
    [pytest.param(USUAL, "held", id="as before"), pytest.param(3, "too_high", id="far less than before")],
)
def test_a_verified_fix_is_graded_by_what_it_sold_after_recovery(mended, tmp_path, units_after, verdict):
    seller, number = graded(mended, tmp_path / "shop", units_after)
    names = ("issue_id", "kind", "verdict", "days", "from_day", "to_day", "expected_units", "claimed", "measured")
    (row,) = seller.ledger_rows(GRADES, *names)  # CUP and JUG, healthy throughout, have none
    told = dict(zip(names, row, strict=True))
    assert (told["issue_id"], told["kind"], told["verdict"]) == (number, "listing_inactive", verdict)
    assert (told["from_day"], told["to_day"]) == (day(FIXED) + timedelta(29), day(FIXED) + timedelta(56))
    assert told["days"] == FIXED - OFF
    assert told["measured"] == pytest.approx(units_after * PRICE * (FIXED - OFF), rel=0.05)
    assert told["claimed"] == pytest.approx(USUAL * PRICE * (FIXED - OFF), rel=0.25)
    (kind,) = learning_answer(seller.workspace)["grades"]
    assert (kind["kind"], kind["graded"], kind["held"]) == ("listing_inactive", 1, int(verdict == "held"))


def test_before_the_days_after_recovery_are_over_nothing_is_graded(mended):
    assert mended[0].ledger_rows(GRADES, "issue_id") == []
