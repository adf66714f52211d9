"""Simulated wheels whose truth is known: what calibration is measured against.

The truth of every world is drawn from the same priors the engine starts from (its signs kept); its weeks are run
forward link by link, in plain loops that share no code with the engine's own algebra. Levers move as a seller's do: ad
budgets wander, prices are cut for a week or two, delivery drifts, stock runs out. What the engine is given is the
logarithm of each driver with one per cent of measurement noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats
from .calibration import MOST_SPAN
from .data import WeeklyData
from .gibbs import cut_normal
from .lags import candidates
from .templates import template
from .wheel import Wheel

WARM_UP = 60
FIRST_WEEK = date(2023, 1, 2)
MEASURED_WITHIN = 0.01
HIDDEN_SD, HIDDEN_KEEPS = 0.15, 0.8
"""A demand nobody sees: 15 % up or down, eight tenths of it still there a week later."""
HIDDEN_MOVES = {"traffic": 1.0, "ads": 1.0, "price": 0.2, "conversion": 0.3}
PROXY_NOISE = 0.02
THOUSANDFOLD = 1000.0
WRONG = (0.4, 1.8)
"""Factors by which the prior means given with product groups are wrong."""
SPREAD_OF_GROUPS = 0.5
"""How much product groups differ in a link, in prior standard deviations: the scale of a half-normal."""


@dataclass(frozen=True)
class Setting:
    """What kind of worlds to draw. `movement`, `noise`: factors on how levers and errors move.

    `delays_off`: every delay that is learned is one week off the template. `hidden`: strength of a demand nobody sees
    that moves ads, traffic, price and conversion; `proxy`: whether something follows it. `experience_seen`: whether
    customer experience is measured (a proxy). `broken`: one link at a tenth of its benchmark, the others at 80 % or
    more. `season`: whether demand has seasons, trend and two known events a year.
    """

    weeks: int = 104
    movement: float = 1.0
    noise: float = 1.0
    delays_off: bool = False
    hidden: float = 0.0
    proxy: bool = False
    experience_seen: bool = True
    broken: bool = False
    season: bool = True


@dataclass(frozen=True)
class World:
    """One wheel with its truth: elasticities (L,), persistences (n,), delays (L,), and the data of its weeks.

    `calm` (T, n): the true path without season and events. `outside` (n,): what trend adds in the last week.
    `broken` names the planted broken link, or is None.
    """

    wheel: Wheel
    values: Floats
    own: Floats
    lags: NDArray[np.int64]
    data: WeeklyData
    calm: Floats
    outside: Floats
    broken: tuple[str, str] | None = None

    def effect(self, driver: str, weeks: int) -> Floats:
        """True change of the target in weeks 0 … `weeks` when a driver is held one unit higher: (weeks + 1,)."""
        at = self.wheel.index
        push = np.zeros((weeks + 1, len(at)))
        push[0, at[driver]] = 1.0
        push[1:, at[driver]] = 1.0 - self.own[at[driver]]
        return run_on(self, push)[:, at[self.wheel.target]]

    def gain(self, weeks: int) -> float:
        """True return ratio at the target."""
        at = self.wheel.index[self.wheel.target]
        push = np.zeros((weeks + 1, len(self.own)))
        push[0, at] = 1.0
        alone = float((self.own[at] ** np.arange(weeks + 1)).sum())
        return 1 - alone / float(run_on(self, push)[:, at].sum())

    def coasts(self, weeks: int) -> float:
        """True slope per week of log sales when levers stay at their four-week mean and the season is out."""
        wheel, at = self.wheel, self.wheel.index
        inputs = np.tile(self.outside, (weeks, 1))
        frozen = [at[node.name] for node in wheel.levers]
        inputs[:, frozen] = self.calm[-4:, frozen].mean(axis=0)
        path = run_on(self, inputs, start=self.calm, frozen=frozen)[:, at[wheel.target]]
        return float(np.polyfit(np.arange(weeks), path, 1)[0])


def run_on(world: World, inputs: Floats, *, start: Floats | None = None, frozen: Sequence[int] = ()) -> Floats:
    """Run a world forward week by week, link by link: (weeks, n)."""
    wheel, at = world.wheel, world.wheel.index
    before = np.zeros((8, len(wheel.nodes))) if start is None else start[-8:]
    y = np.vstack([before, np.zeros_like(inputs)])
    order = same_week_order(wheel, world.lags)
    links = [
        (at[k.target], at[k.source], float(v), int(lag))
        for k, v, lag in zip(wheel.links, world.values, world.lags, strict=True)
    ]
    for t in range(len(before), len(y)):
        for i in order:
            y[t, i] = inputs[t - len(before), i]
            if i not in frozen:
                y[t, i] += world.own[i] * y[t - 1, i]
                y[t, i] += sum(v * y[t - lag, j] for target, j, v, lag in links if target == i)
    return y[len(before) :]


def same_week_order(wheel: Wheel, lags: NDArray[np.int64]) -> list[int]:
    """Drivers in an order in which causes of the same week come first; empty if there is none."""
    at = wheel.index
    done: set[int] = set()
    order: list[int] = []
    needs = {i: {at[k.source] for k, lag in zip(wheel.links, lags, strict=True) if lag == 0 and at[k.target] == i}
             for i in range(len(wheel.nodes))}  # fmt: skip
    while len(order) < len(needs):
        free = [i for i, causes in needs.items() if i not in done and causes <= done]
        if not free:
            return []
        done |= set(free)
        order += free
    return order


def world(seed: int, setting: Setting | None = None, *, wheel: Wheel | None = None) -> World:
    """One world; the same seed and setting give the same one.

    About one truth in eight makes a wheel that runs away: its sales would change more than a thousandfold within the
    weeks. No business has such weeks to show, so those are drawn anew.
    """
    setting, wheel = setting or Setting(), wheel or template("seller")
    for attempt in range(100):
        made = _attempt(wheel, setting, np.random.default_rng([seed, attempt, 17]))
        if could_be(made):
            break
    return made


def could_be(world: World) -> bool:
    """Whether a business could show such weeks: sales within a thousandfold, no driver beyond what calibrate takes."""
    whole = [float(np.ptp(path)) for path in world.data.series.values()]
    return bool(np.ptp(world.data.series[world.wheel.target]) < np.log(THOUSANDFOLD) and max(whole) < MOST_SPAN)


def _attempt(wheel: Wheel, setting: Setting, rng: np.random.Generator) -> World:
    values, own = truth(wheel, rng)
    broken = None
    if setting.broken:
        values, broken = _break_one(wheel, values, rng)
    lags = _delays(wheel, rng) if setting.delays_off else np.array([k.lag_periods for k in wheel.links])
    return lived(wheel, (values, own, lags), setting, rng, broken)


def truth(wheel: Wheel, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Elasticities and persistences drawn from the wheel's priors, cut to their signs."""
    mean, sd = np.array([k.mean for k in wheel.links]), np.array([max(k.sd, 1e-12) for k in wheel.links])
    sign = np.array([k.sign for k in wheel.links])
    values = cut_normal(rng, mean, sd, np.where(sign > 0, 0.0, -1e6), np.where(sign > 0, 1e6, 0.0))
    kept, spread = (np.array([getattr(n, f) for n in wheel.nodes]) for f in ("own_mean", "own_sd"))
    own = np.where(spread > 0, cut_normal(rng, kept, np.maximum(spread, 1e-12), 0 * kept, 0 * kept + 0.98), kept)
    return np.where([k.fixed for k in wheel.links], mean, values), own


