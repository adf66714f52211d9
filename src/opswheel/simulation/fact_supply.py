"""What is on its way in the second light world: purchases, shipments to the warehouse, our own orders, parcels, dates.

Each function draws one of them, writes down in `truth` what is wrong with it, and adds what only looks wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from ..core.clock import day_start
from .fact_sheets import CHANNEL, CURRENCY, TODAY, FactShop, order_hash, sheet_of, subject
from .parameters import World
from .sheets import Sheet, zone_of

COST = 0.4
"""What a unit costs of its price: assumed, as the rules assume it where no cost is told."""
LINES = (1, 6)
"""SKUs on one purchase or shipment, uniform: assumed."""
PURCHASE_DAYS = (5, 30)
"""Days from dispatch to the day told: assumed, a truck to a ship with part of its way behind it."""
COMES = (-1.0, 2.5)
"""Mean and standard deviation of days after that day on which healthy ones come: 8 % come three days late or more."""
HELD, HELD_DAYS = 0.05, (15, 60)
"""Purchases held up at customs, mis-sorted or lost, and how many days later they come: assumed."""
SUPPLIERS, DELAYED, DELAY_DAYS, DELAY_WEEK = 8, 0.1, 4, 7
"""Suppliers, and those all of whose purchases due this week come days late by themselves (a holiday): assumed."""
TAKEN_OFF_DAYS, FORGOTTEN, FORGOTTEN_DAYS = (0, 3), 0.02, (5, 30)
"""Days until one that came is taken off the list; those forgotten, and for how long: assumed."""

SENT_DAYS, LISTED_DAYS = 100, 45
"""Days of shipments, and of daily lists of them."""
WAY_DAYS, SLOW, SLOW_DAYS = (3, 14), 0.05, (20, 28)
"""Days to the warehouse; those that take long and come all the same, and how long: assumed."""
RECEIVE_DAYS, CLOSE_DAYS = (1, 7), (0, 10)
"""Days over which units are booked in, and until the shipment is closed: assumed."""
LOST, STUCK, STUCK_PART = 0.03, 0.03, (0.3, 0.8)
"""Shipments that never come; those whose booking stops for good, at which part of the units: assumed."""
PAUSES, PAUSE_DAYS = 0.05, 12
"""Shipments booked in three parts with days between them, and how many days: assumed, a full warehouse."""
SHORT, SHORT_PART = 0.05, (0.05, 0.5)
"""Shipments closed with part of one line never booked: assumed."""
FOUND, FOUND_DAYS, FEW = 0.10, (1, 14), (1, 3)
"""Shipments closed a few units short which are found days later; few units are one to three: assumed."""
PACKED_SHORT = 0.03
"""Shipments into which we packed a few units fewer than we said: assumed; nobody pays for those."""

SERVICES, A_DAY, A_DAY_SD = 8, 6.0, 1.0
"""Services of two warehouses, orders a day of each and their log-sd: assumed."""
LATE_WELL, LATE_ILL = (0.002, 0.03), (0.08, 0.25)
"""Orders leaving late of a healthy service, under the 4 % Amazon asks for, and of an ill one: assumed, uniform."""
ILL_SERVICES, ILL_SINCE = 0.25, (5, 20)
"""Ill services, and since how many days: assumed, high enough that there are some."""
NO_PICK_UP = 0.15
"""Healthy services of which, on one day of the last two weeks, everything left a day late: assumed, a holiday."""

PATHS, PARCELS_A_DAY = 16, 3.0
"""Four carriers on four paths, and parcels a day of each, with the log-sd of the services: assumed."""
COME_LATE_WELL, COME_LATE_ILL, ILL_PATHS = (0.02, 0.10), (0.18, 0.4), 0.2
"""Parcels coming late of a healthy path, around Olist's 6.8 %, and of an ill one; ill paths: assumed, uniform."""
STORM = 0.15
"""Healthy paths on which all parcels promised for two days came late, and which are well again: assumed."""
UNSCANNED = 0.01
"""Parcels delivered of which no scan tells: assumed."""
LATE_LOSES = 0.1
"""What a late order loses of its worth: assumed, as the rules assume it."""

