"""Far fewer shoppers open a listing's page than before."""

from __future__ import annotations

import json
import math

import pytest

from ...factory import ago
from ..looking import Looked, look
from .falling import SINCE, the_street


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_street())


@pytest.mark.parametrize("sku", ["visits gone", "visits gone, sales not yet"])
def test_visits_that_went_are_told_whether_sales_followed_or_not(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == ["traffic_drop"]
    row = looked.signal("traffic_drop", sku)
    assert (row["onset_day"], row["last_good_day"]) == (ago(SINCE), ago(SINCE + 1))
    assert math.isclose(row["share_lost"], 0.75, rel_tol=0.07)


@pytest.mark.parametrize("sku", ["nobody buys", "no visits told", "a quarter less", "neighbour", "mug 3", "lamp 2"])
def test_stays_quiet_when(looked: Looked, sku: str) -> None:
    assert "traffic_drop" not in looked.fired(sku)


def test_a_category_that_falls_as_a_whole_is_seen_as_season(looked: Looked) -> None:
    assert [looked.saw("traffic_drop", f"lamp {n}") for n in (1, 2)] == [None, None]


def test_the_words_and_the_evidence_name_visits_and_units(looked: Looked) -> None:
    row = looked.signal("traffic_drop", "visits gone")
    told = json.loads(row["evidence"])
    assert (told["views_since"], told["units_since"]) == (500, 10.0)
    assert looked.said("traffic_drop", "visits gone").startswith("Seen 7")
    assert len(looked.said("traffic_drop", "visits gone")) <= 80
