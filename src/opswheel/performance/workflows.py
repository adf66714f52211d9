"""Which workflow a kind of issue belongs to: the teams people speak of, not the rules that look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SUPPRESSIONS, PRICING, STOCK = "Suppressions", "Pricing", "Stock"
CASES, ADS, ACCOUNT, DELIVERY, OTHER = "Cases", "Ads", "Account", "Delivery", "Other"

WORKFLOWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        SUPPRESSIONS,
        (
            "listing_suppressed",
            "search_suppressed",
            "item_removed",
            "listing_inactive",
            "content_overwritten",
            "variation_changed",
        ),
    ),
    (
        PRICING,
        (
            "featured_offer_lost",
            "featured_offer_none",
            "featured_offer_ineligible",
            "price_outside_rules",
            "price_too_low",
            "new_seller",
        ),
    ),
    (
        STOCK,
        (
            "out_of_stock",
            "stockout_ahead",
            "stranded_stock",
            "oversell",
            "overstock",
            "aged_stock_fee",
            "low_inventory_fee",
            "shipment_short",
            "units_unreimbursed",
        ),
    ),
    (CASES, ("case_waiting_on_us",)),
    (ADS, ("ads_stopped", "ads_wasted")),
    (ACCOUNT, ("account_deactivated", "account_health", "deadline_near")),
    (DELIVERY, ("orders_past_promise", "ship_by_today")),
)
"""The shipped grouping; `[performance] workflows` moves a kind, and a kind nobody placed is under Other."""
BY_HAND = "reported_by_team"
"""The kind of issues people opened themselves."""


@dataclass(frozen=True)
class Workflows:
    """The workflow of each kind, the team's own word first."""

    own: Mapping[str, str]

    def of(self, kind: str) -> str:
        """The workflow a kind belongs to."""
        return self.own.get(kind) or _SHIPPED.get(kind, OTHER)

    def names(self, kinds: list[str]) -> list[str]:
        """The workflows of some kinds, the shipped ones in their order, then the team's own."""
        found = {self.of(k) for k in kinds}
        shipped = [name for name, _ in WORKFLOWS if name in found]
        return [*shipped, *sorted(found - set(shipped))]


_SHIPPED = {kind: name for name, kinds in WORKFLOWS for kind in kinds}
