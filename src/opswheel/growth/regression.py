"""The equation of each driver as rows and columns: which weeks it can use, and what stands beside its links.

What accounting or a known inflow explains is taken off the target first; it is never estimated. Season, trend and
events belong to demand drivers only: everywhere else they would take away what the slow drivers explain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats
from .data import WeeklyData
from .wheel import Link, Node, Wheel

YEAR = {"week": 365.25 / 7, "month": 12.0}
HARMONICS = 2
INTERCEPT_SD, NUISANCE_SD, PROXY_SD = 0.05, 0.3, 1.0
"""Prior spread of the intercept on demeaned logs, of season, trend and events, and of the demand proxy."""
STILL = 1e-6
"""A driver whose logarithm varies less than this never moved."""
NOT_MEASURED, NEVER_MOVED = "not measured", "never moved"
MOSTLY = 0.5
"""A driver or proxy missing in more than half the weeks is left out rather than those weeks."""
LEAST_ROWS = 20
"""An equation with fewer usable weeks is left to the literature."""
WHITE_BELOW, LAGS_TESTED = 0.01, 8
"""Ljung–Box: residuals as regular as this by chance once in a hundred switch persistent errors on."""


@dataclass(frozen=True)
class Equation:
    """One target: `y` (rows,), candidate columns `x` (rows, columns) and what they are.

    `links` are those estimated; `choices[l]` maps each candidate delay of link l to its column. `own` is the column
    of the target's own past, or −1. `free` names the remaining columns (intercept, season …), `free_at` says where
    they stand and `free_sd` how far they may go. `weeks` are the rows' positions in the data.
    """

    node: Node
    links: tuple[Link, ...]
    choices: tuple[Mapping[int, int], ...]
    own: int
    free: tuple[str, ...]
    free_at: tuple[int, ...]
    free_sd: Floats
    x: Floats
    y: Floats
    weeks: NDArray[np.int64]
    left_out: Mapping[str, str] = field(default_factory=dict)
    ar: float = 0.0

    def columns(self, lags: tuple[int, ...]) -> list[int]:
        """Columns of one choice of delays: links, own past, the rest."""
        told = [choice[k] for choice, k in zip(self.choices, lags, strict=True)]
        return told + ([self.own] if self.own >= 0 else []) + list(self.free_at)

    def less_ar(self, share: float) -> Equation:
        """The equation after taking off `share` of the week before: what is left of persistent errors is noise."""
        follows = np.flatnonzero(np.diff(self.weeks) == 1) + 1
        y = self.y[follows] - share * self.y[follows - 1]
        x = self.x[follows] - share * self.x[follows - 1]
        return replace(self, x=x, y=y, weeks=self.weeks[follows], ar=share)


def states(wheel: Wheel, data: WeeklyData | None) -> Floats:
    """(T, n) series less their means, NaN where unseen; stocks nobody counted are built from what flows into them."""
    if data is None:
        return np.full((0, len(wheel.nodes)), np.nan)
    out = np.full((len(data.weeks), len(wheel.nodes)), np.nan)
    for i, node in enumerate(wheel.nodes):
        seen = data.series.get(node.name)
        if seen is not None and np.isfinite(seen).any():
            out[:, i] = seen - np.nanmean(seen[data.usable] if np.isfinite(seen[data.usable]).any() else seen)
    for i, node in enumerate(wheel.nodes):
        into = wheel.links_into(node.name)
        if np.isnan(out[:, i]).all() and node.own_fixed and into and all(link.fixed for link in into):
            out[:, i] = _built(wheel, node, out)
    return out


def _built(wheel: Wheel, node: Node, y: Floats) -> Floats:
    """A stock by its own recursion, from its mean on; a week without inflow data flows in as usual."""
    stock = np.zeros(len(y))
    into = [(k.mean, k.lag_periods, wheel.index[k.source]) for k in wheel.links_into(node.name)]
    if any(np.isnan(y[:, source]).all() for _, _, source in into):
        return np.full(len(y), np.nan)
    for t in range(1, len(y)):
        stock[t] = node.own_mean * stock[t - 1]
        stock[t] += sum(w * np.nan_to_num(y[t - k, j]) for w, k, j in into if t >= k)
    return stock


def known_levels(wheel: Wheel, y: Floats) -> dict[str, float]:
    """What accounting and stocks leave over on average, since each series was taken less its own mean."""
    rest = {node.name: less_known(wheel, node, y) for node in wheel.nodes if not _learns(wheel, node)}
    joined = {link.target for link in wheel.links}
    return {name: float(np.nanmean(r)) for name, r in rest.items() if name in joined and np.isfinite(r).any()}


def calendar(wheel: Wheel, data: WeeklyData) -> dict[str, Floats]:
    """What may move demand from outside, by name: a value a period."""
    t = np.arange(len(data.weeks), dtype=float)
    first = data.weeks[0].timetuple().tm_yday / 365.25
    turn = 2 * np.pi * (t / YEAR[wheel.period] + first)
    out = {"intercept": np.ones(len(t)), "trend": (t - t.mean()) / YEAR[wheel.period]}
    for k in range(1, HARMONICS + 1):
        out |= {f"season sin {k}": np.sin(k * turn), f"season cos {k}": np.cos(k * turn)}
    out |= {f"event {name}": np.asarray(v, float) for name, v in data.events.items() if np.ptp(v) > 0}
    if data.proxy is not None and covers(data.proxy) and np.nanstd(data.proxy) > STILL:
        out["proxy"] = data.proxy - np.nanmean(data.proxy)
    return out


def covers(proxy: Floats) -> bool:
    """Whether a demand proxy is there in most periods; its gaps would take their weeks from every equation."""
    return bool(np.isfinite(proxy).mean() >= MOSTLY)


def _free(node: Node, links: tuple[Link, ...], outside: Mapping[str, Floats]) -> dict[str, float]:
    """Names of the columns beside links, with the prior spread of each.

    The proxy also enters where a link carries an allowance: it is there that hidden demand misleads.
    """
    told = {"intercept": INTERCEPT_SD}
    if node.demand:
        told |= {n: NUISANCE_SD for n in outside if n == "trend" or n.startswith(("season", "event"))}
    if "proxy" in outside and (node.demand or any(link.tau > 0 for link in links)):
        told["proxy"] = PROXY_SD
    return told


@dataclass(frozen=True)
class _Given:
    """What every equation is made from: states (T, n), what may move demand, and the delays to be compared."""

    wheel: Wheel
    data: WeeklyData
    y: Floats
    outside: Mapping[str, Floats]
    candidates: Mapping[tuple[str, str], tuple[int, ...]]

    def path(self, name: str) -> Floats:
        """The series of one driver (T,)."""
        return self.y[:, self.wheel.index[name]]


def equations(
    wheel: Wheel, data: WeeklyData, y: Floats, candidates: Mapping[tuple[str, str], tuple[int, ...]]
) -> list[Equation]:
    """One equation for each driver with something to learn and weeks to learn it from."""
    given = _Given(wheel, data, y, calendar(wheel, data), candidates)
    made = (_equation(given, node) for node in wheel.nodes if _learns(wheel, node))
    return [equation for equation in made if equation is not None]


def _learns(wheel: Wheel, node: Node) -> bool:
    return any(not k.fixed for k in wheel.links_into(node.name)) or (node.persists and not node.own_fixed)


def _equation(given: _Given, node: Node) -> Equation | None:
    into = tuple(k for k in given.wheel.links_into(node.name) if not k.fixed)
    target = less_known(given.wheel, node, given.y)
    left_out = {k.source: why for k in into if (why := _unusable(given.path(k.source), target, given.data.usable))}
    links = tuple(k for k in into if k.source not in left_out)
    columns: list[Floats] = []
    choices = []
    for link in links:
        lags = given.candidates[link.key]
        choices.append({lag: len(columns) + i for i, lag in enumerate(lags)})
        columns += [late(given.path(link.source), lag) for lag in lags]
    own = len(columns) if node.persists and not node.own_fixed else -1
    if own >= 0:
        columns.append(late(given.path(node.name), 1))
    free = _free(node, into, given.outside)
    free_at = tuple(range(len(columns), len(columns) + len(free)))
    x = np.column_stack([*columns, *(given.outside[name] for name in free)])
    rows = np.flatnonzero(np.isfinite(target) & np.isfinite(x).all(axis=1) & given.data.usable)
    if len(rows) < LEAST_ROWS:
        return None
    sd = np.array(list(free.values()))
    return Equation(node, links, tuple(choices), own, tuple(free), free_at, sd, x[rows], target[rows], rows, left_out)


def less_known(wheel: Wheel, node: Node, y: Floats) -> Floats:
    """The target's series (T,) less what accounting and known inflows explain of it."""
    rest: Floats = y[:, wheel.index[node.name]].copy()
    for link in wheel.links_into(node.name):
        if link.fixed:
            rest = rest - link.mean * late(y[:, wheel.index[link.source]], link.lag_periods)
    if node.own_fixed:
        rest = rest - node.own_mean * late(y[:, wheel.index[node.name]], 1)
    return rest


