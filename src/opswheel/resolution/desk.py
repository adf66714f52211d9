"""What the desk of a team promises: by when an issue is acknowledged, acted on and fixed, and what holds that off.

The clock counts staffed hours only. It stands still while the issue waits on somebody else, and for no other reason;
a snooze takes an issue out of sight, not its clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import ISSUES, RANKS
from ..core.settings import Settings
from ..core.staffed import Staffed
from .lifecycle import OPEN

NO_TIER = 3
"""An issue without a tier is promised what the smallest tier is."""
WAITING = "waiting"


@dataclass(frozen=True)
class Desk:
    """A team's hours and promises, as its settings say, and the folder of the playbooks it wrote itself."""

    settings: Settings
    playbooks: Path | None = None

    @cached_property
    def calendar(self) -> Staffed:
        """When somebody is at work."""
        return self.settings.staffed.calendar()

    @cached_property
    def _known(self) -> dict[tuple[datetime, float], datetime]:
        return {}

    def minutes(self, promise: str, tier: int | None) -> float:
        """Staffed minutes of a promise (`acknowledge`, `first_action`, `fix`, `ack_lasts`) for a tier."""
        hours: float = getattr(self.settings.promises, promise)[(tier or NO_TIER) - 1]
        return hours * 60

    def after(self, at: datetime, minutes: float) -> datetime:
        """When so many staffed minutes will have passed; remembered, because a run asks for few starts very often."""
        key = (at, minutes)
        if key not in self._known:
            self._known[key] = self.calendar.after(at, minutes)
        return self._known[key]

    def due(self, issue: Any, exposure_per_day: float | None) -> tuple[datetime | None, str | None]:
        """When the next promise on an issue falls due, and which; (None, `waiting`) while others must move.

        `issue` has the columns of `issues` this reads. An acknowledgement holds off the first action until
        `ack_until`, never beyond what was promised for it. With a loss budget, an issue is also due once it is
        expected to have lost that much since it was detected: sales are lost on Sundays too.
        """
        if issue.state not in OPEN or issue.detected_at is None:
            return None, None
        if issue.waiting_since is not None:
            return None, WAITING
        paused, start, tier = issue.paused_minutes or 0.0, issue.detected_at, issue.tier
        found = [(self.after(start, self.minutes("fix", tier) + paused), "fix")]
        if issue.first_action_at is None:
            found.append((self.after(start, self.minutes("first_action", tier) + paused), "first_action"))
            if issue.acked_at is None:
                found.append((self.after(start, self.minutes("acknowledge", tier) + paused), "acknowledge"))
            elif issue.ack_until is not None:
                found.append((issue.ack_until, "first_action"))
        budget = self.settings.promises.loss_budget
        if budget and exposure_per_day and exposure_per_day > 0:
            days = min(budget / exposure_per_day, 3_650.0)
            found.append((start + timedelta(days=days), "loss"))
        return min(found, key=lambda f: f[0])

    def claim_is_over(self, issue: Any, at: datetime) -> bool:
        """Whether nobody did anything on a claimed issue for as long as a claim holds."""
        since = max(filter(None, (issue.claimed_at, issue.acted_at)), default=None)
        if issue.state != "in_progress" or since is None:
            return False
        return self.calendar.between(since, at) >= self.settings.promises.claim_hours * 60

    def waited(self, issue: Any, at: datetime) -> float:
        """Staffed minutes an issue has waited on others in all, until `at`."""
        now = 0.0 if issue.waiting_since is None else self.calendar.between(issue.waiting_since, at)
        return float(issue.paused_minutes or 0.0) + now

    def resumed(self, issue: Any, at: datetime) -> dict[str, Any]:
        """The columns that change when an issue stops waiting."""
        if issue.waiting_since is None:
            return {}
        return {"waiting_since": None, "waiting_on": None, "paused_minutes": round(self.waited(issue, at), 1)}


DEFAULT = Desk(Settings())
"""The promises of a team that set none."""


def promise(rows: Sequence[dict[str, Any]], issues: Mapping[int, Any], desk: Desk) -> None:
    """Write into rank rows when their issue's next promise falls due; `issues` by number."""
    for row in rows:
        issue = issues.get(row["issue_id"])
        if issue is not None:
            row["sla_due"], row["sla_what"] = desk.due(issue, row["exposure_mean"])


def refresh(connection: sa.Connection, issue_ids: Sequence[int], desk: Desk) -> None:
    """Bring the queue's copy of promises in line with issues that changed."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    for part in chunks(list(issue_ids)):
        rows = connection.execute(
            sa.select(issues, ranks.c.run_id.label("ranked_in"), ranks.c.exposure_mean)
            .join(ranks, ranks.c.issue_id == issues.c.id)
            .where(issues.c.id.in_(part))
        ).all()
        changed = []
        for row in rows:
            at, what = desk.due(row, row.exposure_mean)
            changed.append({"the_issue": row.id, "the_run": row.ranked_in, "due": at, "what": what})
        if changed:
            connection.execute(
                ranks.update()
                .where(ranks.c.issue_id == sa.bindparam("the_issue"), ranks.c.run_id == sa.bindparam("the_run"))
                .values(sla_due=sa.bindparam("due"), sla_what=sa.bindparam("what")),
                changed,
            )
