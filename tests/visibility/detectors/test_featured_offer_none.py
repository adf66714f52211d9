"""Somebody looked, and nobody holds the featured offer: another fault than losing it to a seller."""

from __future__ import annotations

import pytest

from ...factory import ago
from ..looking import US
from .featured import looked

NONE = ["featured_offer_none"]
EXPECTED = {
    "neighbour": [],
    "none": NONE,
    "other": ["featured_offer_lost"],
    "nobody looked": ["featured_offer_lost"],
    "looked before": ["featured_offer_lost"],
    "ineligible, none": ["featured_offer_ineligible"],
    "told none": NONE,
    "told none, used": ["featured_offer_lost"],
    "told none before": ["featured_offer_lost"],
    "told none, then us": ["featured_offer_lost"],
    "told none, then nothing": NONE,
    "told by price, then well": NONE,
    "looked other, told none": NONE,
    "told none, looked other": ["featured_offer_lost"],
    "none, ten points": NONE,
    "none, nine points": [],
    "none, 1.00 a day": NONE,
    "none, 0.95 a day": [],
    "suppressed": ["listing_suppressed"],
}


@pytest.mark.parametrize("sku", EXPECTED)
def test_no_featured_offer_is_told_only_where_somebody_saw_it(sku: str) -> None:
    assert looked().fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet() -> None:
    assert looked().errors == []
    assert {r["channel"] for r in looked().observed} == {US}


def test_the_share_lost_is_assumed_and_the_onset_is_that_of_the_fall() -> None:
    row = looked().signal("featured_offer_none", "none")
    assert (row["share_state"], row["share_lost"], row["cause"]) == ("no_featured_offer", None, "nobody")
    assert (row["onset_day"], row["last_good_day"]) == (ago(3), ago(4))


def test_both_floors_hold_on_either_side() -> None:
    seen = [looked().saw("featured_offer_none", s) for s in ("none, nine points", "none, 0.95 a day")]
    assert [r and round(r["observed"], 6) for r in seen] == [0.09, 0.9]
    assert [r and round(r["loss_per_day"], 6) for r in seen] == [2.0, 0.95]


def test_the_words_tell_that_nobody_is_featured() -> None:
    assert looked().said("featured_offer_none", "none") == "No featured offer: 90% → 0% of page views"


def test_what_was_told_last_counts_and_no_older_price_is_shown_with_it() -> None:
    told = {s: looked().signal("featured_offer_none", s)["evidence"] for s in ("told none", "looked other, told none")}
    assert all('"featured_by": "none"' in said and "featured_price_minor" not in said for said in told.values())
