"""Light worlds for what is learned: causes that come again, claims, and losses no rule sees, each with its truth.

Table rows go into the very functions a run uses. No market, no team and no ranking stand behind them: what is left out
of each is said at its parameters. Every number was set before the first measurement.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..core.money import Floats
from ..decisions import prevention
from ..learning import grading, recall, repeats
from ..learning.grading import Claim
from ..learning.repeats import Close
from ..prioritization.estimates import percentiles, squared_cv
from ..prioritization.velocity import fit_groups

BEGIN = datetime(2026, 3, 2, 8)


@dataclass(frozen=True)
class Causes:
    """Closes with their causes. All assumed, after `world.toml`: causes come again until somebody removes them.

    `others` causes of one kind each come at their own pace (log-normal), the planted one at `planted` times their
    median, on one brand; what each occurrence lost is log-normal and alike for all. Right causes are given in 95 of
    100 closes. Removing one leaves a tenth of it. Left out: issues that are open, minutes that shrink by practice.
    """

    others: int = 20
    kinds: int = 4
    pace: tuple[float, float] = (0.05, 0.8)
    planted: float = 4.0
    dollars: tuple[float, float] = (60.0, 1.0)
    minutes: tuple[float, float] = (20.0, 0.4)
    wrong_cause: float = 0.05
    leaves: float = 0.1
    days: int = 60
    removed_on: int = 75
    measured_days: int = 60


def prevention_seed(seed: int, world: Causes | None = None) -> dict[str, Any]:
    """One seed: is the planted cause among the first three after 60 days, and does its hazard fall once removed?

    `true_place` is its place by true paces. `counted_place` is its place by closes alone, ties in its favour: what a
    backlog could reach that was told that all causes cost alike, as they do here.
    """
    world = world or Causes()
    rng = np.random.default_rng([seed, 11])
    pace = world.pace[0] * np.exp(world.pace[1] * rng.standard_normal(world.others))
    pace = np.append(pace, world.planted * world.pace[0])
    kind = rng.integers(0, world.kinds, world.others + 1)
    end = world.removed_on + world.measured_days
    closes = []
    for n, rate in enumerate(pace):
        planted = n == world.others
        for day in np.sort(rng.uniform(0, end, rng.poisson(rate * end))):
            if planted and day >= world.removed_on and rng.random() > world.leaves:
                continue
            said = int(rng.integers(0, world.others + 1)) if rng.random() < world.wrong_cause else n
            closes.append(
                _close(day, f"kind {kind[n]}", f"cause {said}", "planted" if planted else f"b{n % 7}", rng, world)
            )
    closes.sort(key=lambda c: c.at)
    early = [c for c in closes if c.at < BEGIN + timedelta(days=world.days)]
    now = BEGIN + timedelta(days=world.days)
    backlog = repeats.backlog(repeats.count(early, now))
    listed = prevention.proposals(backlog, wage=30.0, hours=6.0, margin=0.25, currency="USD", owners={})
    names = [p["from"]["root_cause"] for p in listed]
    mine = f"cause {world.others}"
    counted = Counter(c.root_cause for c in early)
    return {
        "seed": seed,
        "place": names.index(mine) + 1 if mine in names else None,
        "true_place": int((pace[:-1] > pace[-1]).sum()) + 1,
        "counted_place": sum(n > counted[mine] for n in counted.values()) + 1,
        **_after(closes, mine, f"kind {kind[-1]}", world, seed),
    }


def _close(  # noqa: PLR0913
    day: float, kind: str, cause: str, brand: str, rng: np.random.Generator, world: Causes
) -> Close:
    dollars = world.dollars[0] * np.exp(world.dollars[1] * rng.standard_normal())
    minutes = world.minutes[0] * np.exp(world.minutes[1] * rng.standard_normal())
    at = BEGIN + timedelta(days=float(day))
    item = f"i{rng.integers(0, 25)}"
    return Close(at, kind, cause, brand, f"c{len(brand) % 3}", "amazon:US", item, float(dollars), float(minutes))


def _after(closes: list[Close], mine: str, kind: str, world: Causes, seed: int) -> dict[str, Any]:
    """The measured effect, and the hazard before and after."""
    removed = BEGIN + timedelta(days=world.removed_on)
    before, after = removed - timedelta(days=prevention.BEFORE_DAYS), removed + timedelta(days=world.measured_days)
    counts: dict[tuple[str, str], list[int]] = {}
    for c in closes:
        if before <= c.at < after:
            counts.setdefault((c.root_cause, c.kind), [0, 0])[int(c.at >= removed)] += 1
    own = counts.pop((mine, kind), [0, 0])
    like = sorted(counts.values(), key=lambda c: (abs(c[0] - own[0]), -c[0]))[: prevention.MATCHED]
    told = prevention.effect(
        (own[0], float(prevention.BEFORE_DAYS)),
        (own[1], float(world.measured_days)),
        [(c[0], c[1]) for c in like],
        each_dollars=100.0,
        each_hours=0.3,
        seed=seed,
    )
    common = 0.05
    first = repeats.hazard(own[0], prevention.BEFORE_DAYS, common)
    then = repeats.hazard(own[1], world.measured_days, common)
    return {
        "hazard_before": first[0] / first[1],
        "hazard_after": then[0] / then[1],
        "verdict": told["verdict"],
        "ratio": told["hazard_ratio"]["p50"],
    }


@dataclass(frozen=True)
class Claims:
    """Episodes of listings whose true pace and share are known. Left out: season, stock, other causes, wrong onsets.

    Revenue per listing spreads as in `world.toml` (log sd 1.6, median 0.3 units a day: UCI and Olist), 28 clean days;
    the true share lost of a hidden listing is Beta(2.4, 1.6): mean 0.6 and P10 to P90 of 0.3 to 0.9, the product's
    own assumption. Episodes last one to thirty days.
    """

    listings: int = 1500
    pace: tuple[float, float] = (0.3, 1.6)
    clean_days: int = 28
    share: tuple[float, float] = (2.4, 1.6)
    longest: int = 30
    price: float = 25.0


def claims_seed(seed: int, world: Claims | None = None) -> dict[str, Any]:
    """Randomised coverage of the 80 % interval of claimed dollars: which part of the truths it holds."""
    world = world or Claims()
    rng = np.random.default_rng([seed, 12])
    v = world.pace[0] * np.exp(world.pace[1] * rng.standard_normal(world.listings))
    sold = rng.poisson(v * world.clean_days).astype(float)
    days = rng.integers(1, world.longest + 1, world.listings)
    lost = rng.poisson(v * rng.beta(*world.share, world.listings) * days)
    mean, p10, p90 = _claimed(sold, world)
    inside = []
    for n in range(world.listings):
        if mean[n] <= 0:
            continue
        claim = Claim(int(days[n]), mean[n], p10[n], p90[n], world.price)
        spread = grading.distribution(claim)
        below = float(spread.cdf(lost[n] - 1)) if lost[n] else 0.0
        place = below + rng.random() * (float(spread.cdf(lost[n])) - below)
        inside.append(0.1 <= place <= 0.9)
    return {"seed": seed, "coverage": float(np.mean(inside)), "n": len(inside)}


def _claimed(sold: Floats, world: Claims) -> tuple[Floats, Floats, Floats]:
    """Exposure a day as the queue tells it: the product's own prior of the pace, its share, its percentiles."""
    x, t = sold, float(world.clean_days)
    moments = {"account": "main", "channel": "amazon:US", "category": "", "tier": 3, "n": len(x)}
    moments |= {"silent": int((x == 0).sum()), "days": t * len(x)}
    moments |= {"m1": float((x / t).mean()), "m2": float((x * (x - 1) / t**2).mean())}
    moments |= {"m3": float((x * (x - 1) * (x - 2) / t**3).mean())}
    (prior,) = fit_groups([moments])
    shape, rate = prior["shape"] + x, prior["rate"] + t
    silent = (prior["rate"] / rate) ** prior["shape"]
    dead = np.where(x > 0, 0.0, prior["dead"] / (prior["dead"] + (1 - prior["dead"]) * silent))
    a, b = world.share
    f, f_sd = a / (a + b), float(stats.beta(a, b).std())
    alive = shape / rate
    pace = squared_cv(alive, np.sqrt(shape) / rate)
    both = (1 + pace) * (1 + (f_sd / f) ** 2) - 1
    mean = alive * (1 - dead) * f * world.price
    low, _, high = percentiles(mean, both, dead)
    return mean, low, high


