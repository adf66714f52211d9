"""What share of sales is lost: stated, then overruled by the listing's own sales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from opswheel.core.contracts import LISTINGS, SUPPRESSIONS
from opswheel.prioritization.revenue_at_risk import Learned
from opswheel.prioritization.shares import STATES, contradicted

from ..factory import Scene, ago, days
from .rows import money, pool, queue, ranked, signal
from .scenes import morning

HIDDEN = {"velocity": 10.0, "onset_day": ago(11)}  # ten settled days after the day it began


def hidden(**named: Any) -> dict[str, Any]:
    return money([signal("search_suppressed", "A", **(HIDDEN | named))])["search_suppressed", "A"]


def test_every_state_says_where_its_share_comes_from() -> None:
    stated = {"not_buyable": 1.0, "out_of_stock": 1.0, "hidden": 0.6, "no_featured_offer": 0.8, "transfer_only": 0.3}
    assert {name: STATES[name].mean for name in stated} == stated
    assert STATES["attribute_suppressed"].mean == 0.02
    assert all(state.source for state in STATES.values())


def test_its_own_sales_overrule_what_was_assumed() -> None:
    assumed = hidden(onset_day=ago(1))
    assert (assumed["share_lost"], assumed["share_source"]) == (0.6, "hidden from search: 60 % assumed")
    for sold, seen in ((90.0, 0.15), (70.0, 0.3), (10.0, 0.9)):
        row = hidden(units_since=sold)
        assert row["share_lost"] == pytest.approx(seen, abs=0.08)
        assert row["share_lost_sd"] < assumed["share_lost_sd"]
        assert row["exposure_mean"] == pytest.approx(200.0 * row["share_lost"], rel=1e-5)
        assert row["share_source"].endswith(f"; {sold:.0f} units sold in 10 settled days since")


def test_the_posterior_is_that_of_a_beta_prior_and_sales_that_scatter() -> None:
    f = np.linspace(0.0005, 0.9995, 4000)
    shape, healthy, units = 14.0, 20.0, 12
    seen = stats.nbinom.pmf(units, shape, shape / (shape + healthy * (1 - f))) * stats.beta.pdf(f, 2.4, 1.6)
    row = hidden(velocity=2.0, shape=shape, units_since=float(units), healthy_since=healthy)
    mean = (f * seen).sum() / seen.sum()
    assert row["share_lost"] == pytest.approx(mean, abs=0.002)
    assert row["share_lost_sd"] == pytest.approx(np.sqrt((f**2 * seen).sum() / seen.sum() - mean**2), abs=0.002)


def test_two_settled_days_are_too_few_to_learn_from() -> None:
    assert hidden(onset_day=ago(3), units_since=20.0)["share_lost"] == 0.6
    assert hidden(onset_day=ago(4), units_since=30.0)["share_lost"] < 0.3


def test_silence_of_a_listing_that_may_be_dead_says_less() -> None:
    slow = {"velocity": 0.4, "shape": 1.0}
    assert 0.6 < hidden(dead=0.6, **slow)["share_lost"] < hidden(**slow)["share_lost"]


def test_two_causes_do_not_both_learn_the_same_fall() -> None:
    rows = [
        signal("search_suppressed", "A", **HIDDEN, units_since=20.0),
        signal("featured_offer_lost", "A", **HIDDEN, units_since=20.0, share_lost=0.5),
    ]
    found = money(rows)
    assert found["search_suppressed", "A"]["share_lost"] == pytest.approx(0.6, abs=0.03)
    assert found["featured_offer_lost", "A"]["share_lost"] == pytest.approx(0.5, abs=0.03)
    whole = sum(row["exposure_mean"] for row in found.values())
    assert whole == pytest.approx(200 * 0.8, rel=0.04)


def test_closed_episodes_replace_what_was_assumed_but_not_what_is_certain_or_measured() -> None:
    taught = Learned(share={"hidden": (0.35, 0.01), "measured": (0.9, 0.001), "not_buyable": (0.5, 0.01)})
    rows = [
        signal("search_suppressed", "A"),
        signal("featured_offer_lost", "B", share_lost=0.2),
        signal("listing_suppressed", "C"),
    ]
    found = money(rows, learned=taught)
    assert [row["share_lost"] for row in found.values()] == [0.35, 0.2, 1.0]
    row = found["search_suppressed", "A"]
    assert row["share_lost_sd"] == pytest.approx(0.1)
    assert found["featured_offer_lost", "B"]["share_lost_sd"] == pytest.approx((0.2 * 0.8 / 11) ** 0.5, rel=1e-5)
    assert row["share_source"].startswith("learned from closed episodes")


def test_what_should_not_sell_at_all_is_doubted_after_two_units() -> None:
    for units, doubted in ((1.0, False), (2.0, True)):
        row = money([signal("listing_suppressed", "A", velocity=10.0, onset_day=ago(3), units_since=units)])
        assert (row["listing_suppressed", "A"]["doubt"] is not None) == doubted


def test_a_false_loss_is_neither_claimed_nor_hides_the_next_cause() -> None:
    rows = [
        signal("listing_suppressed", "A", **HIDDEN, units_since=61.0),
        signal("featured_offer_lost", "A", **HIDDEN, units_since=61.0, share_lost=0.4),
        signal("listing_suppressed", "B", velocity=10.0),
    ]
    found = money(rows)
    assert found["listing_suppressed", "A"]["doubt"] == "still selling: 61 units since onset"
    assert found["listing_suppressed", "A"]["exposure_mean"] < 60.0
    assert found["featured_offer_lost", "A"]["exposure_mean"] > 60.0
    assert queue(ranked(rows), "kind", "lane", "rank", "why_lane") == [
        ("listing_suppressed", "queue", 1, None),
        ("featured_offer_lost", "queue", 2, None),
        ("listing_suppressed", "verify", 3, "still selling: 61 units since onset"),
    ]


@pytest.mark.parametrize(
    ("units", "days", "shape", "doubted"),
    [
        (61, 10, 280.0, True),  # 40 expected, its pace well known
        (61, 10, 2.0, False),  # the same, but the pace itself may be twice as high
        (48, 10, 280.0, False),  # may well happen
        (61, 2, 280.0, False),  # two settled days
        (4, 10, 280.0, False),  # four units
    ],
)
def test_sales_contradict_only_where_they_are_many_and_improbable(
    units: int, days: int, shape: float, doubted: bool
) -> None:
    row = hidden(units_since=float(units), days_since=days, healthy_since=100.0, shape=shape)
    assert (row["doubt"] is not None) == doubted


def test_the_chance_of_contradiction_is_that_of_sales_at_the_share_that_is_left() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.poisson(rng.gamma(20.0, 100.0 / 20.0, 400_000) * 0.4)
    critical = int(np.quantile(drawn, 0.95)) + 1
    for units in (critical - 2, critical + 2):
        told = contradicted(*(np.array([x]) for x in (0.6, False, float(units), 10.0, 100.0, 20.0)))
        assert bool(told[0]) == bool((drawn >= units).mean() < 0.05)


def test_an_empty_shelf_that_sells_five_units_is_doubted_two_are_late_orders() -> None:
    for units, doubted in ((2.0, False), (5.0, True)):
        row = signal("out_of_stock", "A", velocity=10.0, onset_day=ago(5), units_since=units)
        assert (money([row], stock=[pool("A")])["out_of_stock", "A"]["doubt"] is not None) == doubted


def test_a_state_a_plug_in_made_up_is_asked_about_unless_it_says_its_share() -> None:
    rows = [
        signal("search_suppressed", "A", share_state="cursed"),
        signal("search_suppressed", "B", share_state=None, share_lost=0.25),
    ]
    found = money(rows)
    assert (found["search_suppressed", "A"]["risk_mean"], found["search_suppressed", "A"]["doubt"]) == (
        0.0,
        "nobody said how much is lost",
    )
    assert found["search_suppressed", "B"]["share_lost"] == 0.25


def test_facts_of_a_listing_that_sells_on_although_it_is_called_suppressed() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.add(SUPPRESSIONS, [{"sku": "MUG-1", "item_id": "MUG-1", "state": "suppressed", "since_day": ago(12)}])
    scene.sells("MUG-1", 6, days=days(40, 1)).sells("MUG-2", 6, days=days(40, 1))
    found = morning(scene)
    assert queue(found.ranked, "kind", "lane", "why_lane") == [
        ("listing_suppressed", "verify", "still selling: 66 units since onset")
    ]
    assert found.money["listing_suppressed", "MUG-1"]["share_lost"] < 0.15
