"""Calibration: what the account's own weeks say about each link, starting from what literature says.

Each driver has one equation in logarithms; its unknown links start from the template's priors, keep their sign, and
are learned by Gibbs sampling from the weeks at hand. A link whose data may mislead (ads are raised when demand is
high) has an allowance τ: what data show is the effect plus a bias N(0, τ²), so more weeks never make it certain; a
lift test does. What accounting fixes is never estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.errors import WrongUse
from ..core.money import Floats
from .data import WeeklyData
from .fit import Checked, Fit, LiftTest
from .gibbs import Batch, Draws, cut_normal, draw
from .lags import Lags, candidates, drawn, prior, sets
from .regression import WHITE_BELOW, Equation, calendar, covers, equations, inflation, known_levels, ljung_box, states
from .wheel import Link, Wheel, nearest

CHAINS, BURN, KEEP, THIN = 32, 40, 25, 2
LEAST_PERIODS = {"week": 26, "month": 12}
"""Below this the answer would be literature with a coat of data."""
MOST_OWN = 0.98
MOST_SPAN = 20.0
"""A driver that changes more than e^20-fold (485 million times) is a change of unit, not of business."""
FAR = 1e6


def calibrate(  # noqa: PLR0913  all but two are seldom said
    wheel: Wheel,
    data: WeeklyData | None,
    *,
    lift_tests: Sequence[LiftTest] = (),
    same_week: Sequence[str] = (),
    fixed_lags: bool = False,
    allowance: bool = True,
    seed: int = 7,
) -> Fit:
    """Learn the links of a wheel from weekly data; the same seed gives the same draws.

    `data` None answers from literature alone. `lift_tests` are finished experiments. `same_week` names levers whose
    budget follows the sales of the same week: which moved first cannot be told then, so their links get an allowance
    of at least their prior spread. `fixed_lags` keeps the template's delays; `allowance` False trusts the data as
    they are (for comparison only). WrongUse for fewer than LEAST_PERIODS, BadWheel for a wheel that cannot be.
    """
    wheel.validate()
    wheel, warnings = _widened(wheel, same_week)
    if not allowance:
        wheel = replace(wheel, links=tuple(replace(link, tau=0.0) for link in wheel.links))
    tests = _tests(wheel, lift_tests)
    rng = np.random.default_rng(seed)
    if data is not None:
        checked_data(wheel, data)
    y = states(wheel, data)
    found = [] if data is None else whitened(equations(wheel, data, y, _candidates(wheel, fixed_lags)))
    told = [(equation, *sets(equation)) for equation in found]
    picked = drawn(wheel, told, CHAINS, rng)
    made = Collected(wheel, tests, rng, CHAINS * KEEP)
    if found:
        draws = draw(assemble(found, picked, tests), rng, burn=BURN, keep=KEEP, thin=THIN)
        for e, (equation, (theta, beta)) in enumerate(zip(found, in_order(found, CHAINS, draws), strict=True)):
            made.take(equation, [chain[e] for chain in picked], theta, beta)
    warnings += _warnings(data)
    return made.fit(data, y, found, lift_tests=tuple(lift_tests), seed=seed, chains=CHAINS, warnings=tuple(warnings))


def _widened(wheel: Wheel, same_week: Sequence[str]) -> tuple[Wheel, list[str]]:
    """The wheel with an allowance on links out of levers that answer to the same week's sales."""
    warnings = []
    for name in same_week:
        wheel.node(name)
        for link in wheel.links_from(name):
            if not link.fixed and link.tau < link.sd:
                wheel = wheel.change_link(*link.key, tau=link.sd)
        warnings.append(
            f"{name} follows the sales of the same week, so what it brings about and what brings it about look alike: "
            f"its links lean on literature. Set it a week ahead, or run a lift test."
        )
    return wheel, warnings


def _tests(wheel: Wheel, lift_tests: Sequence[LiftTest]) -> dict[tuple[str, str], LiftTest]:
    """Lift tests by link; WrongUse for one that cannot belong to this wheel."""
    out = {}
    for test in lift_tests:
        link = wheel.link(test.source, test.target)
        if link.fixed:
            raise WrongUse(f"{link.words} is accounting; no test can change it.", "Test another link.")
        if not (np.isfinite(test.effect) and np.isfinite(test.se) and test.se > 0):
            raise WrongUse(f"The lift test of {link.words} has no usable standard error.", "Give one above 0.")
        if link.key in out:
            raise WrongUse(f"{link.words} has two lift tests.", "Give their weighted mean as one.")
        out[link.key] = test
    return out


