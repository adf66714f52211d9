"""Lake files that bear what is to be forgotten: finding them, and writing them anew without it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..core.contracts import FACTS, LAKE_FILES, RESULTS, Contract
from ..storage.duck import connect, name, quote
from ..storage.lake import LakeFile
from .forgotten_words import PERSON, WRITTEN, Words

if TYPE_CHECKING:
    from .wiring import Workspace

_CONTRACTS = {c.name: c for c in (*FACTS, *RESULTS)}
_TEXTS = WRITTEN | {"evidence", "sentence", "excerpt"}
"""Columns of the lake in which words of people may stand."""


def hashes(key: str, said: str) -> list[str]:
    """What an order id became on its way into the lake, however it was written."""
    return [hashlib.sha256((key + n).encode()).hexdigest() for n in dict.fromkeys((said, said.upper(), said.lower()))]


def bearing(
    workspace: Workspace, connection: sa.Connection, words: Words, *, hashed_only: bool = False
) -> list[tuple[LakeFile, int]]:
    """Files that bear it, those kept for replays too, with how many of their rows do."""
    table, condition_of = LAKE_FILES.sql_table(), _hashed if hashed_only else _bears
    asked = {contract.name: condition_of(workspace.key, contract, words) for contract in _CONTRACTS.values()}
    wanted = [name for name, condition in asked.items() if condition]
    rows = connection.execute(sa.select(table).where(table.c.table_name.in_(wanted)).order_by(table.c.path)).all()
    found = []
    duck = connect(directories=[workspace.lake.root])
    try:
        for row in rows:
            path = workspace.lake.absolute(row.path)
            if not path.exists():
                continue
            source = f"read_parquet([{quote(str(path))}])"
            told = duck.execute(f"SELECT count(*) FROM {source} WHERE {asked[row.table_name]}").fetchone()
            if told and told[0]:
                fields = {k: v for k, v in row._mapping.items() if k not in ("added_in", "removed_in")}
                fields["deliveries"] = tuple(json.loads(fields["deliveries"]))
                found.append((LakeFile(**fields), int(told[0])))
    finally:
        duck.close()
    return found


def write_anew(workspace: Workspace, old: LakeFile, words: Words) -> dict[str, Any]:
    """Write a file anew without what is forgotten; returns what changes in its manifest row."""
    contract = _CONTRACTS[old.table_name]
    target = workspace.lake.new_path(contract.name)
    columns = ", ".join(f"{_value(c.name, c.type, words)} AS {name(c.name)}" for c in contract.columns)
    bears = _hashed(workspace.key, contract, words)
    duck = connect(directories=[workspace.lake.root])
    try:
        source = f"read_parquet([{quote(str(workspace.lake.absolute(old.path)))}])"
        kept = f" WHERE NOT ({bears})" if bears else ""
        done = duck.execute(
            f"COPY (SELECT {columns} FROM {source}{kept}) TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
    finally:
        duck.close()
    facts: dict[str, Any] = {
        "from_day": old.from_day,
        "to_day": old.to_day,
        "source": old.source,
        "deliveries": old.deliveries,
    }
    facts |= {"rows": int(done[0]) if done else 0, "reader_version": old.reader_version}
    new = workspace.lake.describe(target, contract.name, (old.account, old.channel), **facts)
    return {"path": new.path, "rows": new.rows, "bytes": new.bytes, "checksum": new.checksum}


def _bears(key: str, contract: Contract, words: Words) -> str:
    """Which rows of a table bear it, as SQL; empty where none can."""
    texts = [name(c.name) for c in contract.columns if c.type == "text" and c.name in _TEXTS]
    parts = [_hashed(key, contract, words)]
    parts += [f"regexp_matches({column}, {quote(pattern)})" for column in texts for pattern in words.patterns]
    if not words.customer:
        parts += [f"{name(c.name)} = {quote(words.old)}" for c in contract.columns if c.name in PERSON]
    return " OR ".join(f"coalesce({part}, false)" for part in parts if part)


def _hashed(key: str, contract: Contract, words: Words) -> str:
    """Rows that bear the hash of a customer's order."""
    borne = [c.name for c in contract.columns if c.name.endswith("_hash")] if words.customer else []
    options = ", ".join(quote(h) for h in hashes(key, words.old))
    return " OR ".join(f"coalesce({name(c)} IN ({options}), false)" for c in borne)


def _value(column: str, type_: str, words: Words) -> str:
    """The new value of a column, as SQL."""
    value = name(column)
    if type_ == "text" and column in PERSON and not words.customer:
        return f"CASE WHEN {value} = {quote(words.old)} THEN {quote(words.new)} ELSE {value} END"
    if type_ != "text" or column not in _TEXTS:
        return value
    between = quote("\\1" + words.new + "\\2")
    for pattern in words.patterns * 2:  # twice: two names may share the blank between them
        value = f"regexp_replace({value}, {quote(pattern)}, {between}, 'g')"
    return value
