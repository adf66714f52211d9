"""What our other offers of an item sell instead is no loss."""

from __future__ import annotations

from typing import Any

import pytest

from .rows import ago, money, pool, signal

SIDE = {"others": 1, "others_featured": True}
LONG = {"onset_day": ago(11), "velocity": 2.0}  # twenty units lost on ten settled days


def kept(*rows: dict[str, Any]) -> list[float]:
    return [r["kept_share"] for r in money([*rows, signal("listing_suppressed", "Z")], stock=[pool("A")]).values()][:-1]


@pytest.mark.parametrize(
    ("others", "featured", "share"),
    [(1, True, 0.2), (2, True, 0.2), (1, False, 1.0), (0, True, 1.0), (None, None, 1.0)],
)
def test_until_measured_a_featured_offer_of_ours_takes_over_four_fifths(
    others: int | None, featured: bool | None, share: float
) -> None:
    row = signal("listing_suppressed", "A", others=others, others_featured=featured)
    assert kept(row) == [pytest.approx(share)]


@pytest.mark.parametrize(("extra", "share"), [(15.0, 0.25), (0.0, 1.0), (-8.0, 1.0), (90.0, 0.0)])
def test_since_onset_it_is_measured(extra: float, share: float) -> None:
    assert kept(signal("listing_suppressed", "A", **LONG, **SIDE, extra_units=extra)) == [pytest.approx(share)]


@pytest.mark.parametrize("few", [{"onset_day": ago(3)}, {"velocity": 0.4}])
def test_few_days_or_few_lost_units_measure_nothing(few: dict[str, Any]) -> None:
    assert kept(signal("listing_suppressed", "A", **(LONG | few), **SIDE, extra_units=1.0)) == [pytest.approx(0.2)]


def test_two_dead_offers_do_not_both_claim_what_the_third_sells() -> None:
    rows = [signal("listing_suppressed", s, item_id="I", **LONG, **SIDE, extra_units=20.0) for s in "AB"]
    assert kept(*rows) == [pytest.approx(0.5), pytest.approx(0.5)]


def test_two_causes_of_one_offer_share_what_is_taken_over() -> None:
    rows = [signal(k, "A", **LONG, **SIDE, extra_units=10.0) for k in ("listing_suppressed", "stranded_stock")]
    assert kept(*rows) == [pytest.approx(0.5), pytest.approx(0.5)]


def test_a_lost_featured_offer_hits_all_our_offers_alike() -> None:
    rows = [signal("featured_offer_lost", s, item_id="I", share_lost=0.4, **SIDE) for s in "AB"]
    assert kept(*rows) == [1.0, 1.0]


def test_an_offer_that_is_hidden_too_takes_nothing_over() -> None:
    rows = [signal("search_suppressed", s, item_id="I", **SIDE) for s in "AB"]
    assert kept(*rows) == [1.0, 1.0]
    assert kept(rows[0]) == [pytest.approx(0.2)]


def test_what_is_taken_over_was_not_lost_either() -> None:
    found = money([signal("listing_suppressed", "A", **LONG, **SIDE, extra_units=15.0)])["listing_suppressed", "A"]
    assert found["lost_to_date"] == pytest.approx(11 * 2 * 20.0 * 0.25)
