"""What the wheel says: every figure with its interval and where it comes from, and plainly when nobody can tell."""

from __future__ import annotations

import dataclasses
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from opswheel.core.errors import RefusedFile, WrongUse
from opswheel.growth import experiment, fan, inputs, pillars, pitfalls, sentences
from opswheel.growth.calibration import calibrate
from opswheel.growth.fit import Estimate, LiftTest
from opswheel.growth.health import Reliance
from opswheel.growth.leverage import Push
from opswheel.growth.templates import template
from opswheel.growth.weekly import read_drivers

TEA = Path(__file__).parents[2] / "examples" / "tea_shop"


@cache
def tea():
    """The sample seller, calibrated on its two years."""
    wheel = template("seller")
    return calibrate(wheel, read_drivers(TEA / "drivers.csv", wheel).data(wheel))


@cache
def book():
    """The seller's wheel on literature alone."""
    return calibrate(template("seller"), None)


def _all(fit):
    links, reliance = fit.links(), fit.reliance()
    return [
        *sentences.of_gain(fit.gain()),
        sentences.of_momentum(fit.momentum()),
        *sentences.of_broken(links),
        *sentences.of_bottleneck(fit.weakest()),
        sentences.of_reliance(reliance),
        *(sentences.of_link(k) for k in links),
    ]


@pytest.mark.parametrize("fit", [tea, book], ids=["from data", "from literature"])
def test_every_sentence_says_where_it_comes_from(fit):
    for said in _all(fit()):
        assert re.search(r"\((from your data|from literature|from your lift test|by accounting)\)$", said.whole), said


def test_without_data_nothing_claims_to_come_from_data():
    assert not [s.whole for s in _all(book()) if "from your data" in s.whole]


def test_a_gain_is_told_with_its_interval_and_what_literature_says():
    words = [s.whole for s in sentences.of_gain(tea().gain())]
    assert re.match(r"Of 100 sales gained, \d+ \(\d+ to \d+\) come back within 26 weeks", words[0])
    assert words[1].startswith("Literature alone would say")


def test_two_years_that_lose_ground_are_told_as_fading_with_the_share_of_draws_that_agree():
    coast = tea().momentum()
    told = sentences.of_momentum(coast).whole
    if coast.direction == "cannot_tell":
        assert told.startswith("Cannot tell the momentum")
    else:
        assert re.search(r"-?[\d.]+% \(-?[\d.]+% to -?[\d.]+%\) a week .* \d+% of draws agree", told)


def test_without_weeks_momentum_cannot_be_told_and_says_what_would_tell_it():
    told = sentences.of_momentum(book().momentum()).whole
    assert told.startswith("Cannot tell the momentum")
    assert "Next: load weekly sales" in told


def test_the_planted_weak_spoke_is_named_and_the_strong_ones_are_not():
    told = [s.words for s in sentences.of_broken(tea().links())]
    assert [w.split(" is ")[0] for w in told] == ["content -> conversion"]


def test_a_policy_is_chosen_and_never_called_broken():
    links = [
        dataclasses.replace(k, status="broken") if k.link.kind == "policy" else dataclasses.replace(k, status="ok")
        for k in tea().links()
    ]
    assert "No link shows as broken" in sentences.of_broken(links)[0].words
    assert pitfalls.broken_spoke(links).state == "fine"


def test_a_push_says_which_of_its_first_links_are_literature():
    links = tea().links()
    assert sentences.rests_on(links, "price") == " (from your data)"
    assert sentences.rests_on(links, "availability") == " (from your data; availability -> experience from literature)"
    assert sentences.rests_on(book().links(), "ads") == " (from literature)"


def test_a_lift_test_is_told_as_the_source_of_the_link_it_measured():
    wheel = template("seller")
    tested = calibrate(wheel, None, lift_tests=[LiftTest("ads", "traffic", 0.10, 0.01)])
    link = next(k for k in tested.links() if k.link.key == ("ads", "traffic"))
    assert sentences.of_link(link).whole.endswith("(from your lift test)")
    assert link.mean == pytest.approx(0.10, abs=0.01)


