"""Somebody else began to sell an item only we had sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, OFFER_CHANGES, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ..facts.common import ITEM, KEY, PLACE, shift
from .base import Rule, sellable, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOK_BACK_DAYS = 60
SHARE = 0.1


class NewSeller(Rule):
    """Another seller appeared on an item that only we had offered: on a private label, somebody who should not.

    Why it costs money:
        Shoppers may get somebody else's goods under our brand, and the featured offer goes to whoever is
        cheaper. It begins unseen: our own offer stays live, and our share falls days later.
    Source:
        offer_changes.sellers   Amazon notification ANY_OFFER_CHANGED `Offers[].SellerId`
    Blind spots:
        Only the lowest twenty offers are told, and only of items the notification is subscribed for. An item
        that others had sold within the last sixty days is not private to us. Once our featured share falls,
        `featured_offer_lost` measures the loss; until then a tenth of sales is assumed to be lost.
    """

    kind: ClassVar[str] = "new_seller"
    title: ClassVar[str] = "New seller on our item"
    precedence: ClassVar[int] = PRECEDENCE["featured_offer"]
    reads: ClassVar[tuple[Contract, ...]] = (OFFER_CHANGES, LISTINGS)

    def observe(self, facts: Facts) -> ir.Table:
        """Items with other sellers in the newest message, after messages that told of none but us."""
        told = facts.table(OFFER_CHANGES)
        told = told.filter((told.told == "offers") & (told.condition == "new"))
        told = told.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        told = told.filter(told.day >= shift(told.today, -LOOK_BACK_DAYS))
        told = told.mutate(ours=(told.sellers.fill_null("") == ""))
        first = told.group_by(ITEM).agg(
            began_at=told["at"].min(where=~told.ours),
            onset_day=told.day.min(where=~told.ours),
            first_at=told["at"].min(),
            seen_day=told.day.max(),
            sellers=told.sellers.argmax(told["at"]),
            featured_by=told.featured_by.argmax(told["at"]),
        )
        rows = first.filter((first.first_at < first.began_at) & (first.sellers.fill_null("") != ""))
        before = told.join(rows.select(*ITEM, "began_at"), ITEM)
        before = before.filter(before["at"] < before.began_at).group_by(ITEM).agg(last_good_day=ibis._.day.max())
        rows = rows.join(before, ITEM)
        rows = rows.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM)
        rows = rows.join(facts.table(BASELINES).select(*KEY, "revenue_per_day"), KEY)
        rows = sellable(rows, facts)
        others = rows.sellers.length() - rows.sellers.replace(" ", "").length() + 1
        return observed(
            self.kind,
            rows,
            cause="unknown_seller",
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            share_state="another_seller",
            observed=others.cast("float64"),
            baseline=0.0,
            loss_per_day=share_of(rows, SHARE),
            evidence=evidence(sellers=rows.sellers.substr(0, 120), featured_by=rows.featured_by),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        n = int(row["observed"])
        return "Another seller is on an item only we sold" if n == 1 else f"{n} others are on an item only we sold"
