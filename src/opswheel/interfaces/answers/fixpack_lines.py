"""What a fix pack is given: the listings behind issues, as the last run saw them, with the facts it wants."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.chunks import chunks
from ...core.contracts import ISSUE_SUBJECTS, LISTINGS, PRICE_RULES, RUNS, SIGNALS, Contract
from ...resolution.fixpacks import Line
from ...wheel.past import last_rank_rows, run_rows
from ..wiring import Workspace

if TYPE_CHECKING:
    from ...core.engine import Engine
    from ...wheel.inputs import Morning

Key = tuple[str, str, str]
_KEY = ("account", "channel", "sku")
_WANTED = "fixpack_wanted"


@dataclass(frozen=True)
class Seen:
    """What runs saw of issues, by issue: the signals of the last run that saw it, and its newest rank row."""

    signals: Mapping[int, Sequence[Mapping[str, Any]]]
    ranks: Mapping[int, Mapping[str, Any]]


def seen_of(workspace: Workspace, connection: sa.Connection, issues: Sequence[Any]) -> Seen:
    """What the last run that saw each issue saw of the listings behind it."""
    ranks = last_rank_rows(workspace.lake, connection, [i.id for i in issues])
    runs = _seen_by(connection, [i.id for i in issues])
    asked: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for issue in issues:
        run = runs.get(issue.id) or (ranks[issue.id]["run_id"] if issue.id in ranks else None)
        if run is not None:
            asked[run, issue.kind][issue.subject_key] = issue.id
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for (run, kind), keys in sorted(asked.items()):
        for row in run_rows(workspace.lake, connection, SIGNALS, run, "kind = ?", kind):
            if row["subject_key"] in keys:
                found[keys[row["subject_key"]]].append(row)
    return Seen({n: sorted(rows, key=lambda r: r["sku"] or "") for n, rows in found.items()}, ranks)


def _seen_by(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, int]:
    """The last finished run that saw each issue."""
    subjects, runs = ISSUE_SUBJECTS.sql_table(), RUNS.sql_table()
    found: dict[int, int] = {}
    for part in chunks(numbers):
        query = (
            sa.select(subjects.c.issue_id, sa.func.max(subjects.c.run_id))
            .join(runs, runs.c.id == subjects.c.run_id)
            .where(subjects.c.issue_id.in_(part), runs.c.finished_at.is_not(None))
            .group_by(subjects.c.issue_id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def lines_of(
    workspace: Workspace, seen: Morning, issues: Sequence[Any], behind: Seen, reads: Sequence[Contract]
) -> list[Line]:
    """A line for each issue and listing behind it, in the order of the issues, with the rows of `reads`."""
    rows = [(issue, row) for issue in issues for row in behind.signals.get(issue.id, ())]
    wanted = {(row["account"], row["channel"], row["sku"]) for _, row in rows if row["sku"]}
    now, earlier = _facts(workspace, seen, wanted, reads)
    return [_line(issue, row, behind.ranks.get(issue.id, {}), now, earlier) for issue, row in rows]


def _line(
    issue: Any,
    row: Mapping[str, Any],
    rank: Mapping[str, Any],
    now: Mapping[Key, Mapping[str, Sequence[Mapping[str, Any]]]],
    earlier: Mapping[Key, Sequence[Mapping[str, Any]]],
) -> Line:
    sku = row["sku"] or ""
    key = (row["account"], row["channel"], sku)
    return Line(
        issue=issue.id,
        kind=issue.kind,
        sku=sku,
        item_id=row["item_id"],
        title=row["title"],
        sentence=rank.get("sentence") or "",
        cause=row["cause"],
        onset_day=row["onset_day"],
        last_good_day=row["last_good_day"],
        deadline_at=row["deadline_at"],
        seen=json.loads(row["evidence"] or "{}", strict=False),
        now=now.get(key, {}),
        earlier=earlier.get(key, ()),
    )


def _facts(
    workspace: Workspace, seen: Morning, wanted: Iterable[Key], reads: Sequence[Contract]
) -> tuple[dict[Key, dict[str, list[dict[str, Any]]]], dict[Key, list[dict[str, Any]]]]:
    """Current rows of each table by listing, and what listings reports said on earlier mornings."""
    keys = sorted(wanted)
    if not keys or not reads:
        return {}, {}
    with workspace.mounted(seen) as engine:
        _ask_for(engine, keys)
        now: dict[Key, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
        for contract in reads:
            for row in sorted(_rows(engine, contract, current=True), key=_best_first(contract)):
                now[_key(row)].setdefault(contract.name, []).append(row)
        earlier: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        if LISTINGS in reads:
            for row in sorted(_rows(engine, LISTINGS, current=False), key=lambda r: (r["day"], -r["precedence"])):
                earlier[_key(row)].append(row)
    return now, earlier


def _ask_for(engine: Engine, keys: Sequence[Key]) -> None:
    import pyarrow as pa

    columns = {name: [key[n] for key in keys] for n, name in enumerate(_KEY)}
    engine.register(_WANTED, pa.table(columns, schema=pa.schema([(name, pa.string()) for name in _KEY])))


def _rows(engine: Engine, contract: Contract, *, current: bool) -> list[dict[str, Any]]:
    """Rows of a snapshot table for the listings asked for, with the precedence of their report."""
    import ibis

    from ...core.contracts.prepared import ARRIVALS
    from ...core.detector import Facts

    def build() -> Any:
        told = Facts().now(contract) if current else Facts().table(contract)
        listings = ibis.table(dict.fromkeys(_KEY, "string"), name=_WANTED)
        arrivals = ARRIVALS.ibis_table().select("delivery_id", "precedence")
        return told.semi_join(listings, list(_KEY)).join(arrivals, "delivery_id")

    rows: list[dict[str, Any]] = engine.fetch(f"fixpack {contract.name} {current}", build).to_pylist()
    return rows


def _best_first(contract: Contract) -> Any:
    """The newest morning first, of one morning the report that goes before; price rules of our own before others."""
    if contract is PRICE_RULES:
        return lambda row: (row["precedence"], -row["day"].toordinal())
    return lambda row: (-row["day"].toordinal(), row["precedence"])


def _key(row: Mapping[str, Any]) -> Key:
    return row["account"], row["channel"], row["sku"]
