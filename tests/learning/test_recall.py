"""Falls no issue explains: found where sales really went, silent where season, price, stock or an issue says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from opswheel.core.contracts import ISSUES, OUTCOMES
from opswheel.core.errors import NotFound, WrongUse
from opswheel.learning import labels, recall
from opswheel.learning.recall import TEST_WEEKS, USUAL_WEEKS, Panel
from tests.learning.test_what_closes_teach import issue, outcome

WEEKS = TEST_WEEKS + USUAL_WEEKS
NEWEST = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 16)


def panel(change=None, n=60, usual=40.0, seed=1):
    """Sixty listings of one category that sell about 40 a week; `change` edits (units, clean)."""
    rng = np.random.default_rng(seed)
    units = rng.poisson(usual, (n, WEEKS)).astype(float)
    clean = np.ones((n, WEEKS), bool)
    if change:
        change(units, clean)
    keys = [("main", "amazon:US", f"S{k:02d}") for k in range(n)]
    return Panel(keys, np.zeros(n, int), units, clean, np.full(n, 10.0), {("main", "amazon:US"): NEWEST})


def fell(units, _clean):
    units[7, :3] = 12.0


def test_a_listing_that_lost_most_of_its_sales_for_three_weeks_is_found_with_its_dollars():
    (one,) = recall.audit(panel(fell), {("main", "amazon:US", "S07"): "featured_offer_lost"})
    assert (one["sku"], one["seen_by"]) == ("S07", "featured_offer_lost")
    assert one["lost"] == pytest.approx(3 * (40 - 12) * 10, rel=0.15)
    assert (one["from_day"], one["to_day"]) == (NEWEST - timedelta(days=20), NEWEST)
    assert one["lost_p10"] < one["lost"] < one["lost_p90"]
    assert recall.per_rule([one]) == [{"kind": "featured_offer_lost", "listings": 1, "lost": one["lost"]}]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(None, id="nothing happened"),
        pytest.param(lambda u, _: u.__setitem__((slice(None), slice(0, 3)), np.floor(u[:, :3] * 0.4)), id="the season"),
        pytest.param(lambda u, c: (fell(u, c), c.__setitem__((7, slice(0, 3)), False)), id="an issue explains it"),
        pytest.param(lambda u, _: u.__setitem__((7, slice(0, 3)), 34.0), id="too small a fall"),
        pytest.param(lambda u, _: u.__setitem__((7, slice(6, 9)), 12.0), id="long ago"),
    ],
)
def test_no_fall_is_called_missed_where_something_else_says_why(change):
    assert recall.audit(panel(change), {}) == []


def test_a_listing_nobody_knows_the_usual_of_is_not_judged():
    def new(units, clean):
        fell(units, clean)
        clean[7, TEST_WEEKS + 3 :] = False  # three clean weeks are no usual

    assert recall.audit(panel(new), {}) == []


def test_the_weeks_around_an_explained_one_still_speak():
    def around(units, clean):
        units[7, :4] = 10.0
        clean[7, 1] = False

    (one,) = recall.audit(panel(around), {})
    assert one["units"] == 30.0


@pytest.mark.parametrize(
    ("resolution", "reason", "supported", "said"),
    [
        ("fixed", None, True, "right"),
        ("accepted_risk", None, True, "right"),
        ("false_alarm", "cut_too_tight", True, "wrong"),
        ("false_alarm", "fixed_already", True, "cannot_tell"),
        ("false_alarm", "cut_too_tight", False, "cannot_tell"),
        ("fixed", None, False, "cannot_tell"),
        ("duplicate", None, True, "cannot_tell"),
        ("self_healed", None, True, "cannot_tell"),
    ],
    ids=lambda v: str(v),
)
def test_what_a_close_says_of_its_alarm(resolution, reason, supported, said):
    assert labels.verdict(resolution, reason, supported=supported) == said


def below(n):
    names = {"kind": "drop", "account": "main", "channel": "amazon:US", "loss": 3.0}
    return [{**names, "subject_key": f"main|amazon:US|S{k}", "sku": f"S{k}"} for k in range(n)]


def test_a_small_share_below_the_cuts_is_put_up_for_a_look_never_more_than_the_team_has_time_for():
    chosen = labels.choose(below(500), 0.02, 9000.0, "2026-11-22")
    assert len(chosen) == 11
    assert chosen == labels.choose(reversed(below(500)), 0.02, 9000.0, "2026-11-22")
    assert chosen != labels.choose(below(500), 0.02, 9000.0, "2026-11-29")
    assert len(labels.choose(below(500), 0.02, 1800.0, "w")) == 3  # 2 % of thirty hours is 36 minutes
    assert labels.choose(below(500), 0.0, 9000.0, "w") == []


def test_an_answer_to_a_look_counts_like_a_close_and_only_once(ledger):
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(1)])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1)])
        assert labels.put_up(connection, below(2), seen_at=NOW) == 2
        labels.answer(connection, "drop", "main|amazon:US|S0", "wrong", by="tom", at=NOW)
        with pytest.raises(NotFound):
            labels.answer(connection, "drop", "main|amazon:US|S0", "right", by="tom", at=NOW)
        with pytest.raises(WrongUse):
            labels.answer(connection, "drop", "main|amazon:US|S1", "maybe", by="tom", at=NOW)
        told = {(r["kind"], r["label"], r["by"]) for r in labels.worked(connection, NOW, NOW - timedelta(days=90))}
        assert told == {("listing_suppressed", 1.0, "ines"), ("drop", 0.0, "tom")}
        labels.put_up(connection, below(1), seen_at=NOW + timedelta(days=7))
        waiting = [r["seen_at"] for r in labels.waiting(connection)]
    assert waiting == [NOW + timedelta(days=7)]  # last week's unanswered question was taken back