def late(values: Floats, lag: int) -> Floats:
    """The series `lag` periods later, NaN before it begins."""
    if lag == 0:
        return values
    moved: Floats = np.r_[np.full(lag, np.nan), values[:-lag]]
    return moved[: len(values)]


def _unusable(source: Floats, target: Floats, usable: NDArray[np.bool_]) -> str:
    """Why a link from this driver cannot be learned; empty if it can.

    A driver that is missing in most of its target's weeks would take those weeks from all the others.
    """
    inside = np.isfinite(source) & usable
    if not np.isfinite(source).any():
        return NOT_MEASURED
    if inside.sum() < max(LEAST_ROWS, MOSTLY * (np.isfinite(target) & usable).sum()):
        return f"measured in only {inside.sum()} usable weeks"
    return NEVER_MOVED if float(np.std(source[inside])) < STILL else ""


def ljung_box(residuals: Floats, weeks: NDArray[np.int64], fitted: int) -> tuple[float, float]:
    """(p value, correlation with the week before) of residuals; weeks without a neighbour are left out of a lag."""
    from scipy.stats import chi2

    n = len(residuals)
    at = np.full(int(weeks[-1]) + 1 if n else 1, np.nan)
    at[weeks] = residuals - residuals.mean()
    size = float(np.nansum(at**2))
    if n < LEAST_ROWS or size == 0:
        return 1.0, 0.0
    seen = [float(np.nansum(at[k:] * at[:-k])) / size for k in range(1, LAGS_TESTED + 1)]
    statistic = n * (n + 2) * sum(r * r / (n - k) for k, r in enumerate(seen, 1))
    return float(chi2.sf(statistic, LAGS_TESTED - fitted)), seen[0]


def inflation(x: Floats) -> Floats:
    """Variance inflation of each column: 1 where it moves alone, large where others move with it."""
    if x.shape[1] < 2:
        return np.ones(x.shape[1])
    z = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), STILL)
    correlation = z.T @ z / len(z) + 1e-9 * np.eye(x.shape[1])
    return np.asarray(np.diag(np.linalg.inv(correlation)))
