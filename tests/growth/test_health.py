"""Which spoke is broken, which loop carries the wheel, on what sales lean, and what the data could not show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.growth.calibration import calibrate
from opswheel.growth.data import WeeklyData
from opswheel.growth.health import DRIFT, drift, lever_effects
from opswheel.growth.loops import find_loops
from opswheel.growth.templates import template
from opswheel.growth.wheel import Link, Wheel
from opswheel.growth.worlds import Setting, world

from .known import knowing, shop, shop_data, shop_weeks, weeks


def rows_of(fit, **more):
    return {row.link.key: row for row in fit.links(**more)}


def test_a_broken_spoke_is_told_and_its_healthy_neighbours_are_not() -> None:
    rows = rows_of(calibrate(shop(), shop_data(ads=0.02, price=-1.5)))
    assert rows["ads", "traffic"].status == "broken"
    assert rows["ads", "traffic"].p_weak > 0.8
    assert rows["price", "traffic"].status == "ok"
    assert rows["traffic", "sales"].status == "ok"


def test_the_benchmark_can_be_the_users_own() -> None:
    fit = calibrate(shop(), shop_data(ads=0.2))
    assert rows_of(fit)["ads", "traffic"].status == "ok"
    assert rows_of(fit, benchmarks={("ads", "traffic"): 0.8})["ads", "traffic"].status == "broken"


@pytest.mark.parametrize(
    ("wheel", "data", "key", "reason", "step"),
    [
        (shop(), None, ("ads", "traffic"), "no data", "load weekly values"),
        (shop(), shop_data(), ("sales", "ads"), "too few weeks for an effect", "more weeks"),
        (shop(tau=0.5), shop_data(), ("ads", "traffic"), "demand may move both", "lift test"),
        (
            shop(),
            WeeklyData(weeks(104), {k: v for k, v in shop_weeks().items() if k != "ads"}),
            ("ads", "traffic"),
            "ads: not measured",
            "proxy",
        ),
        (
            shop(),
            WeeklyData(weeks(104), {k: v for k, v in shop_weeks().items() if k != "traffic"}),
            ("ads", "traffic"),
            "traffic: not measured",
            "proxy",
        ),
        (
            shop(),
            WeeklyData(weeks(104), shop_weeks() | {"ads": np.where(np.arange(104) < 24, shop_weeks()["ads"], np.nan)}),
            ("ads", "traffic"),
            "measured in only 24 usable weeks",
            "measure ads",
        ),
        (
            shop(mean=0.2, sd=0.05),
            WeeklyData(weeks(104), shop_weeks() | {"ads": 0.01 * shop_weeks()["ads"]}),
            ("ads", "traffic"),
            "ads moved by only 0.3%",
            "move ads more",
        ),
    ],
)
def test_cannot_tell_says_why_and_what_would_help(
    wheel: Wheel, data: WeeklyData | None, key: tuple[str, str], reason: str, step: str
) -> None:
    row = rows_of(calibrate(wheel, data))[key]
    assert row.status == "cannot_tell"
    assert reason in row.reason
    assert step in row.next_step
    assert row.source == "prior"


def test_the_loop_gain_of_a_known_world_is_told() -> None:
    true = world(5)
    gain = knowing(true).gain(26)
    assert gain.gain.value == pytest.approx(true.gain(26))
    assert gain.multiplier.value == pytest.approx(1 / (1 - true.gain(26)))
    alone = calibrate(template("seller"), None).gain()
    assert alone.gain.source == "prior"
    assert alone.gain.value == pytest.approx(alone.prior.value)
    assert alone.gain.low == pytest.approx(0.22, abs=0.06)  # the seller template's prior: .22 to .89
    assert alone.gain.high == pytest.approx(0.89, abs=0.06)
    assert alone.p_runaway == pytest.approx(0.17, abs=0.06)


def test_loops_by_hand_at_the_known_truth() -> None:
    wheel = template("seller")
    true = replace(
        world(1),
        values=np.array([k.mean for k in wheel.links]),
        own=np.array([n.own_mean for n in wheel.nodes]),
    )
    told = knowing(true).loops()
    by_name = {loop.name: loop for loop in find_loops(wheel)}
    for row in told:
        assert row.gain.value == pytest.approx(by_name[row.loop.name].gain)
        assert row.weeks.value == pytest.approx(by_name[row.loop.name].delay_periods)
        assert row.share.value == pytest.approx(by_name[row.loop.name].share)
    assert sum(row.share.value for row in told) == pytest.approx(1)
    assert [row.gain.value for row in told] == sorted((row.gain.value for row in told), reverse=True)


def test_a_cut_loop_carries_nothing() -> None:
    fit = calibrate(template("seller"), None)
    cut = fit.cut(("rank", "traffic"))
    assert cut.gain().gain.value < fit.gain().gain.value
    assert (cut.values[:, cut.wheel.links.index(cut.wheel.link("rank", "traffic"))] == 0).all()


def test_the_weakest_spoke_is_the_one_whose_repair_turns_the_wheel_most() -> None:
    true = world(1)
    wheel = true.wheel
    values = np.array([k.mean for k in wheel.links])
    values[wheel.links.index(wheel.link("rank", "traffic"))] *= 0.1
    fit = knowing(replace(true, values=values, own=np.array([n.own_mean for n in wheel.nodes])))
    told = fit.weakest()
    assert told[0].link.key == ("rank", "traffic")
    assert told[0].below == pytest.approx(0.9)
    whole = knowing(replace(true, values=np.array([k.mean for k in wheel.links]), own=fit.own[0]))
    assert told[0].adds.value == pytest.approx(whole.gain().multiplier.value - fit.gain().multiplier.value)
    assert all(row.adds.value == pytest.approx(0) for row in told[1:])
    assert ("content", "conversion") not in {row.link.key for row in told}  # it is on no loop


def test_an_ads_only_wheel_relies_on_ads_alone() -> None:
    rows = shop_weeks()
    rows["ads"][-26:] += 1.0
    rows["price"][:] = 0.0
    reliance = calibrate(shop(), WeeklyData(weeks(104), rows)).reliance()
    assert reliance.over == "ads"
    assert reliance.shares["ads"].value == pytest.approx(1)
    assert reliance.effective_pushes == pytest.approx(1)
    assert reliance.p_over == 1


def test_three_levers_that_carry_alike_are_no_reliance() -> None:
    wheel = shop()
    wheel = replace(
        wheel,
        nodes=(*wheel.nodes, replace(wheel.node("price"), name="content")),
        links=(*wheel.links, Link("content", "traffic", mean=0.4, sd=0.2)),
    )
    rows = shop_weeks(feeds=0.0)
    rows["content"] = np.random.default_rng(3).normal(0, 0.1, 104)
    rows["ads"] = rows["ads"] - rows["ads"].mean()
    for name, move in (("ads", 0.5), ("price", -0.1), ("content", 0.3)):
        rows[name][-26:] += move - rows[name][-26:].mean()
    rows["traffic"] = 0.3 * rows["ads"] - 1.5 * rows["price"] + 0.5 * rows["content"]
    rows["traffic"] += np.random.default_rng(4).normal(0, 0.05, 104)
    rows["sales"] = rows["traffic"]
    reliance = calibrate(wheel, WeeklyData(weeks(104), rows)).reliance()
    assert reliance.over == ""
    assert reliance.effective_pushes == pytest.approx(3, abs=0.3)
    assert sum(share.value for share in reliance.shares.values()) == pytest.approx(1, abs=0.05)


def test_lever_effects_are_what_the_levers_did_in_the_world() -> None:
    true = world(2, Setting(season=False))
    fit = knowing(true)
    effects = lever_effects(fit, 26)
    at = true.wheel.index
    from opswheel.growth.worlds import run_on

    path = np.zeros((104, len(at)))
    levers = [at[node.name] for node in true.wheel.levers]
    path[:, at["content"]] = true.calm[:, at["content"]]
    sales = run_on(true, path, frozen=levers)[:, at["sales"]]
    assert effects["content"][0] == pytest.approx(sales[-26:].sum())


def test_reliance_without_a_measured_lever_cannot_be_told() -> None:
    fit = calibrate(shop(), None)
    assert fit.reliance().reason == "no lever has been measured"
    assert fit.reliance().shares == {}


def test_a_link_that_gave_way_last_year_is_flagged_and_its_neighbours_are_not() -> None:
    before, after = shop_weeks(104, ads=0.5, seed=1), shop_weeks(52, ads=0.1, seed=2)
    rows = {name: np.r_[before[name], after[name]] for name in before}
    told = {row.link.key: row for row in calibrate(shop(), WeeklyData(weeks(156), rows)).changed(52)}
    assert told["ads", "traffic"].changed
    assert told["ads", "traffic"].before.value == pytest.approx(0.5, abs=0.08)
    assert told["ads", "traffic"].now.value == pytest.approx(0.1, abs=0.08)
    assert not told["price", "traffic"].changed
    assert not told["sales", "ads"].changed
    steady = {row.link.key: row for row in calibrate(shop(), shop_data(156)).changed(52)}
    assert not any(row.changed for row in steady.values())
    with pytest.raises(WrongUse, match="too few to compare"):
        calibrate(shop(), shop_data(60)).changed(52)
    with pytest.raises(WrongUse, match="too few to compare"):
        calibrate(shop(), None).changed()


def test_residuals_that_shift_are_told_from_noise() -> None:
    rng = np.random.default_rng(0)
    passed = [drift(rng.normal(size=104).tolist()) > DRIFT for _ in range(400)]
    assert np.mean(passed) < 0.08
    shifted = rng.normal(size=104) + np.r_[np.zeros(60), np.full(44, 1.0)]
    assert drift(shifted.tolist()) > DRIFT


def test_diagnostics_name_what_is_missing() -> None:
    true = world(3, Setting(experience_seen=False))
    told = calibrate(true.wheel, true.data).diagnostics()
    assert told.weeks == 104
    assert {row.target for row in told.equations} == {"traffic", "conversion", "rank", "ads"}
    assert set(told.lever_sd) == {"ads", "price", "content", "delivery", "availability"}
    assert told.lever_sd["ads"] > 0.2
    assert told.prior_runaway == pytest.approx(0.17, abs=0.06)
    assert told.unmeasured_share == 0  # nothing leads from sales to experience, so no loop runs through it
    traffic = next(row for row in told.equations if row.target == "traffic")
    assert traffic.left_out == {"experience": "not measured"}
    no_rank = {k: v for k, v in true.data.series.items() if k != "rank"}
    assert calibrate(true.wheel, replace(true.data, series=no_rank)).diagnostics().unmeasured_share > 0.3
    assert calibrate(true.wheel, None).diagnostics().warnings == ("No data: every figure is from literature.",)


@pytest.mark.long
def test_planted_breaks_are_found_and_healthy_links_are_not_blamed() -> None:
    found, blamed = [], []
    for seed in range(300, 340):
        true = world(seed, Setting(weeks=104, broken=True))
        for row in calibrate(true.wheel, true.data).links():
            if not row.link.fixed:
                (found if row.link.key == true.broken else blamed).append(row.status in ("suspect", "broken"))
    assert np.mean(found) > 0.4  # not flagged is not healthy
    assert np.mean(blamed) < 0.05
