"""Forecasts miss to the same side again and again, or miss by more than they used to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ORDERS, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, FORECAST_CYCLES
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import PLACE, left, shift
from .amounts import evidence_of, no_listing, place_key
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEEKS = 8
FEWEST_WEEKS = 5
"""Weeks before the newest with a forecast whose days are over: with fewer there is no usual error."""
MOST_SIGNAL = 4.0
"""Tracking signal, the sum of errors ÷ their mean size, at its usual limit: of eight forecasts six missed to one side.
Forecasts a week apart share three of their four weeks, so it is never the only test."""
MOST_WORSE = 1.25
"""How often its usual error a forecast may be off: assumed."""
FRESH_DAYS = 56
"""A forecast that is over was made four weeks ago; twice that, and planning has been off."""
WRONG_COSTS = 0.05
"""What units forecast wrongly cost of their value: capital and storage of those too many, margin of those too few:
assumed, low, since most are corrected by the next order."""
LEAST_SHARE = 0.001
"""What is missed by less is missed by nothing: equal numbers averaged in another order differ in their last digits."""
_SEGMENT = [*PLACE, "segment"]


class ForecastDrift(Rule):
    """Forecasts of a group of listings lay too high, or too low, week after week, or missed by far more than usual.

    Why it costs money:
        Orders are placed by them. Too high, and stock ages; too low, and listings sell out in turn, and nobody sees
        that it is one cause.
    Source:
        forecast_cycles.forecast_units, sold_units, wape   Opswheel's own forecasts, measured when 28 days are over
    Blind spots:
        Needs planning switched on, and six weeks of forecasts that are four weeks old: about ten weeks. Groups as the
        forecast makes them, so one item that drifts alone is not told. A season that came early looks the same. What
        wrong units cost is assumed: a twentieth of their value.
    """

    kind: ClassVar[str] = "forecast_drift"
    title: ClassVar[str] = "Forecasts drift"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = "availability"
    tunable: ClassVar[bool] = False
    reads: ClassVar[tuple[Contract, ...]] = (ORDERS, TRAFFIC)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_drift",
            value=1.0,
            unit="of its limit: a tracking signal of 4, or 1.25 times the usual error",
            fires="at or above",
            measures="observed",
            release=0.75,
            why="four is the usual limit of a tracking signal; a quarter more than usual is assumed",
        ),
        Threshold(
            name="min_share",
            value=0.15,
            unit="of the units sold (0…1)",
            fires="at or above",
            measures="share_lost",
            release=0.1,
            why="less is within what safety stock carries: assumed",
        ),
        Threshold(
            name="min_amount",
            value=30.0,
            unit="US dollars in 28 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="an hour of work at a wage of 30: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Groups whose last forecasts missed to one side, or whose newest missed by more than its own eight weeks."""
        rows = _judged(facts)
        columns = (*_SEGMENT, "items", "weeks", "newest", "first_day", "forecast", "sold", "price")
        side = (rows.missed < 0).ifelse("too_high", "too_low")
        biased = rows.select(
            *columns,
            what=ibis.literal("bias"),
            why=side,
            of_limit=rows.missed.abs() / rows.size.nullif(0.0) / MOST_SIGNAL,
            share=rows.missed.abs() / rows.sold.nullif(0.0),
        )
        worse = rows.select(
            *columns,
            what=ibis.literal("error"),
            why=ibis.literal("less_accurate"),
            of_limit=rows.wape / rows.usual_wape.nullif(0.0) / MOST_WORSE,
            share=rows.wape - rows.usual_wape,
        )
        rows = no_listing(biased.union(worse).filter(lambda t: (t.of_limit > 0.5) & (t.share > LEAST_SHARE)))
        a_cycle = rows.sold / rows.weeks
        return observed(
            self.kind,
            rows,
            subject_type="segment",
            subject_key=place_key(rows, rows.segment, rows.what),
            cause=rows.why,
            onset_day=(rows.what == "bias").ifelse(rows.first_day, rows.newest),
            seen_day=rows.newest,
            share_state="cash",
            share_lost=rows.share.clip(0.0, 1.0),
            observed=rows.of_limit.round(6),
            baseline=1.0,
            amount_at_risk=(rows.share * a_cycle * rows.price * WRONG_COSTS).fill_null(0.0),
            evidence=evidence(
                group=rows.segment,
                listings=rows["items"],
                forecasts=rows.weeks,
                units_forecast=rows.forecast.round(0).cast("int64"),
                units_sold=rows.sold.round(0).cast("int64"),
                off_by=rows.share.round(3),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        who, by = f"Forecasts of {seen['group']} sellers", float(seen["off_by"])
        if row["cause"] == "less_accurate":
            return f"{who} miss by {by * 100:.0f} points more than usual"
        way = "too high" if row["cause"] == "too_high" else "too low"
        return f"{who} are {by:.0%} {way} week after week"


def _judged(facts: Facts) -> ir.Table:
    """Per group: one forecast a week of the last nine whose days are over, summed up, and the usual error before."""
    told = facts.table(FORECAST_CYCLES)
    newest = told.group_by(_SEGMENT).agg(newest=told.made_day.max())
    rows = told.join(newest, _SEGMENT).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.filter(rows.newest >= shift(rows.today, -FRESH_DAYS))
    week = (rows.newest.delta(rows.made_day, unit="day") / 7).floor().cast("int64")
    rows = rows.mutate(week=week).filter(week <= WEEKS)
    one = ibis.row_number().over(group_by=[*(rows[k] for k in _SEGMENT), rows.week], order_by=rows.made_day.desc())
    rows = rows.mutate(_n=one).filter(ibis._["_n"] == 0)
    missed, lately = rows.sold_units - rows.forecast_units, rows.week < WEEKS
    found = rows.group_by([*_SEGMENT, "newest"]).agg(
        items=rows["items"].max(where=rows.week == 0),
        weeks=lately.sum(),
        before=(rows.week > 0).sum(),
        first_day=rows.made_day.min(where=lately),
        forecast=rows.forecast_units.sum(where=lately),
        sold=rows.sold_units.sum(where=lately),
        missed=missed.sum(where=lately),
        size=missed.abs().mean(where=lately),
        wape=rows.wape.max(where=rows.week == 0),
        usual_wape=rows.wape.mean(where=rows.week > 0),
    )
    sells = facts.table(BASELINES).filter(ibis._.price.notnull())
    price = sells.group_by(PLACE).agg(price=sells.revenue_per_day.sum() / sells.velocity.sum().nullif(0.0))
    return left(found.filter(found.before >= FEWEST_WEEKS), price, PLACE)
