"""The rows of the ledger behind a stage's figure, newest first: what was counted, and how each row counted."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ...core.chunks import chunks
from ...core.contracts import RANKS
from ...core.errors import NotFound
from ...core.money import show_money
from ...resolution.playbook import ROOT_CAUSES
from ..wiring import Workspace
from .stage_reading import Read, begun, read_wheel
from .stage_sums import lessons, passed_over, promises, teaches
from .stages import STAGES

MOST = 200
"""So many rows are shown; the rest is counted."""


def evidence_answer(workspace: Workspace, number: int) -> dict[str, Any]:
    """What stands behind the figure of stage `number`: columns, rows, and how many there are in all.

    Raises NotFound where there is no such stage.
    """
    if number not in _OF_STAGE:
        raise NotFound(f"The wheel has six stages; there is no stage {number}.", "Look at the wheel: /wheel.")
    read = read_wheel(workspace, workspace.clock.now())
    how, columns, find = _OF_STAGE[number]
    rows = find(read)
    with workspace.ledger.read() as connection:
        said = _sentences(connection, [r["issue"] for r in rows[:MOST] if r.get("issue")])
    for row in rows[:MOST]:
        if row.get("issue"):
            row["what"] = said.get(row["issue"]) or row.get("what") or f"issue {row['issue']}"
    return {
        "number": number,
        "name": STAGES[number - 1],
        "how": how,
        "days": read.settings.wheel.days,
        "columns": columns,
        "rows": rows[:MOST],
        "total": len(rows),
    }


def _sentences(connection: sa.Connection, issues: list[int]) -> dict[int, str]:
    ranks = RANKS.sql_table()
    found: dict[int, str] = {}
    for part in chunks(sorted(set(issues))):
        query = sa.select(ranks.c.issue_id, ranks.c.sentence).where(ranks.c.issue_id.in_(part))
        found |= {row.issue_id: row.sentence for row in connection.execute(query.order_by(ranks.c.run_id))}
    return found


def _fresh(read: Read) -> list[dict[str, Any]]:
    rows = []
    for run, told in zip(reversed(read.runs), reversed(read.summaries), strict=True):
        blind = told.get("blind", [])
        words = "; ".join(f"{b['channel']} {b['report']}: {b['reason']}" for b in blind[:4])
        more = f" and {len(blind) - 4} more" if len(blind) > 4 else ""
        rows.append(
            {"at": run.as_of, "what": f"Run {run.id}", "counted": not blind, "words": words + more or "all seen"}
        )
    return [r for r in rows if r["at"] > read.begin]


def _in_order(read: Read) -> list[dict[str, Any]]:
    found = []
    for act in begun(read.acts):
        over = passed_over(act)
        if over is None or act.at <= read.begin:
            continue
        rank = json.loads(act.payload).get("rank")
        where = "without a place of its own" if rank is None else f"place {rank} of that morning's queue"
        words = f"{where}; {over or 'none'} with clearly more to save passed over"
        found.append({"at": act.at, "issue": act.issue_id, "who": act.by, "counted": over == 0, "words": words})
    return _newest(found)


def _in_time(read: Read) -> list[dict[str, Any]]:
    found = []
    for due, kept, issue in promises(read):
        if due <= read.begin:
            continue
        ended = issue.fixed_at or issue.closed_at
        words = "still open" if not ended else f"done {ended:%d %b, %H:%M}"
        found.append(
            {"at": due, "issue": issue.id, "what": issue.title, "who": issue.owner, "counted": kept, "words": words}
        )
    return _newest(found)


def _taught(read: Read) -> list[dict[str, Any]]:
    found = []
    for o in lessons(read):
        if o.at <= read.begin:
            continue
        cause = ROOT_CAUSES.get(o.root_cause or "", o.root_cause or "no cause")
        minutes = "no minutes" if o.minutes is None else f"{o.minutes:.0f} minutes {o.minutes_source}"
        found.append(
            {"at": o.at, "issue": o.issue_id, "who": o.by, "counted": teaches(o), "words": f"{cause}; {minutes}"}
        )
    return _newest(found)


def _decided(read: Read) -> list[dict[str, Any]]:
    return _newest(
        {"at": at, "what": what, "counted": True, "words": why} for at, what, why in read.decisions if at > read.begin
    )


def _saved(read: Read) -> list[dict[str, Any]]:
    found = []
    for o in read.outcomes:
        if o.booked_at is None or o.booked_at <= read.begin:
            continue
        words = f"{show_money(o.cleared or 0.0, o.currency or read.settings.money.reporting_currency)} saved, verified"
        found.append({"at": o.booked_at, "issue": o.issue_id, "who": o.by, "counted": True, "words": words})
    return _newest(found)


def _newest(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: r["at"], reverse=True)


_OF_STAGE: dict[int, tuple[str, dict[str, str], Any]] = {
    1: (
        "Each run of the window counts with the share of sources that were fresh and whole that morning.",
        {"at": "Run", "counted": "All seen", "words": "Not seen"},
        _fresh,
    ),
    2: (
        "The first claim or close of each issue of the queue counts once. It is in order if nothing that was free to"
        " take and clearly had more to save was passed over; ranges that overlap are taken in either order.",
        {"at": "Begun", "who": "By", "counted": "In order", "words": "Where it stood"},
        _in_order,
    ),
    3: (
        "Each issue counts on the day its fix was promised for, in staffed hours; waiting on others stops the clock."
        " Issues that healed by themselves are left out.",
        {"at": "Promised", "who": "Owner", "counted": "In time", "words": "How it ended"},
        _in_time,
    ),
    4: (
        "Each close that needs a cause counts. It teaches if its cause is known and its minutes are real.",
        {"at": "Closed", "who": "By", "counted": "Teaches", "words": "What it left"},
        _taught,
    ),
    5: (
        "A week counts if a cut line or the list of routes changed in it.",
        {"at": "Decided", "counted": "Counts", "words": "Why, or by whom"},
        _decided,
    ),
    6: (
        "What the fixes verified in the window saved, against that and what could still be saved this morning.",
        {"at": "Verified", "who": "Closed by", "counted": "Counts", "words": "What it saved"},
        _saved,
    ),
}
