"""The coast test: what would sales do if nobody touched a lever and the season were taken out?

Levers stay at their mean of the last four weeks, trend and proxy at their present height; season and events, and what
they have set off since, are taken off draw by draw, so that doubt about the season is doubt about the momentum. With
a single best-fitting season the interval would hold the truth about one time in three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..core.errors import WrongUse
from ..core.money import Floats
from .response import run

if TYPE_CHECKING:
    from .fit import Estimate, Fit

STEADY = 0.001
"""A tenth of a per cent a week is 5 % a year: less is neither growth nor decay."""
SURE = 0.8
LAST_WEEKS = 4
Direction = Literal["accelerating", "steady", "slowing", "cannot_tell"]


@dataclass(frozen=True)
class Coast:
    """`per_week`: slope of log sales while coasting. `p_up`, `p_steady`, `p_down`: its chances beyond ±0.1 % a week.

    `path`: quantiles (weeks, 3) at 5, 50, 95 % of log sales, less where it stands at the start. `direction` is told
    only at a chance of 0.8, with `reason` and `next_step` where it is not.
    """

    weeks: int
    per_week: Estimate
    p_up: float
    p_steady: float
    p_down: float
    direction: Direction
    path: Floats
    reason: str = ""
    next_step: str = ""


def coast(fit: Fit, weeks: int) -> Coast:
    """Let the wheel coast for `weeks`; without data nothing is known of where it stands, and it says so."""
    from .fit import estimate

    if weeks < 2:
        raise WrongUse(f"A slope over {weeks} weeks is none.", "Give at least 2.")
    if not len(fit.states) or not np.isfinite(fit.states[:, fit.wheel.index[fit.wheel.target]]).any():
        nothing = estimate(np.array([np.nan]), "prior")
        return Coast(
            weeks, nothing, np.nan, np.nan, np.nan, "cannot_tell", np.zeros((0, 3)),
            "there are no weeks of sales to coast from", "load weekly sales and calibrate",
        )  # fmt: skip
    path = coasted(fit, weeks)
    slope = slopes(path)
    up, down = float((slope > STEADY).mean()), float((slope < -STEADY).mean())
    fan = np.quantile(path - path[:, :1], (0.05, 0.5, 0.95), axis=0).T
    direction, reason, step = _direction(up, 1 - up - down, down, len(fit.states))
    return Coast(weeks, estimate(slope, fit.source), up, 1 - up - down, down, direction, fan, reason, step)


def _direction(up: float, steady: float, down: float, seen: int) -> tuple[Direction, str, str]:
    told: tuple[tuple[float, Direction], ...] = ((up, "accelerating"), (steady, "steady"), (down, "slowing"))
    for share, word in told:
        if share >= SURE:
            return word, "", ""
    months = "season and momentum look alike in so few weeks" if seen < 104 else "the interval spans growth and decay"
    return "cannot_tell", f"no direction holds in {SURE:.0%} of draws: {months}", "load more weeks, or ask again later"


def slopes(path: Floats) -> Floats:
    """Least-squares slope per week of each row."""
    t = np.arange(path.shape[1]) - (path.shape[1] - 1) / 2
    return np.asarray(path @ t / (t @ t))


def coasted(fit: Fit, weeks: int) -> Floats:
    """(D, weeks) log sales of weeks 1 … `weeks` from now, less its mean, on every draw."""
    b = fit.matrices()
    calm = _carried(fit.states) - _seasonal(fit, b)
    levers = [i for i, node in enumerate(fit.wheel.nodes) if node.lever]
    inputs = np.zeros((len(b), weeks, b.shape[2], 1))
    for name, height in fit.outside.items():
        inputs[:, :, fit.wheel.index[name], 0] = height[:, None]
    inputs[:, :, levers, 0] = calm[:, -LAST_WEEKS:, levers].mean(axis=1)[:, None]
    frozen = b.copy()
    frozen[:, :, levers] = 0.0
    deep = b.shape[1] - 1
    return run(frozen, inputs, calm[:, -deep:, :, None])[:, :, fit.wheel.index[fit.wheel.target], 0]


def _seasonal(fit: Fit, b: Floats) -> Floats:
    """(D, T, n): what season and events have set off in every driver so far."""
    inputs = np.zeros((len(b), len(fit.states), b.shape[2], 1))
    for name, path in fit.season.items():
        inputs[:, :, fit.wheel.index[name], 0] = path
    return run(b, inputs)[..., 0]


def _carried(states: Floats) -> Floats:
    """The series with gaps filled by the last value seen, and 0 (its mean) where nothing was."""
    out = states.copy()
    for t in range(1, len(out)):
        out[t] = np.where(np.isnan(out[t]), out[t - 1], out[t])
    return np.nan_to_num(out)
