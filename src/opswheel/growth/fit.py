"""A calibrated wheel: everything that can be asked of it, each answer with its interval.

`calibrate(wheel, data)` makes a `Fit`; `calibrate(wheel, None)` makes one from literature alone, which says so in
every answer. A fit holds draws of the whole wheel, not a single best one: a question is answered on each of them,
and the share of draws that agree is the chance told with the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats
from .data import WeeklyData
from .wheel import Wheel

if TYPE_CHECKING:
    from .health import Change, Diagnostics, LinkEstimate, LoopEstimate, Reliance, Restored
    from .leverage import Path, Push, Ranking
    from .momentum import Coast

Label = Literal["prior", "data", "test", "identity"]
"""Where a figure comes from: literature, the account's own weeks, a lift test, or accounting."""

LOW, HIGH = 0.05, 0.95
"""Intervals hold nine draws in ten."""
HORIZON_WEEKS = 26
WIDEN = 1.2
"""Leverage intervals are stretched about their median by this much: calibration knows nothing of measurement error."""


@dataclass(frozen=True)
class LiftTest:
    """A finished experiment: the elasticity of `source` on `target` it found, and its standard error."""

    source: str
    target: str
    effect: float
    se: float


@dataclass(frozen=True)
class Estimate:
    """A figure: median, 90 % interval, and whether it rests on the account's data or on literature."""

    value: float
    low: float
    high: float
    source: Label


def estimate(draws: Floats, source: Label, *, widen: float = 1.0) -> Estimate:
    """Median and 90 % interval of draws, the interval stretched about the median by `widen`."""
    low, value, high = (float(q) for q in np.quantile(draws, (LOW, 0.5, HIGH)))
    return Estimate(value, value + widen * (low - value), value + widen * (high - value), source)


@dataclass(frozen=True)
class Gain:
    """The return ratio at the target over `weeks`: what one unit of sales brings back through the wheel.

    `multiplier` is 1 ÷ (1 − gain): the total a push brings per unit of its direct effect. `prior` is the gain
    literature alone gives; `p_runaway` the chance that the wheel grows without end (a root above 1).
    """

    weeks: int
    gain: Estimate
    multiplier: Estimate
    prior: Estimate
    p_runaway: float


@dataclass(frozen=True)
class Checked:
    """What the equation of one driver showed when it was calibrated.

    `rows`: weeks used. `noise`: residual standard deviation (log points). `ljung_box_p`: chance of residuals as
    regular as these from noise; `ar`: the error persistence allowed for because of it, else 0. `moved`: by source,
    standard deviation of what was used of it; `vif`: by source, how much of its movement the others share (variance
    inflation); `left_out`: by source, why its link was not estimated. `residuals`: by position of the week.
    """

    target: str
    rows: int
    noise: float
    ljung_box_p: float
    ar: float
    moved: Mapping[str, float]
    vif: Mapping[str, float]
    left_out: Mapping[str, str]
    residuals: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Fit:
    """Draws of a whole wheel. D draws, L links in the order of `wheel.links`, n drivers in that of `wheel.nodes`.

    `values` (D, L) elasticities; `own` (D, n) persistences; `lags` (D, L) delays in periods; `season` by demand
    driver (D, T): what season and events added each period; `outside` by driver (D,): what trend, proxy and intercept
    add in the last period. `states` (T, n): the series as calibrated, less their means, NaN where not seen. The draws
    lie chain by chain.
    """

    wheel: Wheel
    data: WeeklyData | None
    lift_tests: tuple[LiftTest, ...]
    seed: int
    chains: int
    values: Floats
    own: Floats
    lags: NDArray[np.int64]
    season: Mapping[str, Floats]
    outside: Mapping[str, Floats]
    states: Floats
    checked: Mapping[str, Checked]
    warnings: tuple[str, ...]

    def links(self, benchmarks: Mapping[tuple[str, str], float] | None = None) -> tuple[LinkEstimate, ...]:
        """Every link: mean, interval, learned share, source, and ok, suspect, broken or cannot tell, with why."""
        from .health import links

        return links(self, benchmarks or {})

    def gain(self, weeks: int = HORIZON_WEEKS) -> Gain:
        """The loop gain at the target."""
        from .health import gain

        return gain(self, weeks)

    def loops(self) -> tuple[LoopEstimate, ...]:
        """Every loop with its gain per rotation, weeks per rotation and share of the wheel's turning; largest first."""
        from .health import loops

        return loops(self)

    def weakest(self, benchmarks: Mapping[tuple[str, str], float] | None = None) -> tuple[Restored, ...]:
        """Links by what bringing them to their benchmark would add to the 26-week multiplier; most first."""
        from .health import weakest

        return weakest(self, benchmarks or {})

    def reliance(self, weeks: int = HORIZON_WEEKS) -> Reliance:
        """How much of the recent lift rests on each lever."""
        from .health import reliance

        return reliance(self, weeks)

    def diagnostics(self) -> Diagnostics:
        """What the data could and could not show."""
        from .health import diagnostics

        return diagnostics(self)

    def changed(self, weeks: int = 52) -> tuple[Change, ...]:
        """Links refitted on the last `weeks` against all before, and residuals that drift."""
        from .health import changed

        return changed(self, weeks)

    def coast(self, weeks: int = 13) -> Coast:
        """Where sales go if levers stay as they are and the season is taken out."""
        from .momentum import coast

        return coast(self, weeks)

    momentum = coast

    def leverage(self, pushes: Sequence[Push], weeks: int = HORIZON_WEEKS) -> Ranking:
        """Pushes by gain per unit of cost, with the chance that each is the best one."""
        from .leverage import leverage

        return leverage(self, pushes, weeks)

    def simulate(self, push: Push, weeks: int = 52, *, stop: int | None = None) -> Path:
        """What a push does to the target week by week; `stop` ends it after so many weeks."""
        from .leverage import simulate

        return simulate(self, push, weeks, stop=stop)

    def cut(self, *keys: tuple[str, str]) -> Fit:
        """The same draws with these links at zero: does the behaviour stay without them?"""
        from dataclasses import replace

        gone = [self.wheel.links.index(self.wheel.link(*key)) for key in keys]
        values = self.values.copy()
        values[:, gone] = 0.0
        return replace(self, values=values)

    def matrices(self, which: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """(D, K + 1, n, n): per draw and delay, row i column j the effect of driver j on driver i."""
        from .response import matrices

        return matrices(self.wheel, self.values[which], self.own[which], self.lags[which])

    @property
    def source(self) -> Label:
        """Whether answers about the whole wheel rest on data at all."""
        return "data" if any(c.rows for c in self.checked.values()) else "prior"
