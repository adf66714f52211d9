"""A forecast is known to be wrong, and nobody has taken it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import ORDERS, STOCK, TRAFFIC, Contract
from ...core.contracts.prepared import CHANNELS, FORECAST_EXCEPTIONS
from ...core.detector import PRECEDENCE, Facts, Lane, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import PLACE
from .amounts import evidence_of, no_listing, place_key
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ForecastUnowned(Rule):
    """Issues about forecasts, or about hero stock that they let run out, that no person has touched for weeks.

    Why it costs money:
        An exception nobody owns becomes next month's stockout. The money stands in the issues themselves and is not
        counted here again.
    Source:
        forecast_exceptions.detected_day, owner   Opswheel's own issues: forecasts drift; stock out, or about to be, of
                                                  tier 1
    Blind spots:
        Somebody may work on it without saying so: a claim, a note or an acknowledgement shows it. An owner by rule
        alone is none. Stock of other tiers is left out: it may lie below the cut line for good reason.
    """

    kind: ClassVar[str] = "forecast_unowned"
    title: ClassVar[str] = "Forecast exception nobody owns"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "none"
    lane: ClassVar[Lane] = "verify"
    spoke: ClassVar[str] = "availability"
    reads: ClassVar[tuple[Contract, ...]] = (ORDERS, TRAFFIC, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_days",
            value=14.0,
            unit="days untouched",
            fires="at or above",
            measures="observed",
            why="two weekly reviews passed it by: assumed; five weeks cost one team its hero's stock",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Channels with exceptions nobody has touched, and how long the oldest waits."""
        told = facts.table(FORECAST_EXCEPTIONS).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        told = told.mutate(days=told.today.delta(told.detected_day, unit="day"))
        rows = told.group_by(PLACE).agg(
            waiting=told.count(),
            drift=(told.kind == "forecast_drift").sum(),
            nobody=told.owner.isnull().sum(),
            oldest=told.days.max(),
            first=told.issue_id.min(),
            since=told.detected_day.min(),
            today=told.today.max(),
        )
        rows = no_listing(rows)
        return observed(
            self.kind,
            rows,
            subject_type="account",
            subject_key=place_key(rows),
            cause="nobody_acted",
            onset_day=rows.since,
            seen_day=rows.today,
            share_state="unknown",
            observed=rows.oldest.cast("float64"),
            baseline=0.0,
            evidence=evidence(
                exceptions=rows.waiting,
                forecasts_that_drift=rows.drift,
                without_an_owner=rows.nobody,
                oldest_days=rows.oldest,
                oldest_issue=rows["first"],
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        n = int(seen["exceptions"])
        who = "1 forecast exception" if n == 1 else f"{n:,} forecast exceptions"
        return f"{who} untouched, for up to {int(seen['oldest_days'])} days"
