"""A page that sells far less of its visits than its category's better pages do: a chance, no loss."""

from __future__ import annotations

import json

import pytest

from opswheel.core.contracts import STOCK
from opswheel.visibility.detectors import looking

from ...factory import Scene, days
from ..looking import CA, Looked, abroad, listed, look

PAGES: dict[str, tuple[int, int]] = {
    # SKU: units and page views a day
    **{f"good {n}": (8, 100) for n in range(10)},
    "poor": (2, 100),
    "mostly another seller's": (2, 100),
    "half as good": (4, 100),
    "few views": (0, 5),
    "sold out": (1, 100),
    "cheap": (2, 100),
    **{f"rug {n}": (2, 100) for n in range(3)},
}


def the_shop() -> Scene:
    scene = Scene()
    for sku, (units, views) in PAGES.items():
        price = 0.1 if sku == "cheap" else 20.0
        listed(scene, sku, category="rugs" if sku.startswith("rug") else "mugs", price_minor=round(price * 100))
        scene.sells(sku, units, days=days(70, 1), views=views, price=price)
    for row in scene.rows["traffic"]:
        if row["item_id"] == "mostly another seller's":
            row["featured_view_hundredths"] = row["page_views"] * 20
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop(), detectors=looking(["listing_quality"]))


@pytest.mark.parametrize("sku", PAGES)
def test_only_a_page_with_visits_enough_that_sells_under_half_is_a_chance(looked: Looked, sku: str) -> None:
    assert looked.errors == []
    assert ("listing_quality" in looked.fired(sku)) == (sku == "poor")
    assert not [r for r in looked.signals if (r["kind"], r["channel"]) == ("listing_quality", CA)]


def test_half_the_way_to_the_best_quarter_is_what_could_be_won(looked: Looked) -> None:
    """100 views a day, 2 of 100 buy where 8 do: half the way is 3 units a day at 20.00."""
    row = looked.signal("listing_quality", "poor")
    assert row["amount_at_risk"] == pytest.approx(3 * 20.0 * 30, rel=0.01)
    assert json.loads(row["evidence"])["best_quarter_buys"] == 8.0
    assert looked.said("listing_quality", "poor") == "Sells to 29% of the visits its category's best do, at most"
