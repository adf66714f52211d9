"""Operators find out the truth by working, say it with the product's actions, and do no more than time allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opswheel.simulation import team as acts
from opswheel.simulation.plan import Cause
from opswheel.simulation.play import moment
from opswheel.simulation.policies import find_policy
from opswheel.simulation.team import Done, Team

from .small import market, put, stocked

BEST = 3


class Said:
    """Stands for the ledger: keeps what operators say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.closes: list[tuple[int, str, str | None, str | None, float]] = []
        monkeypatch.setattr(acts, "close", self._close)
        monkeypatch.setattr(acts, "_claim", lambda *_: None)

    def _close(self, _connection: Any, issue: int, said: Any, _by: str, _at: Any) -> None:
        self.closes.append((issue, said.resolution, said.root_cause, said.why, said.minutes))


def _row(made: Any, number: int, listing: int, kind: str, **more: Any) -> dict[str, Any]:
    base = {
        "issue_id": number,
        "rank": number,
        "lane": "queue",
        "kind": kind,
        "sku": made.catalog.sku[listing],
        "subject_key": f"main|amazon:US|{made.catalog.sku[listing]}",
        "inhibited_by": None,
        "state": "new",
        "owner": None,
        "run_id": 1,
        "tier": 1,
        "lost_to_date": 40.0,
        "bundle_avoidable": 100.0,
        "detected_at": moment(made),
    }
    return base | more


def _work(made: Any, rows: list[dict[str, Any]], rule: str = "revenue_at_risk", hours: float = 8.0) -> Done:
    return Team(made, find_policy(rule), operators=1, hours=hours).work(None, rows, moment(made))


@pytest.mark.parametrize(
    ("kind", "seen_as", "resolution", "why"),
    [
        ("suppressed", "listing_suppressed", "fixed", None),
        ("ghost_row", "search_suppressed", "false_alarm", "data_wrong"),
        ("clearance", "price_too_low", "false_alarm", "expected"),
        ("closed_on_purpose", "listing_inactive", "not_meant_to_sell", None),
        (None, "search_suppressed", "false_alarm", "fixed_already"),
    ],
)
def test_a_close_says_what_was_true(monkeypatch, kind, seen_as, resolution, why):
    made, said = market(), Said(monkeypatch)
    stocked(made)
    if kind:
        put(made, kind, BEST)
    made.begin()
    done = _work(made, [_row(made, 1, BEST, seen_as)])
    assert [(i, r, w) for i, r, _, w, _ in said.closes] == [(1, resolution, why)]
    assert (done.fixed, done.false_alarms) == ((1, 0) if resolution == "fixed" else (0, 1))


def test_a_day_has_so_many_hours_and_what_runs_over_is_owed_tomorrow(monkeypatch):
    made, said = market(), Said(monkeypatch)
    stocked(made)
    for n in range(10):
        put(made, "suppressed", n)
    made.begin()
    made.plan.event[:] = np.arange(len(made.plan))
    rows = [_row(made, n + 1, n, "listing_suppressed") for n in range(10)]
    one = Team(made, find_policy("revenue_at_risk"), operators=1, hours=1.0)
    first = one.work(None, rows, moment(made))
    assert 60 <= first.minutes < 60 + 45
    worked = len(said.closes)
    assert 0 < worked < 10
    second = one.work(None, rows[worked:], moment(made))
    assert second.minutes <= 60 - (first.minutes - 60) + 45


def test_whoever_mends_one_of_a_burst_mends_the_others_at_a_tenth(monkeypatch):
    made, said = market(), Said(monkeypatch)
    stocked(made)
    for n in range(5):
        put(made, "mispriced", n, share=0.0)
    made.begin()
    _work(made, [_row(made, n + 1, n, "price_too_low") for n in range(5)])
    assert sorted(i for i, *_ in said.closes) == [1, 2, 3, 4, 5]
    minutes = {i: m for i, *_, m in said.closes}
    assert [minutes[i] for i in (2, 3, 4, 5)] == pytest.approx([minutes[1] / 10] * 4, abs=0.1)


def test_nobody_works_means_nothing_is_touched(monkeypatch):
    made, said = market(), Said(monkeypatch)
    put(made, "suppressed", BEST)
    made.begin()
    done = _work(made, [_row(made, 1, BEST, "listing_suppressed")], "nobody_works")
    assert (done.minutes, said.closes) == (0.0, [])


def test_the_clairvoyant_takes_the_true_loss_first_whatever_the_queue_says(monkeypatch):
    made, said = market(), Said(monkeypatch)
    stocked(made)
    value = made.catalog.rate * made.catalog.dollars(made.catalog.price_minor)
    dear, cheap = int(np.argmax(value)), int(np.argmin(value))
    for listing in (dear, cheap):
        put(made, "suppressed", listing)
    made.begin()
    made.plan.event[:] = np.arange(len(made.plan))
    rows = [_row(made, 1, cheap, "listing_suppressed"), _row(made, 2, dear, "listing_suppressed")]
    _work(made, rows, "clairvoyant")
    assert [i for i, *_ in said.closes] == [2, 1]


@pytest.mark.parametrize(("rule", "removed"), [("value_per_hour_learning", True), ("value_per_hour", False)])
def test_a_cause_seen_three_times_is_removed_by_a_team_that_learns(monkeypatch, rule, removed):
    made = market()
    Said(monkeypatch)
    stocked(made)
    made.plan.causes.append(Cause("hidden", "data_missing", np.array([0, 1, 2])))
    number = len(made.plan.causes) - 1
    for n in range(3):
        put(made, "hidden", n)
    made.plan.cause[:] = number
    made.plan.event[:] = np.arange(len(made.plan))
    made.begin()
    team = Team(made, find_policy(rule), operators=1, hours=8.0)
    rows = [_row(made, n + 1, n, "search_suppressed", lost_to_date=2_000.0) for n in range(3)]
    team.work(None, rows, moment(made))
    second = team.work(None, [], moment(made))
    assert second.prevented == int(removed)
    assert (number in made.prevented) is removed
    assert second.prevention_cost == (made.world.causes.prevention_cost if removed else 0.0)


def test_two_operators_get_twice_as_much_done(monkeypatch):
    fixed = []
    for operators in (1, 2):
        made = market(40)
        Said(monkeypatch)
        stocked(made)
        for n in range(40):
            put(made, "suppressed", n)
        made.begin()
        made.plan.event[:] = np.arange(len(made.plan))
        rows = [_row(made, n + 1, n, "listing_suppressed") for n in range(40)]
        team = Team(made, find_policy("revenue_at_risk"), operators=operators, hours=4.0)
        fixed.append(team.work(None, rows, moment(made)).fixed)
    assert fixed[1] == pytest.approx(2 * fixed[0], rel=0.35)


def test_going_from_one_kind_of_work_to_another_costs_minutes(monkeypatch):
    minutes = []
    for kinds in (("hidden", "hidden"), ("hidden", "suppressed")):
        made = market()
        Said(monkeypatch)
        stocked(made)
        for n, kind in enumerate(kinds):
            put(made, kind, n)
        made.begin()
        made.plan.event[:] = np.arange(len(made.plan))
        seen_as = {"hidden": "search_suppressed", "suppressed": "listing_suppressed"}
        team = Team(made, find_policy("revenue_at_risk"), operators=1, hours=8.0)
        team._skill = [{}]
        rows = [_row(made, n + 1, n, seen_as[kind]) for n, kind in enumerate(kinds)]
        minutes.append(team.work(None, rows, moment(made)).minutes)
    assert minutes[1] - minutes[0] == pytest.approx(made.world.team.switch_minutes)