DOCUMENTS, CLAIMS, DUE_DAYS = 0.15, 12, (-30, 180)
"""Listings with a document that ends, claims to file, and in how many days each is due: assumed."""
DONE = 0.15
"""Dates on the list of what was done long ago: assumed."""
NEAR_DAYS = 30
"""A date further off is only a date: documents take weeks (assumed, as the rule does)."""
DOWN_DAYS = 14
"""Days a listing is down whose document has ended: assumed."""


def purchases(
    shop: FactShop, world: World, rng: np.random.Generator, _key: str, *, planted: bool = True
) -> list[Sheet]:
    """The team's list of what is on its way this morning."""
    hit = rng.random(SUPPLIERS) < DELAYED
    rows: list[dict[str, Any]] = []
    for number, (sent, units) in enumerate(_loads(shop, world, rng, 90)):
        eta = sent + timedelta(days=int(rng.integers(PURCHASE_DAYS[0], PURCHASE_DAYS[1] + 1)))
        late = round(rng.normal(*COMES))
        if hit[rng.integers(SUPPLIERS)] and 0 <= (TODAY - eta).days <= DELAY_WEEK:
            late = max(late, DELAY_DAYS)
        held = rng.random() < HELD
        if held and planted:
            late = int(rng.integers(*HELD_DAYS))
        kept = FORGOTTEN_DAYS if rng.random() < FORGOTTEN else TAKEN_OFF_DAYS
        gone = eta + timedelta(days=late + int(rng.integers(kept[0], kept[1] + 1)))
        if not sent <= TODAY < gone:
            continue
        reference = f"PO-{number:05d}"
        rows += [{"sku": shop.sku[i], "units": u, "eta": eta, "reference": reference} for i, u in units.items()]
        if held and planted and eta < TODAY:
            shop.truth["inbound_late", subject(reference)] = _cost(shop, units)
    return [sheet_of("inbound_csv", rows)]


def _loads(shop: FactShop, world: World, rng: np.random.Generator, days: int) -> Iterator[tuple[date, dict[int, int]]]:
    """Units by listing of each load sent in the last days: each listing once in the days an order lasts."""
    each = (LINES[0] + LINES[1]) / 2
    for ago in range(days, -1, -1):
        for _ in range(rng.poisson(len(shop.sku) / world.stock.order_days / each)):
            at = rng.choice(len(shop.sku), int(rng.integers(LINES[0], LINES[1] + 1)), replace=False)
            units = np.maximum(1, np.rint(shop.rate[at] * world.stock.order_days)).astype(int)
            yield TODAY - timedelta(days=ago), dict(zip(at.tolist(), units.tolist(), strict=True))


def _cost(shop: FactShop, units: dict[int, int]) -> float:
    return float(sum(u * shop.price_minor[i] / 100.0 * COST for i, u in units.items()))


def shipments(
    shop: FactShop, world: World, rng: np.random.Generator, _key: str, *, planted: bool = True
) -> list[Sheet]:
    """The marketplace's list of shipments, morning after morning."""
    lists: dict[date, list[dict[str, Any]]] = {}
    for number, (sent, units) in enumerate(_loads(shop, world, rng, SENT_DAYS)):
        name = f"FBA{number:05d}"
        load = _Load(sent, units, rng, planted=planted)
        for ago in range(LISTED_DAYS, -1, -1):
            day = TODAY - timedelta(days=ago)
            if sent <= day:
                lists.setdefault(day, []).extend(load.rows(shop, name, day))
        if load.fault in ("lost", "stuck") and load.broke < TODAY:
            part = load.part if load.fault == "stuck" else 0.0
            shop.truth["inbound_late", subject(name)] = _cost(shop, units) * (1 - part)
        elif load.fault == "short" and load.closed <= TODAY:
            shop.truth["shipment_short", subject(name)] = _cost(shop, load.missing)
    return [sheet_of("inbound_shipments_csv", rows, day) for day, rows in sorted(lists.items())]


