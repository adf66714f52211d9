"""Which spoke is broken, which loop carries the wheel, what the levers held up, and what the data could not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..core.errors import WrongUse
from ..core.money import Floats
from .algebra import momentum, return_ratio
from .fit import HORIZON_WEEKS, Checked, Estimate, Fit, Gain, Label, estimate
from .gibbs import cut_moments
from .loops import find_loops
from .regression import NEVER_MOVED, NOT_MEASURED
from .response import by_lag, run
from .wheel import Link

if TYPE_CHECKING:
    from .loops import Loop

Status = Literal["ok", "suspect", "broken", "cannot_tell"]
WEAK = 0.5
"""A link below half of its benchmark is weak; suspect and broken are chances of that."""
SUSPECT, BROKEN = 0.5, 0.8
LEARNED_ENOUGH = 0.3
"""Below this share of the prior's doubt removed, a figure is literature, not the account."""
COLLINEAR = 10.0
"""Variance inflation above which two drivers moved together: a common rule of thumb (Kutner and others)."""
MOVED_LITTLE = 0.05
THIN = 4
"""Every fourth draw is enough where each needs its roots."""
RELIES, LEAST_PUSHES = 0.5, 1.5
DRIFT = 1.358
"""Five in a hundred series without a break pass this: cumulative sums of residuals, Ploberger and Krämer 1992."""
MATERIAL, CHANGED = 0.25, 0.9


@dataclass(frozen=True)
class LinkEstimate:
    """One link. `low`, `high`: 90 % interval; `learned`: share of the prior's variance the data removed, 0…1.

    `source`: prior, data, test or identity. `p_weak`: chance that it is below half its `benchmark`. `lag_share`: how
    often the delay `lag_periods` was drawn. `reason` and `next_step` say why status is not plain.
    """

    link: Link
    mean: float
    low: float
    high: float
    learned: float
    source: Label
    status: Status
    p_weak: float
    benchmark: float
    lag_periods: int
    lag_share: float
    reason: str
    next_step: str


@dataclass(frozen=True)
class LoopEstimate:
    """One loop: gain per rotation, weeks per rotation, and its share of what carries the wheel (modal score)."""

    loop: Loop
    gain: Estimate
    weeks: Estimate
    share: Estimate


@dataclass(frozen=True)
class Restored:
    """What bringing one link to its benchmark adds to the multiplier over 26 weeks, and how far it is below now."""

    link: Link
    adds: Estimate
    below: float
    source: Label


@dataclass(frozen=True)
class Reliance:
    """Share of what levers added over the last weeks, by lever; `effective_pushes` 1 ÷ Σ share².

    `over` names the lever on which more than half rests, or is empty; `p_over` is the chance of it. Shares are empty
    and `reason` set where nothing can be told.
    """

    weeks: int
    shares: Mapping[str, Estimate]
    effective_pushes: float
    over: str
    p_over: float
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """One link before and in the last weeks. `p_changed`: chance that it moved by over a quarter of its benchmark.

    `drifting` says that its target's residuals drift, too.
    """

    link: Link
    before: Estimate
    now: Estimate
    p_changed: float
    changed: bool
    drifting: bool


@dataclass(frozen=True)
class Diagnostics:
    """What stands behind a fit: per equation what it used, and over all how much is literature.

    `unmeasured_share`: share of the loops' scores that runs through drivers without data. `prior_runaway`: chance, by
    literature, that the wheel grows without end.
    """

    weeks: int
    equations: tuple[Checked, ...]
    lever_sd: Mapping[str, float]
    unmeasured_share: float
    prior_runaway: float
    warnings: tuple[str, ...]


def links(fit: Fit, benchmarks: Mapping[tuple[str, str], float]) -> tuple[LinkEstimate, ...]:
    """Every link with its status; `benchmarks` replace the template's means."""
    return tuple(_link(fit, i, benchmarks.get(link.key, link.mean)) for i, link in enumerate(fit.wheel.links))