def _break_one(wheel: Wheel, values: Floats, rng: np.random.Generator) -> tuple[Floats, tuple[str, str]]:
    some = [i for i, k in enumerate(wheel.links) if not k.fixed]
    means = np.array([k.mean for k in wheel.links])
    values = np.where(
        [k.fixed for k in wheel.links], values, np.sign(means) * np.maximum(abs(values), 0.8 * abs(means))
    )
    hit = int(rng.choice(some))
    values[hit] = 0.1 * means[hit]
    return values, wheel.links[hit].key


def _delays(wheel: Wheel, rng: np.random.Generator) -> NDArray[np.int64]:
    """Every learned delay one week off the template, earlier or later, without a circle inside a week."""
    while True:
        lags = np.array([k.lag_periods if k.fixed else rng.choice(_others(k.lag_periods, candidates(k)))
                         for k in wheel.links])  # fmt: skip
        if same_week_order(wheel, lags):
            return lags


def _others(home: int, known: Sequence[int]) -> list[int]:
    return [k for k in known if k != home]


def lived(
    wheel: Wheel,
    told: tuple[Floats, Floats, NDArray[np.int64]],
    setting: Setting,
    rng: np.random.Generator,
    broken: tuple[str, str] | None = None,
) -> World:
    """A world of this truth (values, own, lags) after living its weeks."""
    at, whole = wheel.index, setting.weeks + WARM_UP
    blank = WeeklyData((FIRST_WEEK,), {})
    bare = World(wheel, *told, blank, np.zeros((1, len(at))), np.zeros(len(at)), broken)
    shocks = _shocks(wheel, setting, whole, rng)
    hidden = _wandering(rng, whole, HIDDEN_KEEPS, HIDDEN_SD) * setting.hidden
    for name, load in HIDDEN_MOVES.items():
        shocks[:, at[name]] += load * hidden
    turning, trend, events = _season(wheel, setting, whole, rng)
    calm = run_on(bare, shocks + trend)
    path = run_on(bare, shocks + trend + turning)[WARM_UP:]
    seen = path + rng.normal(0, MEASURED_WITHIN, path.shape)
    names = [n for n in wheel.names if setting.experience_seen or wheel.node(n).measure is not None]
    weeks = tuple(FIRST_WEEK + timedelta(days=7 * i) for i in range(setting.weeks))
    data = WeeklyData(
        weeks,
        {name: seen[:, at[name]] for name in names},
        {name: flags[WARM_UP:] for name, flags in events.items()},
        hidden[WARM_UP:] + rng.normal(0, PROXY_NOISE, setting.weeks) if setting.proxy else None,
        "category searches" if setting.proxy else "",
        path[:, at["availability"]] < np.log(0.3),
    )
    return replace(bare, data=data, calm=calm[WARM_UP:], outside=trend[-1])


