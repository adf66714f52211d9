"""The marketplace took the item out of its catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, Contract
from ...core.detector import PRECEDENCE, Facts
from .base import Rule, enforced, in_state

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ItemRemoved(Rule):
    """The marketplace has removed the item from its catalog: every offer on it is dead.

    Why it costs money:
        Nobody can buy it until the removal is appealed or the item is listed anew; reviews and rank wait.
    Source:
        listing_status.action    Amazon Listings Items `issues[].enforcements.actions` CATALOG_ITEM_REMOVED
        listing_changes.action   Amazon notification LISTINGS_ITEM_ISSUES_CHANGE, within minutes
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
        return enforced(self.kind, rows, "not_buyable", 1.0)

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return "Will be removed from the catalog" if row["starts_day"] else "Removed from the catalog"
