"""What other sellers ask for our items, where a message or somebody's look tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import OFFER_CHANGES, OFFERS
from ...core.contracts.prepared import CHANNELS, LISTING_NOW
from ...core.detector import Facts
from .common import ITEM, KEY, PLACE, shift

if TYPE_CHECKING:
    import ibis.expr.types as ir

BELIEVED_DAYS = 3
"""Prices of others change by the hour: an older word says nothing of today."""


def rival_prices(facts: Facts) -> ir.Table:
    """Per item: the price at which another seller was last seen featured, and since when it was under no other word.

    `rival_since` is the first day of the last days on which another seller was featured without a break.
    """
    looked = facts.table(OFFERS).drop("item_id").join(facts.table(LISTING_NOW).select(*KEY, "item_id"), KEY)
    looked = looked.select(*ITEM, "day", "known_at", "featured_by", price="featured_price_minor")
    told = facts.table(OFFER_CHANGES)
    told = told.filter((told.condition == "new") & told.featured_by.notnull())
    told = told.select(*ITEM, "day", "featured_by", known_at=told["at"], price=told.featured_price_minor)
    rows = looked.union(told.select(*looked.columns))
    rows = rows.mutate(other=(rows.featured_by == "other") & (rows.price > 0).fill_null(False))
    last = rows.group_by(ITEM).agg(
        newest=rows.known_at.max(), rival_day=rows.day.max(), ours=rows.known_at.max(where=~rows.other)
    )
    rows = rows.join(last, ITEM)
    held = rows.filter(rows.other & (rows.ours.isnull() | (rows.known_at > rows.ours)))
    held = held.group_by([*ITEM, "rival_day"]).agg(
        rival_minor=held.price.argmax(held.known_at), rival_since=held.day.min()
    )
    held = held.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    return held.filter(ibis._.rival_day >= shift(held.today, -BELIEVED_DAYS)).drop("today")