def checked_data(wheel: Wheel, data: WeeklyData) -> None:
    """Refuse too few periods, unknown drivers, and values no business has."""
    least, rows = LEAST_PERIODS[wheel.period], len(data.weeks)
    if rows < least:
        raise WrongUse(
            f"There are {rows} {wheel.period}s of data; calibrating needs at least {least}.",
            f"Load {least - rows} more, or answer from literature alone (no data file): it says so in every line.",
        )
    for name, values in data.series.items():
        if name in wheel.index and wheel.node(name).log and span(values) > MOST_SPAN:
            raise WrongUse(
                f"{name} changes by a factor of more than {np.exp(MOST_SPAN):,.0f} within these weeks.",
                "Check its unit, and that every week is told in the same one.",
            )
    unknown = [name for name in data.series if name not in wheel.index]
    if unknown:
        raise WrongUse(
            f"The {wheel.name} wheel has no driver {unknown[0]!r}{nearest(unknown[0], wheel.names)}.",
            f"Its drivers are: {', '.join(wheel.names)}.",
        )


def span(values: Floats) -> float:
    """Largest less smallest value seen; 0 where nothing was."""
    seen = values[np.isfinite(values)]
    return float(np.ptp(seen)) if len(seen) else 0.0


def _warnings(data: WeeklyData | None) -> list[str]:
    if data is None:
        return ["No data: every figure is from literature."]
    told = [
        f"{name} was zero in {n} week{'s' if n > 1 else ''}: left out, since zero has no logarithm."
        for name, n in data.zeros.items()
    ]
    if data.proxy is not None and not covers(data.proxy):
        told.append(f"The demand proxy covers only {np.isfinite(data.proxy).sum()} weeks: left out.")
    masked = int((~data.usable).sum())
    if masked:
        told.append(f"{masked} weeks with hardly anything to buy were left out of what shoppers did.")
    return told


def _candidates(wheel: Wheel, fixed: bool) -> dict[tuple[str, str], Lags]:
    return {k.key: (k.lag_periods,) if fixed else candidates(k) for k in wheel.links}


def whitened(found: list[Equation]) -> list[Equation]:
    """The equations, those with persistent errors less a share of the week before."""
    out = []
    for equation in found:
        home = tuple(link.lag_periods for link in equation.links)
        mean = _centre(equation, home)
        p, share = ljung_box(equation.y - equation.x[:, equation.columns(home)] @ mean, equation.weeks, 0)
        out.append(equation.less_ar(float(np.clip(share, 0.0, 0.9))) if p < WHITE_BELOW and share > 0 else equation)
    return out


def _centre(equation: Equation, lags: Lags) -> Floats:
    """The coefficients a plain Gaussian posterior centres on."""
    x, (mean, sd, _) = equation.x[:, equation.columns(lags)], prior(equation)
    noise = 0.06
    for _ in range(3):
        a = x.T @ x / noise**2 + np.diag(sd**-2.0)
        found = np.linalg.solve(a, x.T @ equation.y / noise**2 + mean / sd**2)
        noise = max(float(np.std(equation.y - x @ found)), 1e-4)
    return np.asarray(found)


@dataclass(frozen=True)
class Slots:
    """Where the parameters of one equation stand in a batch: `cut` and `free` list positions in its columns."""

    cut: tuple[int, ...]
    free: tuple[int, ...]

    @classmethod
    def of(cls, equation: Equation) -> Slots:
        """Links without bias and own past are cut to their interval; all else is free."""
        links = len(equation.links)
        sure = [i for i, link in enumerate(equation.links) if link.tau == 0]
        own = [links] if equation.own >= 0 else []
        rest = [i for i in range(links) if i not in sure]
        first = links + len(own)
        return cls(tuple(sure + own), tuple(rest + list(range(first, first + len(equation.free)))))