def _wandering(rng: np.random.Generator, weeks: int, keeps: float, sd: float) -> Floats:
    """A first-order process with that standard deviation in the long run."""
    steps, out = rng.normal(0, sd * np.sqrt(1 - keeps**2), weeks), np.zeros(weeks)
    out[0] = rng.normal(0, sd)
    for t in range(1, weeks):
        out[t] = keeps * out[t - 1] + steps[t]
    return out


def _shocks(wheel: Wheel, setting: Setting, weeks: int, rng: np.random.Generator) -> Floats:
    """What moves each driver from outside the wheel: levers as sellers move them, errors of 5 to 8 % elsewhere."""
    at, out, move = wheel.index, np.zeros((weeks, len(wheel.nodes))), setting.movement
    levers = {
        "ads": move * rng.normal(0, 0.3, weeks),
        "price": move * _price(rng, weeks),
        "content": move * _steps(rng, weeks, 0.06, 0.15),
        "delivery": move * _wandering(rng, weeks, 0.7, 0.2),
        "availability": move * _stock(rng, weeks),
    }
    for name, path in levers.items():
        out[:, at[name]] = path
    for node in wheel.nodes:
        fixed = [k.fixed for k in wheel.links_into(node.name)]
        if node.name not in levers and not all(fixed):
            out[:, at[node.name]] = rng.normal(0, setting.noise * rng.uniform(0.05, 0.08), weeks)
    return out


def _steps(rng: np.random.Generator, weeks: int, chance: float, sd: float) -> Floats:
    """A level that is set anew now and then."""
    level = np.cumsum(rng.random(weeks) < chance)
    return np.asarray(rng.normal(0, sd, int(level.max()) + 1)[level])