@dataclass(frozen=True)
class Sales:
    """Weeks of sales with planted losses no rule saw. Left out: days that settle late, new listings, substitution.

    Pace as in `Claims`; each listing's week varies by 10 % besides chance, each category by 8 % from week to week, with
    a slow season of 20 %. One listing in a hundred each is out of stock, dearer, promoted or in an open issue at any
    time, and known to be. Three in a hundred lose half to all of their sales for one to six weeks, unseen. All assumed.
    """

    listings: int = 2000
    categories: int = 8
    pace: tuple[float, float] = (0.3, 1.6)
    own_sd: float = 0.10
    category_sd: float = 0.08
    season: float = 0.20
    explained: float = 0.01
    planted: float = 0.03
    share: tuple[float, float] = (0.5, 1.0)
    price: tuple[float, float] = (25.0, 0.92)


def recall_seed(seed: int, world: Sales | None = None) -> dict[str, Any]:
    """Which part of planted dollars the audit finds, and which part of what it finds was not planted.

    `found` counts the smaller of told and true dollars of each planted listing it lists, `reached` all of its true
    ones; `most_found` and `most_reached` are what an audit could that knew all but which listings fell.
    """
    world = world or Sales()
    rng = np.random.default_rng([seed, 13])
    n, weeks = world.listings, recall.TEST_WEEKS + recall.USUAL_WEEKS
    v = 7 * world.pace[0] * np.exp(world.pace[1] * rng.standard_normal(n))
    group = rng.integers(0, world.categories, n)
    week = np.arange(weeks)
    level = np.exp(world.category_sd * rng.standard_normal((world.categories, weeks)))
    level *= 1 + world.season * np.cos((week + rng.integers(0, 26)) * 2 * np.pi / 26)
    own = rng.gamma(1 / world.own_sd**2, world.own_sd**2, (n, weeks))
    healthy = v[:, None] * level[group] * own
    clean = rng.random((n, weeks)) >= 4 * world.explained
    factor = np.where(clean, 1.0, rng.uniform(0.0, 1.8, (n, weeks)))
    planted = rng.random(n) < world.planted
    lasts = rng.integers(7, 43, n)
    begun = np.clip(lasts[:, None] / 7 - week, 0.0, 1.0)
    share = np.where(planted, rng.uniform(*world.share, n), 0.0)[:, None] * begun
    price = world.price[0] * np.exp(world.price[1] * rng.standard_normal(n))
    units = rng.poisson(healthy * factor * (1 - share)).astype(float)
    truth = (healthy * factor * share).sum(axis=1) * price
    keys = [("main", "amazon:US", f"S{k:05d}") for k in range(n)]
    newest = {("main", "amazon:US"): date(2026, 11, 22)}
    found = recall.audit(recall.Panel(keys, group, units, clean, price, newest), {})
    told = {int(row["sku"][1:]): row["lost"] for row in found}
    hit = sum(min(lost, truth[k]) for k, lost in told.items() if planted[k])
    wrong = sum(lost for k, lost in told.items() if not planted[k])
    return {
        "seed": seed,
        "found": hit / max(float(truth.sum()), 1e-9),
        "listings": len(told),
        "listed": sum(bool(planted[k]) for k in told) / max(int(planted.sum()), 1),
        "reached": float(truth[[k for k in told if planted[k]]].sum()) / max(float(truth.sum()), 1e-9),
        "false": wrong / max(sum(told.values()), 1e-9),
        **_most(units, clean, v[:, None] * level[group], world, price, truth),
    }


