"""What will happen to a world whoever works it: faults and false alarms with their truth, deals, late files.

Everything is drawn before the first morning, so that every ranking rule meets the same events. A planned event does
not happen where its root cause was removed before, or while the listing has the same trouble already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.money import Floats
from .catalog import Catalog, Flags, Ints, stream
from .parameters import FaultKind, World

NOISE = ("closed_on_purpose", "ghost_row", "clearance")
ONE_OFF = -1
YEAR_DAYS = 365.0
Z90 = 1.2816


@dataclass
class Cause:
    """Something that goes wrong again and again until somebody removes it: a template, a supplier, a rule."""

    kind: str
    root_cause: str
    members: Ints


@dataclass
class Plan:
    """One entry per planned fault or false alarm of one listing.

    `kind` numbers `kinds`; `share` is the true share of sales lost, `life` days until it ends by itself, `minutes`
    the true work of a mean operator, `cause` a number in `causes` or ONE_OFF, `event` what the listings of one burst
    have in common, `luck` a uniform number that decides whether somebody wrote down what was meant.
    """

    kinds: tuple[str, ...]
    causes: list[Cause]
    kind: Ints
    listing: Ints
    onset: Ints
    life: Ints
    share: Floats
    minutes: Floats
    root_cause: list[str]
    cause: Ints
    event: Ints
    luck: Floats

    def __len__(self) -> int:
        return len(self.kind)


@dataclass
class Deals:
    """Promotions: listing, first and last day, whether promotions.csv names it."""

    listing: Ints
    first: Ints
    last: Ints
    told: Flags


def make_plan(world: World, catalog: Catalog, days: int, seed: int) -> Plan:
    """Every fault and false alarm from the warm-up to the last of `days` worked days."""
    rng = stream(seed, 2)
    kinds = (*world.faults, *NOISE)
    causes = _causes(world, catalog, rng)
    first = -world.calendar.warm_up_days
    parts: list[dict[str, Any]] = [_faults(world, catalog, causes, k, (first, days), rng) for k in world.faults]
    parts += [_noise(world, catalog, k, (first, days), rng) for k in NOISE]
    number = np.concatenate([np.full(len(p["onset"]), kinds.index(p["name"])) for p in parts])
    joined = {n: np.concatenate([p[n] for p in parts]) for n in _COLUMNS}
    order = np.lexsort((joined["listing"], number, joined["onset"]))
    texts = [t for p in parts for t in p["root_cause"]]
    return Plan(
        kinds=kinds,
        causes=causes,
        kind=number[order],
        root_cause=[texts[i] for i in order],
        luck=rng.random(len(order)),
        **{n: joined[n][order] for n in _COLUMNS},
    )


_COLUMNS = ("listing", "onset", "life", "share", "minutes", "cause", "event")


def _causes(world: World, catalog: Catalog, rng: np.random.Generator) -> list[Cause]:
    """Recurring causes, as many per kind as its share of all faults; at least one of each kind that is seen."""
    rates = {k: f.per_1000_a_day for k, f in world.faults.items() if f.kind and f.per_1000_a_day > 0}
    whole = world.causes.per_1000_listings * len(catalog) / 1000
    found = []
    for name, rate in rates.items():
        for _ in range(max(1, round(whole * rate / sum(rates.values())))):
            channel = catalog.channel[rng.integers(len(catalog))]
            mates = np.flatnonzero(catalog.channel == channel)
            members = rng.choice(mates, min(world.causes.listings_each, len(mates)), replace=False)
            found.append(Cause(name, _root_cause(world.faults[name], rng), np.sort(members)))
    return found


def _root_cause(fault: FaultKind, rng: np.random.Generator) -> str:
    names, weights = list(fault.root_causes), np.array(list(fault.root_causes.values()))
    return str(rng.choice(names, p=weights / weights.sum()))


def _faults(  # noqa: PLR0913
    world: World,
    catalog: Catalog,
    causes: list[Cause],
    name: str,
    span: tuple[int, int],
    rng: np.random.Generator,
) -> dict[str, Any]:
    fault = world.faults[name]
    chance, size = fault.burst
    per_event = (1 - chance) + chance * size
    events = rng.poisson(fault.per_1000_a_day * len(catalog) / 1000 / per_event * (span[1] - span[0]))
    own = [i for i, c in enumerate(causes) if c.kind == name]
    listing, onset, cause, event, texts = [], [], [], [], []
    for number in range(int(events)):
        day = int(rng.integers(*span))
        which = int(rng.choice(own)) if own and rng.random() < world.causes.share_recurring else ONE_OFF
        word = causes[which].root_cause if which >= 0 else _root_cause(fault, rng)
        burst = rng.random() < chance
        hit = _hit(catalog, causes[which] if which >= 0 else None, int(rng.poisson(size)) + 2 if burst else 1, rng)
        listing.append(hit)
        onset.append(np.full(len(hit), day))
        cause.append(np.full(len(hit), which))
        event.append(np.full(len(hit), number))
        texts += [word] * len(hit)
    at = np.concatenate(listing) if listing else np.zeros(0, int)
    minutes = _effort(world, fault, len(at), rng)
    return {
        "name": name,
        "listing": at,
        "onset": np.concatenate(onset) if onset else np.zeros(0, int),
        "cause": np.concatenate(cause) if cause else np.zeros(0, int),
        "event": np.concatenate(event) if event else np.zeros(0, int),
        "share": _shares(fault.share_lost, len(at), rng),
        "minutes": minutes,
        "life": _lives(world, fault, minutes, rng),
        "root_cause": texts,
    }


def _hit(catalog: Catalog, cause: Cause | None, size: int, rng: np.random.Generator) -> Ints:
    """The listings an event hits: of its cause first, the rest of a burst in one category of one channel."""
    if size == 1:
        return np.array([rng.choice(cause.members) if cause else rng.integers(len(catalog))], int)
    seed = rng.choice(cause.members) if cause else rng.integers(len(catalog))
    mates = np.flatnonzero((catalog.channel == catalog.channel[seed]) & (catalog.category == catalog.category[seed]))
    return np.asarray(rng.choice(mates, min(size, len(mates)), replace=False))


def _effort(world: World, fault: FaultKind, n: int, rng: np.random.Generator) -> Floats:
    """Minutes of work: log-normal around the kind's mean."""
    sd = world.team.effort_log_sd
    return np.asarray(fault.minutes * np.exp(sd * rng.standard_normal(n) - sd * sd / 2))