def _price(rng: np.random.Generator, weeks: int) -> Floats:
    """A base price set anew about twice a year, and about six cuts a year of 10 to 25 % for one or two weeks."""
    out = _steps(rng, weeks, 0.04, 0.05)
    for start in np.flatnonzero(rng.random(weeks) < 0.115):
        out[start : start + int(rng.integers(1, 3))] += np.log1p(-rng.uniform(0.10, 0.25))
    return out


def _stock(rng: np.random.Generator, weeks: int) -> Floats:
    """In stock nearly always; about twice a year one to three weeks at 20 to 90 %."""
    out = -np.abs(rng.normal(0, 0.02, weeks))
    for start in np.flatnonzero(rng.random(weeks) < 0.04):
        out[start : start + int(rng.integers(1, 4))] = np.log(rng.uniform(0.2, 0.9))
    return out


def _season(
    wheel: Wheel, setting: Setting, weeks: int, rng: np.random.Generator
) -> tuple[Floats, Floats, dict[str, Floats]]:
    """(season with events, trend, event flags) as inputs of demand drivers; conversion takes a third of traffic's."""
    at, t = wheel.index, np.arange(weeks)
    turning, trend = np.zeros((weeks, len(at))), np.zeros((weeks, len(at)))
    events: dict[str, Floats] = {}
    if not setting.season:
        return turning, trend, events
    turn = 2 * np.pi * t * 7 / 365.25
    for name, size in (("traffic", 1.0), ("conversion", 0.33)):
        for k in (1, 2):
            turning[:, at[name]] += size * rng.normal(0, 0.12 / k, 2) @ np.array([np.sin(k * turn), np.cos(k * turn)])
        trend[:, at[name]] = size * rng.normal(0, 0.1) * (t - t.mean()) / 52.18
    for name, week in (("summer sale", 28), ("autumn sale", 47)):
        flags = ((t - WARM_UP) % 52 == week).astype(float)
        events[name] = flags
        turning[:, at["traffic"]] += rng.normal(0.3, 0.1) * flags
    return turning, trend, events


@dataclass(frozen=True)
class Groups:
    """Product groups of one seller: a common truth, and each group's own about it."""

    wheel: Wheel
    believed: Wheel
    worlds: Mapping[str, World] = field(default_factory=dict)


def groups(seed: int, setting: Setting, *, count: int = 12) -> Groups:
    """Worlds of `count` product groups, and a wheel whose prior means are wrong by ×0.4 or ×1.8 per link.

    The common truth is drawn from the right priors; how much groups differ in a link is half-normal with half the
    prior's spread, drawn per link.
    """
    wheel = template("seller")
    rng = np.random.default_rng([seed, 29])
    made: dict[str, World] = {}
    while len(made) < count:
        made = _family(wheel, setting, rng, count)
    wrong = rng.choice(WRONG, len(wheel.links))
    links = tuple(k if k.fixed else replace(k, mean=k.mean * w) for k, w in zip(wheel.links, wrong, strict=True))
    return Groups(wheel, replace(wheel, links=links), made)


def _family(wheel: Wheel, setting: Setting, rng: np.random.Generator, count: int) -> dict[str, World]:
    """Groups about one common truth; fewer than `count` if too many of them would run away."""
    values, own = truth(wheel, rng)
    differ = np.abs(rng.normal(0, SPREAD_OF_GROUPS * np.array([k.sd for k in wheel.links])))
    sign = np.array([k.sign for k in wheel.links])
    low, high = np.where(sign > 0, 0.0, -1e6), np.where(sign > 0, 1e6, 0.0)
    lags = np.array([k.lag_periods for k in wheel.links])
    fixed = np.array([k.fixed for k in wheel.links])
    made: dict[str, World] = {}
    for _ in range(2 * count):
        one = np.where(fixed, values, cut_normal(rng, values, np.maximum(differ, 1e-12), low, high))
        each = lived(wheel, (one, own, lags), setting, rng)
        if len(made) < count and could_be(each):
            made[f"group {len(made) + 1}"] = each
    return made
