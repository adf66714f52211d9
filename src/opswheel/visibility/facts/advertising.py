"""What advertising does for each listing: before and in the last settled days. For the two rules about ads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.contracts import ADS
from ...core.contracts.prepared import BASELINES, LISTING_NOW
from ...core.detector import Facts
from .common import KEY, PLACE, left, shift

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOW_DAYS, BEFORE_DAYS = 3, 28
"""The last three days the report tells of a channel, and the four weeks before them."""


def ads_now(facts: Facts) -> ir.Table:
    """Per listing: impressions, spend and own sales a day before, impressions and spend in the last days.

    Money in minor units of the channel's currency. A row that names no SKU of ours counts for every listing of its
    item that is live; one for longer than a day counts on no day.
    """
    rows = facts.table(ADS)
    rows = rows.filter(rows.from_day == rows.to_day)
    newest = rows.group_by(PLACE).agg(last_day=rows.to_day.max())
    rows = rows.join(newest, PLACE)
    listing = facts.table(LISTING_NOW).select(*KEY, listed_as="item_id")
    named = rows.filter(rows.sku.notnull()).select(
        *KEY, "last_day", "impressions", "spend_minor", "own_sales_minor", day="to_day"
    )
    by_item = rows.filter(rows.sku.isnull()).join(
        listing.rename(our_sku="sku"),
        [
            rows.account == listing.account,
            rows.channel == listing.channel,
            rows.item_id == listing.listed_as,
        ],
        rname="l_{name}",
    )
    by_item = by_item.select(
        *PLACE, "last_day", "impressions", "spend_minor", "own_sales_minor", sku="our_sku", day="to_day"
    )
    columns = (*KEY, "last_day", "day", "impressions", "spend_minor", "own_sales_minor")
    days = named.select(*columns).union(by_item.select(*columns))
    since = shift(days.last_day, -NOW_DAYS)
    now, before = days.day > since, (days.day <= since) & (days.day > shift(since, -BEFORE_DAYS))
    found = days.group_by([*KEY, "last_day"]).agg(
        impressions_now=days.impressions.sum(where=now).fill_null(0),
        spend_now=days.spend_minor.sum(where=now).fill_null(0),
        impressions_before=days.impressions.sum(where=before).fill_null(0),
        sales_before=days.own_sales_minor.sum(where=before).fill_null(0),
        shown_days=days.day.nunique(where=before & (days.impressions > 0)),
        last_shown=days.day.max(where=days.impressions > 0),
        first_spent=days.day.min(where=now & (days.spend_minor > 0)),
    )
    return left(found, facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day", "price"), KEY)
