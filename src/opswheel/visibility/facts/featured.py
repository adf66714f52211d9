"""`featured`: items whose featured-offer share fell, and `low_days`: days that were not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import OFFERS
from ...core.contracts.prepared import CALENDAR, FEATURED, FOCUS_DAYS, LISTING_NOW
from ...core.detector import Facts
from .common import ITEM, KEY, PLACE, left, newest, shaped, step
from .sales import SHARE_FELL, bad_days

if TYPE_CHECKING:
    import ibis.expr.types as ir


def _item_days(facts: Facts) -> ir.Table:
    """Views of each item in focus per day, without days on which one of its listings was unhealthy."""
    days = facts.table(FOCUS_DAYS)
    bad = step(bad_days)
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
    bad_items = bad.join(listing, KEY).select(*ITEM, "day").distinct()
    items = days.group_by([*ITEM, "day"]).agg(
        views=days.page_views.max(), hundredths=days.featured_view_hundredths.max()
    )
    items = items.filter((items.views > 0) & items.hundredths.notnull()).anti_join(bad_items, [*ITEM, "day"])
    calendar = facts.table(CALENDAR).select(*PLACE, "day", "views_now", "views_before")
    items = items.join(calendar, [*PLACE, "day"])
    return items.mutate(share=items.hundredths / items.views / 100.0)


def featured(facts: Facts) -> ir.Table:
    """Share before and now, weighted by page views; the first day below the middle of the two is the onset."""
    days = _item_days(facts)
    both = days.group_by(ITEM).agg(
        views_before=days.views.sum(where=days.views_before),
        views_now=days.views.sum(where=days.views_now),
        hundredths_before=days.hundredths.sum(where=days.views_before),
        hundredths_now=days.hundredths.sum(where=days.views_now),
        seen_day=days.day.max(),
    )
    both = both.mutate(
        share_before=both.hundredths_before / both.views_before.nullif(0) / 100.0,
        share_now=both.hundredths_now / both.views_now.nullif(0) / 100.0,
    )
    fell = both.filter((both.share_before - both.share_now) >= SHARE_FELL)
    seen = days.join(fell.select(*ITEM, "share_before", "share_now"), ITEM)
    low = seen["share"] < (seen.share_before + seen.share_now) / 2
    seen = seen.mutate(low=low)
    last = seen.group_by(ITEM).agg(last_good_day=seen.day.max(where=~seen.low))
    seen = seen.join(last, ITEM)
    after = seen.last_good_day.isnull() | (seen.day > seen.last_good_day)
    onset = seen.group_by([*ITEM, "last_good_day"]).agg(
        onset_day=seen.day.min(where=seen.low & after), low_days=(seen.low & seen.views_now).sum()
    )
    rows = fell.join(onset, ITEM).filter(ibis._.onset_day.notnull())
    offers = facts.now(OFFERS)
    offers = newest(offers, offers.day.desc())
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
    looked = offers.drop("item_id").join(listing, KEY)
    looked = looked.group_by(ITEM).agg(
        featured_by=looked.featured_by.min(),
        eligible=looked.eligible.max(),
        featured_price_minor=looked.featured_price_minor.min(),
    )
    rows = left(rows, looked, ITEM)
    return shaped(rows, FEATURED)


def low_days(facts: Facts) -> ir.Table:
    """Days on which an item was featured less than half as often as usual: no clean days for its listings."""
    days = _item_days(facts)
    usual = days.group_by(ITEM).agg(views=days.views.sum(), hundredths=days.hundredths.sum())
    usual = usual.select(*ITEM, usual=usual.hundredths / usual.views.nullif(0) / 100.0)
    rows = days.join(usual, ITEM)
    rows = rows.filter(rows["share"] < rows.usual / 2)
    return rows.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM).select(*KEY, "day")
