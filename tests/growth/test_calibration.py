"""What the account's own weeks may say about a link, and when they may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import chi2

from opswheel.core.errors import BadWheel, WrongUse
from opswheel.growth.calibration import calibrate
from opswheel.growth.data import WeeklyData
from opswheel.growth.fit import LiftTest
from opswheel.growth.gibbs import SHAPE, USUAL_NOISE, Batch, cut_moments, cut_normal, draw
from opswheel.growth.regression import ljung_box
from opswheel.growth.templates import template
from opswheel.growth.worlds import Setting, world

from .known import MONDAY, shop, shop_data, shop_weeks, weeks


def told(fit, source, target):
    return next(row for row in fit.links() if row.link.key == (source, target))


# ------------------------------------------------------------------ recovery


def test_planted_links_are_recovered_inside_their_intervals() -> None:
    fit = calibrate(shop(), shop_data(ads=0.3, price=-1.5))
    ads, price, feeds = (told(fit, *key) for key in (("ads", "traffic"), ("price", "traffic"), ("sales", "ads")))
    assert ads.low < 0.3 < ads.high
    assert price.low < -1.5 < price.high
    assert feeds.low < 0.2 < feeds.high
    assert ads.mean == pytest.approx(0.3, abs=0.04)
    assert (ads.source, ads.status, feeds.source) == (
        "data",
        "ok",
        "prior",
    )  # 0.1 of doubt is not beaten by noise of 0.3
    assert ads.learned > 0.9


def test_the_sampler_agrees_with_summing_over_a_grid() -> None:
    rng = np.random.default_rng(4)
    x, n = rng.normal(0, 1, 30), 30
    y = 0.05 * x + rng.normal(0, 0.3, n)
    beta = np.linspace(1e-4, 0.5, 500)[:, None]
    noise2 = np.exp(np.linspace(-5, 0, 400))[None, :]
    misfit = (y @ y - 2 * beta * (x @ y) + beta**2 * (x @ x)) / noise2
    log_p = -0.5 * misfit - (n / 2 + SHAPE) * np.log(noise2) - SHAPE * USUAL_NOISE**2 / noise2
    log_p = log_p - 0.5 * ((beta - 0.1) / 0.1) ** 2
    p = np.exp(log_p - log_p.max()).sum(axis=1)
    mean = float((p * beta[:, 0]).sum() / p.sum())
    sd = float(((p * beta[:, 0] ** 2).sum() / p.sum() - mean**2) ** 0.5)
    chains, width = 400, 2  # the second parameter belongs to no row
    gram, cross = np.zeros((chains, width, width)), np.zeros((chains, width))
    gram[:, 0, 0], cross[:, 0] = x @ x, x @ y
    none, one = np.zeros((chains, width)), np.ones((chains, width))
    batch = Batch(
        1, gram, cross, np.full(chains, y @ y), np.full(chains, float(n)),
        none + np.array([0.1, 0]), none + np.array([100.0, 1.0]),
        np.zeros((chains, 1)), np.full((chains, 1), 1e6), none.astype(bool), none, one, none - 1e6, none + 1e6,
    )  # fmt: skip
    kept = draw(batch, rng, burn=30, keep=20, thin=2).theta[:, :, 0]
    assert kept.mean() == pytest.approx(mean, abs=0.003)
    assert kept.std() == pytest.approx(sd, rel=0.05)
    assert kept.min() >= 0


def test_cut_normals_keep_their_moments_far_out_in_the_tail() -> None:
    rng, full = np.random.default_rng(0), np.ones(40_000)
    for mean, low, high in (
        (0.1, 0.0, np.inf),
        (-8.0, 0.0, np.inf),
        (8.0, -np.inf, 0.0),
        (0.5, 0.0, 0.98),
        (3.0, 0.0, 0.98),
    ):
        got = cut_normal(rng, full * mean, full, full * low, full * high)
        m, v = cut_moments(*(np.array(a) for a in (mean, 1.0, low, high)))
        assert got.mean() == pytest.approx(float(m), abs=4 * float(v) ** 0.5 / 200)
        assert got.std() == pytest.approx(float(v) ** 0.5, rel=0.03)
        assert (got >= low).all()
        assert (got <= high).all()


def test_no_draw_breaks_a_sign_and_one_seed_gives_one_answer() -> None:
    true = world(2)
    fit, again, other = (calibrate(true.wheel, true.data, seed=s) for s in (7, 7, 8))
    signs = np.array([link.sign for link in true.wheel.links])
    assert (fit.values * signs >= 0).all()
    assert ((fit.own >= 0) & (fit.own <= 0.98)).all()
    assert (fit.values == again.values).all()
    assert (fit.own == again.own).all()
    assert not (fit.values == other.values).all()


def test_a_wrong_sign_in_the_data_stays_near_zero_and_is_told_broken() -> None:
    fit = calibrate(shop(), shop_data(ads=-0.3))
    assert (fit.values[:, 0] >= 0).all()
    assert told(fit, "ads", "traffic").status == "broken"
    assert told(fit, "price", "traffic").status == "ok"


def test_without_a_usable_week_the_answer_is_the_literature() -> None:
    wheel = template("seller")
    nothing = WeeklyData(weeks(52), {name: np.full(52, np.nan) for name in wheel.names})
    for fit in (calibrate(wheel, nothing), calibrate(wheel, None)):
        for i, link in enumerate(wheel.links):
            if link.fixed:
                continue
            low, high = (0.0, np.inf) if link.sign > 0 else (-np.inf, 0.0)
            mean, variance = (float(a) for a in cut_moments(*(np.array(a) for a in (link.mean, link.sd, low, high))))
            sd = variance**0.5
            assert fit.values[:, i].mean() == pytest.approx(mean, abs=4 * sd / 800**0.5)
            assert fit.values[:, i].std() == pytest.approx(sd, rel=0.12)
        assert {row.source for row in fit.links()} == {"prior", "identity"}
        assert all(row.status == "cannot_tell" for row in fit.links() if not row.link.fixed)


def test_accounting_and_known_inflows_are_never_learned() -> None:
    true = world(1)
    fit = calibrate(true.wheel, true.data)
    for i, link in enumerate(true.wheel.links):
        if link.fixed:
            assert (fit.values[:, i] == link.mean).all()
            assert (fit.lags[:, i] == link.lag_periods).all()
            assert told(fit, *link.key).source == "identity"
    assert (fit.own[:, true.wheel.index["reviews"]] == 0.97).all()


def test_a_stock_nobody_counted_is_built_from_what_flows_in() -> None:
    true = world(1, Setting(season=False))
    bare = {name: path for name, path in true.data.series.items() if name != "reviews"}
    fit = calibrate(true.wheel, replace(true.data, series=bare))
    at = true.wheel.index
    built, sales = fit.states[:, at["reviews"]], fit.states[:, at["sales"]]
    assert built[10] == pytest.approx(0.97 * built[9] + 0.03 * sales[8])
    assert "reviews" not in fit.checked["conversion"].left_out


# ------------------------------------------------------------------ bias allowance and lift tests


def test_more_weeks_never_make_a_link_certain_whose_data_may_mislead() -> None:
    sure, wary = shop(), shop(tau=0.1)
    spread = {}
    for count in (104, 416):
        data = shop_data(count, ads=0.3)
        spread[count] = [float(calibrate(w, data).values[:, 0].std()) for w in (sure, wary)]
    assert spread[416][0] < 0.6 * spread[104][0]
    assert spread[416][1] > 0.9 * 0.1 * 0.1 / (0.1**2 + 0.1**2) ** 0.5  # prior and allowance alone
    assert spread[416][1] == pytest.approx(spread[104][1], rel=0.1)


def test_a_finished_lift_test_overrules_weeks_that_mislead() -> None:
    wheel, data = shop(tau=0.1), shop_data(ads=0.5)
    alone = told(calibrate(wheel, data), "ads", "traffic")
    tested = told(calibrate(wheel, data, lift_tests=[LiftTest("ads", "traffic", 0.15, 0.01)]), "ads", "traffic")
    assert alone.mean > 0.3
    assert tested.mean == pytest.approx(0.15, abs=0.02)
    assert tested.source == "test"
    assert (
        told(calibrate(wheel, data, lift_tests=[LiftTest("ads", "traffic", 0.15, 0.01)]), "price", "traffic").source
        == "data"
    )


def test_a_lift_test_counts_without_any_weekly_data() -> None:
    fit = calibrate(shop(), None, lift_tests=[LiftTest("ads", "traffic", 0.3, 0.01)])
    assert fit.values[:, 0].mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (LiftTest("traffic", "sales", 0.9, 0.1), "accounting"),
        (LiftTest("ads", "traffic", 0.1, 0.0), "standard error"),
        (LiftTest("ads", "traffic", float("nan"), 0.1), "standard error"),
        (LiftTest("ads", "sales", 0.1, 0.1), "no link"),
        (LiftTest("adds", "traffic", 0.1, 0.1), "'ads'"),
    ],
)
def test_a_lift_test_that_cannot_belong_here_is_refused(test: LiftTest, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        calibrate(shop(), shop_data(), lift_tests=[test])
    with pytest.raises(WrongUse, match="two lift tests"):
        calibrate(shop(), None, lift_tests=[LiftTest("ads", "traffic", 0.1, 0.1)] * 2)


# ------------------------------------------------------------------ bad input


def test_twelve_weeks_are_refused_with_what_would_be_enough() -> None:
    with pytest.raises(WrongUse, match=r"There are 12 weeks of data; calibrating needs at least 26\. Load 14 more"):
        calibrate(shop(), shop_data(12))
    assert calibrate(shop(), shop_data(26)).source == "data"


def test_a_driver_that_never_moves_cannot_be_told_and_its_neighbours_can() -> None:
    rows = shop_weeks() | {"ads": np.full(104, 6.2)}
    fit = calibrate(shop(), WeeklyData(weeks(104), rows))
    ads, price = told(fit, "ads", "traffic"), told(fit, "price", "traffic")
    assert (ads.status, ads.source) == ("cannot_tell", "prior")
    assert ads.learned < 0.1
    assert ads.reason == "ads never moved in these weeks"
    assert "a test of a few weeks" in ads.next_step
    assert price.status == "ok"


def test_two_drivers_that_move_together_cannot_be_told_apart() -> None:
    rows = shop_weeks()
    rows["price"] = 0.25 * rows["ads"] + np.random.default_rng(3).normal(0, 0.002, 104)
    rows["traffic"] = 0.3 * rows["ads"] - 1.5 * rows["price"] + np.random.default_rng(5).normal(0, 0.05, 104)
    fit = calibrate(shop(), WeeklyData(weeks(104), rows))
    for source in ("ads", "price"):
        row = told(fit, source, "traffic")
        assert row.status == "cannot_tell"
        assert "moved together" in row.reason
        assert f"move {source} alone" in row.next_step


def test_missing_weeks_cost_only_themselves_and_the_week_after() -> None:
    rows = shop_weeks(160, ads=0.3)
    gone = [5, 6, 40, 41, 42, 90]
    levels = {
        name: [None if t in gone else float(np.exp(v)) for t, v in enumerate(path)] for name, path in rows.items()
    }
    data = WeeklyData.from_levels(weeks(160), levels)
    left = [t for t in range(160) if t not in (120, 121)]  # two weeks have no row at all
    fewer = WeeklyData.from_levels([weeks(160)[t] for t in left], {n: [v[t] for t in left] for n, v in levels.items()})
    for given, lost in ((data, 9), (fewer, 12)):
        assert len(given.weeks) == 160
        fit = calibrate(shop(), given)
        assert fit.checked["traffic"].rows == 160 - lost - 1  # delays up to a week: the first is lost, too
        assert told(fit, "ads", "traffic").mean == pytest.approx(0.3, abs=0.04)


def test_weeks_without_a_sale_are_counted_and_never_logged() -> None:
    levels = {name: np.exp(path).tolist() for name, path in shop_weeks(ads=0.3).items()}
    levels["sales"][10] = levels["sales"][50] = 0.0
    data = WeeklyData.from_levels(weeks(104), levels)
    assert data.zeros == {"sales": 2}
    assert np.isnan(data.series["sales"][[10, 50]]).all()
    fit = calibrate(shop(), data)
    assert np.isfinite(fit.values).all()
    assert "sales was zero in 2 weeks: left out, since zero has no logarithm." in fit.warnings
    assert told(fit, "ads", "traffic").mean == pytest.approx(0.3, abs=0.04)


def test_weeks_with_nothing_to_buy_teach_nothing_about_shoppers() -> None:
    rows = shop_weeks(ads=0.3)
    empty = np.zeros(104, bool)
    empty[30:38] = True
    rows["traffic"] = np.where(empty, rows["traffic"] - 3, rows["traffic"])
    rows["sales"] = rows["traffic"]
    told_of, silent = (calibrate(shop(), WeeklyData(weeks(104), rows, masked=m)) for m in (empty, None))
    assert told(told_of, "ads", "traffic").mean == pytest.approx(0.3, abs=0.04)
    assert told(silent, "ads", "traffic").high - told(silent, "ads", "traffic").low > 2 * (
        told(told_of, "ads", "traffic").high - told(told_of, "ads", "traffic").low
    )
    levels = {name: np.exp(path).tolist() for name, path in rows.items()}
    data = WeeklyData.from_levels(weeks(104), {**levels, "availability": np.where(empty, 0.1, 0.95).tolist()})
    assert data.masked is not None
    assert data.masked.tolist() == empty.tolist()


def test_ads_set_from_the_same_weeks_sales_are_left_to_literature() -> None:
    usual, told_so = (calibrate(shop(), shop_data(ads=0.5), same_week=names) for names in ((), ("ads",)))
    assert told(usual, "ads", "traffic").mean == pytest.approx(0.5, abs=0.04)
    row = told(told_so, "ads", "traffic")
    assert row.learned <= 0.55  # an allowance as wide as the prior: at most half can be learned
    assert row.mean < 0.42
    assert any("same week" in w and "lift test" in w for w in told_so.warnings)
    assert told(told_so, "price", "traffic").learned == pytest.approx(told(usual, "price", "traffic").learned, abs=0.02)


def test_a_rule_that_answers_within_its_week_is_refused_in_the_wheel() -> None:
    with pytest.raises(BadWheel, match="circle"):
        calibrate(shop().change_link("sales", "ads", lag_periods=0, tau=0.2), shop_data())
    with pytest.raises(BadWheel, match="which moved first"):
        calibrate(shop().without(("ads", "traffic")).change_link("sales", "ads", lag_periods=0), shop_data())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: calibrate(shop(), WeeklyData(weeks(104), shop_weeks() | {"trafic": np.zeros(104)})), "'traffic'"),
        (lambda: calibrate(shop(), WeeklyData(weeks(104), shop_weeks() | {"ads": np.r_[np.zeros(103), 21.0]})), "unit"),
        (lambda: WeeklyData(weeks(104), {"ads": np.zeros(103)}), "103 values for 104 weeks"),
        (lambda: WeeklyData(weeks(3), {"ads": np.array([1.0, np.inf, 2.0])}), "without bound"),
        (lambda: WeeklyData((MONDAY, MONDAY), {}), "does not come after"),
        (lambda: WeeklyData.from_levels([], {}), "no weeks"),
        (lambda: WeeklyData.from_levels([MONDAY, MONDAY], {}), "twice"),
        (lambda: WeeklyData.from_levels([MONDAY, MONDAY + timedelta(days=3)], {}), "same day of the week"),
        (lambda: WeeklyData.from_levels([MONDAY], {"ads": [1.0, 2.0]}), "2 values for 1 weeks"),
        (lambda: calibrate(shop(), None, same_week=("adds",)), "'ads'"),
    ],
)
def test_data_that_cannot_be_meant_are_refused_in_one_sentence(make, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        make()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_weeks_look_like_answers_are_finite_or_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = shop_weeks(60, seed=seed)
    for name in rng.choice(list(rows), 2, replace=False):
        harm = rng.integers(5)
        if harm == 0:
            rows[name] = np.where(rng.random(60) < 0.5, np.nan, rows[name])
        elif harm == 1:
            rows[name] = np.full(60, np.nan)
        elif harm == 2:
            rows[name] = np.full(60, 3.0)
        elif harm == 3:
            rows[name] = rows["ads"] * 2
        else:
            rows[name] = np.r_[np.full(30, -5.0), np.full(30, 5.0)]
    proxy = np.where(rng.random(60) < rng.random(), np.nan, rng.normal(size=60))
    data = WeeklyData(
        weeks(60), rows, {"sale": (np.arange(60) % 52 == 5).astype(float)}, proxy, masked=rng.random(60) < 0.3
    )
    fit = calibrate(shop(tau=0.1), data)
    assert np.isfinite(fit.values).all()
    assert np.isfinite(fit.own).all()
    coast = fit.coast()
    assert coast.direction == "cannot_tell" or np.isfinite(coast.per_week.value)
    assert np.isfinite(fit.gain().gain.value)
    assert all(row.status for row in fit.links())
    fit.reliance()
    fit.diagnostics()


def test_a_proxy_with_few_weeks_is_left_out_and_said_so() -> None:
    proxy = np.where(np.arange(104) < 20, 1.0 + np.arange(104) / 10, np.nan)
    fit = calibrate(shop(tau=0.1), replace(shop_data(), proxy=proxy))
    assert fit.checked["traffic"].rows == 103
    assert "The demand proxy covers only 20 weeks: left out." in fit.warnings


def test_the_size_of_a_business_is_no_reason_to_refuse_it() -> None:
    small, huge = shop_weeks(), {name: path + 25.0 for name, path in shop_weeks().items()}
    one, other = (calibrate(shop(), WeeklyData(weeks(104), rows)) for rows in (small, huge))
    assert one.values == pytest.approx(other.values)


def test_months_are_counted_as_months() -> None:
    first = [MONDAY.replace(year=2023 + i // 12, month=i % 12 + 1) for i in range(14) if i != 5]
    data = WeeklyData.from_levels(first, {"visibility": [1.0 + i / 10 for i in range(13)]})
    assert len(data.weeks) == 14
    assert np.isnan(data.series["visibility"][5])


# ------------------------------------------------------------------ residuals


def test_persistent_errors_are_allowed_for_only_where_they_are() -> None:
    rng = np.random.default_rng(2)
    wander = np.zeros(200)
    for t in range(1, 200):
        wander[t] = 0.8 * wander[t - 1] + rng.normal(0, 0.05)
    rows = shop_weeks(200, ads=0.3)
    calm = calibrate(shop(), WeeklyData(weeks(200), rows))
    rough = calibrate(shop(), WeeklyData(weeks(200), rows | {"traffic": rows["traffic"] + wander}))
    assert calm.checked["traffic"].ar == 0
    assert 0.2 < rough.checked["traffic"].ar < 0.8  # wandering, beside noise that does not persist
    assert rough.checked["traffic"].ljung_box_p > 0.001
    assert told(rough, "ads", "traffic").low < 0.3 < told(rough, "ads", "traffic").high


def test_ljung_box_by_hand() -> None:
    white, at = np.random.default_rng(0).normal(size=300), np.arange(300)
    assert ljung_box(white, at, 0)[0] > 0.05
    e = np.tile([1.0, 1.0, -1.0, -1.0], 6)  # 24 weeks: neighbours agree half the time, every second week disagrees
    p, first = ljung_box(e, np.arange(24), 0)
    r = [sum(e[t] * e[t - k] for t in range(k, 24)) / 24 for k in range(1, 9)]
    assert r[:4] == pytest.approx([1 / 24, -22 / 24, -1 / 24, 20 / 24])
    assert first == pytest.approx(1 / 24)
    assert p == pytest.approx(float(chi2.sf(24 * 26 * sum(x * x / (24 - k) for k, x in enumerate(r, 1)), 8)))


# ------------------------------------------------------------------ many worlds


@pytest.mark.long
def test_twenty_worlds_of_104_weeks_are_recovered_as_the_mathematics_promise() -> None:
    from opswheel.interfaces.bench.growth import score

    scores = [score(world(seed, Setting(weeks=104))) for seed in range(20)]
    assert np.mean([np.sqrt((s.errors**2).mean()) for s in scores]) < 0.36
    assert np.mean([s.tau for s in scores]) > 0.65
    assert 0.80 <= np.mean([s.links.mean() for s in scores]) <= 0.97
    assert np.mean([s.leverage.mean() for s in scores]) >= 0.85
    assert 0.70 <= np.mean([s.gain for s in scores]) <= 1.0


@pytest.mark.long
def test_hidden_demand_misleads_a_trusting_calibration_and_not_a_wary_one() -> None:
    inside = {"wary": [], "trusting": []}
    for seed in range(30):
        for name, setting, options in (
            ("wary", Setting(hidden=1.0, proxy=True), {}),
            ("trusting", Setting(hidden=1.0), {"allowance": False}),
        ):
            true = world(seed, setting)
            fit = calibrate(true.wheel, true.data, **options)
            at = fit.wheel.links.index(fit.wheel.link("ads", "traffic"))
            low, high = np.quantile(fit.values[:, at], (0.05, 0.95))
            inside[name].append(low <= true.values[at] <= high)
    assert np.mean(inside["wary"]) > 0.75
    assert np.mean(inside["trusting"]) < 0.30
