"""Far fewer shoppers see a listing than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import Contract
from ...core.detector import PRECEDENCE, Facts
from ...core.threshold import Threshold
from .amounts import evidence_of
from .base import LOSS_FLOOR, Rule
from .drop import READS, SHARE, SURE, expected_units, observe_drop

if TYPE_CHECKING:
    import ibis.expr.types as ir


class TrafficDrop(Rule):
    """The listing is live and in stock, but far fewer shoppers open its page than in the weeks before.

    Why it costs money:
        Who does not come does not buy. A lost rank, a wrong category, missing search terms or ads that ended show
        here days before they show in sales.
    Source:
        traffic.page_views   Amazon GET_SALES_AND_TRAFFIC_REPORT `pageViews`, CHILD, one-day rows
    Blind spots:
        A fall of the whole category is taken for season. One that has lasted four weeks is how the listing is
        seen. Fewer than 200 views expected cannot tell, nor a day without a row: reports leave out what nobody
        opened, so visits that end altogether show in sales. Visits that never bought anything may have gone: sales
        then contradict it.
    """

    kind: ClassVar[str] = "traffic_drop"
    title: ClassVar[str] = "Visits dropped"
    spoke: ClassVar[str] = "traffic"
    precedence: ClassVar[int] = PRECEDENCE["unexplained"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = READS
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        SURE,
        SHARE,
        expected_units(200.0, "page views expected since it began"),
        LOSS_FLOOR,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock whose page views fell, and whose sales did not fall much deeper."""
        return observe_drop(self.kind, facts, "traffic")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        missing = evidence_of(row)["missing"]
        return f"Seen {missing:.0%} less than before, against {row['baseline']:,.0f} page views expected"
