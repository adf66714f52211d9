"""Wheels of two or three drivers, and fits that hold the truth of a simulated world, for tests that know the answer."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from opswheel.growth.data import WeeklyData
from opswheel.growth.fit import Fit
from opswheel.growth.wheel import Link, Node, Wheel
from opswheel.growth.worlds import World

MONDAY = date(2024, 1, 1)


def weeks(count: int, first: date = MONDAY) -> tuple[date, ...]:
    return tuple(first + timedelta(days=7 * i) for i in range(count))


def shop(**ads: float) -> Wheel:
    """ads and price move traffic; traffic is sales; sales feed ads a week later."""
    nodes = (
        Node("ads", "Ads", measure="spend", lever=True),
        Node("price", "Price", measure="price", lever=True),
        Node("traffic", "Traffic", measure="sessions"),
        Node("sales", "Sales", measure="units"),
    )
    links = (
        Link("ads", "traffic", **{"mean": 0.2, "sd": 0.1, **ads}),
        Link("price", "traffic", mean=-1.0, sd=0.5),
        Link("traffic", "sales", "identity", 1.0),
        Link("sales", "ads", "policy", 0.2, 0.1, 1),
    )
    return Wheel("shop", "week", "sales", nodes, links, "a shop").validate()


def shop_weeks(
    count: int = 104, *, ads: float = 0.3, price: float = -1.5, noise: float = 0.05, feeds: float = 0.2, seed: int = 1
) -> dict[str, np.ndarray]:
    """Logarithms of `shop` when its links are these."""
    rng = np.random.default_rng(seed)
    rows = {name: np.zeros(count) for name in ("ads", "price", "traffic", "sales")}
    for t in range(count):
        before = rows["sales"][t - 1] if t else 0.0
        rows["ads"][t] = feeds * before + rng.normal(0, 0.3)
        rows["price"][t] = rng.normal(0, 0.08)
        rows["traffic"][t] = ads * rows["ads"][t] + price * rows["price"][t] + rng.normal(0, noise)
        rows["sales"][t] = rows["traffic"][t]
    return rows


def shop_data(count: int = 104, **truth: float) -> WeeklyData:
    return WeeklyData(weeks(count), shop_weeks(count, **truth))  # type: ignore[arg-type]


def knowing(world: World) -> Fit:
    """A fit of one draw that holds the truth of a world, its season already taken out."""
    return Fit(
        wheel=world.wheel,
        data=world.data,
        lift_tests=(),
        seed=0,
        chains=1,
        values=world.values[None],
        own=world.own[None],
        lags=world.lags[None],
        season={},
        outside={name: world.outside[[i]] for i, name in enumerate(world.wheel.names)},
        states=world.calm,
        checked={},
        warnings=(),
    )
