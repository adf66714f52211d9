"""The world file: every parameter of the simulated market and team, each with its source, under one hash."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..core.errors import BadSettings
from ..core.marketplaces import find_marketplace
from ..resolution.playbook import ROOT_CAUSES

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
CURRENCIES = ("USD", "GBP")
"""Currencies the world has a rate for."""
PLAYED = ("suppressed", "hidden", "closed", "stranded", "removed", "featured", "mispriced", "out")
"""Kinds of fault that some report shows; any other is one nobody sees."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Calendar(_Section):
    """When the first worked morning is, and how many days of history lie before it."""

    first_morning: date
    warm_up_days: Annotated[int, Field(ge=28)]


class Catalog(_Section):
    """Listings over channels: spread of revenue and price, second SKUs of one item, new and dead ones."""

    channels: dict[str, Positive]
    pounds_in_dollars: Positive
    log_sd: Positive
    price_median: Positive
    price_log_sd: Positive
    units_per_day_median: Positive
    categories: Annotated[int, Field(ge=1)]
    share_second_sku: Share
    share_shared_pool: Share
    share_new: Share
    share_dead: Share
    launch_days: Positive

    @field_validator("channels")
    @classmethod
    def _are_ours(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            known = find_marketplace(name)
            if known is None or not name.startswith("amazon:") or known.currency not in CURRENCIES:
                raise ValueError(f"{name!r} is no Amazon marketplace that sells in {' or '.join(CURRENCIES)}")
        return value


class Demand(_Section):
    """Week, year, promotions and price changes."""

    week_from_monday: Annotated[list[Positive], Field(min_length=7, max_length=7)]
    peak_day_of_year: int
    peak_lift: float
    peak_width_days: Positive
    conversion: Share
    promotions_per_listing_a_year: float
    promotion_days: int
    promotion_lift: Positive
    promotion_discount: Share
    price_changes_per_listing_a_year: float
    price_change_sd: float


class Rank(_Section):
    """How lost sales cost rank: sales = availability × velocity^theta; velocity follows sales by alpha a day."""

    theta: Share
    alpha: Share


class Stock(_Section):
    """The stock process: when orders are placed, how long they take, how often they are forgotten or late."""

    lead_days: tuple[int, int]
    receive_days: int
    fast_lead_days: int
    review_days: int
    order_days: int
    safety_days: int
    forecast_log_sd: float
    share_orders_forgotten: Share
    forgotten_days: Positive
    late_log_sd: float
    share_lead_told: Share


class Team(_Section):
    """Operators: hours, spread of skill, the cost of switching, of false alarms, and the marketplace's delay."""

    wage_per_hour: float
    contribution_margin: Share
    hours_per_day: Positive
    skill_log_sd: float
    switch_minutes: float
    check_minutes: Positive
    together: Share
    mispriced_factor: Share
    clearance_factor: Share
    tidy_minutes: Positive
    marketplace_delay_hours: tuple[int, int]
    life_with_effort: float
    effort_log_sd: float


class Causes(_Section):
    """Root causes that come again until somebody removes them."""

    share_recurring: Share
    per_1000_listings: float
    listings_each: Annotated[int, Field(ge=1)]
    prevention_minutes: Positive
    prevention_cost: float
    needed_closes: Annotated[int, Field(ge=1)]


class Noise(_Section):
    """Alarms without a fault: `precision` is the share of signals that are real."""

    precision: Annotated[float, Field(gt=0, le=1)]
    mix: dict[str, float]
    days: Positive


class Sources(_Section):
    """Report files that come late or cut short."""

    late_per_report_a_year: float
    late_days: int
    partial_per_report_a_year: float
    partial_share: Share


class Lists(_Section):
    """How much of what the team knows it writes down."""

    told_promotions: Share
    told_purpose: Share


class FaultKind(_Section):
    """One kind of fault: how often, how bad, how long, how much work. `kind` is the detector's; empty: unseen."""

    source: Annotated[str, Field(min_length=3)]
    kind: str
    per_1000_a_day: float
    share_lost: tuple[float, float]
    life_days: tuple[Positive, float]
    minutes: Positive
    burst: tuple[Share, Positive]
    fails: Share
    root_causes: dict[str, Positive]

    @field_validator("root_causes")
    @classmethod
    def _are_known(cls, value: dict[str, float]) -> dict[str, float]:
        if unknown := [word for word in value if word not in ROOT_CAUSES]:
            raise ValueError(f"{unknown[0]!r} is no root cause a close may name")
        return value


class World(_Section):
    """All of a world file, and the SHA-256 of its bytes."""

    calendar: Calendar
    catalog: Catalog
    demand: Demand
    rank: Rank
    stock: Stock
    team: Team
    causes: Causes
    noise: Noise
    sources: Sources
    lists: Lists
    faults: dict[str, FaultKind]
    sha256: str = ""

    @field_validator("faults")
    @classmethod
    def _are_played(cls, value: dict[str, FaultKind]) -> dict[str, FaultKind]:
        if missing := [name for name in PLAYED if name not in value]:
            raise ValueError(f"the kind of fault {missing[0]!r} is missing")
        if strange := [name for name, fault in value.items() if fault.kind and name not in PLAYED]:
            raise ValueError(f"no report is written for a kind of fault {strange[0]!r}; leave its kind empty")
        return value

    def changed(self, **settings: Any) -> World:
        """The same world with other values, named like `catalog__log_sd=1.2`: for sensitivity tables.

        The hash stays that of the file; whoever prints the result names what was changed.
        """
        told = self.model_dump()
        for name, value in settings.items():
            section, _, key = name.partition("__")
            if section not in told or key not in told[section]:
                raise KeyError(name)
            told[section][key] = value
        return World.model_validate(told)


def read_world(path: Path | None = None) -> World:
    """The world file at `path`, or the one that comes with the product.

    Raises BadSettings where it cannot be read, names what is unknown, or gives a number without its source.
    """
    shown = str(path) if path else "world.toml"
    try:
        raw = path.read_bytes() if path else files(__package__).joinpath("world.toml").read_bytes()
        told = tomllib.loads(raw.decode("utf-8"))
    except OSError as wrong:
        raise BadSettings(f"{shown} cannot be read ({wrong.strerror}).", "Name a world file that exists.") from wrong
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSettings(f"{shown} cannot be read: {wrong}.", "Mend that line.") from wrong
    try:
        plain = {name: _values(shown, name, section) for name, section in told.items()}
        return World.model_validate({**plain, "sha256": hashlib.sha256(raw).hexdigest()})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSettings(
            f"{shown}: parameter {where!r}: {first['msg']}.", "docs/concepts/simulation.md tells what each one is."
        ) from wrong


def _values(shown: str, name: str, section: Any) -> Any:
    """A section's values; each stands beside its source. Kinds of faults have one source each."""
    if name == "faults" or not isinstance(section, dict):
        return section
    found = {}
    for key, told in section.items():
        if not (isinstance(told, dict) and set(told) == {"value", "source"} and str(told["source"]).strip()):
            raise BadSettings(
                f"{shown}: {name}.{key} has no source.", f'Write it as {key} = {{ value = …, source = "…" }}.'
            )
        found[key] = told["value"]
    return found
