"""The axle: what a loss costs in the long run, from literature until calibrated, and in the order only when asked."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from opswheel.core.detector import PRECEDENCE
from opswheel.core.settings import Settings
from opswheel.core.spokes import AVAILABILITY, FEATURED, NOT_TOLD, PRICE, SPOKES, TRAFFIC, spoke_of
from opswheel.growth import multipliers
from opswheel.growth.calibration import calibrate
from opswheel.growth.stockout import prior_memory, sales_path
from opswheel.growth.templates import template
from opswheel.prioritization import momentum
from opswheel.prioritization.ranking import Capacity, rank, withhold
from opswheel.visibility.detectors import DETECTORS
from opswheel.wheel.parameters import current_parameters

from ..factory import MORNING, ago
from ..prioritization.rows import BY_KIND, CONFIDENCE, exposed, names, signal, table

KINDS = {"out_of_stock": AVAILABILITY, "featured_offer_lost": FEATURED, "price_too_low": PRICE}
NOW = datetime(2026, 11, 22, 16)


def follow_on(rows):
    found = {}
    for row in rows:
        found.setdefault(row["kind"], []).append((float(row["age_days"]), row["mean"]))
    return found


def loss(told, kind, age, saved, avoidable=1000.0):
    return float(momentum.long_run_loss(told, [kind], np.array([age]), np.array([saved]), np.array([avoidable]))[0])


def test_every_age_of_every_kind_of_lost_sales_has_its_follow_on_days_and_says_from_literature():
    rows = multipliers.rows(KINDS)
    assert {r["kind"] for r in rows} == {"out_of_stock", "featured_offer_lost"}  # margin given away loses no rank
    assert {r["source"] for r in rows} == {"literature"}
    for kind in ("out_of_stock", "featured_offer_lost"):
        mine = [r for r in rows if r["kind"] == kind]
        assert [r["age_days"] for r in mine] == list(multipliers.AGES)
        assert all(0 < r["p10"] <= r["mean"] <= r["p90"] for r in mine)
        assert [r["mean"] for r in mine] == sorted(r["mean"] for r in mine)


@pytest.mark.parametrize(("age", "saved"), [(0, 30), (7, 14), (14, 7), (30, 30), (21, 24)])
def test_the_long_run_loss_of_an_issue_is_that_of_the_simulated_listing(age, saved):
    memory = prior_memory(multipliers.DRAWS)
    told = follow_on(multipliers.rows(KINDS, memory))
    a_day = 100.0

    def lost(days):
        """Sales lost until half a year after the days off, off included."""
        if days == 0:
            return 0.0
        return a_day * float((1 - sales_path(memory, days, horizon_days=182 + days)).sum(axis=0).mean())

    simulated = lost(age + saved) - lost(age)
    assert loss(told, "out_of_stock", age, saved, a_day * saved) == pytest.approx(simulated, rel=0.01)


def test_a_fresh_loss_costs_more_beyond_itself_than_an_old_one_because_rank_is_lost_once():
    told = follow_on(multipliers.rows(KINDS))
    fresh, old = (loss(told, "out_of_stock", age, 7.0) for age in (0.0, 60.0))
    assert fresh > old >= 1000.0


def test_a_kind_nobody_told_and_a_loss_nobody_can_save_stay_what_they_are():
    told = follow_on(multipliers.rows(KINDS))
    assert loss(told, "price_too_low", 3.0, 30.0) == 1000.0
    assert loss(told, "out_of_stock", 3.0, 0.0, 0.0) == 0.0
    assert momentum.factors(np.array([0.0, 150.0]), np.array([0.0, 100.0])).tolist() == [1.0, 1.5]


def test_beyond_the_last_age_told_nothing_more_follows():
    told = {"k": [(10.0, 5.0), (20.0, 8.0)]}
    ages, saved = np.array([0.0, 15.0, 20.0, 40.0]), np.array([10.0, 10.0, 30.0, 30.0])
    assert momentum.marginal(told, ["k"] * 4, ages, saved).tolist() == [5.0, 1.5, 0.0, 0.0]


def test_a_wheel_without_data_keeps_the_multipliers_of_literature():
    fit = calibrate(template("seller"), None)
    assert multipliers.rows(KINDS, multipliers.calibrated_memory(fit)) == multipliers.rows(KINDS)


def test_a_wheel_whose_rank_loop_was_learned_says_that_it_is_calibrated():
    from opswheel.growth.worlds import Setting, world

    fit = calibrate(template("seller"), world(3, Setting(weeks=104)).data)
    memory = multipliers.calibrated_memory(fit)
    assert "calibrated" in memory.source
    told, usual = multipliers.rows(KINDS, memory), multipliers.rows(KINDS)
    assert {r["source"] for r in told} == {memory.source}
    assert [r["mean"] for r in told] != [r["mean"] for r in usual]


# --- in the order ------------------------------------------------------------------------------------------------


def _ranked(rows, told):
    table_of = table(rows)
    exposures = exposed(rows)
    keep, _ = withhold(table_of, exposures, {})
    return rank(
        table_of, exposures, keep, BY_KIND, confidence=CONFIDENCE, capacity=Capacity(None, 360.0),
        contribution_margin=0.25, day_revenue=1000.0, as_of=MORNING, rule="value_per_hour", follow_on=told,
    )  # fmt: skip


def test_of_two_equal_losses_the_fresh_one_goes_first_once_the_long_run_counts():
    rows = [
        signal("listing_suppressed", "A-OLD", velocity=1.0, onset_day=ago(80)),
        signal("listing_suppressed", "B-FRESH", velocity=0.98, onset_day=ago(1)),
        signal("price_too_low", "C", share_state="", sold_whole=6.0, baseline=20.0, loss_per_day=18.0, days_whole=2),
    ]
    off, on = _ranked(rows, {}), _ranked(rows, follow_on(multipliers.rows({"listing_suppressed": AVAILABILITY})))
    assert [sku for _, sku in names(off) if sku != "C"] == ["A-OLD", "B-FRESH"]
    assert [sku for _, sku in names(on) if sku != "C"] == ["B-FRESH", "A-OLD"]
    assert off.columns["momentum"].tolist() == [1.0, 1.0, 1.0]
    told = dict(zip((sku for _, sku in names(on)), on.columns["momentum"].tolist(), strict=True))
    assert told["C"] == 1.0
    assert told["B-FRESH"] > told["A-OLD"] > 1.0
    for name in ("avoidable_mean", "risk_mean", "score_revenue_at_risk"):  # money itself knows nothing of it
        assert sorted(off.columns[name].tolist()) == sorted(on.columns[name].tolist())


def test_a_cause_carries_the_long_run_of_what_it_inhibits():
    rows = [signal("listing_suppressed", "A", velocity=1.0), signal("featured_offer_lost", "A", velocity=1.0)]
    told = follow_on(multipliers.rows({"listing_suppressed": AVAILABILITY, "featured_offer_lost": FEATURED}))
    found = _ranked(rows, told)
    assert len(found) == 2
    columns = found.columns
    assert columns["root"] == [0, 0] or list(columns["root"]) == [0, 0]
    whole = columns["bundle_avoidable"][0] * columns["momentum"][0]
    assert whole > columns["bundle_avoidable"][0] > 0


# --- kept and used -----------------------------------------------------------------------------------------------


def _parameters(ledger, *, on, write=True):
    settings = Settings.model_validate({"growth": {"momentum": on}})
    with ledger.write() as connection:
        return current_parameters(connection, settings, DETECTORS, NOW, write=write)


def test_off_until_switched_on_and_then_recorded_with_the_run(ledger):
    off = _parameters(ledger, on=False)
    assert (dict(off.follow_on), "multipliers" in off.record) == ({}, False)
    on = _parameters(ledger, on=True)
    kinds = {d.kind for d in DETECTORS if d.loss == "sales" and spoke_of(d).share_lost > 0}
    assert set(on.follow_on) == kinds
    assert {r["source"] for r in on.record["multipliers"]} == {"literature"}


def test_hindsight_writes_nothing_and_ranks_with_the_same_numbers(ledger):
    looked = _parameters(ledger, on=True, write=False)
    with ledger.read() as connection:
        assert multipliers.in_force(connection, NOW) == []
    assert looked.follow_on == _parameters(ledger, on=True).follow_on


def test_what_was_calibrated_takes_the_place_of_literature_from_that_day_on(ledger):
    _parameters(ledger, on=True)
    with ledger.write() as connection:
        own = [
            {**r, "mean": 9.0, "p90": 99.0, "source": "calibrated"}
            for r in multipliers.rows({"out_of_stock": AVAILABILITY})
        ]
        multipliers.write(connection, own, datetime(2026, 11, 20))
        before = {r["kind"]: r["source"] for r in multipliers.in_force(connection, datetime(2026, 11, 19))}
        after = {r["kind"]: r["source"] for r in multipliers.in_force(connection, NOW)}
    assert before["out_of_stock"] == "literature"
    assert (after["out_of_stock"], after["featured_offer_lost"]) == ("calibrated", "literature")


# --- spokes ------------------------------------------------------------------------------------------------------


def test_every_spoke_is_a_driver_of_the_sellers_wheel():
    wheel = template("seller")
    drivers = {*wheel.names, *(node.name for part in wheel.parts for node in part.nodes)}
    assert {s.driver for s in SPOKES if s is not NOT_TOLD} <= drivers


def test_every_detector_holds_back_a_spoke_and_margin_given_away_feeds_nothing_back():
    for detector in DETECTORS:
        spoke = spoke_of(detector)
        assert spoke in SPOKES, detector.kind
        if detector.loss == "margin":
            assert spoke.share_lost == 0.0


@pytest.mark.parametrize(
    ("cause", "said", "spoke"),
    [
        ("stock", None, AVAILABILITY),
        ("hidden", None, TRAFFIC),
        ("featured_offer", None, FEATURED),
        ("hidden", "price", PRICE),
        ("stock", "", NOT_TOLD),
    ],
)
def test_a_detectors_own_word_goes_before_the_cause_it_stands_for(cause, said, spoke):
    body = {"precedence": PRECEDENCE[cause]} | ({} if said is None else {"spoke": said})
    assert spoke_of(type("Rule", (), body)()) is spoke
