"""Issues by number, SKU, item or words, in the order of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANKS
from ...resolution.queue import desks, issue_json, last_run
from ..wiring import Workspace

MOST = 100


def search_answer(
    workspace: Workspace, words: str = "", *, numbers: Sequence[int] = (), accounts: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """Rows of the last run's queue that these words or numbers mean, closed ones too; at most a hundred.

    A number means the issue of that number and whatever carries it; `accounts` are those the asker sees, all if empty.
    """
    ranks, now = RANKS.sql_table(), workspace.clock.now()
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return []
        query = sa.select(ranks).where(ranks.c.run_id == run.id)
        query = query.where(ranks.c.issue_id.in_(numbers)) if numbers else query.where(_means(ranks, words.strip()))
        if accounts:
            query = query.where(ranks.c.account.in_(sorted(accounts)))
        rows = [dict(r._mapping) for r in connection.execute(query.order_by(ranks.c.position).limit(MOST))]
        said = desks(connection, {r["issue_id"]: r["exposure_mean"] for r in rows}, now)
    rule = workspace.settings.ranking.rule
    return [issue_json(row, rule, now) | said.get(row["issue_id"], {}) for row in rows]


def _means(ranks: sa.Table, words: str) -> Any:
    columns = (ranks.c.sku, ranks.c.item_id, ranks.c.title, ranks.c.sentence)
    found = [column.icontains(words, autoescape=True) for column in columns]
    number = words.removeprefix("#")
    if number.isdecimal() and len(number) < 16:
        found.append(ranks.c.issue_id == int(number))
    return sa.or_(*found)
