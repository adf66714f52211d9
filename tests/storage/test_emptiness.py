"""What is skipped because its tables are empty would have had no rows; the engine itself is asked."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from opswheel.storage import duck
from opswheel.storage.duck import DuckEngine
from opswheel.storage.emptiness import empty_if, is_empty

A, B, C = (ibis.table({"key": "int64", f"of_{n}": "int64"}, name=n) for n in "abc")
NAMES = ("a", "b", "c")
BOTH = A.select("key").union(B.select("key"))

EXPECTED = {
    # expression: when it has no rows
    "a table": (A, ["a"]),
    "some of it": (A.filter(A.of_a > 0).select("key").distinct().order_by("key"), ["a"]),
    "a sum per key": (A.group_by("key").agg(n=A.count()), ["a"]),
    "one sum of all": (A.agg(n=A.count()), []),
    "those in both": (A.join(B, "key"), ["a", "b"]),
    "each with its match": (A.left_join(B, "key"), ["a"]),
    "those with a match": (A.semi_join(B, "key"), ["a", "b"]),
    "those without": (A.anti_join(B, "key"), ["a"]),
    "all of either side": (A.outer_join(B, "key"), []),
    "every pair": (A.cross_join(B), ["a", "b"]),
    "one after the other": (BOTH, ["ab"]),
    "one after the other, matched": (BOTH.join(C, "key"), ["ab", "c"]),
    "one within the other": (A.select("key").union(A.join(B, "key").select("key")), ["a"]),
    "a chain of three": (A.join(B, "key").left_join(C, "key"), ["a", "b"]),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_the_tables_an_answer_cannot_do_without_are_found(case):
    expression, expected = EXPECTED[case]
    assert sorted("".join(sorted(names)) for names in empty_if(expression)) == expected


@pytest.mark.parametrize("case", EXPECTED)
def test_nothing_is_called_empty_that_the_engine_finds_rows_in(case):
    expression, _ = EXPECTED[case]
    row = {"key": [1], "value": [1]}
    for n in range(len(NAMES) + 1):
        for empty in combinations(NAMES, n):
            engine = DuckEngine(Path("/"))
            for name in NAMES:
                columns = {"key": row["key"], f"of_{name}": row["value"]}
                rows = pa.table(columns) if name not in empty else pa.table(columns).slice(0, 0)
                engine.register(name, rows)
            found = engine.fetch(f"{case} {empty}", lambda expression=expression: expression).num_rows
            engine.close()
            assert not (is_empty(empty_if(expression), empty) and found), (case, empty)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_a_skipped_table_has_the_columns_it_would_have_had(first, second, monkeypatch):
    """One engine skips, the other computes: nobody who reads the table can tell."""
    told = []
    for skips in (first, second):
        monkeypatch.setattr(duck, "is_empty", is_empty if skips else lambda *_: False)
        engine = DuckEngine(Path("/"))
        for name, rows in (("a", []), ("b", [1])):
            columns = {"key": pa.array(rows, pa.int64()), f"of_{name}": pa.array(rows, pa.int64())}
            engine.register(name, pa.table(columns))
        shaped = A.join(B, "key").mutate(
            day=ibis.date("2026-11-22"),
            at=ibis.timestamp("2026-11-22 08:00:00"),
            text=A.key.cast("string"),
            share=A.of_a / B.of_b,
            yes=A.of_a > 1,
        )
        engine.make("made", "a skipped table", lambda shaped=shaped: shaped)
        assert engine.append("made", "rows for a skipped table", lambda shaped=shaped: shaped) == 0
        told.append(engine.sql("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'made'"))
        engine.make("made", "a table that is not empty", lambda: B)
        assert engine.append("made", "more of it", lambda: B) == 1
        assert engine.sql("SELECT count(*) FROM made") == [(2,)]
        engine.close()
    assert told[0] == told[1] and len(told[0]) == 8
