"""The wheel: figures that say when they cannot be told, one break and no more, and a picture that says it too."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from opswheel.core.settings import Settings
from opswheel.interfaces.answers import stage_sums as sums
from opswheel.interfaces.answers.stage_reading import Read
from opswheel.interfaces.answers.stages import Handoff, first_break_only, verdict
from opswheel.interfaces.web.pictures import wheel as pictures
from opswheel.resolution.desk import Desk

from .visiting import Visitor, words

NOW = datetime(2026, 11, 23, 12)
DAY = timedelta(days=1)


def row(**values):
    return SimpleNamespace(**values)


def run(number, days_ago, **summary):
    told = {"blind": [], "detectors": [], "cut_line": {"issues": 3}, **summary}
    return row(id=number, as_of=NOW - days_ago * DAY), told


def read(runs=(), **more):
    made = runs or [run(1, 60), run(2, 0.2)]
    settings = Settings()
    known = {
        "now": NOW,
        "settings": settings,
        "desk": Desk(settings),
        "runs": [r for r, _ in made],
        "summaries": [s for _, s in made],
        "metrics": [{} for _ in made],
        "first_run": NOW - 60 * DAY,
    }
    return Read(**{**known, **more})


def act(issue, days_ago, event="claimed", **told):
    return row(issue_id=issue, at=NOW - days_ago * DAY, event=event, by="ines", payload=json.dumps(told))


def close(days_ago, cause="image", minutes="typed", by="ines", resolution="fixed", cleared=0.0, booked=None):
    at = NOW - days_ago * DAY
    return row(
        at=at,
        by=by,
        resolution=resolution,
        root_cause=cause,
        minutes_source=minutes,
        cleared=cleared,
        booked_at=None if booked is None else NOW - booked * DAY,
    )


def issue(days_ago, *, tier=1, state="assigned", done=None, resolution=None, **more):
    ended = None if done is None else NOW - done * DAY
    told = {"paused_minutes": None, "waiting_since": None, "repeat_of": None, "title": "Mug", "owner": "ines", "id": 1}
    told |= {"detected_at": NOW - days_ago * DAY, "tier": tier, "state": state, "resolution": resolution}
    return row(**{**told, "fixed_at": ended, "closed_at": ended, **more})


def test_a_blind_source_takes_its_share_from_the_mornings_it_was_blind():
    sources = [row(account="main", channel="amazon:US", report=r, since=NOW - 99 * DAY) for r in "abcd"]
    blind = [{"account": "main", "channel": "amazon:US", "report": "a"}]
    figure = sums.fresh(read([run(1, 3), run(2, 0.2, blind=blind)], sources=sources))
    assert (figure.value, figure.low, figure.high) == (0.875, 0.875, 0.875)  # (1 + 3/4) / 2, a fact without a range
    assert figure.detail == "1 of 4 blind this morning"


def test_work_that_passes_a_clearly_costlier_issue_over_is_out_of_order_and_other_lanes_say_nothing():
    acts = [act(1, 0.1, rank=2, passed_over=0), act(2, 0.1, rank=9, passed_over=3), act(3, 0.1, rank=9), act(4, 0.1)]
    acts.append(act(1, 0.05, event="closed", rank=1, passed_over=7))  # begun before: counts once
    figure = sums.in_order(read(acts=acts))
    assert (figure.n, figure.value) == (2, 0.5)
    assert figure.low < figure.value < figure.high


@pytest.mark.parametrize(
    ("judged", "state", "said"),
    [
        ([(1, "fell"), (2, "fewer_false"), (3, "cannot_tell")], "flowing", "3 decisions judged: 2 did"),
        ([(1, "rose"), (2, "fell")], "thin", "1 did what they were to, 1 the opposite"),
        ([(1, "cannot_tell")], "cannot_tell", "none clearly changed anything"),
        ([(40, "fell")], "cannot_tell", "1 decision; the first is judged on 16 February"),
    ],
    ids=["most did", "as many harmed", "unclear", "judged before the window"],
)
def test_decisions_reach_performance_by_what_was_measured_of_them(judged, state, said):
    told = [(NOW - days * DAY, verdict) for days, verdict in judged]
    found = sums.handed_on(read(decisions=[(NOW - 5 * DAY, "a", "")], judged=told))[4]
    assert found[0] == state and said in found[1]
    assert sums.handed_on(read())[4][0] == "idle"


def test_an_issue_still_open_past_its_promise_is_a_broken_one_and_one_not_yet_due_is_none():
    issues = [
        issue(10, state="fixed", done=9),
        issue(10),
        issue(0.1),
        issue(10, state="closed", done=9, resolution="self_healed"),
        issue(10, waiting_since=NOW - 9 * DAY),
    ]
    figure = sums.in_time(read(issues=issues))
    assert (figure.n, figure.value) == (2, 0.5)


def test_before_any_promise_falls_due_the_figure_says_when_the_first_does():
    figure = sums.in_time(read(issues=[issue(0.1)]))
    assert figure.value is None
    assert figure.detail == "No promise has fallen due yet; the first does on 25 November."


@pytest.mark.parametrize(
    ("closes", "share"),
    [
        ([close(1), close(1, cause="unknown")], 0.5),
        ([close(1), close(1, minutes="default")], 0.5),
        ([close(1), close(1, by="opswheel", cause="unknown")], 1.0),
        ([close(1), close(1, resolution="false_alarm", cause=None)], 1.0),
        ([close(1), close(40, cause="unknown")], 1.0),
    ],
    ids=["unknown cause", "minutes nobody measured", "the machine's own", "needs no cause", "before the window"],
)
def test_a_close_teaches_with_a_known_cause_and_real_minutes(closes, share):
    assert sums.taught(read(outcomes=closes)).value == share


def test_weeks_with_a_decision_are_counted_not_decisions():
    decisions = [(NOW - 1 * DAY, "a", ""), (NOW - 2 * DAY, "b", ""), (NOW - 15 * DAY, "c", "")]
    figure = sums.decided(read(decisions=decisions))
    assert (figure.shown, figure.value, figure.n) == ("2", 0.5, 4)


def test_a_new_workspace_cannot_tell_what_it_decided_or_saved():
    young = read(first_run=NOW - DAY, metrics=[{}, {"open_avoidable": (100.0, 80.0, 130.0)}])
    assert sums.decided(young).value is None
    assert sums.saved(young).value is None


def test_what_was_saved_stands_against_what_still_could_be_with_the_range_of_that():
    told = read(
        metrics=[{}, {"open_avoidable": (300.0, 200.0, 400.0)}],
        outcomes=[close(5, cleared=100.0, booked=2), close(5, cleared=900.0), close(60, cleared=900.0, booked=50)],
    )
    figure = sums.saved(told)
    assert (figure.value, figure.low, figure.high) == (0.25, 0.2, pytest.approx(1 / 3))


def test_closes_that_change_nothing_for_six_weeks_break_the_wheel():
    closes = [close(d % 20 + 1) for d in range(12)]
    issues = [issue(3, repeat_of=4)]
    state, said, _, since = sums.handed_on(read(outcomes=closes, issues=issues))[3]
    assert (state, said) == ("broken", "12 closes, 1 repeat, and nothing decided for 60 days")
    assert since == NOW - 60 * DAY
    few = sums.handed_on(read(outcomes=closes[:9], issues=issues))[3]
    assert few[0] == "idle"
    decided = [(NOW - 50 * DAY, "a", "")]
    assert sums.handed_on(read(outcomes=closes, decisions=[(NOW - 40 * DAY, "a", "")]))[3][0] == "thin"
    assert sums.handed_on(read(outcomes=closes, decisions=decided))[3][0] == "broken"


def test_no_run_for_two_days_breaks_the_first_hand_off():
    assert sums.handed_on(read([run(1, 3)]))[0][0] == "broken"
    assert sums.handed_on(read([run(1, 1)]))[0][0] == "flowing"


def test_only_the_first_break_is_shown_as_one():
    told = [Handoff(s, s, "/") for s in ("flowing", "broken", "flowing", "broken", "idle", "thin")]
    shown = [h.state for h in first_break_only(told)]
    assert shown == ["flowing", "broken", "idle", "idle", "idle", "thin"]
    assert verdict(first_break_only(told))["words"] == "Between prioritization and resolution: broken."


def picture(states=("flowing",) * 6, **stage):
    told = {"value": 0.45, "low": 0.4, "high": 0.6, "figure": "45\u00a0%", "words": "of it", "goal": 0.9} | stage
    told |= {"before": None, "trend": [0.1, 0.45], "n": 4, "detail": "", "link": "/"}
    return {
        "currency": "USD",
        "days": 28,
        "hub": {"revenue_at_risk": None, "cleared_per_day": None},
        "stages": [{**told, "number": n, "name": f"Stage {n}"} for n in range(1, 7)],
        "handoffs": [
            {"from": n, "to": n % 6 + 1, "state": s, "words": s, "link": "/"} for n, s in enumerate(states, 1)
        ],
        "verdict": {"state": "open", "title": "It turns.", "words": "So it does."},
    }


def test_a_break_tears_both_ends_and_says_so_by_shape_and_word():
    drawn = pictures.inline(picture(("flowing", "broken", "idle", "thin", "cannot_tell", "flowing")))
    assert drawn.count('class="w-edge cut"') == 2
    assert drawn.count('class="w-x"') == 1
    assert drawn.count('class="w-ch thin"') == 1
    assert drawn.count('class="w-dot"') == 1
    assert "2 to 3 is broken" in drawn
    assert pictures.inline(picture()).count("w-edge cut") == 0


def test_a_gauge_ends_at_its_share_of_the_goal_and_an_unknown_one_is_hatched():
    drawn = pictures.inline(picture())
    assert drawn.count("w-sure") == drawn.count("w-maybe") == drawn.count("w-tick") == 6
    tick = re.search(r'class="w-tick" d="M([\d.]+) ([\d.]+)L', drawn)
    assert float(tick[1]) == pytest.approx(160, abs=0.1)  # half of the goal: the middle of the first arc, noon
    unknown = pictures.inline(picture(value=None, figure=""))
    assert "w-sure" not in unknown and unknown.count('class="w-unseen"') == 6
    assert "cannot tell yet" in unknown


def test_words_in_the_picture_cannot_break_out_of_it():
    told = picture()
    told["stages"][0]["name"] = '<script>"&'
    assert "<script>" not in pictures.inline(told) + pictures.slide(told, "a <b>", "c")


def test_the_slide_stands_alone_in_plain_colours():
    drawn = pictures.slide(picture(), "Wheel", "footer")
    assert "var(" not in drawn and "#00646C" in drawn
    assert not re.search(r'href="|url\((?!#)', drawn)


@pytest.mark.browser
def test_the_wheel_of_the_sample_shop_says_what_it_cannot_tell_yet(seen_site):
    visitor = Visitor(seen_site.url)
    said = words(visitor.get("/wheel").text)
    assert "Nothing is broken." in said and said.count("cannot tell yet") == 5
    assert "No promise has fallen due yet; the first does on 24 November." in said
    for number in range(1, 7):
        visitor.get(f"/wheel/{number}")
    assert "no stage 7" in words(visitor.get("/wheel/7", 404).text)
    slide = visitor.get("/wheel/slide.svg")
    assert slide.headers["content-disposition"] == 'attachment; filename="opswheel-2026-11-22.svg"'
    assert slide.text.startswith("<svg")