class _Load:
    """A shipment's fate: when it comes, how it is booked in, when it is closed, and what is missing then."""

    def __init__(self, sent: date, units: dict[int, int], rng: np.random.Generator, *, planted: bool) -> None:
        fates = {"lost": LOST, "stuck": STUCK, "short": SHORT, "found": FOUND, "packed": PACKED_SHORT}
        luck, bounds = rng.random(), np.cumsum(list(fates.values()))
        fate = next((f for f, bound in zip(fates, bounds, strict=True) if luck < bound), "")
        self.fault = "" if fate in ("lost", "stuck", "short") and not planted else fate
        self.sent, self.units = sent, units
        way = SLOW_DAYS if rng.random() < SLOW else WAY_DAYS
        self.comes = sent + timedelta(days=int(rng.integers(way[0], way[1] + 1)))
        self.takes = int(rng.integers(RECEIVE_DAYS[0], RECEIVE_DAYS[1] + 1))
        self.pauses = rng.random() < PAUSES
        whole = 2 * PAUSE_DAYS if self.pauses else self.takes
        self.closed = self.comes + timedelta(days=whole + int(rng.integers(CLOSE_DAYS[0], CLOSE_DAYS[1] + 1)))
        self.found = self.closed + timedelta(days=int(rng.integers(FOUND_DAYS[0], FOUND_DAYS[1] + 1)))
        self.part = float(rng.uniform(*STUCK_PART))
        one = int(rng.choice(list(units)))
        few = min(units[one], int(rng.integers(FEW[0], FEW[1] + 1)))
        much = max(1, round(units[one] * float(rng.uniform(*SHORT_PART))))
        self.missing = (
            {one: much if self.fault == "short" else few} if self.fault in ("short", "found", "packed") else {}
        )
        self.broke = self.comes if self.fault == "lost" else self.comes + timedelta(days=self.takes)

    def rows(self, shop: FactShop, name: str, day: date) -> Iterator[dict[str, Any]]:
        """Its lines in the list of a morning."""
        part = self._booked(day)
        closed = self.fault not in ("lost", "stuck") and day >= self.closed
        missing = {} if self.fault == "found" and day >= self.found else self.missing
        for at, units in self.units.items():
            there = units if closed else int(units * part)
            yield {
                "shipment_id": name,
                "sku": shop.sku[at],
                "status": "closed" if closed else "receiving" if part > 0 else "shipped",
                "expected_units": units,
                "received_units": min(there, units - missing.get(at, 0)),
                "sent_day": self.sent,
                "closed_day": self.closed if closed else None,
            }

    def _booked(self, day: date) -> float:
        """The part of the units booked in by a morning."""
        age = (day - self.comes).days
        if self.fault == "lost" or age < 0:
            return 0.0
        if self.pauses:
            return min(1.0, (1 + age // PAUSE_DAYS) / 3)
        part = min(1.0, (age + 1) / self.takes)
        return min(part, self.part) if self.fault == "stuck" else part


def own_orders(
    shop: FactShop, _world: World, rng: np.random.Generator, key: str, *, planted: bool = True
) -> list[Sheet]:
    """Orders we ship ourselves that are open on each morning; each must leave by the end of the next day."""
    lists: dict[date, list[dict[str, Any]]] = {}
    chance = shop.rate / shop.rate.sum()
    for number in range(SERVICES):
        name, a_day = f"service {number + 1}", A_DAY * np.exp(A_DAY_SD * rng.standard_normal())
        well, ill = rng.uniform(*LATE_WELL), rng.uniform(*LATE_ILL)
        is_ill, since = rng.random() < ILL_SERVICES, int(rng.integers(*ILL_SINCE))
        missed = int(rng.integers(2, 14)) if not is_ill and rng.random() < NO_PICK_UP else -1
        for ago in range(30, 0, -1):
            bought = TODAY - timedelta(days=ago)
            late = ill if is_ill and planted and ago <= since else well
            for n in range(rng.poisson(a_day)):
                waits = int(rng.integers(2, 5)) if rng.random() < late else 2 if ago == missed else int(rng.integers(2))
                at = int(rng.choice(len(shop.sku), p=chance))
                for days in range(1, waits + 1):
                    day = bought + timedelta(days=days)
                    if day <= TODAY:
                        row = _line(shop, at, bought, name, order_hash(key, f"{name} {ago} {n}"))
                        lists.setdefault(day, []).append(row)
        if is_ill and planted:
            worth = float((chance * shop.price_minor).sum()) / 100.0
            shop.truth["late_shipments", subject(name)] = float(a_day) * (ill - well) * worth * LATE_LOSES
    return [sheet_of("open_orders_csv", rows, day) for day, rows in sorted(lists.items())]


def _line(shop: FactShop, at: int, bought: date, service: str, order: str) -> dict[str, Any]:
    zone = zone_of(CHANNEL)
    return {
        "order_hash": order,
        "sku": shop.sku[at],
        "line": 1,
        "at": day_start(bought, zone) + timedelta(hours=12),
        "ship_by_at": day_start(bought + timedelta(days=2), zone) - timedelta(seconds=1),
        "units": 1,
        "open_units": 1,
        "service": service,
        "line_minor": int(shop.price_minor[at]),
        "currency": CURRENCY,
    }


def parcels(shop: FactShop, _world: World, rng: np.random.Generator, key: str, *, planted: bool = True) -> list[Sheet]:
    """The list of parcels of the last weeks, as a shipping tool tells it this morning."""
    rows: list[dict[str, Any]] = []
    chance = shop.rate / shop.rate.sum()
    for number in range(PATHS):
        carrier, path = f"carrier {number // 4 + 1}", f"path {number % 4 + 1}"
        a_day = PARCELS_A_DAY * np.exp(A_DAY_SD * rng.standard_normal())
        well, ill = rng.uniform(*COME_LATE_WELL), rng.uniform(*COME_LATE_ILL)
        is_ill = rng.random() < ILL_PATHS
        storm = int(rng.integers(3, 25)) if not is_ill and rng.random() < STORM else -9
        for ago in range(40, 0, -1):
            for n in range(rng.poisson(a_day)):
                promised = TODAY - timedelta(days=ago - int(rng.integers(3, 6)))
                late = rng.random() < (ill if is_ill and planted else well)
                stormy = (TODAY - promised).days in (storm, storm + 1)
                after = (
                    int(rng.integers(1, 7)) if late else int(rng.integers(2, 5)) if stormy else -int(rng.integers(2))
                )
                came = promised + timedelta(days=after)
                scanned = came < TODAY and rng.random() >= UNSCANNED
                at = int(rng.choice(len(shop.sku), p=chance))
                order = order_hash(key, f"{number} {ago} {n}")
                rows.append(_parcel(shop, at, order, TODAY - timedelta(days=ago), promised, came if scanned else None))
                rows[-1] |= {"carrier": carrier, "path": path}
        if is_ill and planted:
            worth = float((chance * shop.price_minor).sum()) / 100.0
            shop.truth["late_deliveries", subject(carrier, path)] = float(a_day) * (ill - well) * worth * LATE_LOSES
    return [sheet_of("parcels_csv", rows)]


def _parcel(  # noqa: PLR0913
    shop: FactShop, at: int, order: str, left: date, promised: date, came: date | None
) -> dict[str, Any]:
    zone = zone_of(CHANNEL)
    shipped = day_start(left, zone) + timedelta(hours=15)
    delivered = None if came is None else day_start(came, zone) + timedelta(hours=14)
    return {
        "order_hash": order,
        "parcel": order,
        "day": left,
        "at": shipped,
        "updated_at": delivered or shipped,
        "promised_at": day_start(promised, zone) + timedelta(hours=20),
        "promised_day": promised,
        "delivered_at": delivered,
        "delivered_day": came,
        "sku": shop.sku[at],
        "units": 1,
        "value_minor": int(shop.price_minor[at]),
        "currency": CURRENCY,
    }


def dates(shop: FactShop, _world: World, rng: np.random.Generator, _key: str, *, planted: bool = True) -> list[Sheet]:
    """The team's list of documents that end and claims to file, with those done that are still on it."""
    rows: list[dict[str, Any]] = []
    told = [("document", i) for i in np.flatnonzero(rng.random(len(shop.sku)) < DOCUMENTS).tolist()]
    for kind, at in told + [("claim", n) for n in range(CLAIMS)]:
        left = int(rng.integers(*DUE_DAYS))
        sku = shop.sku[at] if kind == "document" else None
        amount = None if sku else int(rng.integers(2_000, 50_000))
        what, due = f"{kind} {at}", TODAY + timedelta(days=left)
        done, near = rng.random() < DONE, 0 <= left <= NEAR_DAYS
        if near and not done and not planted:
            continue
        rows.append({"kind": kind, "what": what, "due_day": due, "sku": sku, "amount_minor": amount})
        if near and not done:
            worth = float(shop.a_day[at]) * DOWN_DAYS if sku else float(amount or 0) / 100.0
            shop.truth["deadline_near", subject(kind, str(due), sku or "", what)] = worth
    return [sheet_of("deadlines_csv", rows)]