def test_a_stopped_push_tells_what_is_left():
    path = tea().simulate(Push("price", -0.05), 26, stop=8)
    words = [s.words for s in sentences.of_path(path, 8)]
    assert re.search(r"Fed until week 8, sales stand \+[\d.]+%; 18 weeks after feeding stops \+[\d.]+% \(", words[1])


def test_a_push_beyond_anything_ever_done_is_not_to_be_trusted():
    path = tea().simulate(Push("price", -0.6), 26)
    assert "do not trust it" in sentences.of_path(path, None)[-1].words


# --- pitfalls ----------------------------------------------------------------------------------------------------


def _pitfalls(fit):
    return {p.name: p for p in pitfalls.watch(fit, fit.links(), fit.reliance(), fit.diagnostics())}


def test_the_five_pitfalls_are_watched_with_their_evidence():
    told = _pitfalls(tea())
    assert list(told) == ["broken spoke", "one push", "unmeasured share", "link drift", "payoff horizon"]
    assert told["broken spoke"].state == "warn"
    assert "content -> conversion" in told["broken spoke"].evidence
    assert all(p.evidence for p in told.values())
    assert all(p.next_step for p in told.values() if p.state == "warn")


def test_without_data_the_watch_cannot_tell_what_only_data_could():
    told = _pitfalls(book())
    assert {n: told[n].state for n in ("broken spoke", "one push", "link drift")} == dict.fromkeys(
        ("broken spoke", "one push", "link drift"), "cannot tell"
    )
    assert told["unmeasured share"].state == "warn"


@pytest.mark.parametrize(
    ("share", "over", "state"), [({"ads": 0.8, "price": 0.2}, "ads", "warn"), ({"ads": 0.5, "price": 0.5}, "", "fine"),
                                 ({"ads": 1.0}, "ads", "cannot tell")],
)  # fmt: skip
def test_one_push_is_warned_of_only_where_a_second_one_was_measured(share, over, state):
    shares = {n: Estimate(v, v - 0.05, min(1.0, v + 0.05), "data") for n, v in share.items()}
    relies = Reliance(26, shares, 1 / sum(v * v for v in share.values()), over, 0.9 if over else 0.3)
    assert pitfalls.one_push(relies).state == state


# --- the next test -----------------------------------------------------------------------------------------------


def test_a_test_is_worth_nothing_where_one_push_is_best_whatever_it_shows():
    random = np.random.default_rng(1)
    beta = random.normal(0.1, 0.05, 400)
    values = np.column_stack([beta + 10.0, np.full(400, 1.0)])
    assert experiment.value_of_information(values, beta, 0.01, seed=7) == (pytest.approx(0.0, abs=1e-9), 0.0)


def test_a_perfect_test_is_worth_what_knowing_the_truth_is_worth():
    random = np.random.default_rng(2)
    beta = random.normal(0.0, 1.0, 4000)
    values = np.column_stack([beta, np.zeros(4000)])
    worth, switches = experiment.value_of_information(values, beta, 1e-3, seed=7)
    now = max(values.mean(axis=0))
    assert worth == pytest.approx(np.maximum(beta, 0.0).mean() - now, abs=0.02)
    assert switches == pytest.approx(0.5, abs=0.05)
    blunt, _ = experiment.value_of_information(values, beta, 20.0, seed=7)
    assert blunt < 0.1 * worth


def test_the_next_test_is_of_a_lever_on_something_measured_and_long_enough_to_halve_the_doubt():
    fit = tea()
    pushes = inputs.read_costs(TEA / "costs.csv", fit.wheel)
    found = experiment.tests(fit, pushes)
    levers = {n.name for n in fit.wheel.levers}
    assert all(t.link.source in levers for t in found)
    first = found[0]
    assert first.feasible
    assert first.se <= first.doubt
    assert first.weeks <= experiment.MOST_WEEKS
    assert first.weeks % (2 * first.block_weeks) == 0
    unmeasured = [t for t in found if t.link.target == "experience"]
    assert unmeasured
    assert not any(t.feasible for t in unmeasured)
    assert re.search(r"up \d+% and down \d+% in blocks of \d weeks", first.design)


def test_twice_the_weeks_of_a_test_are_sharper_by_the_square_root_of_two():
    ratio = experiment.standard_error(0.06, 0.2, 8, 2) / experiment.standard_error(0.06, 0.2, 16, 2)
    assert ratio == pytest.approx(math.sqrt(2))


