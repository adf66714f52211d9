"""Which price bounds hold where two lists tell some."""

from __future__ import annotations

from opswheel.core.contracts import PRICE_RULES
from opswheel.core.detector import Facts
from opswheel.visibility import detect
from opswheel.visibility.facts.prices import rules_now

from ..factory import Scene, ago
from .looking import listed, look

OWN, REPRICER = "price_rules_csv", "walmart_item_price_rules"


def two_lists() -> Scene:
    scene = listed(Scene(), "both", "repricer only", price_minor=1400)
    scene.add(PRICE_RULES, [{"sku": "both", "report": OWN, "day": ago(20), "min_minor": 1500, "map_minor": 1600}])
    for sku in ("both", "repricer only"):
        scene.add(PRICE_RULES, [{"sku": sku, "report": REPRICER, "min_minor": 1450}])
    return scene


def test_the_teams_own_bounds_go_before_a_repricers_however_old_their_list_is() -> None:
    engine = two_lists().engine()
    detect.prepare_all(engine)
    found = engine.fetch("rules", lambda: rules_now(Facts())).to_pylist()
    engine.close()
    assert {r["sku"]: (r["min_minor"], r["map_minor"]) for r in found} == {
        "both": (1500, 1600),
        "repricer only": (1450, None),
    }


def test_a_listing_that_two_lists_bound_is_told_of_once() -> None:
    told = [r["sku"] for r in look(two_lists()).observed if r["kind"] == "price_outside_rules"]
    assert len(told) == len(set(told))
