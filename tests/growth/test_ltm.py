"""Which loop makes a simulated model move: against published figures, closed forms, and an independent engine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth.ltm import Model, Stock, Variable, flow_scores, partial_score, scores, simulate

BASS = Model(
    (Stock("potential", 999_999, outflows=("adopting",)), Stock("adopters", 1, inflows=("adopting",))),
    (
        Variable("chance", ("potential",), lambda p: p / 1e6),
        Variable("contacts", ("adopters",), lambda a: 100 * a),
        Variable("meetings", ("contacts", "chance"), lambda c, p: c * p),
        Variable("adopting", ("meetings",), lambda m: 0.015 * m),
    ),
)
LOGISTIC = Model(
    (Stock("people", 5, inflows=("births",)),),
    (
        Variable("used", ("people",), lambda n: n / 1000),
        Variable("rate", ("used",), lambda u: 0.12 * (1 - u)),
        Variable("births", ("rate", "people"), lambda r, n: r * n),
    ),
)
YEAST = Model(
    (Stock("cells", 1, ("births",), ("deaths",)), Stock("alcohol", 0, ("making",))),
    (
        Variable("births", ("cells", "alcohol"), lambda c, a: c * (1.1 - 0.1 * a) / 16),
        Variable("deaths", ("cells", "alcohol"), lambda c, a: c * math.exp(a - 11) / 30),
        Variable("making", ("cells",), lambda c: 0.01 * c),
    ),
)
RIVALS = {"a": ("b", 1.0, "c", 0.9), "b": ("a", 1.0, "c", 1.1), "c": ("a", 1.1, "b", 0.9)}


def arms_race(share):
    """Each party moves a tenth of the way to its target a year; `share` weighs what it sees of the two others."""
    stocks = tuple(Stock(party, start, (f"{party}_change",)) for party, start in (("a", 50), ("b", 100), ("c", 150)))
    variables = []
    for party, (one, much, two, more) in RIVALS.items():
        variables.append(Variable(f"{party}_target", (one, two), lambda x, y, u=much, w=more: share * (u * x + w * y)))
        variables.append(Variable(f"{party}_change", (f"{party}_target", party), lambda t, s: (t - s) / 10))
    return Model(stocks, tuple(variables))


def loop_of(found, *names):
    (loop,) = [loop for loop in found.loops if set(loop.names) == set(names)]
    return loop


def parties(loop):
    return [name for name in loop.names if len(name) == 1]


def test_bass_reproduces_the_published_shift_from_word_of_mouth_to_an_empty_market():
    found = scores(BASS, 1 / 16, 15)
    growing = loop_of(found, "contacts", "meetings", "adopting", "adopters")
    emptying = loop_of(found, "chance", "meetings", "adopting", "potential")
    published = {9.5: (-9.958, 11.46, 0.535), 9.5625: (-9358, 9806, 0.512), 9.625: (-10.91, 10.41, 0.488)}
    for time, (balancing, reinforcing, share) in published.items():
        at = round((time + 1 / 16) * 16)  # published scores stand at the start of their step, ours at its end
        assert emptying.score[at] == pytest.approx(balancing, rel=1e-3)
        assert growing.score[at] == pytest.approx(reinforcing, rel=1e-3)
        assert growing.relative[at] == pytest.approx(share, abs=1e-3)
        assert emptying.relative[at] == pytest.approx(share - 1, abs=1e-3)
    assert growing.score[round(9.5 * 16)] != pytest.approx(11.46, rel=1e-3)
    assert growing.relative[0] == emptying.relative[0] == 0


def test_growth_into_a_limit_is_braked_in_the_share_of_the_limit_used():
    found = scores(LOGISTIC, 1, 100)
    braking = loop_of(found, "used", "rate", "births", "people")
    people = found.values["people"]
    assert -braking.relative[1:] == pytest.approx(people[:-1] / 1000, abs=1e-12)
    assert np.abs(-braking.relative[1:] - people[1:] / 1000).max() < 0.031
    half = int(np.argmax(-braking.relative > 0.5))
    assert people[half - 1] > 500 > people[half - 2]


def test_in_an_arms_race_each_loop_tends_to_its_gain_over_the_growth_of_the_race():
    found = scores(arms_race(1.0), 1, 400)
    growth = 0.099778
    assert found.values["a"][400] / found.values["a"][399] - 1 == pytest.approx(growth, abs=1e-6)
    for loop in found.loops:
        seen = {"ab": 1.0, "ac": 0.9, "ba": 1.0, "bc": 1.1, "ca": 1.1, "cb": 0.9}
        names = parties(loop)
        gain = 0.1 ** len(names)
        if len(names) == 1:
            gain = -0.1
        else:
            for here, after in zip(names, [*names[1:], names[0]], strict=True):
                gain *= seen[after + here]
        assert loop.score[400] == pytest.approx(gain / growth ** len(names), abs=1e-5)


def test_in_a_race_against_averages_the_long_loops_take_over():
    found = scores(arms_race(0.5), 1, 100)
    long = sum(abs(loop.relative) for loop in found.loops if len(parties(loop)) == 3)
    assert long[50] == pytest.approx(0.38, abs=0.01)
    assert long[60] == pytest.approx(0.84, abs=0.01)
    assert long[100] > 0.99


def test_yeast_grows_is_held_back_is_poisoned_and_dies():
    found = scores(YEAST, 0.5, 100)
    names = {
        "growth": loop_of(found, "births", "cells"),
        "death": loop_of(found, "deaths", "cells"),
        "held back": loop_of(found, "making", "alcohol", "births", "cells"),
        "poisoned": loop_of(found, "making", "alcohol", "deaths", "cells"),
    }
    strongest = [max(names, key=lambda name: abs(names[name].relative[t])) for t in range(1, len(found.times))]
    order = [name for i, name in enumerate(strongest) if i == 0 or strongest[i - 1] != name]
    assert order == ["growth", "held back", "poisoned", "death"]
    assert [loop.names for loop in found.dominant(20)] == [names["growth"].names]


def test_a_sum_shares_its_change_in_proportion():
    def rule(x, y):
        return 2 * x + y

    before, after = {"x": 5, "y": 4}, {"x": 7, "y": 5}
    assert partial_score(rule, before, after, "x") == pytest.approx(0.8)
    assert partial_score(rule, before, after, "y") == pytest.approx(0.2)
    assert partial_score(rule, before, before | {"y": 5}, "x") == 0


def test_a_ratio_shares_its_change_with_signs():
    def rule(w, x, y):
        return (w + x) / y

    before, after = {"w": 7, "x": 2, "y": 3}, {"w": 10, "x": 4, "y": 5}
    assert [partial_score(rule, before, after, n) for n in "wxy"] == pytest.approx([5, 10 / 3, -6])


def test_splitting_a_flow_does_not_change_what_it_counts():
    split = flow_scores({"in": np.array([5.0, 10.0])}, {"out": np.array([4.0, 5.0])})
    assert split["out"][1] == pytest.approx(-0.25)
    assert split["in"][1] == pytest.approx(1.25)
    net = flow_scores({"net": np.array([1.0, 5.0])}, {})
    through_net = partial_score(lambda i, o: i - o, {"i": 5, "o": 4}, {"i": 10, "o": 5}, "o") * net["net"][1]
    assert through_net == pytest.approx(-0.25)


def test_loops_that_never_meet_are_weighed_apart():
    apart = Model(
        (Stock("left", 1, ("grow",)), Stock("right", 8, (), ("drain",))),
        (Variable("grow", ("left",), lambda s: 0.1 * s), Variable("drain", ("right",), lambda s: 0.2 * s)),
    )
    found = scores(apart, 1, 10)
    assert {loop.names: (loop.partition, loop.relative[5]) for loop in found.loops} == {
        ("grow", "left"): (1, 1.0),
        ("drain", "right"): (0, -1.0),
    }


def test_at_rest_nothing_is_scored():
    still = Model((Stock("s", 0, ("flow",)),), (Variable("flow", ("s",), lambda s: 0.1 * s),))
    found = scores(still, 1, 5)
    assert not found.loops[0].relative.any()
    assert found.dominant(3) == ()


def test_a_model_that_needs_itself_at_once_is_refused():
    ring = Model((), (Variable("a", ("b",), float), Variable("b", ("a",), float)))
    with pytest.raises(BadWheel, match="same moment"):
        simulate(ring, 1, 5)
    with pytest.raises(BadWheel, match="no 'ghost'"):
        simulate(Model((), (Variable("a", ("ghost",), float),)), 1, 5)
    with pytest.raises(BadWheel, match="cannot be made"):
        simulate(BASS, 1, 1e9)


ORACLE = {
    "bass": (
        BASS,
        {"potential": (999_999, "", "adopting"), "adopters": (1, "adopting", "")},
        {
            "chance": "potential / 1000000",
            "contacts": "100 * adopters",
            "meetings": "contacts * chance",
            "adopting": "0.015 * meetings",
        },
        (1 / 16, 15),
    ),
    "logistic": (
        LOGISTIC,
        {"people": (5, "births", "")},
        {"used": "people / 1000", "rate": "0.12 * (1 - used)", "births": "rate * people"},
        (1, 100),
    ),
    "yeast": (
        YEAST,
        {"cells": (1, "births", "deaths"), "alcohol": (0, "making", "")},
        {
            "births": "cells * (1.1 - 0.1 * alcohol) / 16",
            "deaths": "cells * EXP(alcohol - 11) / 30",
            "making": "0.01 * cells",
        },
        (0.5, 100),
    ),
    "arms race": (
        arms_race(1.0),
        {party: (start, f"{party}_change", "") for party, start in (("a", 50), ("b", 100), ("c", 150))},
        {f"{party}_target": f"{u} * {one} + {w} * {two}" for party, (one, u, two, w) in RIVALS.items()}
        | {f"{party}_change": f"({party}_target - {party}) / 10" for party in RIVALS},
        (1, 100),
    ),
}


def xmile(stocks, rules, step, until):
    """The same model in the exchange format of system dynamics, for the other engine to read."""
    flows = {flow for _, into, out in stocks.values() for flow in (into, out)}
    rows = []
    for name, (start, into, out) in stocks.items():
        ends = "".join(f"<{way}>{flow}</{way}>" for way, flow in (("inflow", into), ("outflow", out)) if flow)
        rows.append(f'<stock name="{name}"><eqn>{start}</eqn>{ends}</stock>')
    for name, rule in rules.items():
        kind = "flow" if name in flows else "aux"
        rows.append(f'<{kind} name="{name}"><eqn>{rule}</eqn></{kind}>')
    return (
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><vendor>test</vendor>'
        '<product version="1">test</product></header>'
        f'<sim_specs method="euler"><start>0</start><stop>{until}</stop><dt>{step}</dt></sim_specs>'
        f"<model><variables>{''.join(rows)}</variables></model></xmile>"
    )


@pytest.mark.parametrize("name", ORACLE)
def test_an_independent_engine_gives_the_same_relative_scores(name, tmp_path):
    simlin = pytest.importorskip("simlin", reason="pysimlin is not installed")
    model, stocks, rules, (step, until) = ORACLE[name]
    path = tmp_path / "model.stmx"
    path.write_text(xmile(stocks, rules, step, until), encoding="utf-8")
    theirs = {chain(loop.variables): np.array(loop.behavior_time_series) for loop in simlin.load(str(path)).run().loops}
    ours = {chain(loop.names): loop.relative for loop in scores(model, step, until).loops}
    assert ours.keys() == theirs.keys()
    for key, relative in ours.items():
        assert np.abs(relative - theirs[key]).max() < 1e-4


def chain(names):
    """A loop's variables from the alphabetically first on, so that both engines name it alike."""
    start = list(names).index(min(names))
    return (*names[start:], *names[:start])
