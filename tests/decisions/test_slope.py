"""A floor that is eased for a strong sign: what it catches, when it is proposed, and how a person sets it."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.core.settings.decisions import DecisionSettings
from opswheel.core.threshold import SLOPE, Threshold
from opswheel.decisions import cuts, record, thresholds
from opswheel.decisions.evaluate import BEFORE, NOW, Verdict, best
from tests.decisions.seen import DROP, backtested, known, said, saw, versions
from tests.decisions.seen import NOW as MORNING
from tests.decisions.test_record import cuts as in_force
from tests.decisions.test_record import do

QUIET = DecisionSettings(aim="quiet")
TWO_LINES = DROP.thresholds


@pytest.fixture(autouse=True)
def sloped(monkeypatch):
    monkeypatch.setattr(type(DROP), "thresholds", (*TWO_LINES, SLOPE))


def test_a_weak_sign_must_be_dear_and_a_strong_one_may_be_cheap(tmp_path):
    """Line 0.10, floor 4.00, slope 1: 8.00 at 10 points, 4.00 at 20, 2.00 at 40, and never less than 0.80."""
    seen = {"weak and dear": (0.10, 8.0), "weak": (0.10, 7.9), "middling": (0.20, 4.0), "strong": (0.40, 2.0)}
    seen |= {"strong and cheap": (0.40, 1.9), "too weak": (0.09, 900.0), "at once": (5.0, 0.8), "nothing": (5.0, 0.7)}
    rows = [row for sku, (drop, loss) in seen.items() for row in saw(sku, 40, 3, drop, loss)]
    engine, found = backtested(rows, [], lake=tmp_path)
    assert found[0].slopes() == {0: 0.0, 1: 1.0, 2: 2.0}
    caught = {c["sku"] for c in engine._connection.table("catches").to_arrow_table().to_pylist() if at(c) == (5, 5, 1)}
    assert caught == {"weak and dear", "middling", "strong", "at once"}
    flat = {c["sku"] for c in engine._connection.table("catches").to_arrow_table().to_pylist() if at(c) == NOW}
    assert flat == {"weak and dear", "weak", "middling"}


def at(row):
    return row["i"], row["j"], row["k"]


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        pytest.param(0.5, {-1: 0.0, 0: 0.5, 1: 1.0, 2: 2.0}, id="a slope a person set stays a candidate"),
        pytest.param(4.0, {-2: 2.0, -1: 3.0, 0: 4.0}, id="the steepest"),
    ],
)
def test_a_slope_moves_two_of_its_steps_at_most(now, steps):
    (segment,) = cuts.segments([DROP], versions(slope=now), 1.0)[0]
    assert segment.slopes() == steps
    assert {k for *_, k in cuts.pairs([segment], DecisionSettings())["drop"]} == set(steps)


def shop(*, n: int = 300, weeks: int = 20):
    """Falls of 10 to 40 points at 4 to 16 dollars a day; real are the strong for their loss."""
    rng = random.Random(5)
    rows, labels = [], []
    for k in range(n):
        first = weeks * 7 - 1 - int(k * (weeks * 7 - 6) / n)
        drop, loss = 0.1 * 4 ** rng.random(), 3.0 * 5 ** rng.random()
        real = rng.random() < (0.95 if drop * loss >= 1.1 else 0.05)
        rows += saw(f"S{k}", first, 4, drop, loss)
        labels.append(said(f"S{k}", first, float(real), by=("ines", "tom")[k % 2], weekday=k % 5))
    return rows, labels


def proposed(lake, rows, labels, **more):
    settings = more.pop("settings", QUIET)
    engine, found = backtested(rows, labels, lake=lake, settings=settings)
    return cuts.propose(engine, found, replace(known(**more), settings=settings), 20.0)[0]


def test_a_lead_who_wants_quiet_gets_fewer_false_alarms_per_real_one_and_misses_no_more(tmp_path):
    one = proposed(tmp_path, *shop())
    before, after = one["backtest"]["before"], one["backtest"]["after"]
    assert (one["status"], one["from"]["cuts"]["slope"]) == ("open", 0.0)
    assert one["to"]["cuts"]["slope"] > 0.0 and "slope 0 → " in one["why"]
    assert after["dollars_missed_a_week"]["mean"] <= before["dollars_missed_a_week"]["mean"]

    def noise(side):
        false, alarms = side["false_alarms_a_week"]["mean"], side["alerts_a_week"]["mean"]
        return false / (alarms - false)

    assert noise(after) < 0.7 * noise(before)
    assert one["why"].endswith(f"fewer false alarms per real one {one['backtest']['chance_of_gain']:.0%} likely.")
    drawn = one["backtest"]["picture"]
    net = sum(drawn["besides"].values()) - sum(drawn["silent"].values())
    assert net / 20 == pytest.approx(one["backtest"]["change"]["alerts_a_week"]["mean"], abs=0.5)
    assert drawn["silent"]["false"] > drawn["silent"]["real"]


def test_where_every_alarm_is_right_quiet_changes_nothing(tmp_path):
    rows, labels = shop()
    one = proposed(tmp_path, rows, [{**label, "label": 1.0} for label in labels])
    assert (one["status"], one["to"]) == ("refused", {"cuts": one["from"]["cuts"]})
    assert "fewer false alarms per real one" in one["why"]


def verdict(at, *, missed, false):
    n = np.ones(10)
    return Verdict(at, net=n, alerts=n * (10 + false), real=n * 10, caught=n, missed=n * missed, minutes=n)


def test_what_one_step_saved_the_next_may_spend_up_to_the_cut_of_a_quarter_ago():
    near, far = (6, 5, 0), (7, 5, 0)
    found = {NOW: verdict(NOW, missed=10, false=5), near: verdict(near, missed=15, false=3)}
    found[far] = verdict(far, missed=21, false=1)
    assert best(found, list(found), 99.0, aim="quiet")[0].at == NOW
    found[BEFORE] = verdict(BEFORE, missed=20, false=9)
    assert best(found, [NOW, near, far], 99.0, aim="quiet")[0].at == near
    found[BEFORE] = verdict(BEFORE, missed=5, false=9)  # a looser cut of long ago binds nobody
    assert best(found, [NOW, near, far], 99.0, aim="quiet")[0].at == NOW


def test_the_cut_of_a_quarter_ago_is_tried_beside_the_candidates_and_never_proposed(tmp_path):
    was = versions(min_drop=0.30, slope=1.0)
    engine, found = backtested(saw("A", 20, 3, 0.30, 8.0 / 3), [], lake=tmp_path, before=was)
    assert found[0].before == {"min_drop": 0.30, "min_loss": 4.0, "slope": 1.0}
    assert BEFORE not in cuts.pairs(found, QUIET)["drop"]
    assert not [c for c in engine._connection.table("catches").to_arrow_table().to_pylist() if at(c) == BEFORE]
    (tmp_path / "b").mkdir()
    engine, _ = backtested(saw("A", 20, 3, 0.60, 4.0), [], lake=tmp_path / "b", before=was)
    assert [c for c in engine._connection.table("catches").to_arrow_table().to_pylist() if at(c) == BEFORE]


def test_a_person_sets_a_slope_within_its_steps_and_past_mornings_keep_theirs(ledger):
    with ledger.write() as connection:
        type(DROP).thresholds = TWO_LINES  # a ledger of before there were slopes
        thresholds.seed(connection, [DROP])
        type(DROP).thresholds = (*TWO_LINES, SLOPE)
        thresholds.seed(connection, [DROP])
    number = do(ledger, record.set_cut, "drop.slope:1", 2.0, DecisionSettings(), own=0.0)
    assert in_force(ledger, MORNING)["slope"] == (0.0, "default")
    assert in_force(ledger, MORNING.replace(year=2027))["slope"] == (2.0, f"decision {number}")
    with pytest.raises(WrongUse, match=r"slope 4\.5 lies outside 0 to 4"):
        do(ledger, record.set_cut, "drop.slope:2", 4.5, DecisionSettings(), own=0.0)
    do(ledger, record.rollback, number, at=MORNING.replace(year=2027))
    assert in_force(ledger, MORNING.replace(year=2028))["slope"][0] == 0.0


def test_a_cut_is_moved_under_its_own_name_whatever_the_order_of_a_rules_lines(ledger, monkeypatch):
    floor = Threshold("a_floor", 4.0, "US dollars", "at or above", "loss_per_day", "four dollars", money=True)
    monkeypatch.setattr(type(DROP), "thresholds", (TWO_LINES[0], floor, SLOPE))
    with ledger.write() as connection:
        thresholds.seed(connection, [DROP])
        (segment,) = cuts.segments([DROP], thresholds.in_force(connection, MORNING), 1.0)[0]
        made = cuts._proposal(segment, verdict((6, 5, 1), missed=1, false=1), 1.0, told(), known(), None)
        (number,) = record.put(connection, "threshold", [made], as_of=MORNING)
    do(ledger, record.accept, number, DecisionSettings())
    now = {name: value for name, (value, _) in in_force(ledger, MORNING.replace(year=2027)).items()}
    assert now == {"min_drop": 0.122, "a_floor": 4.0, "slope": 1.0}


def told():
    names = ("alerts_a_week", "false_alarms_a_week", "dollars_missed_a_week")
    side = {name: {"mean": 1.0} for name in names}
    return {"before": side, "after": side, "weeks": 20.0, "chance_of_gain": 0.9}