def assemble(
    found: Sequence[Equation], picked: Sequence[Sequence[Lags]], tests: Mapping[tuple[str, str], LiftTest]
) -> Batch:
    """One batch of equations × chains, equation by equation, padded to the widest."""
    slots = [Slots.of(e) for e in found]
    cuts = max((len(s.cut) for s in slots), default=0)
    width = cuts + max((len(s.free) for s in slots), default=0)
    n = len(found) * len(picked)
    b = Batch(
        cuts, np.zeros((n, width, width)), np.zeros((n, width)), np.zeros(n), np.zeros(n),
        np.zeros((n, width)), np.ones((n, width)), np.full((n, cuts), -FAR), np.full((n, cuts), FAR),
        np.zeros((n, width), bool), np.zeros((n, width)), np.ones((n, width)),
        np.full((n, width), -FAR), np.full((n, width), FAR),
    )  # fmt: skip
    for e, (equation, slot) in enumerate(zip(found, slots, strict=True)):
        rows = slice(e * len(picked), (e + 1) * len(picked))
        _fill(b, rows, equation, slot, [chain[e] for chain in picked])
        _believe(b, rows, equation, slot, tests)
    return b


def places(slot: Slots, cuts: int) -> list[int]:
    """Batch columns of an equation's parameters, in the order cut, free."""
    return [*range(len(slot.cut)), *range(cuts, cuts + len(slot.free))]


def _fill(b: Batch, rows: slice, equation: Equation, slot: Slots, lags: Sequence[Lags]) -> None:
    """Sums of products of one equation for every chain's delays."""
    whole, across = equation.x.T @ equation.x, equation.x.T @ equation.y
    at = np.array(places(slot, b.cuts))
    for i, chosen in zip(range(rows.start, rows.stop), lags, strict=True):
        columns = np.array(equation.columns(chosen))[[*slot.cut, *slot.free]]
        b.gram[i][np.ix_(at, at)] = whole[np.ix_(columns, columns)]
        b.cross[i][at] = across[columns]
    b.yy[rows], b.rows[rows] = float(equation.y @ equation.y), len(equation.y)


def _believe(b: Batch, rows: slice, equation: Equation, slot: Slots, tests: Mapping[tuple[str, str], LiftTest]) -> None:
    """Priors of one equation's parameters, lift tests taken in."""
    mean, sd, _ = prior(equation)
    for column, i in zip(places(slot, b.cuts), (*slot.cut, *slot.free), strict=True):
        link = equation.links[i] if i < len(equation.links) else None
        if link is None:
            b.mean[rows, column], b.precision[rows, column] = mean[i], sd[i] ** -2
            if column < b.cuts:
                b.low[rows, column], b.high[rows, column] = 0.0, MOST_OWN
            continue
        centre, precision, low, high = believed(link, tests.get(link.key))
        if column < b.cuts:
            b.mean[rows, column], b.precision[rows, column] = centre, precision
            b.low[rows, column], b.high[rows, column] = low, high
        else:
            b.biased[rows, column], b.precision[rows, column] = True, link.tau**-2
            b.beta_mean[rows, column], b.beta_precision[rows, column] = centre, precision
            b.beta_low[rows, column], b.beta_high[rows, column] = low, high


def believed(link: Link, test: LiftTest | None) -> tuple[float, float, float, float]:
    """Mean, precision and interval of a link before weekly data: its prior and a lift test, if there is one."""
    precision, mean = link.sd**-2, link.mean
    if test is not None:
        whole = precision + test.se**-2
        mean, precision = (precision * mean + test.se**-2 * test.effect) / whole, whole
    return mean, precision, 0.0 if link.sign > 0 else -FAR, FAR if link.sign > 0 else 0.0


