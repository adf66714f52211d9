"""What other cut lines would have caught: hand-worked on a few stored observations."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.decisions import backtest, cuts
from opswheel.decisions.evaluate import NOW as HERE
from tests.decisions.seen import DROP, backtested, known, said, saw, versions


@pytest.fixture
def small(tmp_path):
    """A: strong, healed by itself after 10 days. B: weak on the first axis only. C: strong from its third day. D: A's
    twin abroad, still going on. E: the same listing as A again, a month later."""
    rows = [
        *saw("A", 100, 10, 0.30, 20.0),
        *saw("B", 100, 5, 0.09, 20.0),
        *saw("C", 100, 2, 0.08, 10.0),
        *saw("C", 98, 8, 0.20, 10.0),
        *[{**r, "channel": "amazon:CA"} for r in saw("A", 3, 4, 0.30, 6.0)],
        *saw("A", 60, 2, 0.30, 20.0),
    ]
    labels = [said("A", 99, 1.0, fixed=False), said("B", 99, None)]
    return backtested(rows, labels, lake=tmp_path)


def caught(engine, at):
    """(episodes, dollars) a candidate cut catches."""
    rows = [r for r in backtest.cells(engine).to_pylist() if (r["i"], r["j"], r["k"]) == (*at, 0)[:3]]
    return sum(r["n"] for r in rows), pytest.approx(sum(r["dollars"] for r in rows))


def test_an_episode_puts_at_stake_its_loss_a_day_times_the_days_it_lasts_if_ignored(small):
    engine, _ = small
    # A 20 x 10, B 20 x 5, C 10 x 10, A again 20 x 2: each ended by itself; A abroad goes on: 6 x 30 days
    assert caught(engine, (-1, -1)) == (5, 200 + 100 + 100 + 40 + 180)


def test_a_cut_catches_from_the_first_day_both_axes_pass(small):
    engine, _ = small
    # C passes ten points two days late: 100 x (1 - 2/10)
    assert caught(engine, HERE) == (4, 200 + 80 + 40 + 180)
    # one step looser (8.2 points): B is caught too, C no sooner, for 8 points still fail
    assert caught(engine, (HERE[0] - 1, HERE[1])) == (5, 200 + 100 + 80 + 40 + 180)
    # two steps looser (6.7 points): C from its first day
    assert caught(engine, (HERE[0] - 2, HERE[1])) == (5, 620)
    # a floor of 6 dollars a day still catches the listing abroad, at 6.00
    assert caught(engine, (HERE[0], HERE[1] + 2)) == (4, 200 + 80 + 40 + 180)


def test_a_label_holds_for_the_episode_it_was_said_of_and_for_no_other(small):
    engine, _ = small
    assert [(r["label"], r["by"]) for r in backtest.labelled(engine).to_pylist()] == [(1.0, "ines")]


def test_a_trouble_too_young_for_its_cut_is_not_caught(tmp_path):
    from dataclasses import replace

    old = DROP.thresholds
    patient = (replace(old[0], for_days=3), old[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(DROP), "thresholds", patient)
        rows = saw("A", 20, 8, 0.30, 20.0, onset_day=date(2026, 11, 2))
        engine, _ = backtested(rows, [], lake=tmp_path)
    assert caught(engine, HERE) == (1, 160 * (1 - 3 / 8))


def test_tiers_with_a_cut_of_their_own_are_judged_apart(tmp_path):
    own = {**versions()[0], "id": "drop.min_drop@tier=1:1", "tier": "1", "value": 0.05}
    found, refused = cuts.segments([DROP], [*versions(), own], 1.0)
    assert [(s.key, s.tiers, s.axes[0].value) for s in found] == [("drop@tier=1", (1,), 0.05), ("drop", (2, 3), 0.10)]
    assert refused == []
    tiers = [{"account": "main", "channel": "amazon:US", "sku": "HERO", "listed_tier": 1}]
    rows = [*saw("HERO", 20, 5, 0.06, 20.0), *saw("TAIL", 20, 5, 0.06, 20.0)]
    engine, _ = backtested(rows, [], lake=tmp_path, versions=[*versions(), own], tiers=tiers)
    cells = backtest.cells(engine).to_pylist()
    assert {(r["segment"], r["n"]) for r in cells if (r["i"], r["j"], r["k"]) == HERE} == {("drop@tier=1", 1)}


def test_no_cut_within_reach_leaves_floor_ceiling_or_step():
    found, _ = cuts.segments([DROP], versions(min_drop=0.39), 1.0)
    allowed = cuts.pairs(found, known().settings)["drop"]
    assert {i - HERE[0] for i, *_ in allowed} == {-2, -1, 0}  # 0.4 is the ceiling: four times the rule's ten points
    assert {j - HERE[1] for _, j, _ in allowed} == {-2, -1, 0, 1, 2}
    assert found[0].axes[0].at(-2) == pytest.approx(0.26)


def test_a_cut_of_one_channel_is_left_to_the_person_who_set_it():
    own = {**versions()[0], "id": "drop.min_drop@channel=amazon:CA:1", "channel": "amazon:CA"}
    found, refused = cuts.segments([DROP], [*versions(), own], 1.0)
    assert (found, refused[0][0]) == ([], "drop")
