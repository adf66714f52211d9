"""The listings of a world: what they sell when all is well, what they cost, who supplies them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from ..core.marketplaces import find_marketplace
from ..core.money import Floats
from .parameters import World

Ints = np.ndarray
Flags = np.ndarray
Texts = np.ndarray

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CURRENCY_RATES = "GBP"
OLD_DAYS = 400
"""Days before the first morning on which listings that are not new were opened."""
DEAD_DAYS = 150
"""A dead listing sold its last unit so long ago."""


def stream(seed: int, *parts: int) -> np.random.Generator:
    """The random numbers of one purpose and day: the same whatever a team did before."""
    return np.random.default_rng([seed, *(part + 100_000 for part in parts)])


@dataclass
class Catalog:
    """One entry per listing; `day` numbers count from the first worked morning, which is 0.

    `rate` is units a day on a mean day of the year, `item` and `pool` number what shoppers buy and the stock behind
    it, `told_lead` says that supply.csv names the listing.
    """

    channels: list[str]
    currency: list[str]
    to_dollars: Floats
    channel: Ints
    sku: Texts
    item_id: Texts
    fnsku: Texts
    title: Texts
    item: Ints
    pool: Ints
    category: Ints
    rate: Floats
    price_minor: Ints
    opened: Ints
    dead: Flags
    lead_days: Ints
    told_lead: Flags
    first_morning: date = field(default=date(2000, 1, 1))

    def __len__(self) -> int:
        return len(self.sku)

    @property
    def pools(self) -> int:
        """How many stocks there are."""
        return int(self.pool.max()) + 1 if len(self) else 0

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.item.max()) + 1 if len(self) else 0

    def date(self, day: int) -> date:
        """The calendar day of a day number."""
        return self.first_morning + timedelta(days=day)

    def dollars(self, minor: Floats) -> Floats:
        """Minor units of each listing's currency in dollars."""
        return np.asarray(minor / 100.0 * self.to_dollars[self.channel])


def make_catalog(world: World, listings: int, seed: int) -> Catalog:
    """`listings` listings over the world's channels. Revenue is log-normal with the world's log-sd."""
    told, rng = world.catalog, stream(seed, 1)
    names = sorted(told.channels)
    weights = np.array([told.channels[n] for n in names])
    channel = np.sort(rng.choice(len(names), listings, p=weights / weights.sum()))
    currency = [_currency(n) for n in names]
    rates = np.array([told.pounds_in_dollars if c == _CURRENCY_RATES else 1.0 for c in currency])
    price = told.price_median * np.exp(told.price_log_sd * rng.standard_normal(listings))
    sd = np.sqrt(max(0.0, told.log_sd**2 - told.price_log_sd**2))
    rate = told.units_per_day_median * np.exp(sd * rng.standard_normal(listings))
    item, pool = _shared(world, channel, rng)
    fresh = rng.random(listings) < told.share_new
    opened = np.where(fresh, rng.integers(-45, 45, listings), -OLD_DAYS - rng.integers(0, 600, listings))
    lead = rng.integers(world.stock.lead_days[0], world.stock.lead_days[1] + 1, listings)
    category = rng.integers(0, told.categories, listings)
    number = np.arange(listings)
    return Catalog(
        channels=names,
        currency=currency,
        to_dollars=rates,
        channel=channel,
        sku=_texts(f"S{n:07d}" for n in number),
        item_id=_texts(f"B0{_base36(n):0>8}" for n in item),
        fnsku=_texts(f"X{_base36(n):0>9}" for n in pool),
        title=_texts(f"Article {n} of range {c}" for n, c in zip(number, category, strict=True)),
        item=item,
        pool=pool,
        category=category[_first_of(item)],
        rate=rate,
        price_minor=np.maximum(100, np.rint(price * 100 / rates[channel])).astype(np.int64),
        opened=opened,
        dead=(rng.random(listings) < told.share_dead) & ~fresh,
        lead_days=lead[_first_of(pool)],
        told_lead=(rng.random(listings) < world.stock.share_lead_told)[_first_of(pool)],
        first_morning=world.calendar.first_morning,
    )


def _texts(words: Iterable[str]) -> Texts:
    return np.array(list(words), dtype=object)


def _currency(channel: str) -> str:
    known = find_marketplace(channel)
    return known.currency if known else "USD"


def _shared(world: World, channel: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Items and pools: a second SKU is put on the item of the listing before it, perhaps on its stock, too."""
    n = len(channel)
    second = (rng.random(n) < world.catalog.share_second_sku) & (channel == np.r_[-1, channel[:-1]])
    second &= ~np.r_[False, second[:-1]]
    shared = second & (rng.random(n) < world.catalog.share_shared_pool)
    return np.cumsum(~second) - 1, np.cumsum(~shared) - 1


def _first_of(group: Ints) -> Ints:
    """For each listing the number of the first listing of its group; groups are numbered in order."""
    _, first = np.unique(group, return_index=True)
    return np.asarray(first[group])


def _base36(number: int) -> str:
    text = ""
    number = int(number)
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def season(world: World, day: date) -> float:
    """The level of all demand on a day against a mean day: weekday times the year's one peak."""
    told = world.demand
    away = abs(day.timetuple().tm_yday - told.peak_day_of_year)
    away = min(away, 365 - away)
    return told.week_from_monday[day.weekday()] * (
        1.0 + told.peak_lift * float(np.exp(-0.5 * (away / told.peak_width_days) ** 2))
    )


def healthy_rate(world: World, catalog: Catalog, day: int) -> Floats:
    """Units a day each listing would sell on `day` if nothing were wrong: season, launch, dead ones."""
    age = day - catalog.opened
    grown = np.clip(age / world.catalog.launch_days, 0.0, 1.0)
    alive = ~catalog.dead | (day < -DEAD_DAYS)
    return np.asarray(catalog.rate * grown * alive * season(world, catalog.date(day)))