class Collected:
    """Draws of every link and persistence: from literature until an equation brings better ones."""

    def __init__(
        self, wheel: Wheel, tests: Mapping[tuple[str, str], LiftTest], rng: np.random.Generator, draws: int
    ) -> None:
        self.wheel = wheel
        self.values = np.column_stack([_literature(k, tests.get(k.key), rng, draws) for k in wheel.links])
        own = []
        for node in wheel.nodes:
            at, sd = np.full(draws, node.own_mean), np.full(draws, max(node.own_sd, 1e-12))
            low = np.zeros(draws)
            own.append(at if node.own_sd == 0 else cut_normal(rng, at, sd, low, low + MOST_OWN))
        self.own = np.column_stack(own)
        self.lags = np.tile([k.lag_periods for k in wheel.links], (draws, 1)).astype(np.int64)
        self.free: dict[str, tuple[tuple[str, ...], Floats]] = {}
        self._theta: dict[str, Floats] = {}

    def take(self, equation: Equation, lags: Sequence[Lags], theta: Floats, beta: Floats) -> None:
        """Put one equation's draws in place: theta and beta (draws, its columns), chain by chain."""
        self._theta[equation.node.name] = theta
        keep = len(theta) // len(lags)
        for i, link in enumerate(equation.links):
            column = self._column(link)
            self.values[:, column] = beta[:, i]
            self.lags[:, column] = np.repeat([chain[i] for chain in lags], keep)
        if equation.own >= 0:
            self.own[:, self.wheel.index[equation.node.name]] = theta[:, len(equation.links)]
        self.free[equation.node.name] = (equation.free, theta[:, -len(equation.free) :])

    def _column(self, link: Link) -> int:
        return self.wheel.links.index(self.wheel.link(*link.key))

    def means(self, equation: Equation) -> tuple[Lags, Floats]:
        """The commonest delays of an equation, and its mean coefficients under them."""
        columns = [self._column(k) for k in equation.links]
        told, counts = np.unique(self.lags[:, columns], axis=0, return_counts=True)
        best = told[counts.argmax()]
        same = (self.lags[:, columns] == best).all(axis=1)
        return tuple(int(k) for k in best), self._theta[equation.node.name][same].mean(axis=0)

    def outside(
        self, found: Sequence[Equation], basis: Mapping[str, Floats]
    ) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Per demand driver what season and events added each period; per driver what else adds in the last one."""
        season, last = {}, {}
        for equation in found:
            names, draws = self.free[equation.node.name]
            turning = [i for i, n in enumerate(names) if n.startswith(("season", "event"))]
            if turning:
                season[equation.node.name] = draws[:, turning] @ np.array([basis[names[i]] for i in turning])
            rest = [i for i, n in enumerate(names) if i not in turning]
            level = np.array([_last(basis[names[i]]) for i in rest])
            last[equation.node.name] = draws[:, rest] @ level
        return season, last

    def fit(self, data: WeeklyData | None, y: Floats, found: Sequence[Equation], **more: Any) -> Fit:
        """What was collected, as a fit."""
        season, last = self.outside(found, {} if data is None else calendar(self.wheel, data))
        last |= {name: np.full(len(self.own), level) for name, level in known_levels(self.wheel, y).items()}
        checked = {e.node.name: _checked(e, *self.means(e)) for e in found}
        return Fit(
            wheel=self.wheel, data=data, values=self.values, own=self.own, lags=self.lags, season=season,
            outside=last, states=y, checked=checked, **more,
        )  # fmt: skip


def in_order(found: Sequence[Equation], chains: int, draws: Draws) -> list[tuple[Floats, Floats]]:
    """(theta, beta) of each equation in a batch: (chains × kept, its columns), chain by chain."""
    cuts = max((len(Slots.of(e).cut) for e in found), default=0)
    out = []
    for e, equation in enumerate(found):
        slot, rows = Slots.of(equation), slice(e * chains, (e + 1) * chains)
        at = np.array(places(slot, cuts))[np.argsort([*slot.cut, *slot.free])]
        theta, beta = (
            part[:, rows][:, :, at].transpose(1, 0, 2).reshape(-1, len(at)) for part in (draws.theta, draws.beta)
        )
        out.append((theta, beta))
    return out


def _last(values: Floats) -> float:
    seen = values[np.isfinite(values)]
    return float(seen[-1]) if len(seen) else 0.0


def _literature(link: Link, test: LiftTest | None, rng: np.random.Generator, draws: int) -> Floats:
    if link.fixed:
        return np.full(draws, link.mean)
    mean, precision, low, high = believed(link, test)
    full = np.ones(draws)
    return cut_normal(rng, full * mean, full * precision**-0.5, full * low, full * high)


def _checked(equation: Equation, lags: Lags, theta: Floats) -> Checked:
    columns = equation.columns(lags)
    links = len(equation.links)
    residuals = equation.y - equation.x[:, columns] @ theta
    p, _ = ljung_box(residuals, equation.weeks, 0)
    shown = equation.x[:, columns[:links]]
    names = [link.source for link in equation.links]
    return Checked(
        equation.node.name,
        len(equation.y),
        float(np.std(residuals)),
        p,
        equation.ar,
        dict(zip(names, shown.std(axis=0).tolist(), strict=True)),
        dict(zip(names, inflation(shown).tolist(), strict=True)),
        equation.left_out,
        tuple(zip(equation.weeks.tolist(), residuals.tolist(), strict=True)),
    )
