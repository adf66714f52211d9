"""What no rule saw: falls of a listing's sales that season, price, promotion, stock and open issues do not explain.

Sales are taken in whole weeks, so that weekdays cancel. Every listing has two stories of its newest weeks: it sold as
usual, or it lost a share of its sales for some weeks until now. How likely either makes what was sold gives the chance
that it fell; how common falls are is read from all listings together (two groups, empirical Bayes: Efron 2008). Listed
are the surest first, while no more than one dollar in twenty-five of those listed is expected to be false. It is a
lower bound: slow sellers and small falls cannot be told from chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy import special

from ..core.money import Floats, round6
from .usual import TEST_WEEKS, USUAL_WEEKS, Bools, Ints, Usual, learn

__all__ = ["TEST_WEEKS", "USUAL_WEEKS", "Key", "Panel", "audit", "per_rule"]

LEAST_FALL = 0.3
"""A smaller fall is nobody's loss to look for: assumed."""
FALSE_SHARE = 0.04
"""Dollars of those listed that are expected to be false."""
LEAST_CHANCE = 0.5
"""Listed is only what is rather a fall than none."""
SHARES = np.arange(LEAST_FALL + 0.05, 1.0, 0.1)
LASTS = np.arange(2, 2 * TEST_WEEKS + 1) / 2
"""Shares lost and weeks a fall may have lasted, alike likely: assumed."""
FINE_SHARES = np.arange(LEAST_FALL + 0.01, 1.0, 0.02)
FINE_LASTS = np.arange(7, 7 * TEST_WEEKS + 1) / 7
"""The same by day, for the dollars of what is a fall: a best seller's are told more closely than by tenths."""
BEGUN = np.clip(FINE_LASTS[:, None] - np.arange(TEST_WEEKS), 0.0, 1.0)
PACES = np.linspace(-3.2, 3.2, 11)
MOST, LEAST = 600.0, np.exp(-50)
"""Where likelihoods end: beyond, a number of eight bytes does, and it is sure long before."""
LOOKS = 2
AT_ONCE = 1000

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Panel:
    """Listings by whole weeks, week 0 the newest: what each sold, and whether nothing else accounts for it.

    `clean` is False where an open issue, no stock, a higher price, a promotion or a day off accounts for the week.
    `keys` are (account, channel, SKU), `group` numbers channel and category, `newest` the last day of week 0.
    """

    keys: Sequence[Key]
    group: Ints
    units: Floats
    clean: Bools
    price: Floats
    newest: Mapping[tuple[str, str], date]


@dataclass(frozen=True)
class Fall:
    """One listing's fall: its chance, the weeks it most likely lasted, and units lost if it is one."""

    n: int
    chance: float
    weeks: float
    mean: float
    variance: float


def audit(panel: Panel, seen: Mapping[Key, str]) -> list[dict[str, Any]]:
    """Falls no issue explains, the dearest first: rows of `missed` but for when it was looked.

    `seen` names the rule that saw something below its cut, by listing. `lost` is what to expect, P10 and P90 hold the
    chance that nothing was lost: where that is above one in ten, P10 is 0.
    """
    if not len(panel.keys):
        return []
    chance = np.zeros(len(panel.keys))
    for _ in range(LOOKS):  # again without what fell: falls pull their category's movement down
        usual = learn(panel.units, panel.clean, panel.group, 1.0 - chance)
        chance = _chances(_odds(panel, usual))
    falls = [_fall(panel, usual, int(n), float(chance[n])) for n in np.flatnonzero(chance >= LEAST_CHANCE)]
    rows = [_told(fall, panel, usual, seen) for fall in _listed(falls, panel, usual)]
    return sorted(rows, key=lambda r: (-r["lost"], r["account"], r["channel"], r["sku"]))


def _odds(panel: Panel, usual: Usual) -> Floats:
    """How many times likelier a fall makes what was sold than no fall does, per listing; 1 where nothing is known."""
    odds = np.ones(len(panel.keys))
    known = np.flatnonzero((usual.pace > 0) & panel.clean[:, :TEST_WEEKS].any(axis=1))
    for start in range(0, len(known), AT_ONCE):
        part = known[start : start + AT_ONCE]
        odds[part] = _stories(_newest(panel, usual, part))
    return odds


@dataclass(frozen=True)
class Newest:
    """Newest weeks of some listings in independent counts: counts and their `use`, negative binomial `size`, means.

    `mean` is (listing, pace, week), `weight` the log weight of each pace: Gamma, as usual units tell it.
    """

    counts: Floats
    use: Bools
    size: Floats
    mean: Floats
    weight: Floats


def _newest(panel: Panel, usual: Usual, at: Ints) -> Newest:
    scale = usual.scale[at]
    shape = 1.0 / (1.0 / np.maximum(usual.sold[at] / scale, 0.5) + usual.spread[at] / usual.weeks[at] + usual.drift[at])
    step = PACES * np.sqrt(1.0 / shape + 0.5 / shape**2)[:, None]
    pace = (usual.pace[at] / scale)[:, None] * np.exp(step)
    return Newest(
        panel.units[at, :TEST_WEEKS][:, None] / scale[:, None, None],
        panel.clean[at, :TEST_WEEKS][:, None],
        1.0 / (usual.spread[at][:, None] + usual.level_cv2[at, :TEST_WEEKS])[:, None],
        pace[:, :, None] * usual.level[at, :TEST_WEEKS][:, None],
        shape[:, None] * (step - np.exp(step)),
    )


