"""The marketplace took the item out of its catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from .base import Rule, in_state, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ItemRemoved(Rule):
    """The marketplace has removed the item from its catalog: every offer on it is dead.

    Why it costs money:
        Nobody can buy it until the removal is appealed or the item is listed anew; reviews and rank wait.
    Source:
        listing_status.action    Amazon Listings Items `issues[].enforcements.actions` CATALOG_ITEM_REMOVED
        listing_status.buyable   Amazon Listings Items `summaries[].status`
    Blind spots:
        Only the Listings Items API tells a removal from a suppression; exported files show it as suppressed or
        inactive. An exempt enforcement is not applied and does not fire before its exemption ends.
    """

    kind: ClassVar[str] = "item_removed"
    title: ClassVar[str] = "Item removed from the catalog"
    precedence: ClassVar[int] = PRECEDENCE["removed"]
    reads: ClassVar[tuple[Contract, ...]] = (LISTING_STATUS,)

    def observe(self, facts: Facts) -> ir.Table:
        """Listings whose item is removed."""
        rows = in_state(facts, "removed")
        return observed(
            self.kind,
            rows,
            cause=rows.cause,
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            starts_day=rows.starts_day,
            share_state="not_buyable",
            observed=0.0,
            baseline=1.0,
            loss_per_day=share_of(rows, 1.0),
            evidence=evidence(reason=rows.detail, code=rows.cause, source=rows.source),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return "Will be removed from the catalog" if row["starts_day"] else "Removed from the catalog"
