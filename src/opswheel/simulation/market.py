"""One simulated market, day by day: which faults are on, what sells, what is lost, and why.

A morning of day d shows what holds at its 00:00; what is sold on day d is told on the morning after. Losses are
expected values, not counts: dice fall on what the product sees, not on what it is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.money import Floats
from .catalog import Catalog, Flags, Ints, healthy_rate, make_catalog, stream
from .parameters import World
from .plan import ONE_OFF, Plan, make_deals, make_plan, price_path
from .supply import Supply

FOREVER = 10_000
OFF_KINDS = ("suppressed", "closed", "stranded", "removed")
REMOVAL_DAYS = 30
"""Stranded units are removed by the marketplace after so many days; the report names the day."""


@dataclass
class DaySales:
    """What one day sold, by listing: units, price paid in minor units, page views, featured page views."""

    day: int
    units: Ints
    price_minor: Ints
    views: Ints
    featured_views: Ints


@dataclass
class Losses:
    """Dollars of one day: what would have been sold, and what was lost to seen faults, unseen ones, lost rank."""

    healthy: float
    sold: float
    seen: float
    unseen: float
    rank: float
    given_away: float


class Market:
    """The market of one (world, seed). `day` is the morning it stands at; `begin`, then people act, then `trade`."""

    def __init__(self, world: World, *, listings: int, days: int, seed: int) -> None:
        self.world, self.seed, self.days = world, seed, days
        self.catalog: Catalog = make_catalog(world, listings, seed)
        self.plan: Plan = make_plan(world, self.catalog, days, seed)
        self.supply = Supply(world, self.catalog, seed)
        self._deals = make_deals(world, self.catalog, days, seed)
        self._prices = price_path(world, self.catalog, days, seed)
        self.day = -world.calendar.warm_up_days
        n = len(self.plan)
        self.ends = np.full(n, FOREVER)
        self.began = np.zeros(n, bool)
        self.fixed_on = np.full(n, FOREVER)
        self.tries = np.zeros(n, int)
        self.prevented: set[int] = set()
        self.usual_minor = self.catalog.price_minor.copy()
        self._velocity = np.ones(listings)
        self._open = np.zeros(0, int)
        self.out_since = np.full(self.catalog.pools, FOREVER)
        self._kind = {name: i for i, name in enumerate(self.plan.kinds)}
        self._seen_kind = np.array([bool(world.faults[k].kind) if k in world.faults else True for k in self.plan.kinds])

    # the morning

    def begin(self) -> None:
        """The morning of `day`: faults begin and end, shipments land, prices change."""
        plan, day = self.plan, self.day
        listing, factor = self._prices.get(day, (np.zeros(0, int), np.zeros(0)))
        self.usual_minor[listing] = np.maximum(100, np.rint(self.usual_minor[listing] * factor)).astype(np.int64)
        self._open = self._open[self.ends[self._open] > day]
        first, last = np.searchsorted(plan.onset, [day, day + 1])
        for i in range(first, last):
            self._start(i)
        self._remove_stranded()
        self.supply.begin(day)
        out = (self.supply.on_hand <= 0) & (self.supply.pace > 0)
        self.out_since = np.where(out, np.minimum(self.out_since, day), FOREVER)

    def _start(self, i: int) -> None:
        """A planned fault begins, unless its cause is gone, the listing is not there, or it is ill of it already."""
        plan = self.plan
        at = plan.listing[i]
        again = self._open[(plan.listing[self._open] == at) & (plan.kind[self._open] == plan.kind[i])]
        gone = plan.cause[i] != ONE_OFF and int(plan.cause[i]) in self.prevented
        if gone or len(again) or self.day < self.catalog.opened[at]:
            return
        self.began[i] = True
        self.ends[i] = self.day + plan.life[i]
        self._open = np.r_[self._open, i]

    def _remove_stranded(self) -> None:
        old = self._open[(self.plan.kind[self._open] == self._kind["stranded"])]
        old = old[self.day - self.plan.onset[old] >= REMOVAL_DAYS]
        if len(old):
            self.supply.destroy(self.catalog.pool[self.plan.listing[old]])

    def open_faults(self, name: str = "") -> Ints:
        """Numbers in the plan of what is on this morning, of one kind or of all."""
        return self._open if not name else self._open[self.plan.kind[self._open] == self._kind[name]]

    def listings_with(self, *names: str) -> Flags:
        """Which listings have any of these kinds this morning."""
        found = np.zeros(len(self.catalog), bool)
        for name in names:
            found[self.plan.listing[self.open_faults(name)]] = True
        return found

    # the day

    def trade(self) -> tuple[DaySales, Losses]:
        """The day's sales and what they lack; then it is the next morning."""
        parts = self._demand()
        left = parts["stock"] * parts["seen"] * parts["unseen"]
        rank = self._velocity**self.world.rank.theta
        mean = parts["healthy"] * left * rank
        rng = stream(self.seed, 8, self.day)
        units = self.supply.sell(self.catalog.pool, rng.poisson(mean))
        sales = self._told(rng, units, parts)
        losses = self._losses(parts, mean, rank)
        flow = left * rank
        self._velocity += self.world.rank.alpha * (flow - self._velocity)
        self.day += 1
        return sales, losses

    def _demand(self) -> dict[str, Floats]:
        """Per listing: healthy units, what stock and faults leave of them, price asked and usual, featured share."""
        world, catalog, plan = self.world, self.catalog, self.plan
        healthy = healthy_rate(world, catalog, self.day)
        price = self.usual_minor.astype(float)
        deal = (self._deals.first <= self.day) & (self._deals.last >= self.day)
        on = self._deals.listing[deal]
        healthy[on] *= world.demand.promotion_lift
        price[on] *= 1 - world.demand.promotion_discount
        meant = ~self.listings_with("closed_on_purpose")
        clearing = self.listings_with("clearance")
        price[clearing] *= world.team.clearance_factor
        right = price.copy()
        price[self.listings_with("mispriced")] *= world.team.mispriced_factor
        seen, unseen = np.ones(len(catalog)), np.ones(len(catalog))
        sure = self._seen_kind[plan.kind[self._open]]
        for left, which in ((seen, self._open[sure]), (unseen, self._open[~sure])):
            np.multiply.at(left, plan.listing[which], 1.0 - plan.share[which])
        featured = np.ones(len(catalog))
        lost = self.open_faults("featured")
        np.multiply.at(featured, plan.listing[lost], 1.0 - plan.share[lost])
        return {
            "healthy": healthy * meant,
            "stock": (self.supply.on_hand[catalog.pool] > 0).astype(float),
            "seen": seen,
            "unseen": unseen,
            "price": np.maximum(1.0, np.rint(price)),
            "right": np.maximum(1.0, np.rint(right)),
            "featured": featured,
        }

    def prices_asked(self) -> Ints:
        """Minor units a shopper is asked this morning."""
        return self._demand()["price"].astype(np.int64)

    def deals_told(self) -> tuple[Ints, Ints, Ints]:
        """(listing, first day, last day) of the promotions that promotions.csv names this morning."""
        near = self._deals.told & (self._deals.first <= self.day + 7) & (self._deals.last >= self.day - 90)
        return self._deals.listing[near], self._deals.first[near], self._deals.last[near]

    def _told(self, rng: np.random.Generator, units: Ints, parts: dict[str, Floats]) -> DaySales:
        """What traffic reports count: views follow what can be found, not what is in stock."""
        hidden = 1.0 - 0.9 * self.listings_with("hidden", *OFF_KINDS)
        views = rng.poisson(parts["healthy"] * hidden / self.world.demand.conversion)
        views = np.maximum(views, units)
        shown = ~self.listings_with(*OFF_KINDS) & (parts["stock"] > 0)
        featured = rng.binomial(views, parts["featured"] * shown * 0.97)
        return DaySales(self.day, units, parts["price"].astype(np.int64), views, featured)

    def _losses(self, parts: dict[str, Floats], mean: Floats, rank: Floats) -> Losses:
        """Expected dollars of the day by what took them, in the order stock and faults, then unseen ones, then rank."""
        dollars = self.catalog.dollars(parts["right"])
        whole = parts["healthy"] * dollars
        after_seen = whole * parts["stock"] * parts["seen"]
        after_all = after_seen * parts["unseen"]
        gap = np.maximum(0.0, parts["right"] - parts["price"])
        return Losses(
            healthy=float(whole.sum()),
            sold=float((mean * dollars).sum()),
            seen=float((whole - after_seen).sum()),
            unseen=float((after_seen - after_all).sum()),
            rank=float((after_all * (1 - rank)).sum()),
            given_away=float((mean * self.catalog.dollars(gap)).sum()),
        )

    # people

    def attempt(self, fault: int) -> bool:
        """Somebody mends a fault; whether it holds. If it does, it ends when the marketplace has looked."""
        told = self.world
        if self.ends[fault] <= self.day:
            return True
        dice = stream(self.seed, 9, int(fault), int(self.tries[fault])).random(2)
        self.tries[fault] += 1
        name = self.plan.kinds[self.plan.kind[fault]]
        if name in told.faults and dice[0] < told.faults[name].fails:
            return False
        low, high = told.team.marketplace_delay_hours
        wait = int(np.ceil((low + dice[1] * (high - low)) / 24.0))
        if self.day + wait < self.ends[fault]:
            self.ends[fault] = self.day + wait
            self.fixed_on[fault] = self.day
        return True

    def remaining_losses(self, faults: Ints) -> Floats:
        """Clairvoyant: dollars each fault will still take until it ends by itself, at today's demand and price."""
        days = np.minimum(self.ends[faults], self.days) - self.day
        return np.asarray(self.losses_per_day(faults) * np.maximum(0, days))

    def losses_per_day(self, faults: Ints) -> Floats:
        """The truth: dollars each fault takes today; margin given away counts as the sales it is worth."""
        plan = self.plan
        share = plan.share[faults].copy()
        slip = plan.kind[faults] == self._kind["mispriced"]
        share[slip] = (1 - self.world.team.mispriced_factor) / self.world.team.contribution_margin
        return np.asarray(self.value_per_day()[plan.listing[faults]] * share)

    def value_per_day(self) -> Floats:
        """The truth: dollars each listing would sell today if healthy and in stock."""
        parts = self._demand()
        return np.asarray(parts["healthy"] * self.catalog.dollars(parts["right"]))

    def remaining_out(self, pool: int) -> float:
        """Clairvoyant: dollars a pool will still take while it is empty, from the day the fastest order could land."""
        parts = self._demand()
        mine = self.catalog.pool == pool
        pace = float(parts["healthy"][mine].sum())
        dry = self.day + float(self.supply.on_hand[pool]) / max(pace, 1e-9)
        saved_from = max(dry, self.day + self.world.stock.fast_lead_days)
        days = max(0.0, min(self.supply.back_on(pool, self.day), self.days) - saved_from)
        return float((parts["healthy"] * self.catalog.dollars(parts["right"]))[mine].sum()) * days
