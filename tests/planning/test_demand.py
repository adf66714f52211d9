"""What days tell of demand: closed, censored, sold-out, promoted, leap days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from opswheel.planning.censoring import free
from opswheel.planning.panel import panel
from opswheel.planning.season import coming_days, learn_calendar, yearly_change
from tests.planning.shops import MONDAY, WEEK, counts, shop, sold_out


def level(told):
    return free(told, learn_calendar(told)).level.sum()


def test_a_fifth_of_the_days_without_stock_moves_demand_by_less_than_three_percent():
    units = counts([0.3, 1, 3, 6, 12] * 8, 280)
    rng = np.random.default_rng(2)
    out = np.repeat(rng.random((40, 56)) < 0.2, 5, axis=1)
    keys = list(range(40))
    truth = level(panel(keys, units, first_day=MONDAY))
    told = panel(keys, np.where(out, 0, units), first_day=MONDAY, exposure=np.where(out, 0.0, 1.0))
    plain = panel(keys, np.where(out, 0, units), first_day=MONDAY)
    assert abs(level(told) / truth - 1) <= 0.03
    assert level(plain) / truth - 1 <= -0.15


def test_days_that_sold_out_are_lower_bounds_not_sales():
    units = counts([4.0] * 60, 280)
    stock = np.random.default_rng(3).integers(2, 9, units.shape)
    sold, cut = np.minimum(units, stock), units >= stock
    keys = list(range(60))
    truth = level(panel(keys, units, first_day=MONDAY))
    told = level(panel(keys, sold, first_day=MONDAY, cut=cut))
    assert abs(told / truth - 1) <= 0.03
    assert level(panel(keys, sold, first_day=MONDAY)) / truth - 1 < -0.15


@pytest.mark.parametrize("size", [pytest.param(0.5, id="large orders"), pytest.param(3.0, id="small orders")])
def test_weeks_that_sell_out_are_not_forgotten_for_the_quiet_ones_that_did_not(size):
    season = 1 + 0.8 * np.sin(np.arange(336) / 336 * 6 * np.pi)
    rng = np.random.default_rng(4)
    mean = np.array([2.0, 5.0] * 40)[:, None] * season
    units = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape)).astype(float)
    sold, exposure, cut = sold_out(units, units.mean(axis=1))
    keys = list(range(80))
    truth = level(panel(keys, units, first_day=MONDAY, starts=np.zeros(80)))
    told = panel(keys, sold, first_day=MONDAY, exposure=exposure, cut=cut, starts=np.zeros(80))
    steady = panel(keys, units[:, ::-1], first_day=MONDAY, starts=np.zeros(80))
    assert 0.15 <= (exposure == 0).mean() <= 0.3
    assert abs(level(told) / truth - 1) <= 0.03
    assert level(panel(keys, sold, first_day=MONDAY, starts=np.zeros(80))) / truth - 1 <= -0.15
    open_days = sold[(exposure == 1) & ~cut].mean()
    assert open_days / units.mean() - 1 <= -0.15  # the days left over are those of little demand
    assert not free(steady, learn_calendar(steady)).filled.any()  # a healthy shop has nothing filled in


@pytest.mark.parametrize("growth", [pytest.param(1.0, id="steady"), pytest.param(3.0, id="others grow threefold")])
def test_an_item_off_for_most_of_a_year_is_expected_at_what_it_sold_when_it_was_on(growth):
    units = counts([4.0] * 20, 364)
    units[1:, 200:] = np.round(units[1:, 200:] * growth)
    exposure = np.ones(units.shape)
    exposure[0, 60:360] = 0
    told = panel(list(range(20)), units * exposure, first_day=MONDAY, exposure=exposure, starts=np.zeros(20))
    demand = free(told, learn_calendar(told))
    assert demand.level[0] == pytest.approx(4.0, rel=0.15)
    assert demand.level[1:].mean() == pytest.approx(units[1:, -168:].mean(), rel=0.05)
    assert np.isfinite(demand.usual).all()
    assert demand.usual[0].max() <= max(3 * 1.2 * 4.0, units[0].max() / 0.8)


def test_christmas_with_the_whole_channel_shut_is_no_lack_of_demand():
    first = date(2024, 11, 4)
    units = counts([3.0] * 20, 140)
    christmas = (date(2024, 12, 25) - first).days
    units[:, christmas] = 0
    told = panel(list(range(20)), units, first_day=first)
    assert list(np.flatnonzero(told.closed)) == [christmas]
    assert not told.clean()[:, christmas].any()
    assert not told.censored()[:, christmas].any()  # nor is it anybody's stockout
    factor = learn_calendar(told).factors([""], [date(2025, 12, 24), date(2025, 12, 25)])
    assert factor[0, 0] > 0.5
    assert factor[0, 1] == 0


def test_one_item_without_a_sale_on_a_day_others_sell_is_not_closed():
    units = counts([3.0] * 20, 140)
    units[0, 50] = 0
    assert not panel(list(range(20)), units, first_day=MONDAY).closed.any()


def test_a_day_with_every_shelf_empty_or_no_report_is_not_a_day_the_channel_was_shut():
    units = counts([3.0] * 20, 140)
    exposure = np.ones(units.shape)
    exposure[:, 60:64] = 0
    units[:, [60, 61, 62, 63, 90]] = 0
    told = panel(list(range(20)), units, first_day=MONDAY, exposure=exposure)
    assert list(np.flatnonzero(told.closed)) == [90]  # everything could be bought, and nothing sold
    demand = free(told, learn_calendar(told))
    assert list(np.flatnonzero(demand.filled.all(axis=0))) == [60, 61, 62, 63]
    assert demand.usual[:, 60:64].mean() == pytest.approx(3.0, rel=0.1)


def test_a_weekday_the_shop_never_opens_is_forecast_as_zero():
    units = counts([3.0] * 20, 140)
    units[:, 5::7] = 0  # Saturdays
    told = panel(list(range(20)), units, first_day=MONDAY)
    assert told.closed[5::7].all()
    assert learn_calendar(told).weekday[0, 5] == 0


def test_weekdays_are_found_and_few_sales_do_not_make_any():
    busy = learn_calendar(shop([8.0] * 20)).weekday[0]
    assert busy == pytest.approx(WEEK / WEEK.mean(), abs=0.05)
    quiet = learn_calendar(shop([0.01] * 3)).weekday[0]
    assert quiet == pytest.approx(np.ones(7), abs=0.15)


def test_the_leap_day_shifts_no_weekday_and_no_year():
    first = date(2023, 1, 2)
    days = (date(2024, 3, 30) - first).days
    units = counts([5.0] * 10, days)
    units[:, (date(2024, 2, 29) - first).days] *= 4
    told = panel(list(range(10)), units, first_day=first)
    assert coming_days(told, 2) == [date(2024, 3, 30), date(2024, 3, 31)]
    assert told.day((date(2024, 2, 29) - first).days) == date(2024, 2, 29)
    assert np.abs(yearly_change(told, 28) - 1).max() < 0.25


def test_a_season_of_last_year_is_seen_before_it_comes_again():
    units = counts([6.0] * 12, 364 + 120)
    peak = slice(120, 148)  # 364 days before the days to come
    units[:, peak] *= 2
    told = panel(list(range(12)), units, first_day=MONDAY)
    assert yearly_change(told, 28)[:, 5:20].min() > 1.4
    assert np.all(yearly_change(told.until(380), 28) == 1)


def test_a_promotion_lifts_its_own_days_only():
    units = counts([5.0] * 20, 140)
    promoted = np.zeros(units.shape, bool)
    promoted[:, 60:74] = True
    told = panel(list(range(20)), np.where(promoted, 3 * units, units), first_day=MONDAY, promoted=promoted)
    calendar = learn_calendar(told)
    assert calendar.promotion == pytest.approx(3.0, rel=0.2)
    assert free(told, calendar).level.mean() == pytest.approx(5.0, rel=0.1)


def test_returns_booked_as_negative_units_are_no_negative_demand():
    told = panel(["a"], [[3, -2, 1, 0, 2]], first_day=MONDAY)
    assert told.units.min() == 0


def test_a_stretch_that_cannot_be_bought_is_out_and_the_day_before_is_a_lower_bound():
    from opswheel.planning.from_facts import known

    days = [MONDAY + timedelta(days=i) for i in range(30)]
    key = {"account": "main", "channel": "amazon:US", "sku": "A"}
    listing = {**key, "item_id": "B1", "category": "", "title": "A", "said_intent": None, "asked": 9.0,
               "fulfillment": None}  # fmt: skip
    rows = {
        "sold": [{**key, "day": d, "units": 2.0} for d in days[:10]],
        "blind_spans": [{**key, "from_day": days[11], "to_day": days[20]}],
        "deals": [], "listings": [listing], "prices": [], "former": [],
    }  # fmt: skip
    told = known(rows, ("main", "amazon:US"), days)
    assert told.panel.exposure[0, 11:21].max() == 0
    assert list(np.flatnonzero(told.panel.cut[0])) == [10]
    assert told.panel.exposure[0, 21:].min() == 1
    assert told.prices == (9.0,)


def renamed(first_day, last_day, extra=()):
    from opswheel.planning.from_facts import known

    days = [MONDAY + timedelta(days=i) for i in range(60)]
    place = {"account": "main", "channel": "amazon:US"}
    listing = {**place, "sku": "NEW", "item_id": "B1", "category": "", "title": "A", "said_intent": None, "asked": 9.0,
               "fulfillment": None}  # fmt: skip
    sold = [{**place, "sku": "OLD", "day": d, "units": 1.0} for d in days[:30]]
    sold += [{**place, "sku": "NEW", "day": d, "units": 1.0} for d in days[30:]]
    former = [{**place, "sku": "NEW", "old": "OLD", "first_day": first_day, "last_day": last_day}, *extra]
    rows = {"sold": sold, "blind_spans": [], "deals": [], "listings": [listing], "prices": [], "former": former}
    return known(rows, ("main", "amazon:US"), days)


def test_a_renamed_sku_keeps_its_history_and_says_so():
    told = renamed(MONDAY + timedelta(days=30), MONDAY + timedelta(days=29))
    assert told.panel.units.sum() == 60
    assert told.former == ("OLD",)


@pytest.mark.parametrize("gap", [pytest.param(-20, id="both sold for weeks"), pytest.param(90, id="months between")])
def test_two_skus_of_one_item_are_not_always_one(gap):
    told = renamed(MONDAY + timedelta(days=29 + gap), MONDAY + timedelta(days=29))
    assert told.panel.units.sum() == 30
    assert told.former == (None,)
