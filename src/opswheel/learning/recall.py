"""What no rule saw: falls of a listing's sales that season, price, promotion, stock and open issues do not explain.

Sales are taken in whole weeks, so that weekdays cancel. The week's own movement is that of all other listings of the
channel and category against their usual weeks; a listing's usual is the mean of its clean weeks before. A run of the
newest weeks is a fall where so few units would come by chance once in a thousand looks, after as many looks as there
were (Benjamini and Hochberg, one in twenty false), with the spread that quiet weeks show. It is a lower bound: slow
sellers and small falls cannot be told from chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..core.money import Floats, round6

TEST_WEEKS, USUAL_WEEKS = 6, 8
LEAST_USUAL_WEEKS = 4
LEAST_EXPECTED = 5.0
LEAST_FALL = 0.3
FALSE_SHARE = 0.05
PANEL_LEAST_UNITS = 50.0
SPREAD_BOUNDS = (0.0, 0.5)
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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


def audit(panel: Panel, seen: Mapping[Key, str]) -> list[dict[str, Any]]:
    """Falls no issue explains, the dearest first: rows of `missed` but for when it was looked.

    `seen` names the rule that saw something below its cut, by listing.
    """
    level = _levels(panel.units, panel.clean, panel.group)
    expected, usual = _expected(panel.units, panel.clean, level)
    spread = _spread(panel.units, panel.clean, level)
    found = _falls(panel, expected, usual, spread)
    return _told(found, panel, expected, seen, spread)


def _levels(units: Floats, clean: Bools, group: Ints) -> Floats:
    """The movement of each week by listing: its group's clean sellers against their usual, the listing left out.

    The median of the group's best sellers would not move with one of them; sums of few do. Where the group sold too
    little to tell, 1.
    """
    level = np.ones_like(units)
    n_weeks = units.shape[1]
    usual = _mean(units, clean & (np.arange(n_weeks) >= TEST_WEEKS))
    for g in np.unique(group):
        own = np.flatnonzero((group == g) & (usual > 0))
        for week in range(n_weeks):
            here = own[clean[own, week]]
            whole, base = units[here, week].sum(), usual[here].sum()
            rest_units = whole - np.where(clean[own, week], units[own, week], 0.0)
            rest_usual = base - np.where(clean[own, week], usual[own], 0.0)
            told = rest_usual >= PANEL_LEAST_UNITS
            level[own[told], week] = rest_units[told] / rest_usual[told]
    return np.asarray(np.clip(level, 0.2, 5.0))


def _mean(units: Floats, use: Bools) -> Floats:
    n = use.sum(axis=1)
    return np.asarray(np.divide((units * use).sum(axis=1), n, out=np.zeros(len(units)), where=n > 0))


def _expected(units: Floats, clean: Bools, level: Floats) -> tuple[Floats, Floats]:
    """Units each week would bring, and how many usual units and weeks that rests on (units, as a Gamma's shape)."""
    use = clean & (np.arange(units.shape[1]) >= TEST_WEEKS)
    told, weight = (units * use).sum(axis=1), (level * use).sum(axis=1)
    enough = use.sum(axis=1) >= LEAST_USUAL_WEEKS
    pace = np.where(enough & (weight > 0), told / np.maximum(weight, 1e-9), 0.0)
    return pace[:, None] * level, np.where(enough, told, 0.0)


def _spread(units: Floats, clean: Bools, level: Floats) -> float:
    """How much more quiet weeks vary than by chance, as the squared coefficient of variation of a week's pace."""
    use = clean & (np.arange(units.shape[1]) >= TEST_WEEKS)
    n = use.sum(axis=1)
    pace = np.divide((units * use).sum(axis=1), np.maximum((level * use).sum(axis=1), 1e-9))
    expected = pace[:, None] * level
    some = (n >= LEAST_USUAL_WEEKS)[:, None] & use & (expected >= 2.0)
    if some.sum() < 50:
        return 0.02  # assumed, where too little was sold to tell
    lost = (n / np.maximum(n - 1, 1))[:, None] * np.ones_like(expected)  # a mean fits its own weeks too well
    square = ((units - expected) ** 2 * lost - expected)[some].sum()
    return float(np.clip(square / (expected[some] ** 2).sum(), *SPREAD_BOUNDS))


def _falls(panel: Panel, expected: Floats, usual: Floats, spread: float) -> list[tuple[int, int]]:
    """(listing, how many of the newest weeks) of every fall that is no chance."""
    chance, weeks = np.ones(len(usual)), np.zeros(len(usual), int)
    looks = 0
    for last in range(1, TEST_WEEKS + 1):
        use = panel.clean[:, :last]  # what is explained is left out, the weeks around it still speak
        e, u = (expected[:, :last] * use).sum(axis=1), (panel.units[:, :last] * use).sum(axis=1)
        told = (usual > 0) & panel.clean[:, last - 1] & (e >= LEAST_EXPECTED)
        looks += int(told.sum())
        n = np.maximum(use.sum(axis=1), 1)
        here = np.where(told & (u <= (1 - LEAST_FALL) * e), _chance(u, e, usual, spread / n), 1.0)
        weeks = np.where(here < chance, last, weeks)
        chance = np.minimum(chance, here)
    order = np.lexsort((np.arange(len(chance)), chance))
    place = np.arange(1, len(order) + 1)
    passed = np.flatnonzero((chance[order] <= FALSE_SHARE * place / max(looks, 1)) & (weeks[order] > 0))
    kept = order[: passed[-1] + 1] if len(passed) else order[:0]
    return [(int(n), _since(panel.units[n], panel.clean[n], expected[n], int(weeks[n]))) for n in kept]


def _since(units: Floats, clean: Bools, expected: Floats, weeks: int) -> int:
    """How far back a fall goes: on while a week falls clearly short, the one it began in included."""
    while weeks < TEST_WEEKS and clean[weeks] and units[weeks] <= (1 - LEAST_FALL / 2) * expected[weeks]:
        weeks += 1
    return weeks


def _chance(units: Floats, expected: Floats, usual: Floats, spread: Floats) -> Floats:
    """How likely so few units are: Poisson, with the pace known from `usual` units and varying by `spread`."""
    shape = 1.0 / (1.0 / np.maximum(usual, 0.5) + spread)
    return np.asarray(special.betainc(shape, np.floor(units) + 1.0, shape / (shape + np.maximum(expected, 1e-9))))


def _told(
    found: Sequence[tuple[int, int]], panel: Panel, expected: Floats, seen: Mapping[Key, str], spread: float
) -> list[dict[str, Any]]:
    rows = []
    for n, weeks in found:
        use = panel.clean[n, :weeks]
        e, u = float((expected[n, :weeks] * use).sum()), float((panel.units[n, :weeks] * use).sum())
        price = float(panel.price[n])
        width = 1.2816 * float(np.sqrt(e + e * e * spread / weeks)) * price
        lost = (e - u) * price
        account, channel, sku = panel.keys[n]
        newest = panel.newest[account, channel]
        rows.append(
            {
                "account": account,
                "channel": channel,
                "sku": sku,
                "from_day": newest - timedelta(days=7 * weeks - 1),
                "to_day": newest,
                "lost": round6(lost),
                "lost_p10": round6(max(0.0, lost - width)),
                "lost_p90": round6(lost + width),
                "expected_units": round6(e),
                "units": round6(u),
                "seen_by": seen.get(panel.keys[n]),
            }
        )
    return sorted(rows, key=lambda r: (-r["lost"], r["account"], r["channel"], r["sku"]))


def per_rule(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Dollars missed for each rule that saw something below its cut; `None` for those no rule saw."""
    found: dict[str | None, list[float]] = {}
    for row in rows:
        found.setdefault(row["seen_by"], []).append(row["lost"])
    told = [{"kind": kind, "listings": len(lost), "lost": round6(sum(lost))} for kind, lost in found.items()]
    return sorted(told, key=lambda r: (-r["lost"], r["kind"] or ""))
