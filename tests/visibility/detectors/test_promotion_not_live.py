"""A deal that has begun, or begins within a week, is held back by the marketplace."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import PROMOTION_RESULTS

from ...factory import Scene, ago
from ..looking import CA, Looked, abroad, listed, look

DEALS: dict[str, dict[str, Any]] = {
    # SKU: the last word about its deal
    "held back": {"state": "needs_attention", "from_day": ago(2), "to_day": ago(-4)},
    "begins in a week": {"state": "rejected", "from_day": ago(-7), "to_day": ago(-14)},
    "begins later": {"state": "rejected", "from_day": ago(-8), "to_day": ago(-15)},
    "runs": {"state": "approved", "from_day": ago(2), "to_day": ago(-4), "units": 5},
    "sold all the same": {"state": "cancelled", "from_day": ago(2), "to_day": ago(-4), "units": 5},
    "last day": {"state": "rejected", "from_day": ago(6), "to_day": ago(0)},
    "mended": {"state": "approved", "from_day": ago(2), "to_day": ago(-4)},
    "cheap": {"state": "rejected", "from_day": ago(2), "to_day": ago(-4)},
    "off": {"state": "rejected", "from_day": ago(2), "to_day": ago(-4)},
    "coupon": {"state": None, "from_day": ago(2), "to_day": ago(-4)},
}
HELD = {"held back": 4.0, "begins in a week": 7.0}


def the_shop() -> Scene:
    scene = Scene()
    for sku, deal in {**DEALS, "neighbour": None}.items():
        cheap = sku == "cheap"
        listed(scene, sku, status="inactive" if sku == "off" else "active", price_minor=20 if cheap else 2000)
        scene.sells(sku, 1, days=[ago(n) for n in range(42, 0, -1)], price=0.2 if cheap else 20.0)
        if deal:
            scene.add(PROMOTION_RESULTS, [_deal(sku, **deal)])
    scene.add(PROMOTION_RESULTS, [_deal("mended", day=ago(1), **{**DEALS["mended"], "state": "rejected"})])
    abroad(scene)
    return scene.add(PROMOTION_RESULTS, [_deal("held back", channel=CA, **{**DEALS["runs"]})])


def _deal(sku: str, **row: Any) -> dict[str, Any]:
    return {"promotion_id": f"deal of {sku}", "item_id": sku, "kind": "best_deal", "name": f"Deal {sku}", **row}


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def told(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["sku"]: r for r in looked.signals if r["kind"] == "promotion_not_live"}


def test_only_deals_held_back_by_the_last_word_that_can_still_run_are_told(looked: Looked) -> None:
    assert looked.errors == []
    assert {sku: row["observed"] for sku, row in told(looked).items()} == HELD
    assert {row["channel"] for row in told(looked).values()} == {"amazon:US"}


def test_half_of_its_usual_sales_on_the_days_left_are_at_stake(looked: Looked) -> None:
    row = told(looked)["held back"]
    assert row["amount_at_risk"] == pytest.approx(0.5 * 20.0 * 4, rel=0.05)
    assert (row["onset_day"], row["subject_key"]) == (ago(2), "main|amazon:US|deal of held back")
    said = looked.said("promotion_not_live", "held back")
    assert said == f"Deal Deal held back is not live: needs attention, ends {ago(-4)}"


def test_a_listing_that_is_off_has_a_graver_row(looked: Looked) -> None:
    assert looked.fired("off") == ["listing_inactive"]