def _link(fit: Fit, i: int, benchmark: float) -> LinkEstimate:
    link, values = fit.wheel.links[i], fit.values[:, i]
    low, high = (float(q) for q in np.quantile(values, (0.05, 0.95)))
    told, counts = np.unique(fit.lags[:, i], return_counts=True)
    lag, often = int(told[counts.argmax()]), float(counts.max() / counts.sum())
    learned = learned_share(link, values)
    p_weak = float((np.abs(values) < WEAK * abs(benchmark)).mean())
    source = _source(fit, link, learned)
    status, reason, step = _status(fit, link, learned, p_weak)
    return LinkEstimate(
        link, float(values.mean()), low, high, learned, source, status, p_weak, benchmark, lag, often, reason, step
    )


def learned_share(link: Link, values: Floats) -> float:
    """1 − variance now ÷ variance of the prior; 0 for what is fixed, and never below 0."""
    if link.fixed:
        return 0.0
    edge = (0.0, np.inf) if link.sign > 0 else (-np.inf, 0.0)
    _, variance = cut_moments(*(np.array(v) for v in (link.mean, link.sd, *edge)))
    return float(max(0.0, 1 - values.var() / variance))


def _source(fit: Fit, link: Link, learned: float) -> Label:
    if link.fixed:
        return "identity"
    if any((t.source, t.target) == link.key and t.se < link.sd for t in fit.lift_tests):
        return "test"
    return "data" if learned >= LEARNED_ENOUGH else "prior"


def _status(fit: Fit, link: Link, learned: float, p_weak: float) -> tuple[Status, str, str]:
    """(status, why, what to do); broken and suspect need data, and data in which the driver moved alone."""
    if link.fixed:
        return "ok", "accounting", ""
    checked = fit.checked.get(link.target)
    inflated = checked.vif.get(link.source, 1.0) if checked else 1.0
    if inflated > COLLINEAR and _source(fit, link, learned) != "test":
        return (
            "cannot_tell",
            f"{link.source} moved together with other drivers of {link.target} (variance inflation {inflated:.0f})",
            f"move {link.source} alone for some weeks, or run a lift test",
        )
    if learned < LEARNED_ENOUGH:
        return "cannot_tell", *_why_unlearned(fit, link)
    status: Status = "broken" if p_weak > BROKEN else "suspect" if p_weak > SUSPECT else "ok"
    return status, f"below half of its benchmark in {p_weak:.0%} of draws", ""


def _why_unlearned(fit: Fit, link: Link) -> tuple[str, str]:
    """Why a link is still literature, and what would teach it."""
    checked = fit.checked.get(link.target)
    if fit.data is None:
        return "no data", "load weekly values and calibrate"
    if checked is None:
        measured = np.isfinite(fit.states[:, fit.wheel.index[link.target]]).any()
        why = "too few usable weeks" if measured else NOT_MEASURED
        return f"{link.target}: {why}", f"measure {link.target}, or put in a proxy"
    why = checked.left_out.get(link.source, "")
    if why == NEVER_MOVED:
        return f"{link.source} never moved in these weeks", f"move {link.source}: a test of a few weeks is enough"
    if why:
        return f"{link.source}: {why}", f"measure {link.source}, or put in a proxy"
    if link.tau > 0:
        return "demand may move both, so data alone cannot say", "run a lift test, or load a demand proxy"
    moved = checked.moved.get(link.source, 0.0)
    if moved < MOVED_LITTLE:
        return (
            f"{link.source} moved by only {moved:.1%}",
            f"move {link.source} more: it teaches as much as twice the weeks",
        )
    return "too few weeks for an effect of this size", f"move {link.source} more, or load more weeks"


def gain(fit: Fit, weeks: int) -> Gain:
    """Return ratio at the target, its multiplier, and what literature alone would say."""
    at = fit.wheel.index[fit.wheel.target]
    ratio = return_ratio(by_lag(fit.matrices()), at, weeks)
    before = ratio if fit.data is None else return_ratio(by_lag(_literature(fit).matrices()), at, weeks)
    return Gain(
        weeks,
        estimate(ratio, fit.source),
        estimate(1 / (1 - ratio), fit.source),
        estimate(before, "prior"),
        float((_roots(fit) > 1).mean()),
    )


