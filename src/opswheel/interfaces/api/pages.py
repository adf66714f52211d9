"""Pages of the queue: a cursor is signed, belongs to one question and one run, and neither skips nor repeats."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANK_HISTORY, RANKS
from ...core.errors import CursorOver
from ...resolution.queue import Wanted, last_run, pinned_now
from ...wheel.past import run_rows
from ..answers.queue import ENDED
from ..people import Who, queue_seen
from ..wiring import Workspace

MOST_PINS = 200
"""The most pins the first page keeps on top for those that follow; further ones stand where their score puts them."""


@dataclass(frozen=True)
class Cursor:
    """Where the next page begins: after a position of a run, with the first page's pins still to show and shown."""

    run: int
    after: int = 0
    top: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()


def queue_page(
    workspace: Workspace, asker: Who, wanted: Wanted, as_of: datetime | None, said: str | None
) -> dict[str, Any]:
    """One page of the queue and, under `next_cursor`, what gets the next; null on the last.

    Raises CursorOver where another run has finished since, or the cursor belongs to another question.
    """
    question = _question(asker, wanted, as_of)
    start = _first(workspace, wanted, as_of) if said is None else _read(workspace, said, question)
    asked = replace(wanted, limit=wanted.limit + 1, after=start.after, top=start.top, shown=start.shown)
    found = queue_seen(workspace, asker, asked, as_of)
    if said is not None and found["run"] != start.run:
        raise CursorOver("A later run has finished since this page was read.", "Begin again with the first page.")
    rows = found["issues"]
    found["issues"], found["next_cursor"] = rows[: wanted.limit], None
    if len(rows) > wanted.limit:
        ids = [r["id"] for r in found["issues"]]
        found["next_cursor"] = _write(workspace, _next(workspace, wanted, start, found["run"], ids), question)
    return found


def _first(workspace: Workspace, wanted: Wanted, as_of: datetime | None) -> Cursor:
    if as_of is not None or wanted.snoozed or wanted.state in ENDED:
        return Cursor(0)
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        pins = () if run is None else pinned_now(connection, run.id, workspace.clock.now())
        if not pins or run is None:
            return Cursor(0)
        query = sa.select(ranks.c.issue_id).where(ranks.c.run_id == run.id, ranks.c.issue_id.in_(pins))
        top = connection.execute(query.order_by(ranks.c.position).limit(MOST_PINS)).scalars()
        return Cursor(0, top=tuple(top))


def _next(workspace: Workspace, wanted: Wanted, start: Cursor, run: int, ids: list[int]) -> Cursor:
    top, shown = set(start.top), set(ids)
    rest = [i for i in ids if i not in top]
    after = start.after if not rest else _position(workspace, wanted, run, rest[-1])
    if rest:  # everything that was to stand on top has been shown, or has left
        return Cursor(run, after, (), start.shown + start.top)
    left = tuple(i for i in start.top if i not in shown)
    return Cursor(run, after, left, start.shown + tuple(i for i in start.top if i in shown))


def _position(workspace: Workspace, wanted: Wanted, run: int, issue: int) -> int:
    """What `after` counts: positions of the run; of issues that have ended, their numbers."""
    if wanted.state in ENDED:
        return issue
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        query = sa.select(ranks.c.position).where(ranks.c.run_id == run, ranks.c.issue_id == issue)
        found = connection.execute(query).scalar()
        if found is None:
            found = run_rows(workspace.lake, connection, RANK_HISTORY, run, "issue_id = ?", issue)[0]["position"]
    return int(found)


def _question(asker: Who, wanted: Wanted, as_of: datetime | None) -> str:
    """What a cursor belongs to: the filters, the order, and whose eyes; not how long a page is."""
    plain = replace(wanted, limit=0, after=0, top=None, shown=(), accounts=frozenset())
    words = f"{plain} {as_of} {sorted(asker.accounts)}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _write(workspace: Workspace, cursor: Cursor, question: str) -> str:
    told = json.dumps([cursor.run, cursor.after, cursor.top, cursor.shown, question], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(workspace, told) + told).decode().rstrip("=")


def _read(workspace: Workspace, said: str, question: str) -> Cursor:
    try:
        raw = base64.urlsafe_b64decode(said.encode("ascii") + b"=" * (-len(said) % 4))
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    mark, told = raw[:16], raw[16:]
    if not hmac.compare_digest(mark, _mark(workspace, told)):
        raise CursorOver("This cursor is none of ours.", "Send `next_cursor` as it was given.")
    run, after, top, shown, belongs = json.loads(told)
    if belongs != question:
        raise CursorOver("This cursor belongs to another question.", "Keep the filters, or begin with the first page.")
    return Cursor(run, after, tuple(top), tuple(shown))


def _mark(workspace: Workspace, told: bytes) -> bytes:
    return hmac.new(workspace.key.encode(), b"opswheel cursor " + told, hashlib.sha256).digest()[:16]
