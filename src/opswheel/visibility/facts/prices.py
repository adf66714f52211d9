"""Prices asked over time, and `price_breaks`: listings whose price keeps their sales from being healthy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...core.contracts import LISTINGS, PRICE_RULES
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LISTING_NOW
from ...core.detector import Facts
from .common import KEY, PLACE, newest, shift, step
from .listing import snapshots

if TYPE_CHECKING:
    import ibis.expr.types as ir

HALVED, HALVED_DAYS = 0.5, 14
"""A price that fell to half or less within two weeks: days since then are not healthy ones."""


def rules_now(facts: Facts) -> ir.Table:
    """The price bounds of each listing: those the team wrote down before those a marketplace's repricer was given."""
    told = facts.now(PRICE_RULES).join(facts.table(ARRIVALS).select("delivery_id", "precedence"), "delivery_id")
    told = newest(told, told.precedence, told.day.desc())
    return told.select(*KEY, "right_minor", "min_minor", "max_minor", "map_minor")


def price_onset(facts: Facts, rows: ir.Table, wrong: Callable[[ir.Table], ir.BooleanValue]) -> ir.Table:
    """Per listing: the first snapshot day with a wrong price after the last one with a right price.

    `wrong` judges the column `price_minor` of earlier snapshots beside the columns of `rows`.
    """
    told = facts.table(LISTINGS).select(*KEY, told_day="day", told_minor="price_minor")
    now = rows.drop("price_minor")
    told = told.join(now, KEY).rename(price_minor="told_minor")
    told = told.mutate(wrong=wrong(told).fill_null(False))
    last = told.group_by(KEY).agg(last_good_day=told.told_day.max(where=~told.wrong))
    told = told.select(*KEY, "told_day", "wrong").join(last, KEY)
    after = told.last_good_day.isnull() | (told.told_day > told.last_good_day)
    return told.group_by([*KEY, "last_good_day"]).agg(onset_day=told.told_day.min(where=told.wrong & after))


def price_breaks(facts: Facts) -> ir.Table:
    """Listings asked half their former price or less since the last two weeks, or more than their rule allows.

    Between two snapshots the price may have changed any day since the last right one, and a slipped price sells
    more in its first hours than the item does in a month: sales since that morning say nothing of what is usual.
    """
    rows = facts.table(LISTING_NOW)
    rows = rows.filter((rows.status == "active") & (rows.price_minor > 0)).select(*KEY, "price_minor")
    halved = rows.join(step(snapshots).select(*KEY, highest="highest_minor"), KEY)
    halved = halved.filter(halved.price_minor <= halved.highest * HALVED)
    fallen = price_onset(facts, halved, lambda told: told.price_minor <= told.highest * HALVED)
    fallen = fallen.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    fallen = fallen.filter(fallen.onset_day >= shift(fallen.today, -HALVED_DAYS))
    dear = rows.join(rules_now(facts).select(*KEY, "max_minor"), KEY)
    dear = dear.filter(dear.price_minor > dear.max_minor)
    risen = price_onset(facts, dear, lambda told: told.price_minor > told.max_minor)
    found = fallen.select(*KEY, "last_good_day").union(risen.select(*KEY, "last_good_day"))
    found = found.filter(found.last_good_day.notnull())  # else nobody knows a healthy price of before
    return found.group_by(KEY).agg(onset_day=found.last_good_day.min())