def _literature(fit: Fit) -> Fit:
    from .calibration import calibrate

    return calibrate(fit.wheel, None, seed=fit.seed)


def _roots(fit: Fit) -> Floats:
    b = by_lag(fit.matrices(slice(None, None, THIN)))
    count = len(b[0])
    return np.array([momentum({k: m[d] for k, m in b.items()}).root for d in range(count)])


def loops(fit: Fit) -> tuple[LoopEstimate, ...]:
    """Every loop over the draws; the order is that of its median gain."""
    roots = _roots(fit)
    at = {link.key: i for i, link in enumerate(fit.wheel.links)}
    some = slice(None, None, THIN)
    values, own, lags = fit.values[some], fit.own[some], fit.lags[some]
    rows = []
    for loop in find_loops(fit.wheel):
        rate, turn, score = np.ones(len(roots)), np.zeros(len(roots)), np.ones(len(roots))
        for link in loop.links:
            i, kept = at[link.key], own[:, fit.wheel.index[link.target]]
            rate = rate * values[:, i] / (1 - kept)
            turn = turn + lags[:, i] + kept / (1 - kept)
            score = score * values[:, i] * roots ** -lags[:, i].astype(float) / (1 - kept / roots)
        rows.append((loop, rate, turn, score))
    whole = np.sum([np.abs(score) for *_, score in rows], axis=0) if rows else np.ones(1)
    out = [
        LoopEstimate(
            loop,
            estimate(rate, _rests_on(fit, loop)),
            estimate(turn, fit.source),
            estimate(np.abs(score) / whole, fit.source),
        )
        for loop, rate, turn, score in rows
    ]
    return tuple(sorted(out, key=lambda row: -abs(row.gain.value)))


def _rests_on(fit: Fit, loop: Loop) -> Label:
    """A loop is told from data only if all its links that can be learned were."""
    at = {link.key: i for i, link in enumerate(fit.wheel.links)}
    learned = [learned_share(k, fit.values[:, at[k.key]]) >= LEARNED_ENOUGH for k in loop.links if not k.fixed]
    return "data" if all(learned) and fit.data is not None else "prior"


def weakest(fit: Fit, benchmarks: Mapping[tuple[str, str], float]) -> tuple[Restored, ...]:
    """Links by what restoring them adds to the 26-week multiplier, most first."""
    from dataclasses import replace

    at = fit.wheel.index[fit.wheel.target]
    thin = replace(fit, values=fit.values[::THIN], own=fit.own[::THIN], lags=fit.lags[::THIN])
    now = 1 / (1 - return_ratio(by_lag(thin.matrices()), at, HORIZON_WEEKS))
    on_loops = {link.key for loop in find_loops(fit.wheel) for link in loop.links}
    rows = []
    for i, link in enumerate(fit.wheel.links):
        if link.fixed or link.key not in on_loops:
            continue
        benchmark = benchmarks.get(link.key, link.mean)
        values = thin.values.copy()
        values[:, i] = np.sign(benchmark) * np.maximum(np.abs(values[:, i]), abs(benchmark))
        then = 1 / (1 - return_ratio(by_lag(replace(thin, values=values).matrices()), at, HORIZON_WEEKS))
        below = float(1 - np.median(np.abs(fit.values[:, i])) / abs(benchmark))
        learned = learned_share(link, fit.values[:, i])
        rows.append(Restored(link, estimate(then - now, fit.source), below, _source(fit, link, learned)))
    return tuple(sorted(rows, key=lambda row: -row.adds.value))


def reliance(fit: Fit, weeks: int) -> Reliance:
    """Each lever's part of what levers added over the last `weeks`, its path against its own mean."""
    added = lever_effects(fit, weeks)
    if not added:
        return Reliance(weeks, {}, 0.0, "", 0.0, "no lever has been measured")
    positive = np.maximum(np.column_stack(list(added.values())), 0.0)
    whole = positive.sum(axis=1, keepdims=True)
    if not (np.median(whole) > 0):
        return Reliance(weeks, {}, 0.0, "", 0.0, "no lever added anything over these weeks")
    share = np.divide(positive, whole, out=np.zeros_like(positive), where=whole > 0)
    top = int(np.median(share, axis=0).argmax())
    p_over = float((share[:, top] > RELIES).mean())
    pushes = float(np.median(1 / np.maximum((share**2).sum(axis=1), 1e-9)))
    over = p_over >= BROKEN or pushes < LEAST_PUSHES
    names = list(added)
    told = {name: estimate(share[:, i], fit.source) for i, name in enumerate(names)}
    return Reliance(weeks, told, pushes, names[top] if over else "", p_over)


