"""An item hangs under another parent than before, or under none."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.contracts import STOCK, TRAFFIC

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

FAMILY = "FAMILY"
SPANS: dict[str, tuple[tuple[int, int, str | None], ...]] = {
    # SKU: from so many days ago to so many, under which parent; "itself" stands alone
    "neighbour": ((42, 1, FAMILY),),
    "always alone": ((42, 1, "itself"),),
    "left": ((42, 4, FAMILY), (3, 1, "itself")),
    "moved": ((42, 2, FAMILY), (1, 1, "OTHER")),
    "came back": ((42, 9, FAMILY), (8, 5, "itself"), (4, 1, FAMILY)),
    "five weeks ago": ((42, 36, FAMILY), (35, 1, "itself")),
    "parent not told": ((42, 4, FAMILY), (3, 1, None)),
    "inactive": ((42, 4, FAMILY), (3, 1, "itself")),
    "sold out": ((42, 4, FAMILY), (3, 1, "itself")),
    "worth 0.95 a day": ((42, 4, FAMILY), (3, 1, "itself")),
}
CHANGED = ["variation_changed"]
EXPECTED = {
    "neighbour": [],
    "always alone": [],
    "left": CHANGED,
    "moved": CHANGED,
    "came back": [],
    "five weeks ago": [],
    "parent not told": [],
    "inactive": ["listing_inactive"],
    "sold out": ["out_of_stock"],
    "worth 0.95 a day": [],
}


def the_shop() -> Scene:
    scene = Scene()
    for sku, spans in SPANS.items():
        price = 4.75 if sku == "worth 0.95 a day" else 20.0
        listed(scene, sku, price_minor=round(price * 100), status="inactive" if sku == "inactive" else "active")
        for first, last, parent in spans:
            scene.add(
                TRAFFIC,
                [
                    {
                        "item_id": sku,
                        "parent_id": sku if parent == "itself" else parent,
                        "level": "child",
                        "from_day": day,
                        "to_day": day,
                        "units": 1,
                        "sales_minor": round(price * 100),
                        "page_views": 100,
                    }
                    for day in days(first, last)
                ],
            )
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_an_item_that_changed_its_family_is_told(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed if r["kind"] == "variation_changed"} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "words"),
    [
        ("left", ago(3), ago(4), "Left its variation family: stands alone now"),
        ("moved", ago(1), ago(2), "Moved to another variation family"),
    ],
)
def test_it_began_on_the_first_day_under_the_other_parent(
    looked: Looked, sku: str, onset: date, last_good: date, words: str
) -> None:
    row = looked.signal("variation_changed", sku)
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (onset, last_good, ago(1))
    assert looked.said("variation_changed", sku) == words
