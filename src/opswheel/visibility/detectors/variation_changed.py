"""An item left its variation family, or the family was taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTINGS, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, CALENDAR, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ..facts.common import ITEM, KEY, PLACE, step
from ..facts.sales import traffic_scan
from .base import Rule, sellable, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHARE = 0.2


class VariationChanged(Rule):
    """The item hangs under another parent than before, or under none: its variation family was changed.

    Why it costs money:
        Reviews, rank and the choice of sizes or colours belong to the family. An item that left it starts again
        with its own few reviews, and shoppers of its siblings no longer see it.
    Source:
        traffic.parent_id   Amazon GET_SALES_AND_TRAFFIC_REPORT `parentAsin` by CHILD, Business Report `(Parent) ASIN`
    Blind spots:
        An item without a visit on a day has no row, so the day it changed may be earlier. A family we regrouped
        ourselves looks the same: close it as a false alarm, expected. That a fifth of sales is lost is assumed
        until the item's own sales say otherwise.
    """

    kind: ClassVar[str] = "variation_changed"
    title: ClassVar[str] = "Variation family changed"
    precedence: ClassVar[int] = PRECEDENCE["content"]
    reads: ClassVar[tuple[Contract, ...]] = (TRAFFIC, LISTINGS)

    def observe(self, facts: Facts) -> ir.Table:
        """Items whose newest parent is another than their first one in the last four weeks of settled days."""
        calendar = facts.table(CALENDAR)
        recent = calendar.filter(calendar.recent).select(*PLACE, from_day="day")
        rows = facts.table(TRAFFIC)
        rows = rows.filter(rows.parent_id.notnull() & (rows.level == "child") & (rows.from_day == rows.to_day))
        rows = rows.join(recent, [*PLACE, "from_day"])
        parents = step(traffic_scan)
        rows = rows.semi_join(parents.filter(parents.parent_low != parents.parent_high), ITEM)
        days = rows.select(*ITEM, "parent_id", day="from_day")
        now = days.group_by(ITEM).agg(seen_day=days.day.max(), parent_now=days.parent_id.argmax(days.day))
        days = days.join(now, ITEM)
        last = days.group_by([*ITEM, "parent_now"]).agg(
            last_good_day=days.day.max(where=days.parent_id != days.parent_now), before=days.parent_id.argmin(days.day)
        )
        last = last.filter(last.before != last.parent_now).drop("parent_now")
        since = days.join(last, ITEM)
        found = since.group_by([*ITEM, "seen_day", "parent_now", "last_good_day", "before"]).agg(
            onset_day=since.day.min(where=since.day > since.last_good_day)
        )
        found = found.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM)
        found = found.join(facts.table(BASELINES).select(*KEY, "revenue_per_day"), KEY)
        found = sellable(found, facts)
        return observed(
            self.kind,
            found,
            cause=(found.parent_now == found.item_id).ifelse("left_family", "other_family"),
            onset_day=found.onset_day,
            last_good_day=found.last_good_day,
            seen_day=found.seen_day,
            share_state="family_changed",
            observed=1.0,
            baseline=0.0,
            loss_per_day=share_of(found, SHARE),
            evidence=evidence(parent_before=found.before, parent_now=found.parent_now),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        left = row["cause"] == "left_family"
        return "Left its variation family: stands alone now" if left else "Moved to another variation family"