def lever_effects(fit: Fit, weeks: int) -> dict[str, Floats]:
    """(D,) by lever: log sales it added over the last `weeks`, summed, as it was and with what feeds it cut."""
    at, paths = fit.wheel.index, {}
    for node in fit.wheel.levers:
        path = fit.states[:, at[node.name]] if len(fit.states) else np.zeros(0)
        if np.isfinite(path).any():
            paths[node.name] = np.nan_to_num(path)
    if not paths:
        return {}
    b = fit.matrices()
    b[:, :, [at[node.name] for node in fit.wheel.levers]] = 0.0
    inputs = np.zeros((len(fit.states), b.shape[2], len(paths)))
    for m, (name, path) in enumerate(paths.items()):
        inputs[:, at[name], m] = path
    effect = run(b, inputs)[:, -weeks:, at[fit.wheel.target]].sum(axis=1)
    return {name: effect[:, m] for m, name in enumerate(paths)}


def changed(fit: Fit, weeks: int) -> tuple[Change, ...]:
    """Links refitted before and after; WrongUse where either part is too short."""
    from .calibration import LEAST_PERIODS, calibrate

    data, least = fit.data, LEAST_PERIODS[fit.wheel.period]
    if data is None or len(data.weeks) < weeks + least or weeks < least:
        have = 0 if data is None else len(data.weeks)
        raise WrongUse(
            f"{have} {fit.wheel.period}s are too few to compare the last {weeks} with those before.",
            f"It takes at least {weeks + least}.",
        )
    last = len(data.weeks)
    parts = (data.between(0, last - weeks), data.between(last - weeks, last))
    before, now = (calibrate(fit.wheel, part, seed=fit.seed) for part in parts)
    drifting = {name for name, checked in fit.checked.items() if drift([r for _, r in checked.residuals]) > DRIFT}
    out = []
    for i, link in enumerate(fit.wheel.links):
        if link.fixed:
            continue
        old, new = before.values[:, i], np.random.default_rng(fit.seed).permutation(now.values[:, i])
        moved = (new - old) / abs(link.mean)
        p = float(max((moved > MATERIAL).mean(), (moved < -MATERIAL).mean()))
        told = [estimate(v, _source(f, link, learned_share(link, v))) for f, v in ((before, old), (now, new))]
        known = all(learned_share(link, v) >= LEARNED_ENOUGH for v in (old, new))
        out.append(Change(link, told[0], told[1], p, p > CHANGED and known, link.target in drifting))
    return tuple(out)


def drift(residuals: list[float]) -> float:
    """Largest cumulative sum of residuals, in units under which a series without a break stays below DRIFT."""
    e = np.asarray(residuals)
    e = e - e.mean()
    scale = float(e.std()) * np.sqrt(len(e))
    return float(np.abs(np.cumsum(e)).max() / scale) if scale > 0 else 0.0


def diagnostics(fit: Fit) -> Diagnostics:
    """What the data could show, and what they could not."""
    at = fit.wheel.index
    blind = {node.name for i, node in enumerate(fit.wheel.nodes) if not np.isfinite(fit.states[:, i]).any()}
    told = loops(fit)
    unmeasured = sum(row.share.value for row in told if blind & set(row.loop.drivers))
    moved = {n.name: float(np.nanstd(fit.states[:, at[n.name]])) for n in fit.wheel.levers if n.name not in blind}
    return Diagnostics(
        len(fit.states),
        tuple(fit.checked.values()),
        moved,
        float(min(1.0, unmeasured)),
        float((_roots(_literature(fit)) > 1).mean()),
        fit.warnings,
    )
