"""Units that would sell in another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ORDERS, STOCK, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, PLANNED, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, left
from .amounts import CASH_FLOOR, evidence_of
from .base import Rule, meant_to_sell
from .overstock import surplus
from .planned import MOVES, OFFERS, POOL, recommended
from .stockout_ahead import ahead

if TYPE_CHECKING:
    import ibis.expr.types as ir


class StockMisplaced(Rule):
    """The last stock plan wants units to sell elsewhere: sent in, split, taken out, or shipped by ourselves.

    Why it costs money:
        A unit in the wrong warehouse sells later or never, and pays for its place meanwhile; one shipped by ourselves
        below its cost loses money each time. The sum is profit the plan expects from the change, after what it costs.
    Source:
        planned.units, source_pool, saves   Opswheel's own stock plan of the run before: the split over places
        stock.sellable_units                what each place holds this morning
    Blind spots:
        Needs planning switched on, and the same SKU in two places. Where the place that lacks units is out or will run
        out, or the one that has too many is overstocked, the move stands in that issue as what to do, and not here,
        even if that issue is below its cut line. Minimum send-ins, storage limits and placement fees are not read.
    """

    kind: ClassVar[str] = "stock_misplaced"
    title: ClassVar[str] = "Stock in the wrong place"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = "availability"
    reads: ClassVar[tuple[Contract, ...]] = (STOCK, ORDERS, TRAFFIC)
    thresholds: ClassVar[tuple[Threshold, ...]] = (CASH_FLOOR,)

    def observe(self, facts: Facts) -> ir.Table:
        """Moves of the plan that no other loss of the two places explains."""
        rows = facts.table(PLANNED).filter(ibis._.action.isin((*MOVES, *OFFERS))).rename(sku="skus")
        rows = meant_to_sell(rows, facts)
        stock = facts.table(STOCK_NOW)
        rows = rows.anti_join(stock.filter(stock.sellable_units <= 0), [*KEY, "pool"])
        rows = rows.anti_join(ahead(facts, rows.select(*POOL)), POOL)
        rows = rows.anti_join(_too_many(facts, rows), [*POOL, "sku"])
        moved = rows.filter(rows.action.isin(MOVES)).select(*POOL)  # an offer beside a move stands in the move's row
        rows = rows.filter(rows.action.isin(MOVES)).union(rows.filter(rows.action.isin(OFFERS)).anti_join(moved, POOL))
        held = stock.group_by([*POOL, "sku"]).agg(held=stock.sellable_units.max())
        rows = left(rows, held.rename(source_pool="pool", source_held="held"), ["account", "source_pool", "sku"])
        rows = left(rows, held, [*POOL, "sku"])
        rows = left(rows, facts.table(BASELINES).select(*KEY, "item_id"), KEY)
        rows = left(rows, recommended(facts), POOL)
        return observed(
            self.kind,
            rows,
            subject_type="stock_pool",
            subject_key=rows.account + "|" + rows.pool,
            cause=rows.action,
            onset_day=rows.made_day,
            seen_day=rows.made_day,
            share_state="cash",
            observed=rows.units.cast("float64"),
            baseline=rows.held.cast("float64"),
            amount_at_risk=rows.saves,
            evidence=evidence(
                units=rows.units,
                source=rows.source_pool,
                held_there=rows.source_held,
                target=rows.pool,
                held_here=rows.held,
                recommended=rows.recommended,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        units = f"{int(seen['units']):,}"
        said = {
            "remove": f"Take {units} from {seen['source']} to {seen['target']}",
            "offer": f"Offer {units} shipped by yourself from {seen['source']}",
            "withdraw": f"Each sale from {seen['target']} loses money",
        }
        return said.get(row["cause"], f"Send {units} from {seen['source']} to {seen['target']}")[:80]


def _too_many(facts: Facts, moves: ir.Table) -> ir.Table:
    """Of these moves the target pools whose source is overstocked: that issue tells the move."""
    stock = facts.table(STOCK_NOW).select(*KEY, source_pool="pool")
    moves = moves.filter(moves.action.isin(MOVES))
    sources = moves.select("account", "pool", "sku", "source_pool").join(stock, ["account", "sku", "source_pool"])
    over = surplus(facts, sources.select(*KEY)).select(*KEY)
    return sources.semi_join(over, KEY).select(*POOL, "sku")
