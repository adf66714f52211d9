"""Was the alarm right? What closes and people say of what a rule saw; "cannot tell" is an answer.

A fix that facts bear out, a risk accepted and a loss left alone say that it was right; a false alarm that facts bear
out says that it was wrong. Duplicates, what healed by itself and what is not meant to sell say neither. What lies
below the cuts has no close: a small share of it is put up for a look, and the answers count like closes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUES, LABELS, OUTCOMES
from ..core.errors import NotFound, WrongUse

VERDICTS = ("right", "wrong", "cannot_tell")
RIGHT = ("fixed", "wont_fix", "accepted_risk")
LOOK_MINUTES = 10.0
"""Minutes a look at something below the cut takes: assumed."""


def verdict(resolution: str, reason: str | None, *, supported: bool) -> str:
    """What a close says of the alarm."""
    if not supported:
        return "cannot_tell"
    if resolution in RIGHT:
        return "right"
    if resolution == "false_alarm" and reason != "fixed_already":
        return "wrong"
    return "cannot_tell"


def worked(connection: sa.Connection, as_of: datetime, since: datetime) -> list[dict[str, Any]]:
    """Every issue a person or a run ended, and every answer to a look: who said what of which subject, and when.

    `label` is 1 right, 0 wrong, None cannot tell; `fixed` says that somebody ended the trouble.
    """
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    closes = connection.execute(
        sa.select(issues, outcomes.c.at, outcomes.c.by, outcomes.c.reason, outcomes.c.supported)
        .add_columns(outcomes.c.resolution.label("said"))
        .join(outcomes, outcomes.c.issue_id == issues.c.id)
        .where(outcomes.c.at <= as_of, outcomes.c.at >= since)
        .order_by(outcomes.c.at, outcomes.c.issue_id)
    )
    rows = []
    for close in closes:
        told = verdict(close.said, close.reason, supported=close.supported)
        rows.append(
            {
                **{k: getattr(close, k) for k in ("kind", "account", "channel", "subject_key", "by")},
                "from_day": close.detected_at.date(),
                "to_day": close.at.date(),
                "label": {"right": 1.0, "wrong": 0.0}.get(told),
                "fixed": close.said == "fixed",
                "weekday": close.at.weekday(),
            }
        )
    return rows + _looks(connection, as_of, since)


def _looks(connection: sa.Connection, as_of: datetime, since: datetime) -> list[dict[str, Any]]:
    table = LABELS.sql_table()
    answered = sa.select(table).where(table.c.at <= as_of, table.c.at >= since).order_by(table.c.at)
    return [
        {
            **{k: getattr(row, k) for k in ("kind", "account", "channel", "subject_key", "by")},
            "from_day": row.seen_at.date(),
            "to_day": row.seen_at.date(),
            "label": {"right": 1.0, "wrong": 0.0}.get(row.verdict),
            "fixed": False,
            "weekday": row.at.weekday(),
        }
        for row in connection.execute(answered)
    ]


def choose(below: Iterable[Mapping[str, Any]], share: float, minutes_a_week: float, week: str) -> list[dict[str, Any]]:
    """What of all below the cuts is put up for a look this week: by chance, the same whoever asks.

    No more than `share` of it, and no more than `share` of the team's week.
    """
    rows = [dict(row) for row in below]
    most = min(int(share * len(rows)) + (1 if rows and share > 0 else 0), int(share * minutes_a_week / LOOK_MINUTES))

    def lot(row: Mapping[str, Any]) -> str:
        name = "|".join((week, *(str(row[k]) for k in ("kind", "account", "channel", "subject_key", "sku"))))
        return hashlib.sha256(name.encode()).hexdigest()

    return sorted(rows, key=lot)[:most]


def put_up(connection: sa.Connection, chosen: Sequence[Mapping[str, Any]], *, seen_at: datetime) -> int:
    """Ask people to look at these; an unanswered question of an earlier week is taken back. Returns how many."""
    table = LABELS.sql_table()
    connection.execute(table.delete().where(table.c.verdict.is_(None)))
    rows = {(r["kind"], r["account"], r["channel"], r["subject_key"]): r for r in chosen}
    names = ("kind", "account", "channel", "subject_key", "sku", "observed", "loss_per_day")
    if rows:
        blank = dict.fromkeys(("verdict", "why", "by", "at"))
        told = [{**{n: r.get(n) for n in names}, **blank, "seen_at": seen_at} for r in rows.values()]
        connection.execute(table.insert(), told)
    return len(rows)


def answer(  # noqa: PLR0913
    connection: sa.Connection, kind: str, subject_key: str, said: str, *, by: str, at: datetime, why: str = ""
) -> None:
    """A person looked at something that was put up; raises NotFound where nothing waits for an answer."""
    if said not in VERDICTS:
        raise WrongUse(f"{said!r} is no answer.", f"One of: {', '.join(VERDICTS)}.")
    table = LABELS.sql_table()
    here = sa.and_(table.c.kind == kind, table.c.subject_key == subject_key, table.c.verdict.is_(None))
    done = connection.execute(table.update().where(here).values(verdict=said, why=why, by=by, at=at))
    if done.rowcount < 1:
        raise NotFound(f"Nobody is asked about {kind} of {subject_key}.", "`opswheel learning` lists what waits.")


def waiting(connection: sa.Connection) -> list[dict[str, Any]]:
    """What is put up for a look and not answered yet."""
    table = LABELS.sql_table()
    rows = connection.execute(sa.select(table).where(table.c.verdict.is_(None)).order_by(table.c.kind, table.c.sku))
    return [dict(row._mapping) for row in rows]


def shares(connection: sa.Connection, as_of: datetime, since: datetime) -> list[dict[str, Any]]:
    """For each kind: how many alarms were right, wrong, or cannot be told, by closes and looks together."""
    found: dict[str, dict[str, int]] = {}
    for row in worked(connection, as_of, since):
        name = {1.0: "right", 0.0: "wrong", None: "cannot_tell"}[row["label"]]
        found.setdefault(row["kind"], dict.fromkeys(VERDICTS, 0))[name] += 1
    return [{"kind": kind, **counts} for kind, counts in sorted(found.items())]
