"""Where units go: equal to trying everything, and explained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.planning.allocation import Lane, Place, allocate, expected_profit, in_words


def chance(mean: float, most: int = 12) -> np.ndarray:
    from scipy.stats import poisson

    return poisson.sf(np.arange(most), mean)


def by_trying_everything(places: list[Place], lanes: list[Lane]) -> float:
    """The best profit over every number of lots on every lane, every removal and every switch."""
    best = -np.inf
    ways = [range(0, sum(p.held for p in places) // lane.lot + 1) for lane in lanes]
    outs = [range(0, p.held + 1) if p.removal is not None else range(1) for p in places]
    switches = [(False, True) if p.switch else (True,) for p in places]
    for sent in itertools.product(*ways):
        for removed in itertools.product(*outs):
            units = {p.name: p.held - r for p, r in zip(places, removed, strict=True)}
            left_over = {p.name: p.held for p in places}
            for lane, n in zip(lanes, sent, strict=True):
                units[lane.source] -= n * lane.lot
                units[lane.target] += n * lane.lot
                left_over[lane.source] -= n * lane.lot
            if min(units.values()) < 0 or min(list(left_over.values())[1:], default=0) < 0:
                continue
            if any(units[p.name] > max(p.room, p.held) for p in places):
                continue
            cost = sum(n * lane.lot * lane.cost + (lane.fixed if n else 0) for lane, n in zip(lanes, sent, strict=True))
            cost -= sum(r * (p.removal or 0) for p, r in zip(places, removed, strict=True))
            for offered in itertools.product(*switches):
                told = zip(places, offered, strict=True)
                best = max(best, sum(expected_profit(p, units[p.name], offered=o) for p, o in told) - cost)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_other_split_of_a_few_units_brings_more(seed):
    rng = np.random.default_rng(seed)
    places = [
        Place("warehouse", chance(0), 0.0, held=int(rng.integers(3, 8)), leftover=0.1, sellable=False),
        Place("fba", chance(rng.uniform(0.5, 4)), rng.uniform(2, 9), held=int(rng.integers(0, 3)), leftover=0.4,
              room=int(rng.integers(2, 8)), removal=-0.5 if seed % 3 == 0 else None),
        Place("own shop", chance(rng.uniform(0.5, 3)), rng.uniform(1, 8), held=int(rng.integers(0, 2)), leftover=0.1,
              switch=float(rng.choice([0.0, 3.0]))),
    ]  # fmt: skip
    lanes = [
        Lane("warehouse", "fba", 1.0, fixed=float(rng.choice([0.0, 2.0])), lot=int(rng.choice([1, 2]))),
        Lane("warehouse", "own shop", 0.3),
    ]
    found = allocate(places, lanes)
    assert found.profit == pytest.approx(by_trying_everything(places, lanes), abs=1e-6)
    assert found.profit >= found.before - 1e-9


def test_every_unit_that_was_there_is_sold_moved_removed_or_left():
    places = [Place("warehouse", chance(0), 0, held=9, sellable=False), Place("fba", chance(4), 5.0, held=2)]
    found = allocate(places, [Lane("warehouse", "fba", 0.5)])
    assert sum(found.left.values()) + sum(found.removals.values()) == 11
    assert found.moves == {("warehouse", "fba"): found.left["fba"] - 2}


@pytest.mark.parametrize(
    ("fba", "words"),
    [
        pytest.param(Place("fba", chance(6), 5.0, held=0), "Move", id="a shelf that sells gets units"),
        pytest.param(Place("fba", chance(6), 5.0, held=12), "Leave everything", id="a full shelf gets none"),
        pytest.param(Place("fba", chance(6), 0.5, held=0), "Leave everything", id="a sale worth less than its way"),
        pytest.param(Place("fba", chance(0.0), 5.0, held=3, leftover=4.0, removal=-1.0), "Remove 3", id="dead stock"),
        pytest.param(Place("fba", chance(6), -2.0, held=0), "Leave everything", id="every sale loses money"),
    ],
)
def test_what_is_said_follows_what_pays(fba, words):
    found = allocate([Place("warehouse", chance(0), 0, held=6, sellable=False), fba], [Lane("warehouse", "fba", 1.0)])
    assert in_words(found, "USD")[0].startswith(words)


def test_a_merchant_offer_that_sells_too_little_for_its_cost_stays_off():
    spots = [Place("own shop", chance(1), 4.0, held=3, switch=20.0)]
    assert allocate(spots, []).offered == {"own shop": False}
    assert allocate([Place("own shop", chance(8), 4.0, held=8, switch=2.0)], []).offered == {"own shop": True}


def test_new_units_are_bought_only_while_they_sell():
    found = allocate([Place("fba", chance(5), 6.0)], [], bought=3.0, most_bought=12)
    assert found.left["fba"] == int((chance(5) * 6.0 > 3.0).sum())


@pytest.mark.parametrize(
    "places",
    [
        pytest.param([Place("a", chance(1), 1), Place("a", chance(1), 1)], id="one name twice"),
        pytest.param([Place("a", chance(1), 1, held=-4)], id="negative stock"),
        pytest.param([Place("a", np.array([0.2, 0.4]), 1)], id="a later unit sells more often"),
    ],
)
def test_places_that_cannot_be_are_refused(places):
    with pytest.raises(WrongUse):
        allocate(places, [])


def test_a_lane_to_nowhere_is_refused():
    with pytest.raises(WrongUse, match="leads nowhere"):
        allocate([Place("a", chance(1), 1)], [Lane("a", "moon", 1.0)])