def _most(  # noqa: PLR0913
    units: Floats, clean: NDArray[np.bool_], usual: Floats, world: Sales, price: Floats, truth: Floats
) -> dict[str, float]:
    """What an audit could find that knew each listing's true pace and week, the spread, and how many fell how far.

    It lists the surest until 5 % of its dollars are expected to be false.
    """
    n = recall.TEST_WEEKS
    u, use, mean, size = units[:, :n], clean[:, :n], usual[:, :n], 1.0 / world.own_sd**2

    def likely(left: Floats) -> Floats:
        return np.asarray((use * (u * np.log(mean * left) - (u + size) * np.log(size + mean * left))).sum(axis=1))

    odds, lost = np.zeros(len(u)), np.zeros(len(u))
    shares, lasts = np.linspace(*world.share, 11)[:-1] + 0.025, np.linspace(1.25, 5.75, 10)
    for gone in (share * np.clip(weeks - np.arange(n), 0.0, 1.0) for share in shares for weeks in lasts):
        one = np.exp(likely(1.0 - gone) - likely(np.ones(n))) / (len(shares) * len(lasts))
        odds += one
        lost += one * ((size + u) / (size / mean + 1.0 - gone) * gone * use).sum(axis=1)
    chance = world.planted * odds / (1.0 - world.planted + world.planted * odds)
    dollars = lost / odds * price
    order = np.argsort(-chance)
    within = np.cumsum(((1.0 - chance) * dollars)[order]) <= 0.05 * np.cumsum(dollars[order])
    listed = order[: int(np.flatnonzero(within)[-1]) + 1] if within.any() else order[:0]
    whole = max(float(truth.sum()), 1e-9)
    return {
        "most_found": float(np.minimum(dollars, truth)[listed].sum()) / whole,
        "most_reached": float(truth[listed].sum()) / whole,
    }
