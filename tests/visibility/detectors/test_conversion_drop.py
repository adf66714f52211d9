"""As many shoppers come as before, far fewer of them buy."""

from __future__ import annotations

import math

import pytest

from ...factory import ago
from ..looking import Looked, look
from .falling import SINCE, the_street


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_street())


def test_visits_that_no_longer_buy_are_told_with_the_share_that_is_missing(looked: Looked) -> None:
    assert looked.fired("nobody buys") == ["conversion_drop"]
    row = looked.signal("conversion_drop", "nobody buys")
    assert (row["onset_day"], row["last_good_day"]) == (ago(SINCE), ago(SINCE + 1))
    assert math.isclose(row["baseline"], 40.0, rel_tol=1e-6)  # 2 % of 2,000 views
    assert math.isclose(row["share_lost"], 1 - 11 / 41, rel_tol=1e-6)
    said = looked.said("conversion_drop", "nobody buys")
    assert said == "As many come, 73% fewer buy: 10 units instead of 40"


@pytest.mark.parametrize(
    "sku", ["visits gone", "no visits told", "a quarter less", "few", "neighbour", "two days only"]
)
def test_stays_quiet_when(looked: Looked, sku: str) -> None:
    assert "conversion_drop" not in looked.fired(sku)


def test_a_higher_price_of_ours_explains_its_part(looked: Looked) -> None:
    """A quarter of the sales at 40.00 instead of 20.00: that is what such a price does."""
    assert looked.saw("conversion_drop", "dearer") is None
