"""What the wheel dares to propose about cut lines, and when it refuses and says why."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from opswheel.core.settings.decisions import DecisionSettings
from opswheel.decisions import cuts, guards
from opswheel.decisions.chance import fit
from opswheel.decisions.evaluate import NOW, Worth, best, judge
from tests.decisions.seen import backtested, known, said, saw, versions


def shop(*, wrong_below: float, seed: int = 1, n: int = 240, weeks: int = 20):
    """Falls of 10 to 40 points; those below `wrong_below` are nearly all false, the stronger ones real.

    Each is seen for four days at a loss that tells nothing; people label what they see, which is everything.
    """
    rng = random.Random(seed)
    rows, labels = [], []
    for k in range(n):
        first = weeks * 7 - 1 - int(k * (weeks * 7 - 6) / n)
        drop = rng.uniform(0.10, 0.40)
        real = rng.random() < (0.03 if drop < wrong_below else 0.95)
        rows += saw(f"S{k}", first, 4, drop, rng.uniform(4.5, 8.0))
        labels.append(said(f"S{k}", first, float(real), by=("ines", "tom")[k % 2], weekday=k % 5))
    return rows, labels


def proposed(tmp_path, rows, labels, **more):
    engine, found = backtested(rows, labels, lake=tmp_path, **{k: v for k, v in more.items() if k == "settings"})
    return cuts.propose(engine, found, known(**more), 20.0)


def test_a_cut_too_loose_is_proposed_tighter_within_one_step_and_says_what_it_brings(tmp_path):
    (one,) = proposed(tmp_path, *shop(wrong_below=0.2))
    assert one["status"] == "open"
    now, to = one["from"]["cuts"], one["to"]["cuts"]
    assert to["min_drop"] > now["min_drop"] or to["min_loss"] > now["min_loss"]
    assert all(now[k] / 1.51 <= to[k] <= now[k] * 1.51 for k in now)
    before, after = one["backtest"]["before"], one["backtest"]["after"]
    assert after["false_alarms_a_week"]["mean"] < 0.75 * before["false_alarms_a_week"]["mean"]
    assert after["dollars_missed_a_week"]["mean"] < 0.05 * before["dollars_caught_a_week"]["mean"]
    assert before["net_a_week"]["p10"] < before["net_a_week"]["mean"] < before["net_a_week"]["p90"]
    assert one["gain_a_year"] > 0 and one["backtest"]["labels"] == 240
    assert one["why"].count("→") >= 3 and "a year" in one["why"]


def test_the_same_observations_give_the_same_proposal(tmp_path):
    rows, labels = shop(wrong_below=0.2)
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert proposed(tmp_path / "a", rows, labels) == proposed(tmp_path / "b", list(reversed(rows)), labels)


def test_where_every_alarm_is_right_the_cut_stays(tmp_path):
    (one,) = proposed(tmp_path, *shop(wrong_below=0.0))
    assert one["status"] == "refused" or one["to"]["cuts"]["min_drop"] <= 0.10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda ls: ls[:5], "only 5 closes", id="five labels"),
        pytest.param(
            lambda ls: [{**one, "label": 0.0} if one["weekday"] == 4 else {**one, "label": 1.0} for one in ls],
            "on Fridays 100% were closed as false alarms",
            id="everything a false alarm on Friday",
        ),
        pytest.param(
            lambda ls: [{**one, "label": 0.0 if one["by"] == "tom" else one["label"]} for one in ls],
            "tom closes 100% as false alarms",
            id="one operator's bias",
        ),
    ],
)
def test_labels_that_cannot_be_believed_move_no_cut(tmp_path, change, reason):
    rows, labels = shop(wrong_below=0.15)
    (one,) = proposed(tmp_path, rows, change(labels))
    assert (one["status"], one["to"]) == ("refused", {"cuts": one["from"]["cuts"]})
    assert reason in one["why"]


def test_after_a_change_of_the_marketplace_nothing_is_proposed(tmp_path):
    rows, labels = shop(wrong_below=0.2)
    for k in range(150):  # for three weeks, five times as much is seen
        rows += saw(f"N{k}", 3 + k % 18, 2, 0.3, 20.0)
    (one,) = proposed(tmp_path, rows, labels)
    assert one["status"] == "refused"
    assert "times as much was seen" in one["why"]


def test_another_strength_than_before_is_drift_and_the_same_is_none():
    before = [{"week": w, "pi": p, "n": 10} for w in range(4, 12) for p in range(4, 9)]
    same = [{"week": w, "pi": p, "n": 10} for w in range(4) for p in range(4, 9)]
    weak = [{"week": w, "pi": 4, "n": 50} for w in range(4)]
    assert guards.drifted(before + same) is None
    assert "of another strength" in str(guards.drifted(before + weak))
    assert guards.drifted(same) is None  # with nothing before there is nothing to compare


def test_three_weeks_of_stored_observations_are_too_few(tmp_path):
    rows, labels = shop(wrong_below=0.2, weeks=20)
    engine, found = backtested(rows, labels, lake=tmp_path)
    (one,) = cuts.propose(engine, found, known(), 3.0)
    assert one["why"] == "observations of 3.0 weeks are stored; 4 are needed"


def test_a_team_without_time_is_not_sent_more_alarms(tmp_path):
    """Everything is real and dear: looser would be worth it, but only for a team that has the minutes."""
    rng = random.Random(3)
    rows, labels = [], []
    for k in range(200):
        first = 139 - int(k * 0.66)
        drop = rng.choice([0.07, 0.08, 0.15, 0.2])
        rows += saw(f"S{k}", first, 4, drop, 60.0)
        labels += [said(f"S{k}", first, 1.0, by=("ines", "tom")[k % 2], weekday=k % 5)]
    (free,) = proposed(tmp_path, rows, labels)
    assert free["status"] == "open" and free["to"]["cuts"]["min_drop"] < 0.10
    busy = tmp_path / "busy"
    busy.mkdir()
    (one,) = proposed(busy, rows, labels, spare={"drop": 0.0})
    assert one["status"] == "refused"


def test_net_is_margin_caught_less_wages_less_margin_missed():
    """Ten episodes of 100, all real; the cut catches six whole: 0.25 x 600 - 6 x 20 x 0.5 - 0.25 x 400 = -10."""
    cells = [
        {"segment": "drop", "i": -1, "j": -1, "k": 0, "pi": 5, "pj": 5, "label": 1, "n": 10, "dollars": 1000.0},
        {"segment": "drop", "i": 5, "j": 5, "k": 0, "pi": 5, "pj": 5, "label": 1, "n": 6, "dollars": 600.0},
    ]
    found = judge(cells, [NOW], fit([]), Worth(0.25, 20.0, 0.5, 1.0), 1)
    told = found[NOW].told()
    assert told["net_a_week"]["mean"] == pytest.approx(-10, abs=1.5)  # 400 draws of how many a week brings
    assert told["alerts_a_week"]["mean"] == pytest.approx(6, rel=0.06)
    assert told["false_alarms_a_week"]["mean"] == pytest.approx(0, abs=1e-9)
    assert best(found, [NOW], 0.0) is not None  # what the team does already it has time for


def test_more_right_answers_raise_and_more_wrong_lower_the_chance_that_an_alarm_is_right():
    import numpy as np

    rng = np.random.default_rng(1)

    def at_cut(labels):
        return float(fit(labels).draws(500, rng)[:, 5, 5].mean())

    none, right, wrong = at_cut([]), at_cut([(5, 5, 1.0)] * 30), at_cut([(5, 5, 0.0)] * 30)
    assert wrong < 0.25 < none < right
    assert none == pytest.approx(0.77, abs=0.04)  # 4 : 1, a little less for being unsure
    weak = fit([(5, 5, 0.0)] * 40 + [(9, 5, 1.0)] * 40).draws(500, rng).mean(axis=0)
    assert weak[5, 5] < 0.3 < 0.8 < weak[9, 5]


def test_floor_and_ceiling_hold_even_where_the_back_test_would_go_on(tmp_path):
    rows, labels = shop(wrong_below=0.2)
    settings = replace_settings(highest=1.2)
    engine, found = backtested(rows, labels, lake=tmp_path, settings=settings)
    (one,) = cuts.propose(engine, found, replace(known(), settings=settings), 20.0)
    assert one["to"]["cuts"]["min_drop"] <= 0.12 and one["to"]["cuts"]["min_loss"] <= 4.8


def replace_settings(**more):
    return DecisionSettings(**more)


def test_a_detector_with_three_cut_lines_is_left_alone_with_its_reason():
    from opswheel.core.threshold import Threshold
    from tests.decisions.seen import DROP

    three = (*DROP.thresholds, Threshold("more", 1.0, "", "at or above", "baseline", "words"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(DROP), "thresholds", three)
        assert cuts.segments([DROP], versions(), 1.0) == (
            [],
            [("drop", "it has 3 cut lines; two are looked at together")],
        )