def _stories(new: Newest) -> Floats:
    """How many times likelier the stories of a fall together make what each listing sold than the one without."""
    both = new.use * (new.counts + new.size)
    counts, usual = new.use * new.counts, np.log(new.size + new.mean)

    def beside(share: float) -> Floats:
        """Log likelihood of each week (listing, pace, week) with that share lost, less that without."""
        return np.asarray(counts * np.log1p(-share) - both * (np.log(new.size + new.mean * (1.0 - share)) - usual))

    none = (counts * np.log(new.mean) - both * usual).sum(axis=2) + new.weight
    paces = np.exp(none - none.max(axis=1, keepdims=True))
    fell = np.zeros(none.shape)
    for share in SHARES:
        upto, half = beside(share).cumsum(axis=2), beside(share / 2)
        half[:, :, 1:] += upto[:, :, :-1]
        fell += np.exp(np.minimum(upto, MOST)).sum(axis=2) + np.exp(np.minimum(half[:, :, 1:], MOST)).sum(axis=2)
    odds = (paces * fell).sum(axis=1) / (paces.sum(axis=1) * len(SHARES) * len(LASTS))
    return np.asarray(np.clip(odds, LEAST, np.exp(500)))


def _chances(odds: Floats) -> Floats:
    """The chance that each fell. How many fall at all is the share that makes all odds together likeliest (EM)."""
    share = 0.01
    for _ in range(200):
        chance = share * odds / (1.0 - share + share * odds)
        share = float(chance.mean())
    return np.asarray(chance)


def _fall(panel: Panel, usual: Usual, n: int, chance: float) -> Fall:
    """What a fall took and how long, from all stories of one by how well each tells what was sold."""
    new = _newest(panel, usual, np.array([n]))
    gone = FINE_SHARES[:, None, None] * BEGUN  # (share, how long, week)
    left = new.mean[0][:, None, None, :] * (1.0 - gone)
    told = new.use[0] * (new.counts[0] * np.log(left) - (new.counts[0] + new.size[0]) * np.log(new.size[0] + left))
    each = told.sum(axis=3) + new.weight[0][:, None, None]
    likely = np.exp(each - special.logsumexp(each))
    rate = (new.size[0] / new.mean[0])[:, None, None, :] + 1.0 - gone
    healthy = (new.counts[0] + new.size[0]) / rate  # what the week would have brought, given what it did
    lost = (healthy * gone * new.use[0]).sum(axis=3)
    noise = (healthy / rate * gone**2 * new.use[0]).sum(axis=3)
    mean = float((likely * lost).sum())
    variance = float((likely * (noise + lost**2)).sum()) - mean**2
    scale = float(usual.scale[n])
    weeks = round(2 * FINE_LASTS[likely.sum(axis=(0, 1)).argmax()]) / 2  # weeks of sales do not tell a day
    return Fall(n, chance, float(weeks), mean * scale, variance * scale**2)


def _listed(falls: Sequence[Fall], panel: Panel, usual: Usual) -> list[Fall]:
    """The surest first, as long as the dollars expected to be false stay within their share of those listed."""
    large = [f for f in falls if _short(f, panel, usual)]
    large.sort(key=lambda f: (-f.chance, f.n))
    dollars = np.array([f.chance * f.mean * panel.price[f.n] for f in large])
    false = np.array([1.0 - f.chance for f in large]) * dollars
    within = np.flatnonzero(np.cumsum(false) <= FALSE_SHARE * np.cumsum(dollars))
    return large[: within[-1] + 1] if len(within) else []


def _short(fall: Fall, panel: Panel, usual: Usual) -> bool:
    expected, units = _sold(fall, panel, usual, np.clip(fall.weeks - np.arange(TEST_WEEKS), 0.0, 1.0))
    return units <= (1.0 - LEAST_FALL) * expected


def _sold(fall: Fall, panel: Panel, usual: Usual, weeks: Floats) -> tuple[float, float]:
    """Units expected and sold in clean ones of these weeks."""
    use = weeks * panel.clean[fall.n, :TEST_WEEKS]
    expected = usual.pace[fall.n] * usual.level[fall.n, :TEST_WEEKS]
    return float((expected * use).sum()), float((panel.units[fall.n, :TEST_WEEKS] * use).sum())


def _told(fall: Fall, panel: Panel, usual: Usual, seen: Mapping[Key, str]) -> dict[str, Any]:
    price = float(panel.price[fall.n])
    account, channel, sku = panel.keys[fall.n]
    newest = panel.newest[account, channel]
    expected, units = _sold(fall, panel, usual, (np.arange(TEST_WEEKS) < fall.weeks).astype(float))
    low, high = (_quantile(fall, level) for level in (0.1, 0.9))
    return {
        "account": account,
        "channel": channel,
        "sku": sku,
        "from_day": newest - timedelta(days=round(7 * fall.weeks) - 1),
        "to_day": newest,
        "lost": round6(fall.chance * fall.mean * price),
        "lost_p10": round6(low * price),
        "lost_p90": round6(high * price),
        "expected_units": round6(expected),
        "units": round6(units),
        "seen_by": seen.get(panel.keys[fall.n]),
    }


def _quantile(fall: Fall, level: float) -> float:
    """Of units lost: nothing with the chance that it is no fall, else Gamma."""
    level = (level - (1.0 - fall.chance)) / fall.chance
    if level <= 0 or fall.mean <= 0:
        return 0.0
    shape = fall.mean**2 / max(fall.variance, 1e-9)
    return float(special.gammaincinv(shape, level)) * fall.mean / shape


def per_rule(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Dollars missed for each rule that saw something below its cut; `None` for those no rule saw."""
    found: dict[str | None, list[float]] = {}
    for row in rows:
        found.setdefault(row["seen_by"], []).append(row["lost"])
    told = [{"kind": kind, "listings": len(lost), "lost": round6(sum(lost))} for kind, lost in found.items()]
    return sorted(told, key=lambda r: (-r["lost"], r["kind"] or ""))
