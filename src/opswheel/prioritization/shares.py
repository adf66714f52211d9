"""What share of a listing's sales a state prevents: stated priors, then the listing's own sales.

The share goes by the state the listing is in, not by the label of what put it there. A prior is
Beta(mean · weight, (1 − mean) · weight). Units sold since onset update it for this episode: with λ the listing's
healthy pace (Gamma) and f the share lost, units since are Poisson((1 − f) · λ · days).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from ..core.money import Floats
from .chain import others

if TYPE_CHECKING:
    from .inputs import Rows

SETTLED_DAYS_TO_LEARN = 3
UNITS_TO_CONTRADICT = 5
UNITS_NOT_BUYABLE = 2
IMPROBABLE = 0.05
SYMPTOM = "dropped"
"""The state of a listing that sells less than before and of which no report says why."""


@dataclass(frozen=True)
class ShareState:
    """The share of sales lost in a state: a mean, how many observations it weighs, and where it comes from.

    `weight` None means the state leaves no doubt.
    """

    mean: float
    weight: float | None
    source: str


STATES: dict[str, ShareState] = {
    "not_buyable": ShareState(1.0, None, "cannot be bought: everything"),
    "out_of_stock": ShareState(1.0, None, "nothing to sell: everything"),
    # Beta(2.4, 1.6): eight cases of ten lie between 0.29 and 0.88.
    "hidden": ShareState(0.6, 4.0, "hidden from search: 60 % assumed"),
    "no_featured_offer": ShareState(0.8, 5.0, "no featured offer: 80 % assumed"),
    "transfer_only": ShareState(0.3, 4.0, "units in transfer only: 30 % assumed"),
    "over_max": ShareState(0.3, 4.0, "price over its maximum: 30 % assumed"),
    "attribute_suppressed": ShareState(0.02, 20.0, "an attribute is held back, it can be bought: 2 % assumed"),
    "measured": ShareState(0.5, 10.0, "measured: 1 − featured share now ÷ before (upper bound)"),
    "content_changed": ShareState(0.1, 6.0, "another title, brand or category: 10 % assumed"),
    "family_changed": ShareState(0.2, 5.0, "out of its variation family: 20 % assumed"),
    "another_seller": ShareState(0.1, 6.0, "another seller on our item: 10 % assumed"),
    "ads_stopped": ShareState(0.12, 8.0, "half of what ads sold before they stopped (assumed)"),
    "stars_fell": ShareState(
        0.02, 20.0, "7 % of sales a star the shown average fell (Luca 2016: 5 to 9 %, restaurants)"
    ),
    "dropped": ShareState(0.3, 10.0, "measured: 1 − what came since ÷ what was expected"),
    "told": ShareState(0.5, 4.0, "told by the team"),
    "price_gap": ShareState(0.0, None, "sales go on: margin is lost, not sales"),
    "map_breach": ShareState(0.0, None, "no sale is lost: the risk is the brand's answer"),
    "cash": ShareState(0.0, None, "no sale is lost: cash, lost at one stroke"),
    "sales_at_once": ShareState(0.0, None, "no share of daily sales: lost at one stroke"),
    "oversold": ShareState(0.0, None, "no share of daily sales: orders for units that are not there"),
    "unknown": ShareState(0.0, None, "nobody said how much is lost"),
}


@dataclass(frozen=True)
class Shares:
    """Share lost per signal: mean, standard deviation, and in words where it comes from."""

    mean: Floats
    sd: Floats
    source: list[str]


def lost(rows: Rows, measured: Floats, learned: Mapping[str, tuple[float, float]]) -> tuple[Shares, np.ndarray]:
    """The share lost of every row after its own sales were heard, and which rows those sales contradict.

    A state that should leave no doubt but is contradicted is as good as unknown (a flat prior), so the sales
    decide and no false loss stands in front of the listing's other causes. Where several causes act at once, each
    is judged by what the others, at their stated shares, leave over; sales cannot tell them apart.
    """
    before = prior(rows.state.tolist(), measured, learned)
    shut = rows.state == "not_buyable"
    pace = np.divide(rows.healthy, 1 - rows.dead, out=np.zeros(len(rows)), where=rows.dead < 1)
    doubt = contradicted(before.mean, shut, rows.units, rows.days, pace, rows.shape) & rows.in_chain
    open_again = doubt & (before.sd == 0)
    before = replace(before, mean=np.where(open_again, 0.5, before.mean), sd=np.where(open_again, 12**-0.5, before.sd))
    believed = np.where(rows.in_chain & ~doubt, before.mean, 0.0)
    left = pace * others(rows.listing, believed, rows.days)
    enough = rows.in_chain & ((rows.days >= SETTLED_DAYS_TO_LEARN) | open_again)
    after = updated(before, rows.units, rows.days, left, rows.shape, dead=rows.dead, enough=enough)
    return _beyond_causes(after, rows), doubt


def _beyond_causes(found: Shares, rows: Rows) -> Shares:
    """What a drop nobody explains leaves to itself once the causes known on its listing have taken their shares.

    A measured drop holds all that is missing, whatever took it: 1 − f = (1 − f of the causes) · (1 − f of its own).
    """
    symptom = rows.state == SYMPTOM
    if not symptom.any():
        return found
    causes = np.where(rows.in_chain & ~symptom, found.mean, 0.0)
    left = np.maximum(others(rows.listing, causes), 1e-9)
    own = np.clip(1 - (1 - found.mean) / left, 0.0, 1.0)
    return replace(found, mean=np.where(symptom, own, found.mean))


def prior(states: Sequence[str], measured: Floats, learned: Mapping[str, tuple[float, float]]) -> Shares:
    """The share before the episode's own sales are looked at.

    `measured` is NaN where the state's own mean holds; `learned` gives (mean, variance) of states that closed
    episodes have taught something about.
    """
    names = sorted(set(states))
    at = np.fromiter((names.index(s) for s in states), int, len(states))
    stated = [STATES[name] for name in names]
    known = [learned.get(name) if state.weight is not None else None for name, state in zip(names, stated, strict=True)]
    mean = np.array([k[0] if k else s.mean for s, k in zip(stated, known, strict=True)], float)[at]
    mean = np.where(np.isnan(measured), mean, measured).clip(0.0, 1.0)
    weight = np.array([np.inf if s.weight is None else s.weight for s in stated], float)[at]
    inside = mean.clip(0.01, 0.99)  # even a measured 0 or 1 may be wrong where its state leaves doubt
    sd = np.sqrt(inside * (1 - inside) / (weight + 1))
    taught = np.array([k[1] ** 0.5 if k else np.nan for k in known], float)[at]
    sd = np.where(np.isnan(taught) | ~np.isnan(measured), sd, taught)
    words = [
        f"learned from closed episodes, at first {s.source}" if k else s.source
        for s, k in zip(stated, known, strict=True)
    ]
    return Shares(mean, sd, [words[i] for i in at])


def contradicted(  # noqa: PLR0913
    share: Floats, shut: np.ndarray, units: Floats, days: Floats, healthy: Floats, shape: Floats
) -> np.ndarray:
    """Whether the units sold since onset make the share lost hard to believe.

    Either two units were sold while the facts say it cannot be bought (`shut`), or at least five over three
    settled days that would have had a probability under 5 % at (1 − share) of the healthy pace, whose own
    uncertainty counts.
    """
    left = np.maximum((1 - share) * healthy, 1e-12)
    chance = np.ones_like(share)
    some = (units >= UNITS_TO_CONTRADICT) & (days >= SETTLED_DAYS_TO_LEARN) & (shape > 0)
    chance[some] = special.betainc(units[some], shape[some], left[some] / (left[some] + shape[some]))
    return (chance < IMPROBABLE) | (shut & (units >= UNITS_NOT_BUYABLE))


_GRID = (np.arange(60) + 0.5) / 60


def updated(  # noqa: PLR0913
    before: Shares,
    units: Floats,
    days: Floats,
    healthy: Floats,
    shape: Floats,
    *,
    dead: Floats,
    enough: np.ndarray,
) -> Shares:
    """The share after the episode's own sales: of rows with `enough` days, a prior in doubt and a known pace.

    `healthy` is what the listing would have sold over those days if it lives and only this cause were lifted;
    `dead` the chance that it sells nothing whatever happens, in which case silence says nothing.
    """
    learn = np.flatnonzero((before.sd > 0) & enough & (healthy > 0) & (shape > 0))
    if not len(learn):
        return before
    m, s = before.mean[learn].clip(0.005, 0.995), before.sd[learn]
    weight = np.maximum(m * (1 - m) / s**2 - 1, 0.5)
    a, x = shape[learn], units[learn]
    pace = np.log1p(np.outer(healthy[learn] / a, 1 - _GRID))
    seen = np.outer(x, np.log1p(-_GRID)) - (a + x)[:, None] * pace
    silent = (x == 0) & (dead[learn] > 0)
    if silent.any():
        chance = dead[learn][silent, None]
        seen[silent] = np.log(chance + (1 - chance) * np.exp(seen[silent]))
    post = seen + np.outer(m * weight - 1, np.log(_GRID)) + np.outer((1 - m) * weight - 1, np.log1p(-_GRID))
    post = np.exp(post - post.max(axis=1, keepdims=True))
    post /= post.sum(axis=1, keepdims=True)
    mean, sd, source = before.mean.copy(), before.sd.copy(), list(before.source)
    mean[learn] = post @ _GRID
    sd[learn] = np.sqrt(np.maximum(post @ _GRID**2 - mean[learn] ** 2, 0.0))
    for i in learn:
        source[i] += f"; {units[i]:.0f} units sold in {days[i]:.0f} settled days since"
    return Shares(mean, sd, source)
