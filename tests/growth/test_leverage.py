"""Which push is worth most, and when the honest answer is a set of them."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.growth.calibration import calibrate
from opswheel.growth.leverage import Push
from opswheel.growth.templates import template
from opswheel.growth.worlds import Setting, world

from .known import knowing, shop, shop_data

PUSHES = [
    Push("ads", 0.1, 100.0),
    Push("price", -0.1, 100.0),
    Push("content", 0.1, 100.0),
    Push("experience", 0.1, 100.0),
]


@pytest.mark.parametrize("setting", [Setting(), Setting(delays_off=True)])
def test_where_the_truth_is_known_leverage_is_what_the_world_does(setting: Setting) -> None:
    true = world(4, setting)
    ranking = knowing(true).leverage(PUSHES, 26)
    for row in ranking.pushes:
        gain = true.effect(row.push.driver, 26).sum() * np.log1p(row.push.change)
        assert row.gain_weeks.value == pytest.approx(gain)
        assert row.per_cost.value == pytest.approx(gain / 100)
    best = max(PUSHES, key=lambda p: true.effect(p.driver, 26).sum() * np.log1p(p.change))
    assert ranking.best == best
    assert ranking.regret == 0


def test_a_push_by_hand() -> None:
    """Ads +10 % bring 0.2 · ln 1.1 of traffic at once; 0.2 of that comes back as budget a week later, and so on."""
    wheel = shop(mean=0.2, sd=1e-6).change_link("sales", "ads", sd=1e-6)
    row = calibrate(wheel, None).leverage([Push("ads", 0.1)], 2).pushes[0]
    direct = 0.2 * np.log(1.1)
    weeks = [1, 1 + 0.04, 1 + 0.04 + 0.04**2]
    assert row.gain_weeks.value == pytest.approx(direct * sum(weeks), rel=1e-4)
    assert (row.half_weeks.value, row.most_weeks.value) == (0, 0)


def test_cost_decides_between_equal_pushes() -> None:
    fit = calibrate(shop(), shop_data(ads=0.3, price=-1.5))
    dear, cheap = Push("price", -0.05, 500.0, "dear"), Push("price", -0.05, 100.0, "cheap")
    ranking = fit.leverage([dear, cheap, Push("ads", 0.01, 100.0)])
    assert ranking.best == cheap
    assert ranking.pushes[0].p_best == 1.0
    assert ranking.sentence == "cheap gives most per cost (best in 100% of draws)."
    assert sum(row.p_best for row in ranking.pushes) == pytest.approx(1)


def test_a_single_push_is_named_only_when_eight_draws_in_ten_agree() -> None:
    ranking = calibrate(template("seller"), None).leverage(
        [Push("content", 0.1), Push("ads", 0.1), Push("reviews", 0.1)]
    )
    assert ranking.pushes[0].p_best < 0.8
    assert ranking.best is None
    assert len(ranking.tie) >= 2
    assert sum(row.p_best for row in ranking.pushes if row.push in ranking.tie) >= 0.8
    assert 0 < ranking.regret < 1
    assert ranking.sentence.startswith("No single best push")
    assert {row.gain_weeks.source for row in ranking.pushes} == {"prior"}


def test_a_push_that_only_costs_is_never_the_best_one() -> None:
    ranking = calibrate(shop(), shop_data()).leverage([Push("price", 0.1)])
    assert (ranking.best, ranking.tie) == (None, ())
    assert ranking.sentence == "None of these pushes brings more sales."
    assert ranking.pushes[0].gain_weeks.high < 0


def test_a_slow_push_pays_later_than_a_quick_one() -> None:
    ranking = calibrate(template("seller"), None).leverage([Push("content", 0.1), Push("experience", 0.1)])
    quick, slow = (next(r for r in ranking.pushes if r.push.driver == name) for name in ("content", "experience"))
    assert quick.half_weeks.value < slow.half_weeks.value
    assert quick.half_weeks.value <= quick.most_weeks.value
    assert quick.share_late < slow.share_late < 1


def test_when_feeding_stops_the_effect_fades() -> None:
    fit = calibrate(template("seller"), None)
    fed, stopped = fit.simulate(Push("ads", 0.1), 52), fit.simulate(Push("ads", 0.1), 52, stop=8)
    assert fed.quantiles.shape == (53, 5)
    assert (np.diff(fed.quantiles, axis=1) >= 0).all()
    assert stopped.quantiles[:8] == pytest.approx(fed.quantiles[:8])
    assert stopped.quantiles[30, 2] < 0.5 * fed.quantiles[30, 2]
    assert fed.total_weeks.value > stopped.total_weeks.value > 0


def test_leverage_intervals_are_stretched_about_their_median() -> None:
    fit = calibrate(shop(), shop_data())
    row = fit.leverage([Push("ads", 0.1)], 4).pushes[0]
    path = fit.simulate(Push("ads", 0.1), 4)
    assert row.gain_weeks.high - row.gain_weeks.value == pytest.approx(
        1.2 * (path.total_weeks.high - path.total_weeks.value)
    )


def test_a_push_beyond_what_the_lever_ever_did_is_marked_and_never_named() -> None:
    fit = calibrate(shop(), shop_data())
    small, huge = (fit.leverage([Push("price", change)]) for change in (-0.05, -0.9))
    assert [r.pushes[0].beyond_range for r in (small, huge)] == [False, True]
    assert small.best == Push("price", -0.05)
    assert huge.best is None
    assert "beyond 1.5 times what was ever done" in huge.sentence
    assert not calibrate(shop(), None).leverage([Push("price", -0.9)]).pushes[0].beyond_range  # nothing to compare with


@pytest.mark.parametrize(
    ("pushes", "says"),
    [
        ([], "no push"),
        ([Push("adds", 0.1)], "'ads'"),
        ([Push("ads", 0.1, 0.0)], "cost of 0"),
        ([Push("ads", 0.1, float("nan"))], "cost of nan"),
        ([Push("ads", 0.0)], "no change"),
        ([Push("ads", -1.0)], "no change"),
    ],
)
def test_a_push_that_cannot_be_meant_is_refused(pushes: list[Push], says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        calibrate(shop(), None).leverage(pushes)
    with pytest.raises(WrongUse, match="cannot stop"):
        calibrate(shop(), None).simulate(Push("ads", 0.1), 8, stop=9)


@pytest.mark.long
def test_a_push_named_best_is_the_best_one_and_intervals_hold_the_truth() -> None:
    from opswheel.growth.leverage import SURE
    from opswheel.interfaces.bench.growth import score

    scores = [score(world(seed, Setting(weeks=208))) for seed in range(100, 130)]
    named = [s.right for s in scores if s.p_best >= SURE]
    assert len(named) >= 10
    assert np.mean(named) >= 0.80
    assert np.mean([s.leverage.mean() for s in scores]) >= 0.85
    assert np.mean([s.tau for s in scores]) >= 0.75
