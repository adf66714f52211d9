"""`featured`: items whose featured-offer share fell, and `low_days`: days that were not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import OFFER_CHANGES, OFFERS
from ...core.contracts.prepared import CALENDAR, CHANNELS, FEATURED, FOCUS_DAYS, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import Facts
from ..calendar import RECENT_DAYS
from .common import ITEM, KEY, PLACE, left, newest, shaped, shift, step
from .sales import SHARE_FELL, bad_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

USUAL_QUANTILE = 0.75


def item_days(facts: Facts) -> ir.Table:
    """Views of each item in focus per day, without days on which one of its listings was unhealthy."""
    days = facts.table(FOCUS_DAYS)
    bad = step(bad_days).anti_join(_never_there(facts), KEY)
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
    bad_items = bad.join(listing, KEY).select(*ITEM, "day").distinct()
    items = days.group_by([*ITEM, "day"]).agg(
        views=days.page_views.max(), hundredths=days.featured_view_hundredths.max()
    )
    items = items.filter((items.views > 0) & items.hundredths.notnull()).anti_join(bad_items, [*ITEM, "day"])
    calendar = facts.table(CALENDAR).select(*PLACE, "day", "views_now")
    items = items.join(calendar, [*PLACE, "day"])
    return items.mutate(share=items.hundredths / items.views / 100.0)


def _never_there(facts: Facts) -> ir.Table:
    """Offers off since before anything is loaded: they explain no fall of their item's share."""
    state, stock = facts.table(LISTING_STATE), facts.table(STOCK_NOW)
    state = state.join(facts.table(CHANNELS).select(*PLACE, "first_day"), PLACE)
    older = state.last_good_day.isnull() | (state.last_good_day < state.first_day).fill_null(False)
    empty = stock.filter((stock.state == "out") & stock.last_good_day.isnull())
    return state.filter(older).select(*KEY).union(empty.select(*KEY)).distinct()


def offers_told(facts: Facts) -> ir.Table:
    """What messages last said of each item's new offers: who is featured at which price, and whether ours may be.

    A message that our price keeps us out says nothing of who is featured.
    """
    told = facts.table(OFFER_CHANGES)
    told = told.filter(told.condition == "new")
    at, named, judged = told["at"], told.featured_by.notnull(), told.eligible.notnull()
    rows = told.group_by(ITEM).agg(
        told_by=told.featured_by.argmax(at, where=named),
        told_price=told.featured_price_minor.argmax(at, where=named & told.featured_price_minor.notnull()),
        told_eligible=told.eligible.argmax(at, where=judged),
        told_at=at.max(where=named),
        told_day=told.day.max(where=named),
        judged_at=at.max(where=judged),
        judged_day=told.day.max(where=judged),
    )
    return rows.mutate(told_price=(rows.told_by != "none").ifelse(rows.told_price, ibis.null().cast("int64")))


def featured(facts: Facts) -> ir.Table:
    """Share before and now, weighted by page views.

    What is usual is the third quartile of the item's own days, which a long fall cannot pull down; a day is low
    below the middle between usual and now; the onset is the first low day after the last one that was not. The
    share before is taken from the 28 days before the onset, never from the fall itself.
    """
    days = step(item_days)
    now = days.group_by(ITEM).agg(
        views_now=days.views.sum(where=days.views_now),
        hundredths_now=days.hundredths.sum(where=days.views_now),
        usual=days["share"].quantile(USUAL_QUANTILE),
        seen_day=days.day.max(),
    )
    now = now.mutate(share_now=now.hundredths_now / now.views_now.nullif(0) / 100.0)
    now = now.filter(now.usual - now.share_now >= SHARE_FELL)
    seen = days.join(now.select(*ITEM, "usual", "share_now"), ITEM)
    seen = seen.mutate(low=seen["share"] < (seen.usual + seen.share_now) / 2)
    last = seen.group_by(ITEM).agg(last_good_day=seen.day.max(where=~seen.low))
    seen = seen.join(last, ITEM)
    after = seen.last_good_day.isnull() | (seen.day > seen.last_good_day)
    onset = seen.group_by([*ITEM, "last_good_day"]).agg(
        onset_day=seen.day.min(where=seen.low & after), low_days=(seen.low & seen.views_now).sum()
    )
    earlier = seen.select(*ITEM, "day", "views", "hundredths").join(onset.select(*ITEM, "onset_day"), ITEM)
    inside = (earlier.day < earlier.onset_day) & (earlier.day >= shift(earlier.onset_day, -RECENT_DAYS))
    before = earlier.group_by(ITEM).agg(
        views_before=earlier.views.sum(where=inside), hundredths_before=earlier.hundredths.sum(where=inside)
    )
    rows = now.join(onset, ITEM).filter(ibis._.onset_day.notnull()).join(before, ITEM)
    rows = rows.mutate(share_before=rows.hundredths_before / rows.views_before.nullif(0) / 100.0)
    rows = rows.filter((rows.views_before > 0) & (rows.share_before - rows.share_now >= SHARE_FELL))
    offers = facts.now(OFFERS)
    offers = newest(offers, offers.day.desc())
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
    looked = offers.drop("item_id").join(listing, KEY).join(rows.select(*ITEM, "onset_day"), ITEM)
    looked = looked.filter(looked.day >= looked.onset_day)  # what was seen before the fall does not explain it
    looked = looked.group_by(ITEM).agg(
        featured_by=looked.featured_by.min(),
        eligible=looked.eligible.max(),
        featured_price_minor=looked.featured_price_minor.min(),
        looked_at=looked.known_at.max(),
    )
    rows = left(left(rows, looked, ITEM), step(offers_told), ITEM)
    named = (rows.told_day >= rows.onset_day) & (rows.told_at > rows.looked_at).fill_null(True)
    judged = (rows.judged_day >= rows.onset_day) & ((rows.judged_at > rows.looked_at) | rows.eligible.isnull())
    rows = rows.mutate(
        featured_by=named.fill_null(False).ifelse(rows.told_by, rows.featured_by),
        featured_price_minor=named.fill_null(False).ifelse(rows.told_price, rows.featured_price_minor),
        eligible=judged.fill_null(False).ifelse(rows.told_eligible, rows.eligible),
    )
    return shaped(rows, FEATURED)


def low_days(facts: Facts) -> ir.Table:
    """Days on which an item was featured less than half as often as usual: no clean days for its listings."""
    days = step(item_days)
    usual = days.group_by(ITEM).agg(views=days.views.sum(), hundredths=days.hundredths.sum())
    usual = usual.select(*ITEM, usual=usual.hundredths / usual.views.nullif(0) / 100.0)
    rows = days.join(usual, ITEM)
    rows = rows.filter(rows["share"] < rows.usual / 2)
    return rows.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM).select(*KEY, "day")
