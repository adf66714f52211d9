"""`featured`: items whose featured-offer share fell, and `low_days`: days that were not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import OFFER_CHANGES, OFFERS
from ...core.contracts.prepared import CALENDAR, CHANNELS, FEATURED, FOCUS_DAYS, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import Facts
from ..calendar import RECENT_DAYS, VIEWS_NOW_DAYS
from .common import ITEM, KEY, PLACE, left, newest, shaped, shift, step
from .sales import SHARE_FELL, WEEKS_DAYS, bad_days
from .surprise import fell_apart

if TYPE_CHECKING:
    import ibis.expr.types as ir

USUAL_QUANTILE = 0.75
SEEN_DAYS = RECENT_DAYS + WEEKS_DAYS
"""Eight weeks in which a fall may have begun, and four before them: an older fall is taken for usual."""
NOW_VIEWS, NOW_DAYS = 20, 14
"""The newest days that hold so many views say whether a share is lower now; no day older than a fortnight counts."""
ENOUGH_VIEWS = 100
"""The share people are told is that of the newest days that hold so many views, of three days at least."""
LUMPS = 1.5
"""How much more than chance a share varies: the views of one visit are shown the same offer, and real report rows hold
1.5 a visit."""
LOOSE_EVIDENCE = 4.6
"""Loose floor: chance alone brings such a fall in one of a hundred."""


def item_days(facts: Facts) -> ir.Table:
    """Views of each item in focus per day, without days on which one of its listings was unhealthy."""
    days = facts.table(FOCUS_DAYS)
    items = days.group_by([*ITEM, "day"]).agg(
        views=days.page_views.max(), hundredths=days.featured_view_hundredths.max()
    )
    items = items.filter((items.views > 0) & items.hundredths.notnull()).anti_join(_bad_items(facts), [*ITEM, "day"])
    items = items.semi_join(facts.table(CALENDAR), [*PLACE, "day"])
    return items.mutate(share=items.hundredths / items.views / 100.0)


def _bad_items(facts: Facts) -> ir.Table:
    """Items and days on which one of their listings was unhealthy."""
    bad = step(bad_days).anti_join(_never_there(facts), KEY)
    return bad.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), KEY).select(*ITEM, "day").distinct()


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
    """Items whose share fell: since when, from where to where, and how far beyond chance.

    What is usual is the third quartile of the item's own days, which a long fall cannot pull down. The last good day
    is where the sum of what was featured above the middle between usual and now stands highest, so that days of few
    views say together, up to a fortnight of them, what none says alone. The newest days must be low as well, and
    healthy: an offer that came back is not lost, and one that was off since then has yet to be seen. The share before
    is taken from the 28 days before the onset, never from the fall itself.
    """
    days = _fallen_days()
    last = days.filter(days["_n"] == 0).select(*ITEM, last_good_day="day")
    days = days.join(last, ITEM)
    after = (days.day > days.last_good_day) & (days.age < NOW_DAYS)
    shown = after & ((days.age < VIEWS_NOW_DAYS) | (days.newer_views < ENOUGH_VIEWS))
    lately = (days.age < VIEWS_NOW_DAYS) & (days.newer_views < NOW_VIEWS)
    since = days.group_by([*ITEM, "last_good_day"]).agg(
        onset_day=days.day.min(where=days.day > days.last_good_day),
        seen_day=days.day.max(),
        lately=days.hundredths.sum(where=lately) / days.views.sum(where=lately).nullif(0) / 100.0,
        **{f"{count}_since": days[count].sum(where=after) for count in ("views", "hundredths")},
        **{f"{count}_now": days[count].sum(where=shown) for count in ("views", "hundredths")},
    )
    since = since.filter(since.views_now > 0)
    bad = _bad_items(facts).group_by(ITEM).agg(bad_day=ibis._.day.max())
    since = left(since, bad, ITEM).filter(lambda t: t.bad_day.isnull() | (t.seen_day > t.bad_day))
    rows = since.join(_before(days, since), ITEM).filter(lambda t: t.views_before > 0)
    rows = rows.mutate(
        share_now=rows.hundredths_now / rows.views_now / 100.0,
        share_before=rows.hundredths_before / rows.views_before / 100.0,
        evidence=_evidence(rows),
    )
    rows = rows.filter((rows.evidence >= LOOSE_EVIDENCE) & (rows.share_before - rows.share_now >= SHARE_FELL))
    rows = rows.filter(rows.lately < (rows.share_before + rows.share_now) / 2)
    return shaped(_looked_at(facts, rows), FEATURED)


def _fallen_days() -> ir.Table:
    """Days of the items whose newest views were featured less than usual; `_n` is 0 on the last good one."""
    days = step(item_days)
    newest = days.group_by(PLACE).agg(newest=days.day.max())
    days = days.join(newest, PLACE)
    days = days.mutate(age=days.newest.delta(days.day, unit="day")).filter(lambda t: t.age < SEEN_DAYS)
    late = days.filter(days.age < NOW_DAYS)  # no older day asks how much was seen after it
    newer = ibis.window(group_by=[late[k] for k in ITEM], order_by=[late.day.desc()], preceding=None, following=0)
    late = late.select(*ITEM, "day", "views", "hundredths", newer_views=late.views.sum().over(newer) - late.views)
    recent = late.filter(late.newer_views < NOW_VIEWS)
    recent = recent.group_by(ITEM).agg(recent=recent.hundredths.sum() / recent.views.sum().nullif(0) / 100.0)
    now = days.group_by(ITEM).agg(usual=days["share"].quantile(USUAL_QUANTILE)).join(recent, ITEM)
    now = now.filter(now.usual - now.recent >= SHARE_FELL)
    days = days.join(now.select(*ITEM, middle=(now.usual + now.recent) / 2), ITEM)
    days = left(days, late.select(*ITEM, "day", "newer_views"), [*ITEM, "day"])
    days = days.mutate(above=days.hundredths / 100.0 - days.views * days.middle)
    until = ibis.window(group_by=[days[k] for k in ITEM], order_by=[days.day], preceding=None, following=0)
    days = days.mutate(stands=days.above.sum().over(until).round(6))
    place = ibis.row_number().over(group_by=[days[k] for k in ITEM], order_by=[days.stands.desc(), days.day.desc()])
    return days.mutate(_n=place)


def _before(days: ir.Table, since: ir.Table) -> ir.Table:
    """Views of the 28 days before the onset, and how far neighbouring days lay apart: in squares, and as chance has it.

    Only neighbours are compared: a spell of low days that ended tells of one change, not of a share that jumps daily.
    """
    earlier = days.select(*ITEM, "day", "views", "hundredths", "share")
    earlier = earlier.join(since.select(*ITEM, "onset_day"), ITEM)
    earlier = earlier.filter(
        (earlier.day < earlier.onset_day) & (earlier.day >= shift(earlier.onset_day, -RECENT_DAYS))
    )
    day_before = ibis.window(group_by=[earlier[k] for k in ITEM], order_by=[earlier.day])
    jump = earlier["share"] - earlier["share"].lag().over(day_before)
    earlier = earlier.mutate(apart=jump * jump, thin=1.0 / earlier.views + 1.0 / earlier.views.lag().over(day_before))
    earlier = earlier.mutate(lumps=earlier.apart / earlier.thin)
    return earlier.group_by(ITEM).agg(
        views_before=earlier.views.sum(), hundredths_before=earlier.hundredths.sum(), lumps=earlier.lumps.mean()
    )


def _evidence(rows: ir.Table) -> Any:
    """How far beyond chance the fall is, where chance is as lumpy as the item's own days are."""
    usual = (rows.hundredths_before / 100.0 + 0.5) / (rows.views_before + 1.0)
    lumps = ibis.greatest((rows.lumps / (usual * (1.0 - usual))).fill_null(LUMPS), LUMPS)
    hits, hits_before = rows.hundredths_since / 100.0, rows.hundredths_before / 100.0
    return fell_apart(rows.views_since, hits, rows.views_before, hits_before) / lumps


def _looked_at(facts: Facts, rows: ir.Table) -> ir.Table:
    """With who was seen holding it since it fell, and at which price."""
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
    return rows.mutate(
        featured_by=named.fill_null(False).ifelse(rows.told_by, rows.featured_by),
        featured_price_minor=named.fill_null(False).ifelse(rows.told_price, rows.featured_price_minor),
        eligible=judged.fill_null(False).ifelse(rows.told_eligible, rows.eligible),
    )


def low_days(facts: Facts) -> ir.Table:
    """Days on which an item was featured less than half as often as usual: no clean days for its listings."""
    days = step(item_days)
    usual = days.group_by(ITEM).agg(views=days.views.sum(), hundredths=days.hundredths.sum())
    usual = usual.select(*ITEM, usual=usual.hundredths / usual.views.nullif(0) / 100.0)
    rows = days.join(usual, ITEM)
    rows = rows.filter(rows["share"] < rows.usual / 2)
    return rows.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM).select(*KEY, "day")
