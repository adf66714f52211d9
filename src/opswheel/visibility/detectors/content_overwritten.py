"""Somebody else's words stand on our page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, Contract
from ...core.contracts.prepared import ARRIVALS, BASELINES, CHANNELS
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ..facts.common import KEY, PLACE, newest, shift, step
from ..facts.listing import snapshots
from .base import Rule, sellable, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOK_BACK_DAYS = 30
"""A change nobody undid for so long is how the page is meant to be."""
_FIELDS = ("title", "brand", "category")
_REPORT = [*KEY, "report"]
_OTHER = {f: f"other_{f}" for f in _FIELDS}
SHARE = 0.1


class ContentOverwritten(Rule):
    """Title, brand or category of a live listing are no longer what they were in the report before.

    Why it costs money:
        Another contributor's words, a wrong brand or a wrong category take the page out of the searches it was
        found by; nobody notices, because the listing stays live.
    Source:
        listings.title             Amazon GET_MERCHANT_LISTINGS_ALL_DATA `item-name`, Shopify `Title`
        listings.brand, category   Walmart ITEM `Brand`, `Product Category`; our own listings list
    Blind spots:
        A change of our own looks the same: close it as a false alarm, expected. Bullets and pictures are in no
        report. The oldest words of the last thirty days are taken for the accepted ones, and only mornings of
        one report are compared. That a tenth of sales is lost is assumed.
    """

    kind: ClassVar[str] = "content_overwritten"
    title: ClassVar[str] = "Content overwritten"
    precedence: ClassVar[int] = PRECEDENCE["content"]
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS,)

    def observe(self, facts: Facts) -> ir.Table:
        """Active listings with another title, brand or category than in an earlier snapshot of the same report."""
        told = _touched(facts)
        told = told.mutate(**{f: told[f].strip().lower() for f in _FIELDS}, shown=told.title)
        now = newest(told.filter(told.latest), ibis._.day.desc(), ibis._.precedence)
        now = now.select(*_REPORT, "shown", seen_day="day", **{f"{f}_now": now[f] for f in _FIELDS})
        earlier = told.select(*_REPORT, "day", before="shown", **{f: told[f] for f in _FIELDS})
        both = earlier.join(now, _REPORT)
        both = both.filter(both.day <= both.seen_day)
        other = {f: (both[f] != both[f"{f}_now"]).fill_null(False) for f in _FIELDS}
        both = both.mutate(**{_OTHER[f]: value for f, value in other.items()})
        both = both.mutate(other=both.other_title | both.other_brand | both.other_category)
        first = newest(both, both.day).filter(ibis._.other)  # the oldest words at hand are the accepted ones
        first = first.select(*KEY, "shown", "seen_day", "before", *_OTHER.values())
        days = both.group_by(KEY).agg(last_good_day=both.day.max(where=both.other))
        since = both.select(*KEY, "day").join(days, KEY)
        since = since.group_by([*KEY, "last_good_day"]).agg(
            onset_day=since.day.min(where=since.day > since.last_good_day)
        )
        rows = first.join(since, KEY)
        known = facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day")
        rows = sellable(rows.join(known, KEY), facts)
        changed = ibis.cases(
            (rows.other_brand, "brand"), (rows.other_title, "title"), (rows.other_category, "category")
        )
        return observed(
            self.kind,
            rows,
            cause=changed,
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            share_state="content_changed",
            observed=sum(rows[name].cast("int64") for name in _OTHER.values()).cast("float64"),
            baseline=0.0,
            loss_per_day=share_of(rows, SHARE),
            evidence=evidence(changed=changed, before=rows.before.substr(0, 120), now=rows.shown.substr(0, 120)),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Another {row['cause']} than before stands on the page"


def _touched(facts: Facts) -> ir.Table:
    """Snapshots of the last weeks of listings whose words were not the same in all of them, each with its report.

    Nearly all are: only the others are compared letter by letter.
    """
    arrivals = facts.table(ARRIVALS).select(*PLACE, "delivery_id", "report", "precedence", "latest", "day")
    arrivals = arrivals.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    arrivals = arrivals.filter(arrivals.day >= shift(arrivals.today, -LOOK_BACK_DAYS))
    told = facts.table(LISTINGS).select(*KEY, "delivery_id", "day", "status", *_FIELDS)
    told = told.join(arrivals.select("delivery_id", "report", "precedence", "latest"), "delivery_id")
    all_told = step(snapshots)
    changed = (all_told.title_low != all_told.title_high) | (all_told.kind_low != all_told.kind_high)
    return told.semi_join(all_told.filter(changed), KEY)
