"""Routes nobody keeps to, rules nobody acts on, and decisions held against what came of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opswheel.core.contracts import DECISIONS, ISSUE_EVENTS, ISSUES, OUTCOMES
from opswheel.decisions import judging, prevention, record, reviews, thresholds
from tests.decisions.seen import DROP, NOW
from tests.decisions.test_record import SETTINGS, a_cause, a_cut
from tests.learning.test_what_closes_teach import issue, outcome


def add(ledger, issues=(), closes=(), events=()):
    with ledger.write() as connection:
        for contract, rows in ((ISSUES, issues), (OUTCOMES, closes), (ISSUE_EVENTS, events)):
            if rows:
                connection.execute(contract.sql_table().insert(), list(rows))


def routed(number, first, last, kind="drop"):
    """An issue a route gave to `first` and that ended with `last`."""
    made = issue(number, kind, owner=last, detected_at=NOW - timedelta(days=9))
    base = {"issue_id": number, "at": NOW, "by": "opswheel", "run_id": 1}
    told = json.dumps({"owner": first, "state": "assigned", "route": f"kind {kind}"})
    return made, {**base, "version": 2, "event": "assigned", "payload": told}


def proposed(ledger):
    with ledger.read() as connection:
        return reviews.routes(connection, NOW, {"drop": 20.0}, 30.0)


@pytest.mark.parametrize(
    ("moved", "kept", "found"),
    [
        pytest.param(9, 1, ["drop: tom → ines"], id="nine of ten are handed over"),
        pytest.param(4, 0, [], id="four are too few"),
        pytest.param(6, 6, [], id="half of them is no rule"),
        pytest.param(6, 4, [], id="six of ten may be chance"),
    ],
)
def test_a_route_is_proposed_where_most_of_what_it_gives_ends_with_one_other(ledger, moved, kept, found):
    pairs = [routed(n, "tom", "ines" if n < moved else "tom") for n in range(moved + kept)]
    pairs += [routed(100 + n, "ines", "ines", "listing_suppressed") for n in range(9)]  # a route that holds
    add(ledger, [p[0] for p in pairs], (), [p[1] for p in pairs])
    made = proposed(ledger)
    assert [p["subject"] for p in made] == found
    for one in made:
        assert one["to"] == {"owner": "ines", "kind": "drop", "backup": "tom"}
        assert one["gain_a_year"] == pytest.approx(moved * 10 / 60 * 30 * 365 / 28, rel=1e-5)


def test_who_is_quicker_is_told_with_the_kinds_own_minutes_taken_out(ledger):
    pairs = [routed(n, "tom", "ines") for n in range(9)]
    closes = [outcome(n, kind="drop", by="ines", minutes=10.0, minutes_source="typed") for n in range(9)]
    add(ledger, [p[0] for p in pairs], closes, [p[1] for p in pairs])
    (one,) = proposed(ledger)
    pace = one["backtest"]["minutes_against_expected"]
    assert pace == {"now": None, "then": {"ratio": pytest.approx((3 + 9 * 0.5) / 12), "n": 9}}


@pytest.mark.parametrize(
    ("n", "touched", "false", "found"),
    [
        pytest.param(40, 0, 0, "0 of 40 issues were acted on", id="nobody acts on it"),
        pytest.param(40, 38, 37, "37 of 38 that were looked at were false alarms", id="mostly wrong"),
        pytest.param(40, 20, 4, None, id="half acted on, some wrong"),
        pytest.param(10, 0, 0, None, id="ten say nothing"),
    ],
)
def test_a_rule_to_mend_or_retire_is_one_nobody_acts_on_or_that_is_mostly_wrong(ledger, n, touched, false, found):
    rows = [issue(k, "drop", detected_at=NOW - timedelta(days=12), touched=k < touched) for k in range(n)]
    closes = [outcome(k, "false_alarm", kind="drop", reason="cut_too_tight") for k in range(false)]
    add(ledger, rows, closes)
    with ledger.read() as connection:
        told = reviews.rules(connection, NOW, ["drop"])
        assert reviews.rules(connection, NOW, []) == []  # a rule that is gone needs no review
    assert [r["why"][: len(found or "")] for r in told] == ([found] if found else [])


def test_a_decision_is_judged_after_90_and_after_180_days_and_a_rolled_back_one_is_not(ledger):
    """Before: 20 of 40 were false. After: 2 of 40."""
    begin = NOW - timedelta(days=95)
    with ledger.write() as connection:
        thresholds.seed(connection, [DROP])
        record.put(connection, "threshold", [a_cut(), a_cut(subject="drop@tier=1")], as_of=begin)
        kept = record.accept(connection, 1, SETTINGS, by="ines", at=begin, why="it pays")
        other = record.reject(connection, 2, by="ines", at=begin, why="no")
    rows, closes = [], []
    for k in range(80):
        when = begin + timedelta(days=(k % 40) / 2, hours=6 if k >= 40 else -24 * 21)
        rows.append(issue(k, "drop", detected_at=when))
        wrong = k < 20 or k in (40, 41)
        closes.append(outcome(k, "false_alarm" if wrong else "fixed", kind="drop", at=when + timedelta(days=1)))
    add(ledger, rows, closes)
    with ledger.write() as connection:
        assert judging.judge_due(connection, begin + timedelta(days=89)) == []
        (told,) = judging.judge_due(connection, NOW)
        assert judging.judge_due(connection, NOW + timedelta(days=1)) == []  # once
        later = judging.judge_due(connection, begin + timedelta(days=181))
        record.rollback(connection, kept, by="ines", at=NOW, why="changed our mind")
        found = {
            r.id: (r.judged_90_at, r.measured is not None) for r in connection.execute(DECISIONS.sql_table().select())
        }
    assert (told["id"], told["days"]) == (kept, 90)
    assert (told["measured"]["verdict"], told["measured"]["label"]) == ("fewer_false", "observational")
    assert told["measured"]["before"]["false"] == 20 and told["measured"]["after"]["false"] == 2
    assert [r["days"] for r in later] == [180]
    assert found[kept] == (NOW, True) and found[other] == (None, False)


def test_a_removed_cause_is_measured_on_closes_of_its_group_and_of_causes_nobody_touched(ledger):
    done = NOW - timedelta(days=40)
    made = a_cause()
    with ledger.write() as connection:
        record.put(connection, "prevention", [made], as_of=done)
        number = record.accept(connection, 1, SETTINGS, by="ines", at=done, why="it pays")
        assert prevention.measure(connection, prevention.planned(connection)[0], NOW)["verdict"] == "cannot_tell"
        prevention.done(connection, number, at=done)
    rows, closes = [], []

    def came(number_, days, cause, brand="Kiln"):
        rows.append(issue(number_, "drop", brand=brand, detected_at=done + timedelta(days=days)))
        more = {"kind": "drop", "root_cause": cause, "lost_to_date": 50.0, "minutes": 30.0}
        closes.append(outcome(number_, at=done + timedelta(days=days + 1), **more))

    for k in range(12):
        came(k, -5 * k - 1, "image")
        came(100 + k, -5 * k - 1, "data_missing")
        came(200 + k, 3 * k, "data_missing")
        came(300 + k, 3 * k, "image", brand="Other")  # another brand's goes on
    add(ledger, rows, closes)
    with ledger.read() as connection:
        told = prevention.measure(connection, prevention.planned(connection)[0], NOW)
    assert told["verdict"] == "fell" and told["why"].startswith("12 in 60 days before, 0 in 40 after")
    assert told["dollars_saved_a_year"]["mean"] > 12 * 6 * 50
