"""A drop nobody explains holds all that is missing; a known cause takes its part first, and no dollar counts twice."""

from __future__ import annotations

from typing import Any

import pytest

from ..factory import ago
from .rows import money, names, pool, ranked, signal

SINCE = {"velocity": 10.0, "onset_day": ago(2)}
"""Too young to learn from its own sales: shares are those stated."""


def drop(sku: str, kind: str = "sales_drop", **named: Any) -> dict[str, Any]:
    return signal(kind, sku, **{**SINCE, "share_state": "dropped", "share_lost": 0.5, **named})


def exposures(*rows: dict[str, Any]) -> dict[str, float]:
    return {kind: row["exposure_mean"] for (kind, _), row in money(list(rows)).items()}


def test_alone_a_drop_is_charged_with_all_that_is_missing() -> None:
    assert exposures(drop("A")) == {"sales_drop": pytest.approx(100.0)}


@pytest.mark.parametrize(
    ("cause", "named", "causes_part", "drops_part"),
    [
        ("featured_offer_lost", {"share_lost": 0.5}, 100.0, 0.0),
        ("featured_offer_lost", {"share_lost": 0.2}, 40.0, 60.0),
        ("featured_offer_lost", {"share_lost": 0.8}, 160.0, 0.0),
        ("search_suppressed", {}, 120.0, 0.0),
        ("listing_suppressed", {}, 200.0, 0.0),
    ],
)
def test_a_cause_takes_its_part_first_and_the_drop_what_it_leaves_of_what_is_missing(
    cause: str, named: dict[str, Any], causes_part: float, drops_part: float
) -> None:
    """Sales fell by half, 100.00 a day: with a cause that takes 40.00 of them only 60.00 are left unexplained."""
    found = exposures(signal(cause, "A", **SINCE, **named), drop("A"))
    assert found == {cause: pytest.approx(causes_part), "sales_drop": pytest.approx(drops_part, abs=1e-6)}


@pytest.mark.parametrize("kind", ["sales_drop", "traffic_drop", "conversion_drop"])
def test_a_drop_hangs_under_what_explains_it_and_stands_alone_elsewhere(kind: str) -> None:
    rows = [
        signal("featured_offer_lost", "A", **SINCE, share_lost=0.2),
        drop("A", kind),
        drop("B", kind),
    ]
    found = ranked(rows)
    order = dict(zip(names(found), found.columns["rank"], strict=True))
    assert order[(kind, "A")] is None
    assert {at for at, place in order.items() if place is not None} == {("featured_offer_lost", "A"), (kind, "B")}


def test_nothing_in_stock_explains_a_drop() -> None:
    found = money([signal("out_of_stock", "A", **SINCE), drop("A")], stock=[pool("A")])
    assert found["sales_drop", "A"]["exposure_mean"] == pytest.approx(0.0, abs=1e-6)
