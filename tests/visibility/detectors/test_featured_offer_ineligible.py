"""Our offer may not be featured at all: no price wins it back."""

from __future__ import annotations

import pytest

from ...factory import ago
from ..looking import US
from .featured import looked

INELIGIBLE = ["featured_offer_ineligible"]
EXPECTED = {
    "neighbour": [],
    "ineligible": INELIGIBLE,
    "ineligible, none": INELIGIBLE,
    "ineligible, no fall": [],
    "other": ["featured_offer_lost"],
    "looked before": ["featured_offer_lost"],
    "nobody looked": ["featured_offer_lost"],
    "told by price": INELIGIBLE,
    "told by price, then well": ["featured_offer_none"],
    "told none before": ["featured_offer_lost"],
    "looked none, told by price": INELIGIBLE,
    "ineligible, ten points": INELIGIBLE,
    "ineligible, nine points": [],
    "ineligible, 1.00 a day": INELIGIBLE,
    "ineligible, 0.95 a day": [],
    "out of stock": ["out_of_stock"],
}


@pytest.mark.parametrize("sku", EXPECTED)
def test_an_ineligible_offer_is_told_once_and_only_where_it_lost_something(sku: str) -> None:
    assert looked().fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet() -> None:
    assert looked().errors == []
    assert {r["channel"] for r in looked().observed} == {US}


def test_the_share_lost_is_measured_and_the_onset_is_that_of_the_fall() -> None:
    row = looked().signal("featured_offer_ineligible", "ineligible")
    assert (row["share_state"], row["share_lost"], row["cause"]) == ("measured", 1.0, "ineligible")
    assert (row["onset_day"], row["last_good_day"]) == (ago(3), ago(4))


def test_both_floors_hold_on_either_side() -> None:
    seen = [looked().saw("featured_offer_ineligible", f"ineligible, {s}") for s in ("nine points", "0.95 a day")]
    assert [r and round(r["observed"], 6) for r in seen] == [0.09, 0.9]
    assert [r and round(r["loss_per_day"], 6) for r in seen] == [2.0, 0.95]


def test_the_words_tell_that_it_may_not_be_featured() -> None:
    said = looked().said("featured_offer_ineligible", "ineligible")
    assert said == "Not eligible to be featured: 90% → 0% of page views"


def test_a_message_that_the_price_keeps_us_out_does_not_unsay_who_is_featured() -> None:
    for sku in ("told by price", "looked none, told by price"):
        assert '"featured_by": "none"' in looked().signal("featured_offer_ineligible", sku)["evidence"]
