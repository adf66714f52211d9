"""What literature alone says of a wheel, in draws."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.growth.algebra import momentum
from opswheel.growth.loops import find_loops
from opswheel.growth.prior import loop_gain, prior_draws, prior_return_ratio, summary
from opswheel.growth.templates import TEMPLATES, template


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_draw_breaks_a_sign_and_accounting_is_never_drawn(name):
    wheel = template(name)
    values = prior_draws(wheel, 500)
    for link in wheel.links:
        assert np.all(values[link.key] * link.sign >= 0)
        assert (np.ptp(values[link.key]) == 0) == link.fixed
    for node in wheel.nodes:
        if node.persists:
            assert np.all((values[node.name, node.name] >= 0) & (values[node.name, node.name] <= 0.98))


def test_the_same_seed_gives_the_same_draws_and_another_gives_others():
    wheel = template("seller")
    first, again, other = (prior_draws(wheel, 50, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert not np.array_equal(first["ads", "traffic"], other["ads", "traffic"])


def test_literature_alone_leaves_a_sellers_half_year_echo_anywhere_from_a_fifth_to_nearly_all():
    wheel = template("seller")
    values = prior_draws(wheel)
    back = summary(prior_return_ratio(wheel, values))
    assert back.p5 == pytest.approx(0.22, abs=0.03)
    assert back.p95 == pytest.approx(0.89, abs=0.03)
    assert back.p5 < back.p10 < back.p50 < back.p90 < back.p95


def test_one_seller_in_six_would_grow_without_a_push_if_literature_were_all_there_is():
    wheel = template("seller")
    values = prior_draws(wheel, 400)
    roots = [momentum(wheel.coefficients({key: float(v[i]) for key, v in values.items()})).root for i in range(400)]
    assert np.mean(np.array(roots) > 1) == pytest.approx(0.17, abs=0.06)


def test_a_loops_gain_per_draw_is_its_gain_at_those_values():
    wheel = template("store")
    values = prior_draws(wheel, 5)
    for loop in find_loops(wheel):
        at = {key: float(v[3]) for key, v in values.items()}
        (same,) = [found for found in find_loops(wheel, at) if found.words == loop.words]
        assert loop_gain(loop, values)[3] == pytest.approx(same.gain)
