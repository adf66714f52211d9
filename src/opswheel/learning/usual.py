"""What each listing would have sold in a week, and how far quiet weeks stray from it: the null that falls are held to.

Units of a week have mean pace times level and variance `lumps` times the mean (orders of several units) plus `spread`
times its square. Both are the shop's, from quiet weeks by weighted least squares on squared residuals; a listing whose
own quiet weeks stray further gets its own multiple, leaning on the shop's by credibility (Bühlmann 1967). How
far paces drift is read from the two halves of the quiet weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats

TEST_WEEKS, USUAL_WEEKS = 6, 8
LEAST_USUAL_WEEKS = 4
PANEL_LEAST_UNITS = 50.0
LEAST_CELLS = 50
SPREAD_UNKNOWN = 0.02
"""Squared coefficient of variation of a week's pace where too little was sold to tell: assumed."""
MOVE_UNKNOWN = 0.04
"""The same of a category between its usual weeks and now, where too few others sell to tell: a fifth, assumed."""
MOST_SPREAD, MOST_LUMPS, MOST_OWN = 0.5, 20.0, 50.0
DRIFT_STEP = 1.75
"""A random walk strays this much more from eight weeks to the next six than from four to the next four (14/3 : 8/3)."""
ROUNDS = 3
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Usual:
    """Per listing, and per listing and week, what would be sold and how surely that is known.

    `pace` units a week at level 1 (0: not known), `sold` usual units and `weeks` usual weeks it rests on, `level` and
    `level_cv2` movement and its squared error, `scale` units per independent count, `spread` squared coefficient of
    variation of a week's pace, `drift` that of the pace between usual weeks and now.
    """

    pace: Floats
    sold: Floats
    weeks: Ints
    level: Floats
    level_cv2: Floats
    scale: Floats
    spread: Floats
    drift: Floats


def learn(units: Floats, clean: Bools, group: Ints, trust: Floats) -> Usual:
    """The null of every listing from its usual weeks; `trust` (0 to 1, per listing) is its weight in newest weeks.

    A listing that fell counts the less in its category's movement, the surer its fall.
    """
    quiet = clean & (np.arange(units.shape[1]) >= TEST_WEEKS)
    weeks = quiet.sum(axis=1)
    sold = (units * quiet).sum(axis=1)
    known = (weeks >= LEAST_USUAL_WEEKS) & (sold > 0)
    quiet &= known[:, None]
    weight = clean & known[:, None] & np.ones_like(units, bool)
    trusted = np.where(np.arange(units.shape[1]) < TEST_WEEKS, trust[:, None], 1.0) * weight
    level, cv2, lumps, spread = np.ones_like(units), np.zeros_like(units), 1.0, SPREAD_UNKNOWN
    for _ in range(ROUNDS):
        pace = _pace(sold, level, quiet)
        level, cv2 = _levels(units, trusted, group, pace, lumps, spread)
        pace = _pace(sold, level, quiet)
        lumps, spread = _strays(units, quiet, weeks, pace[:, None] * level, cv2)
    own = _own(units, quiet, weeks, pace[:, None] * level, cv2, lumps, spread)
    drift = np.full(len(sold), _drift(units, quiet, level, pace, lumps * own, spread * own))
    drift += np.where((cv2[:, :TEST_WEEKS] >= MOVE_UNKNOWN).any(axis=1), MOVE_UNKNOWN, 0.0)
    return Usual(pace, sold, weeks, level, cv2, lumps * own, spread * own, drift)


def _ratio(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0))


def _pace(sold: Floats, level: Floats, quiet: Bools) -> Floats:
    return _ratio(sold, (level * quiet).sum(axis=1))


def _levels(  # noqa: PLR0913
    units: Floats, trusted: Floats, group: Ints, pace: Floats, lumps: float, spread: float
) -> tuple[Floats, Floats]:
    """The movement of each week by listing: its group's sellers against their usual, the listing left out.

    Weighted by what each tells (best sellers stray like everybody: their weight has a ceiling), so no few of them make
    the level. Returns it with its squared error; 1 where the group sold too little to tell.
    """
    weight = trusted / (1 + pace * spread / lumps)[:, None]
    told, usual = weight * units, weight * pace[:, None]
    groups = int(group.max()) + 1 if len(group) else 0
    sums = np.zeros((2, groups, units.shape[1]))
    np.add.at(sums[0], group, told)
    np.add.at(sums[1], group, usual)
    others = sums[1][group] - usual
    enough = others >= PANEL_LEAST_UNITS
    level = np.where(enough, np.clip(_ratio(sums[0][group] - told, np.maximum(others, 1e-9)), 0.2, 5.0), 1.0)
    return level, np.where(enough, lumps / np.maximum(others, PANEL_LEAST_UNITS), MOVE_UNKNOWN)


