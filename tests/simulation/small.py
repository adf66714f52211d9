"""Small worlds for tests: few listings, short histories, and single faults put where a test wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from opswheel.simulation.market import DaySales, Losses, Market
from opswheel.simulation.parameters import World, read_world

DAYS = 40
QUIET = {"noise__precision": 1.0, "causes__share_recurring": 0.0}
"""No false alarms and no causes that come again; faults are silenced by `market`."""


def world(**changes: Any) -> World:
    """The product's world with a short history."""
    return read_world().changed(calendar__warm_up_days=28, **changes)


def market(listings: int = 20, *, days: int = DAYS, seed: int = 1, faults: bool = False, **changes: Any) -> Market:
    """A market on its first morning; without `faults` nothing goes wrong by itself but stock."""
    told = world(**changes) if faults else world(**(QUIET | changes))
    if not faults:
        silent = {name: f.model_copy(update={"per_1000_a_day": 0.0}) for name, f in told.faults.items()}
        told = told.model_copy(update={"faults": silent})
    made = Market(told, listings=listings, days=days, seed=seed)
    if not faults:
        made.catalog.opened[:], made.catalog.dead[:] = -500, False
    while made.day < 0:
        made.begin()
        made.trade()
    return made


def put(made: Market, kind: str, listing: int, *, onset: int = 0, life: int = 30, share: float = 1.0) -> int:
    """One more planned fault; returns its number."""
    plan = made.plan
    at = int(np.searchsorted(plan.onset, onset, side="right"))
    values = {
        "kind": plan.kinds.index(kind),
        "listing": listing,
        "onset": onset,
        "life": life,
        "share": share,
        "minutes": 20.0,
        "cause": -1,
        "event": 0,
        "luck": 0.5,
    }
    for name, value in values.items():
        setattr(plan, name, np.insert(getattr(plan, name), at, value))
    plan.root_cause.insert(at, "data_missing")
    for name, empty in (("ends", 10_000), ("began", False), ("fixed_on", 10_000), ("tries", 0)):
        setattr(made, name, np.insert(getattr(made, name), at, empty))
    made._open = np.where(made._open >= at, made._open + 1, made._open)
    return at


def stocked(made: Market) -> None:
    """Units enough for everything, so that stock is not the trouble."""
    made.supply.on_hand[:] = 100_000


def trade(made: Market, days: int) -> list[tuple[DaySales, Losses]]:
    """So many days with nobody at work."""
    found = []
    for _ in range(days):
        made.begin()
        found.append(made.trade())
    return found
