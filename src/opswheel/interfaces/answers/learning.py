"""What closes have taught: what repeats, whether claims held, what no rule saw, and what waits for a look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import ISSUES, MISSED
from ...learning import causes, grading, labels, recall, repeats
from ...resolution.playbook import ROOT_CAUSES
from ..wiring import Workspace

LABEL_DAYS = 180
FROM_PEOPLE = "reported_by_team"


def learning_answer(workspace: Workspace, *, limit: int = 20) -> dict[str, Any]:
    """Everything the page Learning shows, the dearest first."""
    now = workspace.clock.now()
    with workspace.ledger.read() as connection:
        missed = _missed(connection)
        said = labels.shares(connection, now, now - timedelta(days=LABEL_DAYS))
        return {
            "repeats": [_repeat(r) for r in repeats.backlog(repeats.kept(connection))[:limit]],
            "grades": grading.report(connection),
            "missed": {
                "lost": round(sum(m["lost"] for m in missed), 2),
                "listings": len(missed),
                "by_rule": recall.per_rule(missed),
                "dearest": [_fall(m) for m in missed[:limit]],
            },
            "learned_from_people": _from_people(connection),
            "labels": [{**row, "precision": _precision(row)} for row in said],
            "looks": [_look(row) for row in labels.waiting(connection)[:limit]],
            "alike": causes.alike(connection, ROOT_CAUSES),
            "causes": _causes(connection),
            "currency": workspace.settings.money.reporting_currency,
        }


def _repeat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "known_at": show_moment(row["known_at"])}


def _missed(connection: sa.Connection) -> list[dict[str, Any]]:
    table = MISSED.sql_table()
    rows = connection.execute(sa.select(table).order_by(table.c.lost.desc(), table.c.sku))
    return [dict(r._mapping) for r in rows]


def _fall(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: row[name].isoformat() for name in ("from_day", "to_day")}
    return {**row, **days, "known_at": show_moment(row["known_at"])}


def _from_people(connection: sa.Connection) -> list[dict[str, Any]]:
    """Issues a person told of before any rule did: which kinds, and how many. No rule saw them first."""
    issues = ISSUES.sql_table()
    told = issues.alias()
    same = sa.and_(told.c.account == issues.c.account, told.c.channel == issues.c.channel, told.c.sku == issues.c.sku)
    rows = connection.execute(
        sa.select(issues.c.id, sa.func.min(told.c.detected_at).label("rule_at"), issues.c.detected_at)
        .outerjoin(told, sa.and_(same, told.c.kind != FROM_PEOPLE, told.c.detected_at > issues.c.detected_at))
        .where(issues.c.kind == FROM_PEOPLE)
        .group_by(issues.c.id, issues.c.detected_at)
        .order_by(issues.c.id)
    )
    return [
        {"issue": r.id, "told_at": show_moment(r.detected_at), "rule_saw_at": r.rule_at and show_moment(r.rule_at)}
        for r in rows
    ]


def _precision(row: dict[str, Any]) -> float | None:
    told = row["right"] + row["wrong"]
    return round(row["right"] / told, 3) if told else None


def _look(row: dict[str, Any]) -> dict[str, Any]:
    names = ("kind", "account", "channel", "subject_key", "sku", "loss_per_day")
    return {**{n: row[n] for n in names}, "seen_at": show_moment(row["seen_at"])}


def _causes(connection: sa.Connection) -> list[dict[str, Any]]:
    into = causes.merged(connection)
    words = causes.known(connection, ROOT_CAUSES)
    own = [{"cause": c, "words": w, "own": c not in ROOT_CAUSES, "merged_into": None} for c, w in words.items()]
    gone = [
        {"cause": c, "words": ROOT_CAUSES.get(c, ""), "own": c not in ROOT_CAUSES, "merged_into": i}
        for c, i in into.items()
    ]
    return [*own, *gone]


def answer_look(  # noqa: PLR0913
    workspace: Workspace, kind: str, subject_key: str, said: str, *, by: str | None = None, why: str = ""
) -> dict[str, Any]:
    """Somebody looked at what was put up: right, wrong, or cannot tell."""
    with workspace.ledger.write() as connection:
        labels.answer(connection, kind, subject_key, said, by=by or workspace.me, at=workspace.clock.now(), why=why)
    return learning_answer(workspace)


def add_cause(workspace: Workspace, code: str, words: str, *, by: str | None = None) -> dict[str, Any]:
    """A cause of this workspace's own, which closes may name from now on."""
    with workspace.ledger.write() as connection:
        causes.add(connection, code, words, ROOT_CAUSES, by=by or workspace.me, at=workspace.clock.now())
    return learning_answer(workspace)


def merge_causes(workspace: Workspace, code: str, into: str, *, by: str | None = None) -> dict[str, Any]:
    """Two causes are one and the same from now on, in what was learned before, too."""
    with workspace.ledger.write() as connection:
        causes.merge(connection, code, into, ROOT_CAUSES, by=by or workspace.me, at=workspace.clock.now())
    return learning_answer(workspace)
