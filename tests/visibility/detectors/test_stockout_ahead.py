"""Stock that will run out before more can arrive: seen while an order still arrives in time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INBOUND, INTENT, STOCK, SUPPLY
from opswheel.core.settings import Settings

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look

LEAD = {"lead_time_days": 20, "receive_days": 3}
"""With a review every 7 days stock must last 30 days."""

ROWS: list[tuple[str, int, dict[str, Any], float]] = [
    # SKU (sells a unit a day), sellable units, what else the stock report says, price
    ("neighbour", 30, {}, 20.0),
    ("a day short", 29, {}, 20.0),
    ("half a day short", 59, {}, 20.0),
    ("long short", 4, {}, 20.0),
    ("out", 0, {}, 20.0),
    ("no lead told, tier 1", 56, {}, 20.0),
    ("no lead told, tier 1, enough", 57, {}, 20.0),
    ("no lead told, tier 3", 1, {}, 20.0),
    ("by sea or air", 60, {}, 20.0),
    ("receive days unsaid", 31, {}, 20.0),
    ("order lands in time", 10, {}, 20.0),
    ("order lands too late", 10, {}, 20.0),
    ("order is too small", 10, {}, 20.0),
    ("order is overdue", 10, {}, 20.0),
    ("ships and lands", 20, {"inbound_shipped_units": 100}, 20.0),
    ("ships, lands too late", 10, {"inbound_shipped_units": 100}, 20.0),
    ("being received", 10, {"inbound_receiving_units": 100}, 20.0),
    ("a draft only", 10, {"inbound_working_units": 100}, 20.0),
    ("moving between centres", 10, {"transfer_units": 100}, 20.0),
    ("list and report", 20, {"inbound_shipped_units": 5}, 20.0),
    ("list says less", 20, {"inbound_shipped_units": 100}, 20.0),
    ("2.00 a day", 10, {}, 2.0),
    ("1.90 a day", 10, {}, 1.9),
    ("pool A", 40, {"fnsku": "X1"}, 20.0),
    ("pool B", 40, {"fnsku": "X1"}, 20.0),
    ("never sold", 1, {}, 20.0),
    ("sold through", 1, {}, 20.0),
    ("discontinued", 1, {}, 20.0),
]
AHEAD = ["stockout_ahead"]
EXPECTED: dict[str, list[str]] = {
    "neighbour": [],
    "a day short": AHEAD,
    "half a day short": [],
    "long short": AHEAD,
    "out": ["out_of_stock"],
    "no lead told, tier 1": AHEAD,
    "no lead told, tier 1, enough": [],
    "no lead told, tier 3": [],
    "by sea or air": AHEAD,
    "receive days unsaid": AHEAD,
    "order lands in time": [],
    "order lands too late": AHEAD,
    "order is too small": AHEAD,
    "order is overdue": [],
    "ships and lands": [],
    "ships, lands too late": AHEAD,
    "being received": [],
    "a draft only": AHEAD,
    "moving between centres": [],
    "list and report": [],
    "list says less": AHEAD,
    "2.00 a day": AHEAD,
    "1.90 a day": [],
    "pool A": AHEAD,
    "pool B": AHEAD,
    "never sold": [],
    "sold through": [],
    "discontinued": [],
}
UNTOLD = [s for s in EXPECTED if s.startswith("no lead told")]


def the_shop() -> Scene:
    pinned = {f"{US}/{s}": 3 if s.endswith("3") else 1 for s in UNTOLD}
    scene = Scene(settings=Settings.model_validate({"tiers": {"pinned": pinned}}))
    for sku, units, told, price in ROWS:
        listed(scene, sku, price_minor=round(price * 100))
        pace = 2 if sku == "half a day short" else 1
        if sku != "never sold":
            scene.sells(sku, pace, days=days(42, 1), price=price)
        scene.add(STOCK, [{"sku": sku, "sellable_units": units, **told}])
    scene.add(STOCK, [{"channel": CA, "sku": "long short", "sellable_units": 900}])
    scene.add(
        SUPPLY, [{"sku": s, **LEAD} for s, *_ in ROWS if s not in (*UNTOLD, "by sea or air", "receive days unsaid")]
    )
    scene.add(
        SUPPLY,
        [
            {"sku": "by sea or air", "mode": "sea", "lead_time_days": 60, "receive_days": 3},
            {"sku": "by sea or air", "mode": "air", "lead_time_days": 8, "receive_days": 3},
            {"sku": "receive days unsaid", "lead_time_days": 20},
        ],
    )
    scene.add(
        INBOUND,
        [
            {"sku": "order lands in time", "units": 100, "eta": ago(-10)},
            {"sku": "order lands too late", "units": 100, "eta": ago(-11)},
            {"sku": "order is too small", "units": 19, "eta": ago(-9)},
            {"sku": "order is overdue", "units": 100, "eta": ago(4)},
            {"sku": "list and report", "units": 100, "eta": ago(-12)},
            {"sku": "list says less", "units": 5, "eta": ago(-10)},
        ],
    )
    scene.add(INTENT, [{"sku": "sold through", "intent": "sell_through"}])
    scene.add(INTENT, [{"sku": "discontinued", "intent": "discontinued"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_it_warns_while_an_order_can_still_arrive_and_not_before(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "short", "needed", "starts"),
    [
        ("a day short", 1.0, 30.0, ago(-29)),
        ("long short", 26.0, 30.0, ago(-4)),
        ("no lead told, tier 1", 1.0, 57.0, ago(-56)),
        ("by sea or air", 10.0, 70.0, ago(-60)),
        ("receive days unsaid", 1.0, 32.0, ago(-31)),
        ("order lands too late", 1.0, 30.0, ago(-10)),
        ("order is too small", 1.0, 30.0, ago(-29)),
        ("ships, lands too late", 4.0, 30.0, ago(-10)),
        ("pool A", 10.0, 30.0, ago(-20)),
    ],
)
def test_how_many_days_are_missing_and_from_when(
    looked: Looked, sku: str, short: float, needed: float, starts: date
) -> None:
    row = looked.signal("stockout_ahead", sku)
    assert (row["observed"], row["baseline"], row["starts_day"]) == (pytest.approx(short), needed, starts)
    assert (row["onset_day"], row["share_state"]) == (ago(0), "out_of_stock")


def test_less_than_a_day_short_is_kept_for_back_tests(looked: Looked) -> None:
    row = looked.saw("stockout_ahead", "half a day short")
    assert row is not None and row["observed"] == pytest.approx(0.5)


def test_the_floor_is_two_dollars_a_day(looked: Looked) -> None:
    assert looked.signal("stockout_ahead", "2.00 a day")["loss_per_day"] == pytest.approx(2.0)
    under = looked.saw("stockout_ahead", "1.90 a day")
    assert under is not None and under["loss_per_day"] == pytest.approx(1.9)


def test_listings_of_one_pool_drain_the_same_units(looked: Looked) -> None:
    """40 units for two listings that sell one a day each last 20 days, not 40 and not 80."""
    rows = [looked.signal("stockout_ahead", s) for s in ("pool A", "pool B")]
    assert {r["subject_key"] for r in rows} == {"main|amazon:US/X1"}
    assert ['"sellable": 40, "per_day": 2.0' in r["evidence"] for r in rows] == [True, True]


def test_an_assumed_lead_time_is_called_so(looked: Looked) -> None:
    causes = [looked.signal("stockout_ahead", s)["cause"] for s in ("a day short", "no lead told, tier 1")]
    assert causes == ["lead_time_told", "lead_time_assumed"]
    assert looked.said("stockout_ahead", "long short") == "Runs out on 26 Nov, more takes 30 days"
    assert looked.said("stockout_ahead", "no lead told, tier 1").endswith("more takes 57 days")


PLANS: list[tuple[str, str, int | None, float | None]] = [
    # SKU of 100 units, a unit a day, new ones in 23 days: the plan's action, days to its last day, days lacking
    ("order now", "order_now", 0, 4.0),
    ("order this week", "order_by", 6, None),
    ("order next week", "order_by", 7, None),
    ("no last day, lacking", "order_now", None, 2.0),
    ("no last day, a little", "order_now", None, 0.5),
    ("last day was yesterday", "order_by", -1, None),
]


@pytest.fixture(scope="module")
def planned() -> Looked:
    scene = Scene(settings=Settings.model_validate({"tiers": {"pinned": {f"{US}/tail": 3}}}))
    for sku in (*(p[0] for p in PLANS), "neighbour", "tail"):
        listed(scene, sku)
        scene.sells(sku, 1, days=days(42, 1))
        scene.add(STOCK, [{"sku": sku, "sellable_units": 100}])
        if sku != "tail":
            scene.add(SUPPLY, [{"sku": sku, **LEAD}])
    scene.rows["planned"] += [
        {"account": "main", "channel": US, "pool": f"{US}/{sku}", "action": action, "made_day": ago(1), "skus": sku,
         "units": 120, "by_day": None if by is None else ago(-by), "source_pool": None, "lacking_days": lacking,
         "runs_out_day": ago(-20) if sku == "order now" else None, "saves": 300.0}
        for sku, action, by, lacking in [*PLANS, ("tail", "order_now", 0, None)]
    ]  # fmt: skip
    return look(abroad(scene))


def test_what_the_plan_wants_ordered_is_an_issue_though_the_pace_alone_would_last(planned: Looked) -> None:
    assert planned.errors == []
    fired = {r["sku"]: r["observed"] for r in planned.signals if r["kind"] == "stockout_ahead"}
    assert fired == {"order now": 7.0, "order this week": 1.0, "no last day, lacking": 2.0,
                     "last day was yesterday": 8.0, "tail": 7.0}  # fmt: skip
    assert planned.saw("stockout_ahead", "order next week") is None
    assert planned.saw("stockout_ahead", "neighbour") is None


def test_the_issue_says_what_the_plan_says_and_counts_its_loss_from_the_same_day(planned: Looked) -> None:
    row = planned.signal("stockout_ahead", "order now")
    assert (row["starts_day"], row["subject_key"]) == (ago(-20), "main|amazon:US/order now")
    assert planned.said("stockout_ahead", "order now") == "Runs out on 12 Dec: order 120 now"
    assert planned.said("stockout_ahead", "order this week") == "Runs out on 02 Mar: order 120 by 2026-11-28"
    assert '"plan_saves": 300.0' in row["evidence"]


def test_without_a_last_day_in_the_plan_the_loss_begins_when_the_pace_has_used_it_up(planned: Looked) -> None:
    assert planned.signal("stockout_ahead", "last day was yesterday")["starts_day"] == ago(-100)


def test_a_tail_listing_without_a_lead_time_is_told_when_the_plan_wants_it_and_called_assumed(planned: Looked) -> None:
    assert planned.signal("stockout_ahead", "tail")["cause"] == "lead_time_assumed"
