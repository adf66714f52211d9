"""What a day that emptied the shelf would have sold, told by the days that did not."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.planning.censoring import free
from opswheel.planning.overrun import learn_sizes
from opswheel.planning.panel import panel
from opswheel.planning.season import learn_calendar
from tests.planning.shops import MONDAY, counts, sold_out

DAYS = 40_000


def drawn(kind: str) -> np.ndarray:
    rng = np.random.default_rng(8)
    return {
        "single units": rng.geometric(0.9, DAYS),
        "a few": rng.geometric(0.3, DAYS),
        "dozens": np.ceil(rng.exponential(40, DAYS)),
        "wholesale": np.ceil(rng.lognormal(2.0, 1.2, DAYS)),
    }[kind].astype(float)


@pytest.mark.parametrize(
    ("kind", "off"), [("single units", 0.02), ("a few", 0.02), ("dozens", 0.02), ("wholesale", 0.06)]
)
def test_what_a_sold_out_day_would_have_sold_is_read_from_all_days(kind, off):
    wanted = drawn(kind)
    stock = np.maximum(np.random.default_rng(9).permutation(drawn(kind) * 2), 1)
    sold, cut = np.minimum(wanted, stock), wanted >= stock
    usual = np.full(DAYS, sold.mean())
    mean, square = learn_sizes(sold, cut, usual).at_least(sold[cut], usual[cut])
    assert mean.sum() / wanted[cut].sum() == pytest.approx(1, abs=off)
    assert np.all(square >= mean**2)
    high = sold[cut] >= np.quantile(sold[cut], 0.8)  # large ones too, not only all of them together
    assert mean[high].sum() / wanted[cut][high].sum() == pytest.approx(1, abs=off + 0.02)
    if kind != "wholesale":  # its largest orders are past all that was seen: a little too low, and narrow
        assert square.sum() / (wanted[cut] ** 2).sum() == pytest.approx(1, abs=0.05)
    assert sold[cut].sum() / wanted[cut].sum() <= 0.95


def test_where_every_day_sold_out_some_more_is_expected_and_nothing_without_end():
    sold = np.full(30, 6.0)
    mean, square = learn_sizes(sold, np.ones(30, bool), sold).at_least(sold, sold)
    assert np.all((mean > 9) & (mean < 30))
    assert np.all(square >= mean**2)


def test_wholesale_orders_that_empty_the_shelf_are_not_taken_for_what_was_left_of_it():
    rng = np.random.default_rng(6)
    shape = (400, 336)
    size = rng.geometric(0.3, shape) * np.where(rng.random(shape) < 0.06, 12, 1)
    often = np.repeat([0.15, 0.3, 0.6, 0.6], 100)[:, None]
    units = np.where(rng.random(shape) < often, size, 0).astype(float)
    sold, exposure, cut = sold_out(units, units.mean(axis=1))
    keys, starts = list(range(len(units))), np.zeros(len(units), dtype=int)
    whole = panel(keys, units, first_day=MONDAY, starts=starts)
    shown = panel(keys, sold, first_day=MONDAY, exposure=exposure, cut=cut, starts=starts)
    truth, told = free(whole, learn_calendar(whole)), free(shown, learn_calendar(shown))
    days = (told.usual * told.weight)[cut].sum() / units[cut].sum()
    assert days == pytest.approx(1, abs=0.1)
    assert abs(told.level.sum() / truth.level.sum() - 1) <= 0.05
    assert sold[cut].sum() / units[cut].sum() <= 0.5
    assert sold[:, -168:].mean() / units[:, -168:].mean() - 1 <= -0.3


def test_a_shop_that_sells_out_every_day_is_not_expected_to_sell_without_end():
    units = counts([2.0] * 40, 140)
    cut = np.ones(units.shape, bool)
    told = panel(list(range(40)), units, first_day=MONDAY, cut=cut)
    healthy = panel(list(range(40)), units, first_day=MONDAY)
    found = free(told, learn_calendar(told))
    assert 3 <= found.level.mean() <= 12 * 3  # ten selling days of about three units on top
    assert free(healthy, learn_calendar(healthy)).level.mean() == pytest.approx(2, rel=0.05)
