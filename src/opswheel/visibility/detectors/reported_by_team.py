"""A problem a person wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import REPORTED, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, newest
from .base import Rule, share_of, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ReportedByTeam(Rule):
    """The team's own list names a problem with this listing that no rule of ours saw.

    Why it costs money:
        What people notice and rules miss is lost without a queue; it is also the measure of what our rules miss.
    Source:
        reported.what, since_day, share_lost   issues.csv, the team's present spreadsheet
    Blind spots:
        Without a share of sales lost the row stands in lane verify: its money cannot be told. One row per
        listing; a second one waits until the first is gone.
    """

    kind: ClassVar[str] = "reported_by_team"
    title: ClassVar[str] = "Reported by the team"
    precedence: ClassVar[int] = PRECEDENCE["delivery"]
    spoke: ClassVar[str] = ""  # it may be anything
    reads: ClassVar[tuple[Contract, ...]] = (REPORTED,)
    thresholds: ClassVar[tuple[Threshold, ...]] = ()

    def observe(self, facts: Facts) -> ir.Table:
        """The rows of the team's list."""
        rows = facts.now(REPORTED)
        rows = newest(rows, rows.since_day, rows.what)
        rows = rows.join(facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day"), KEY)
        rows = with_channel(rows, facts, "today")
        share = rows.share_lost.clip(0.0, 1.0)
        return observed(
            self.kind,
            rows,
            cause=rows.kind,
            onset_day=rows.since_day.fill_null(rows.day),
            seen_day=rows.day,
            share_state=share.isnull().ifelse("unknown", "told"),
            share_lost=share,
            observed=share.fill_null(0.0),
            baseline=0.0,
            loss_per_day=share_of(rows, share.fill_null(0.0)),
            evidence=evidence(what=rows.what, owner=rows.owner, reference=rows.reference, kind=rows.kind),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong, in the team's words."""
        import json

        what = str(json.loads(row["evidence"], strict=False).get("what", ""))
        return what if len(what) <= 80 else what[:79] + "…"