def test_a_single_push_has_nothing_a_test_could_change():
    with pytest.raises(WrongUse, match="choice between pushes"):
        experiment.tests(book(), [Push("ads", 0.1)])


# --- small files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "value"), [("+10%", 0.1), ("-5 %", -0.05), ("0.1", 0.1), ("−5%", -0.05)])
def test_a_change_is_read_as_people_write_it(cell, value):
    assert inputs.change(cell) == pytest.approx(value)


@pytest.mark.parametrize("cell", ["0", "ten", "-100%", "+5000%", "", "10 %%", "nan"])
def test_a_change_nobody_can_make_is_refused(cell):
    with pytest.raises(WrongUse, match="is no change"):
        inputs.typed_push("ads", cell, template("seller"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("driver,change,cost\nadds,+10%,5\n", "has no driver 'adds'"),
        ("driver,change,cost\nads,+10%,0\n", "line 2: cost '0' is not above 0"),
        ("driver,change,cost\nads,more,5\n", "is no change"),
        ("driver,change\nads,+10%\n", "no column 'cost'"),
    ],
)
def test_a_wrong_file_of_costs_is_refused_by_line(tmp_path, text, words):
    path = tmp_path / "costs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedFile, match=re.escape(words)):
        inputs.read_costs(path, template("seller"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source,target,effect,se\nads,sales,0.1,0.02\n", "no link ads -> sales"),
        ("source,target,effect,se\nads,traffic,0.1,0\n", "se '0' is not above 0"),
        ("source,target,effect,se\nrnk,traffic,0.1,0.1\n", "has no driver 'rnk'"),
    ],
)
def test_a_wrong_lift_test_is_refused(tmp_path, text, words):
    path = tmp_path / "lift.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedFile, match=re.escape(words)):
        inputs.read_lift_tests(path, template("seller"))


def test_where_nobody_said_what_pushes_cost_every_lever_is_pushed_the_way_that_helps():
    pushes = {p.driver: p.change for p in inputs.usual_pushes(template("seller"))}
    assert pushes == {"ads": 0.1, "price": -0.1, "content": 0.1, "delivery": -0.1, "availability": 0.1}


# --- industry scores ---------------------------------------------------------------------------------------------


def test_scores_give_tags_and_scenarios_and_change_no_figure():
    fit = tea()
    before = fit.gain()
    tags = pillars.read_pillars(TEA / "scores.csv", fit.wheel)
    assert [(t.attribute, t.driver, bool(t.scenario)) for t in tags] == [
        ("FR05", "delivery", True),
        ("MD04", "availability", True),
        ("MD03", "price", False),
    ]
    runs = pillars.stress(fit, tags)
    assert [s.driver for s, _ in runs] == ["delivery", "availability"]
    assert all(path.total_weeks.high < 0 for _, path in runs)
    assert fit.gain() == before


def test_a_score_nobody_gives_is_refused_and_an_unknown_attribute_is_only_shown(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("attribute,score\nMD04,7\n", encoding="utf-8")
    with pytest.raises(RefusedFile, match="no score from 0 to 5"):
        pillars.read_pillars(path, template("seller"))
    path.write_text("attribute,score\nXX99,5\n", encoding="utf-8")
    (tag,) = pillars.read_pillars(path, template("seller"))
    assert (tag.driver, tag.scenario) == ("", "")


# --- the picture -------------------------------------------------------------------------------------------------


def test_the_fan_is_drawn_as_a_whole_svg_and_its_title_is_text():
    from xml.etree import ElementTree

    path = tea().simulate(Push("ads", 0.1, name="ads <b>&"), 26, stop=8)
    picture = ElementTree.fromstring(fan.svg(path, title="Sales after ads <b>&", period="week", stop=8))
    assert picture.find("{http://www.w3.org/2000/svg}title").text == "Sales after ads <b>&"
    assert len(picture.findall("{http://www.w3.org/2000/svg}polygon")) == 2


def test_the_fan_in_text_ends_at_the_last_week_and_its_bars_hold_the_median():
    rows = fan.text_rows(tea().simulate(Push("ads", 0.1), 30))
    assert rows[-1][0] == 30
    assert all(bar.count("●") == 1 for *_, bar in rows)
