"""Calibration of the growth wheel against simulated wheels whose truth is known; the baseline is literature alone.

Truth is drawn from the priors, then calibrated from its weeks as a business would be. Each figure comes with its
Monte-Carlo error over the worlds. Real wheels saturate, drift and have competitors: read these as upper bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.money import Floats
from ...growth.algebra import return_ratio
from ...growth.calibration import calibrate
from ...growth.fit import HORIZON_WEEKS, Fit
from ...growth.leverage import SURE, Push, gained, size
from ...growth.pooling import pool
from ...growth.response import by_lag
from ...growth.worlds import Setting, World, groups, world
from .common import row, timed

WORLDS, FAMILIES = 200, 18
COST_SPREAD = 0.5
"""Pushes are priced at what literature says they bring, give or take half: so that no push wins by its price alone."""
PUSHES: tuple[tuple[str, float], ...] = (
    ("ads", 0.1),
    ("price", -0.1),
    ("content", 0.1),
    ("delivery", -0.1),
    ("availability", 0.1),
    ("experience", 0.1),
    ("reviews", 0.1),
)


@dataclass(frozen=True)
class Score:
    """How one calibration did: truth inside the 90 % intervals (True/False), errors relative to prior means."""

    links: Floats
    errors: Floats
    prior_errors: Floats
    gain: float
    leverage: Floats
    tau: float
    prior_tau: float
    tau_priced: float
    prior_tau_priced: float
    p_best: float
    right: float
    regret: float
    coast: float
    coast_sure: float
    coast_right: float


def measure() -> list[dict[str, Any]]:
    """Accuracy, honesty of intervals and of named pushes, over 200 worlds each, and the cost of one calibration."""
    plain = [score(each) for each in _worlds(Setting(weeks=104))]
    rows = _at_104(plain)
    longer = [score(each) for each in _worlds(Setting(weeks=208))]
    rows.append(_sure(longer, "208", "≥ 0.90"))
    off = [covered(each)[0] for each in _worlds(Setting(weeks=104, delays_off=True))]
    rows.append(_mean("growth: link coverage, every delay a week off", off, "≥ 0.82"))
    hidden = [covered(each)[1] for each in _worlds(Setting(weeks=104, hidden=1.0, proxy=True))]
    rows.append(_mean("growth: ads coverage, hidden demand, proxy + allowance", hidden, "≥ 0.85"))
    trusting = [covered(each, allowance=False)[1] for each in _worlds(Setting(weeks=104, hidden=1.0))]
    rows.append(_mean("growth: ads coverage, hidden demand, neither", trusting, "< 0.30: the failure must be seen"))
    return [*rows, *_broken(), *_pooled(), _seconds()]


def _worlds(setting: Setting) -> list[World]:
    return [world(seed, setting) for seed in range(WORLDS)]


def _at_104(plain: Sequence[Score]) -> list[dict[str, Any]]:
    def about(
        name: str, read: Callable[[Score], float], must: str, base: Callable[[Score], float] | None = None
    ) -> Any:
        baseline = None if base is None else float(np.mean([base(s) for s in plain]))
        return _mean(f"growth: {name}, 104 weeks", [read(s) for s in plain], must, baseline)

    sure = [s for s in plain if s.coast_sure]
    return [
        about("Kendall tau of leverage, equal costs", lambda s: s.tau, "≥ 0.75", lambda s: s.prior_tau),
        about(
            "Kendall tau of leverage, priced near their worth",
            lambda s: s.tau_priced,
            "told beside it",
            lambda s: s.prior_tau_priced,
        ),
        about("link coverage", lambda s: float(s.links.mean()), "0.82 – 0.97"),
        about("leverage coverage, widened by 1.2", lambda s: float(s.leverage.mean()), "≥ 0.85"),
        about("loop gain coverage", lambda s: s.gain, "0.70 – 0.97"),
        about("coast coverage", lambda s: s.coast, "> 0.75", None),
        _mean("growth: coast direction right where told", [s.coast_right for s in sure], "told beside it"),
        _error(plain),
        _sure(plain, "104", "≥ 0.80"),
    ]


def score(true: World, fit: Fit | None = None) -> Score:
    """Calibrate one world (unless `fit` did) and compare with its truth."""
    fit = fit or calibrate(true.wheel, true.data)
    some = np.array([not k.fixed for k in true.wheel.links])
    values, truth = fit.values[:, some], true.values[some]
    means = np.array([k.mean for k in true.wheel.links])[some]
    links = within(values, truth)
    at = true.wheel.index[true.wheel.target]
    gain = return_ratio(by_lag(fit.matrices()), at, HORIZON_WEEKS)
    coast, slope = fit.coast(), true.coasts(13)
    ahead = {"accelerating": slope > 0.001, "slowing": slope < -0.001, "steady": abs(slope) <= 0.001}
    return Score(
        links=links,
        errors=(values.mean(axis=0) - truth) / means,
        prior_errors=(means - truth) / means,
        gain=float(within(gain[:, None], np.array([true.gain(HORIZON_WEEKS)]))[0]),
        coast=float(coast.per_week.low <= slope <= coast.per_week.high),
        coast_sure=float(coast.direction != "cannot_tell"),
        coast_right=float(ahead.get(coast.direction, False)),
        **_ranked(true, fit),
    )


def _ranked(true: World, fit: Fit) -> dict[str, Any]:
    """How the ranking of seven pushes did."""
    from scipy.stats import kendalltau

    believed = literature_gains(true)
    luck = np.random.default_rng([len(fit.states), int(1e6 * abs(true.values.sum()))])
    costs = believed * np.exp(luck.normal(0, COST_SPREAD, len(PUSHES)))
    pushes = [Push(name, change, float(cost)) for (name, change), cost in zip(PUSHES, costs, strict=True)]
    gains = np.array([true.effect(p.driver, HORIZON_WEEKS).sum() * size(fit, p) for p in pushes])
    ranking = fit.leverage(pushes)
    found = {row.push.driver: row for row in ranking.pushes}
    rows = [found[p.driver] for p in pushes]
    centre = np.array([r.gain_weeks.value for r in rows])
    first = pushes.index(ranking.pushes[0].push)
    return {
        "leverage": np.array([r.gain_weeks.low <= g <= r.gain_weeks.high for r, g in zip(rows, gains, strict=True)]),
        "tau": float(kendalltau(gains, centre).statistic),
        "prior_tau": float(kendalltau(gains, believed).statistic),
        "tau_priced": float(kendalltau(gains / costs, centre / costs).statistic),
        "prior_tau_priced": float(kendalltau(gains / costs, believed / costs).statistic),
        "p_best": ranking.pushes[0].p_best,
        "right": float((gains / costs).argmax() == first),
        "regret": float(1 - (gains / costs)[first] / (gains / costs).max()),
    }


_LITERATURE: dict[str, Floats] = {}


def literature_gains(true: World) -> Floats:
    """(pushes,) mean gain by literature alone."""
    if true.wheel.name not in _LITERATURE:
        alone = calibrate(true.wheel, None)
        _LITERATURE[true.wheel.name] = gained(alone, [Push(*p) for p in PUSHES], HORIZON_WEEKS)[0].mean(axis=0)
    return _LITERATURE[true.wheel.name]


def within(draws: Floats, truth: Floats) -> Floats:
    """Whether each truth lies in the 90 % interval of its column of draws."""
    low, high = np.quantile(draws, (0.05, 0.95), axis=0)
    return np.asarray((low <= truth) & (truth <= high), float)


def covered(true: World, *, allowance: bool = True) -> tuple[float, float]:
    """(share of links, ads link) whose truth lies in the 90 % interval."""
    fit = calibrate(true.wheel, true.data, allowance=allowance)
    some = np.array([not k.fixed for k in true.wheel.links])
    inside = within(fit.values, true.values)
    ads = fit.wheel.links.index(fit.wheel.link("ads", "traffic"))
    return float(inside[some].mean()), float(inside[ads])


def _mean(name: str, values: Iterable[float], must: str, baseline: float | None = None, **more: Any) -> dict[str, Any]:
    told = np.array(list(values), float)
    error = float(told.std(ddof=1) / np.sqrt(len(told)))
    return row(
        name, float(told.mean()), baseline, "share", must, monte_carlo_error=round(error, 4), n=len(told), **more
    )


def _error(plain: Sequence[Score]) -> dict[str, Any]:
    """Root mean square error of links relative to their prior means."""
    each = [float(np.sqrt((s.errors**2).mean())) for s in plain]
    prior = float(np.mean([np.sqrt((s.prior_errors**2).mean()) for s in plain]))
    return _mean("growth: link error, 104 weeks", each, "< 0.36", prior)


def _sure(scores: Sequence[Score], weeks: str, must: str) -> dict[str, Any]:
    """How often the push named with a chance of 0.8 or more was the best one."""
    named = [s for s in scores if s.p_best >= SURE]
    regret = round(float(np.mean([s.regret for s in named])), 4)
    share = round(len(named) / len(scores), 3)
    return _mean(
        f"growth: best push named and right, {weeks} weeks", [s.right for s in named], must, regret=regret, named=share
    )


def _broken() -> list[dict[str, Any]]:
    """One link at a tenth of its benchmark: how often it is found, and how often a healthy one is blamed."""
    found: dict[str, list[float]] = {"suspect": [], "broken": [], "false suspect": [], "false broken": []}
    for true in _worlds(Setting(weeks=104, broken=True)):
        for link in calibrate(true.wheel, true.data).links():
            if link.link.fixed:
                continue
            kind = "" if link.link.key == true.broken else "false "
            found[f"{kind}suspect"].append(float(link.status in ("suspect", "broken")))
            found[f"{kind}broken"].append(float(link.status == "broken"))
    return [_mean(f"growth: planted broken link told {name}", told, "told beside it") for name, told in found.items()]


def _pooled() -> list[dict[str, Any]]:
    """Twelve product groups with wrong priors, pooled and each alone; a family of groups counts once."""
    told = np.array([family_error(seed) for seed in range(FAMILIES)])
    error, alone, inside = told.T
    return [
        _mean("growth: link error pooled over product groups", error, "≤ 0.75 × alone", float(alone.mean())),
        _mean("growth: link coverage pooled over product groups", inside, "≥ 0.85"),
    ]


def family_error(seed: int) -> tuple[float, float, float]:
    """(error pooled, error alone, coverage pooled) of one family of twelve groups, errors over prior means."""
    family = groups(seed, Setting(weeks=104, noise=1.5))
    pooled = pool(family.believed, {name: w.data for name, w in family.worlds.items()})
    some = np.array([not k.fixed for k in family.wheel.links])
    means = np.array([k.mean for k in family.wheel.links])[some]
    found = []
    for name, true in family.worlds.items():
        truth = true.values[some]
        one = pooled.groups[name].values[:, some]
        own = calibrate(family.believed, true.data, fixed_lags=True).values[:, some]
        errors = [float((((v.mean(axis=0) - truth) / means) ** 2).mean()) for v in (one, own)]
        found.append((*errors, float(within(one, truth).mean())))
    error, alone, inside = np.array(found).mean(axis=0)
    return float(error**0.5), float(alone**0.5), float(inside)


def _seconds() -> dict[str, Any]:
    true = world(0)
    seconds = timed(lambda: calibrate(true.wheel, true.data), cpu=True)
    return row("growth: one calibration, 11 drivers, 104 weeks", seconds, None, "CPU seconds", "≤ 0.5")