def _shares(told: tuple[float, float], n: int, rng: np.random.Generator) -> Floats:
    """True shares of sales lost: a Beta with the mean and 10th–90th percentile width told; no width is the mean."""
    mean, width = told
    if width <= 0 or not 0 < mean < 1:
        return np.full(n, mean)
    var = min((width / (2 * Z90)) ** 2, 0.9 * mean * (1 - mean))
    total = mean * (1 - mean) / var - 1
    return np.asarray(rng.beta(mean * total, (1 - mean) * total, n))


def _lives(world: World, fault: FaultKind, minutes: Floats, rng: np.random.Generator) -> Ints:
    """Days until it ends by itself, at least one; rising with effort where the world says so."""
    median, sd = fault.life_days
    life = median * np.exp(sd * rng.standard_normal(len(minutes)))
    life = life * (minutes / fault.minutes) ** world.team.life_with_effort
    return np.asarray(np.maximum(1, np.rint(life)).astype(np.int64))


def _noise(
    world: World, catalog: Catalog, name: str, span: tuple[int, int], rng: np.random.Generator
) -> dict[str, Any]:
    """False alarms: as many that `precision` of all planned signals are real."""
    told = world.noise
    real = sum(f.per_1000_a_day for f in world.faults.values() if f.kind)
    rate = real * (1 - told.precision) / told.precision * told.mix.get(name, 0.0) / max(1e-9, sum(told.mix.values()))
    n = int(rng.poisson(rate * len(catalog) / 1000 * (span[1] - span[0])))
    return {
        "name": name,
        "listing": rng.integers(len(catalog), size=n),
        "onset": rng.integers(span[0], span[1], n),
        "cause": np.full(n, ONE_OFF),
        "event": np.arange(n),
        "share": np.zeros(n),
        "minutes": np.full(n, world.team.check_minutes),
        "life": np.maximum(1, np.rint(told.days * np.exp(0.6 * rng.standard_normal(n)))).astype(np.int64),
        "root_cause": [""] * n,
    }


def make_deals(world: World, catalog: Catalog, days: int, seed: int) -> Deals:
    """Promotions over the whole time."""
    rng, told = stream(seed, 3), world.demand
    first = -world.calendar.warm_up_days
    n = int(rng.poisson(told.promotions_per_listing_a_year * len(catalog) * (days - first) / YEAR_DAYS))
    start = rng.integers(first, days, n)
    told_ = rng.random(n) < world.lists.told_promotions
    return Deals(rng.integers(len(catalog), size=n), start, start + told.promotion_days - 1, told_)


def price_path(world: World, catalog: Catalog, days: int, seed: int) -> dict[int, tuple[Ints, Floats]]:
    """Price changes that were meant: for each day the listings and the factors on their price."""
    rng, told = stream(seed, 4), world.demand
    first = -world.calendar.warm_up_days
    n = int(rng.poisson(told.price_changes_per_listing_a_year * len(catalog) * (days - first) / YEAR_DAYS))
    day, listing = rng.integers(first, days, n), rng.integers(len(catalog), size=n)
    factor = np.exp(told.price_change_sd * rng.standard_normal(n))
    return {int(d): (listing[day == d], factor[day == d]) for d in np.unique(day)}


@dataclass
class Trouble:
    """Report files that are not there (`late`) or cut short (`partial`): (channel, report) by morning."""

    late: dict[int, set[tuple[int, str]]]
    partial: dict[int, set[tuple[int, str]]]


def make_trouble(world: World, catalog: Catalog, reports: tuple[str, ...], days: int, seed: int) -> Trouble:
    """Late spells and cut files of worked mornings; the first week comes whole, so that a team can begin."""
    rng, told = stream(seed, 5), world.sources
    found = Trouble({}, {})
    for channel in range(len(catalog.channels)):
        for report in reports:
            for day in _mornings(told.late_per_report_a_year, days, rng):
                for n in range(told.late_days):
                    found.late.setdefault(day + n, set()).add((channel, report))
            for day in _mornings(told.partial_per_report_a_year, days, rng):
                found.partial.setdefault(day, set()).add((channel, report))
    return found


def _mornings(per_year: float, days: int, rng: np.random.Generator) -> list[int]:
    n = int(rng.poisson(per_year * max(0, days - 7) / YEAR_DAYS))
    return [int(d) for d in rng.integers(7, max(8, days), n)]