def _squares(units: Floats, weeks: Ints, expected: Floats) -> Floats:
    """Squared residuals, enlarged because a mean fits its own weeks too well."""
    return np.asarray((units - expected) ** 2 * (weeks / np.maximum(weeks - 1, 1))[:, None])


def _strays(units: Floats, quiet: Bools, weeks: Ints, expected: Floats, cv2: Floats) -> tuple[float, float]:
    """(lumps, spread) of the shop: squared residuals on expected units and their square, weighted by their variance."""
    some = quiet & (expected >= 0.5)
    if some.sum() < LEAST_CELLS:
        return 1.0, SPREAD_UNKNOWN
    e = expected[some]
    square = (_squares(units, weeks, expected) - expected**2 * np.where(cv2 < MOVE_UNKNOWN, cv2, 0.0))[some]
    lumps, spread = 1.0, SPREAD_UNKNOWN
    for _ in range(5):
        variance = lumps * e + spread * e * e
        w = 1.0 / (2 * variance**2 + lumps**3 * e)  # the variance of a squared Poisson residual, spread and lumps in
        a, b, c = (w * e * e).sum(), (w * e**3).sum(), (w * e**4).sum()
        p, q = (w * e * square).sum(), (w * e * e * square).sum()
        det = a * c - b * b
        lumps = float((c * p - b * q) / det) if det > 1e-9 * a * c else 1.0
        lumps = min(max(lumps, 1.0), MOST_LUMPS)
        spread = min(max(float((q - lumps * b) / c), 1e-4), MOST_SPREAD)
    return lumps, spread


def _own(  # noqa: PLR0913
    units: Floats, quiet: Bools, weeks: Ints, expected: Floats, cv2: Floats, lumps: float, spread: float
) -> Floats:
    """How many times further each listing's weeks stray than the shop's, leaning on 1 as far as listings are alike.

    Never less: a few quiet weeks may be luck, and the shop's own spread holds what its wildest listings do.
    """
    variance = lumps * expected + (spread + np.where(cv2 < MOVE_UNKNOWN, cv2, 0.0)) * expected**2
    each = _ratio(_squares(units, weeks, expected) * quiet, variance * quiet)
    n = np.maximum(weeks, 1)
    found = each.sum(axis=1) / n
    mean = _ratio((expected * quiet).sum(axis=1), n.astype(float))
    noise = 2.0 / np.maximum(weeks - 1, 1) + lumps / (np.maximum(mean, 1e-9) * n)
    some = (weeks >= LEAST_USUAL_WEEKS) & (mean >= 2.0)
    if some.sum() < LEAST_CELLS:
        return np.ones(len(units))
    square = (found[some] - 1.0) ** 2
    sure = 1.0 / noise[some] ** 2
    differ = float(((square - noise[some]) * sure).sum() / sure.sum())
    differ = max(0.0, differ - float(np.sqrt((sure**2 * 8 * noise[some] ** 2).sum()) / sure.sum()))
    credible = differ / (differ + noise * (1 + differ))
    return np.asarray(np.clip(1.0 + credible * (found - 1.0), 1.0, MOST_OWN))


def _drift(  # noqa: PLR0913
    units: Floats, quiet: Bools, level: Floats, pace: Floats, lumps: Floats, spread: Floats
) -> float:
    """Squared coefficient of variation of paces between usual weeks and now, as far as it is more than chance."""
    half = TEST_WEEKS + USUAL_WEEKS // 2
    late, early = quiet.copy(), quiet.copy()
    late[:, half:] = False
    early[:, :half] = False
    n = np.minimum(late.sum(axis=1), early.sum(axis=1))
    some = (n >= 2) & ((units * quiet).sum(axis=1) >= 20 * lumps)
    if some.sum() < LEAST_CELLS // 2:
        return 0.0
    (a, b), (ka, kb) = (
        [_ratio((units * h).sum(axis=1), (level * h).sum(axis=1))[some] for h in (late, early)],
        [np.maximum(h.sum(axis=1), 1)[some] for h in (late, early)],
    )
    p, lumps, spread = pace[some], lumps[some], spread[some]
    rest = [(level * h).sum(axis=1)[some] for h in (late, early)]
    chance = lumps / p * (1 / rest[0] + 1 / rest[1]) + spread * (1 / ka + 1 / kb)
    sure = 1.0 / chance**2
    found = ((((a - b) / p) ** 2 - chance) * sure).sum() / sure.sum()
    error = np.sqrt(2 * (sure**2 * chance**2).sum()) / sure.sum()
    return float(max(0.0, found - error)) * DRIFT_STEP
