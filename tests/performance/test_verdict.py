"""The four answers: what each needs, and that anything less is said to be unknown."""

from __future__ import annotations

from datetime import date
from math import log

import pytest

from opswheel.performance.rates import Trend
from opswheel.performance.trends import scaling
from opswheel.performance.verdict import judge

MONTHS = [date(2025 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(12)]
SURE = 0.02


def line(change, se=SURE):
    return Trend(log(1 + change), se, 30.0, 12)


def people(slope, catalog=1.5, start=8.0):
    sizes = {m: 10_000 * catalog ** (i / 11) for i, m in enumerate(MONTHS)}
    return scaling({m: start * (s / 10_000) ** slope for m, s in sizes.items()}, sizes)


@pytest.mark.parametrize(
    ("revenue", "repeats", "team", "expected"),
    [
        pytest.param(line(0.2), line(-0.3), people(0.0), "compounding", id="more from each, fewer back, same team"),
        pytest.param(
            line(0.2), line(-0.3), people(0.3), "compounding", id="a team that grows far less than the catalog"
        ),
        pytest.param(line(0.2), line(-0.3), people(0.7), "cannot_tell", id="improved, but the team went along halfway"),
        pytest.param(
            line(0.2), line(-0.3), people(0.0, 1.1), "cannot_tell", id="improved on a catalog that stood still"
        ),
        pytest.param(line(0.2), line(0.0), people(0.0), "cannot_tell", id="more from each, as many back"),
        pytest.param(line(0.2), line(-0.3, 0.3), people(0.0), "cannot_tell", id="fewer back, but not for certain"),
        pytest.param(line(0.0), line(0.0), people(1.0), "stalled", id="the team grows as the catalog does"),
        pytest.param(None, None, people(1.0), "stalled", id="headcount and catalog alone can say stalled"),
        pytest.param(line(0.0), line(0.0), people(1.0, 1.15), "cannot_tell", id="in line on too little of a catalog"),
        pytest.param(line(0.2), line(0.0), people(1.0), "cannot_tell", id="in line, yet each brings clearly more"),
        pytest.param(line(0.0), line(0.0), people(0.7), "cannot_tell", id="neither in line nor without"),
        pytest.param(line(0.01), line(-0.01), people(0.0), "flat", id="nothing moved, the team neither"),
        pytest.param(line(0.01), line(-0.01), people(0.0, 1.0), "flat", id="nothing moved at all"),
        pytest.param(line(0.0, 0.2), line(0.0), people(0.0), "cannot_tell", id="so wide that anything could hide"),
        pytest.param(line(-0.25), line(0.0), people(0.0), "cannot_tell", id="falling is not flat"),
        pytest.param(None, line(0.0), people(0.0), "cannot_tell", id="no revenue"),
        pytest.param(line(0.0), None, people(0.0), "cannot_tell", id="no repeats told"),
        pytest.param(line(0.2), line(-0.3), None, "cannot_tell", id="no headcount"),
    ],
)
def test_the_verdict_is(revenue, repeats, team, expected):
    found = judge(revenue, repeats, team)
    assert found.verdict == expected
    assert found.words.startswith(expected.capitalize().replace("_", " "))


def test_cannot_tell_says_what_is_missing():
    found = judge(None, line(0.0), people(0.0))
    assert "headcount and six months of sales" in found.words
    assert found.as_json()["revenue_per_operator"] is None


def test_the_answer_carries_its_intervals():
    told = judge(line(0.2), line(-0.3), people(0.0)).as_json()
    assert told["revenue_per_operator"]["low"] < 0.2 < told["revenue_per_operator"]["high"]
    assert len(told["points"]) == 12


def test_people_who_closed_something_are_named_where_they_stand_in_for_headcount():
    closers = judge(line(0.2), line(-0.3), people(0.0), people="distinct closers")
    assert closers.verdict == "compounding"
    assert closers.words.endswith("People are those who closed something, which is not headcount.")
    assert closers.as_json()["headcount_source"] == "distinct closers"
    assert "closed something" not in judge(line(0.2), line(-0.3), people(0.0), people="headcount.csv").words


def test_a_merged_catalog_is_the_reason_and_not_missing_headcount():
    found = judge(None, line(0.0), people(0.5), no_revenue="a channel's list jumped in Oct 2026")
    assert found.words == "Cannot tell: a channel's list jumped in Oct 2026."
