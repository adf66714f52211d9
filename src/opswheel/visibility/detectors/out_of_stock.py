"""Nothing left to sell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import INBOUND, LISTINGS, STOCK, SUPPLY, Contract
from ...core.contracts.prepared import BASELINES, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ..facts.common import KEY, left
from .base import Rule, share_of
from .planned import POOL, recommended

if TYPE_CHECKING:
    import ibis.expr.types as ir

TRANSFER_SHARE = 0.3


class OutOfStock(Rule):
    """No unit can be sold today; every listing that draws on the same stock is down with it.

    Why it costs money:
        Nobody can buy it until stock arrives, and rank fades meanwhile. What an order placed today can still
        save depends on the fastest known way of supply.
    Source:
        stock.sellable_units     Amazon GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA `afn-fulfillable-quantity`
        stock.transfer_units     Amazon GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT `FC transfer`
        listings.quantity_units  Amazon GET_MERCHANT_LISTINGS_ALL_DATA `quantity`, rows we ship ourselves
        supply, inbound          our own lists; no marketplace report tells lead times or arrival days
        planned.units            Opswheel's own stock plan, where planning is on: what it recommends
    Blind spots:
        Without earlier stock snapshots the day it ran out is not known. Units in transfer sell with a later
        date: they count as 30 % lost (assumed) until the listing's own sales say otherwise.
    """

    kind: ClassVar[str] = "out_of_stock"
    title: ClassVar[str] = "Out of stock"
    precedence: ClassVar[int] = PRECEDENCE["stock"]
    reads: ClassVar[tuple[Contract, ...]] = (STOCK, LISTINGS, SUPPLY, INBOUND)

    def observe(self, facts: Facts) -> ir.Table:
        """Every listing of a pool without sellable units, if it is meant to be restocked."""
        stock = facts.table(STOCK_NOW)
        whole = stock.sellable_units.max().over(ibis.window(group_by=[stock.account, stock.pool]))
        rows = stock.mutate(pool_units=whole).filter(ibis._.pool_units <= 0)
        known = facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day", "intent")
        rows = rows.join(known, KEY).filter(ibis._.intent != "sell_through")
        rows = left(rows, recommended(facts), POOL)
        transfer = rows.state == "transfer_only"
        return observed(
            self.kind,
            rows,
            subject_type="stock_pool",
            subject_key=rows.account + "|" + rows.pool,
            cause=rows.state,
            onset_day=rows.onset_day,
            seen_day=rows.day,
            last_good_day=rows.last_good_day,
            share_state=transfer.ifelse("transfer_only", "out_of_stock"),
            observed=rows.sellable_units,
            baseline=1.0,
            loss_per_day=share_of(rows, transfer.ifelse(TRANSFER_SHARE, 1.0)),
            evidence=evidence(
                sellable=rows.sellable_units,
                transfer=rows.transfer_units,
                inbound=rows.inbound_shipped_units + rows.inbound_receiving_units,
                oversold=rows.oversold,
                report=rows.source,
                recommended=rows.recommended,
                plan_saves=rows.plan_saves,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return "Only units in transfer left" if row["cause"] == "transfer_only" else "Out of stock"
