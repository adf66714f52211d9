"""What the three rules about falling sales share: listings nothing is known to be wrong with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.contracts import LISTINGS, ORDERS, STOCK, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, step
from ..facts.drops import drops
from .base import LOSS_FLOOR, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

READS: tuple[Contract, ...] = (ORDERS, TRAFFIC, LISTINGS, STOCK)

SURE = Threshold(
    name="min_surprise",
    value=3.5,
    unit="standard errors",
    fires="at or above",
    measures="observed",
    release=2.5,
    why="chance alone goes so far in about one listing of four thousand, and the day it began was sought out",
)
SHARE = Threshold(
    name="min_drop",
    value=0.3,
    unit="share of what was expected (0…1)",
    fires="at or above",
    measures="share_lost",
    release=0.2,
    why="smaller falls come and go with rank, weather and rivals: assumed",
)


def expected_units(value: float, unit: str) -> Threshold:
    """The absolute floor beside the share: what must have been expected since the drop began."""
    return Threshold(
        name="min_expected",
        value=value,
        unit=unit,
        fires="at or above",
        measures="baseline",
        why="of fewer a fall by half happens every week somewhere in a catalog",
    )


FLOORS = (SURE, SHARE, expected_units(10.0, "units expected since it began"), LOSS_FLOOR)


def observe_drop(kind: str, facts: Facts, cause: str) -> ir.Table:
    """Drops that are told as `cause`."""
    rows = step(drops)
    rows = rows.filter(rows.cause == cause)
    rows = rows.join(facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day"), KEY)
    rows = with_channel(rows, facts, "today")
    return observed(
        kind,
        rows,
        cause=cause,
        onset_day=rows.onset_day,
        last_good_day=rows.last_good_day,
        seen_day=rows.today,
        share_state="dropped",
        share_lost=rows.fell,
        observed=rows.errors.round(6),
        baseline=rows.expected.round(6),
        loss_per_day=(rows.revenue_per_day * rows.fell).fill_null(0.0),
        evidence=evidence(
            missing=rows.fell.round(4),
            units_since=rows.sales_seen.round(1),
            units_expected=rows.sales_expected.round(1),
            views_since=rows.traffic_seen.round(0).cast("int64"),
            views_expected=rows.traffic_expected.round(0).cast("int64"),
        ),
    )
