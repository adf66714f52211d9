"""Rows on their way from text to Parquet: what is staged, refused, divided and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from opswheel.core.errors import UnreadableFile
from opswheel.core.reader import Context
from opswheel.storage import ingest as module
from opswheel.storage import reading
from opswheel.storage.ingest import Ingest, Reject, Share
from opswheel.storage.reading import Source, statement
from opswheel.visibility.readers import READERS, reader

US = Context("main", "amazon:US", "USD", "America/Los_Angeles", comma_decimals=False, day_first=False)
LATEST = "2026-11-23 16:00:00"
D19, D20 = date(2026, 11, 19), date(2026, 11, 20)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest(tmp_path: Path, scratch: Path) -> Iterator[Ingest]:
    made = Ingest([], tmp_path / "lake", scratch, key="a key")
    yield made
    made.close()


def stock(scratch: Path, *lines: str, columns: str = "sku sellable_units day hint") -> Source:
    path = scratch / "stock.tab"
    path.write_text("\n".join(["header", *lines]) + "\n", encoding="utf-8")
    return Source(path, "stock.csv", reader("stock_csv"), "\t", tuple(columns.split(" ")))


def test_staged_rows_divide_by_channel_and_day_the_bad_ones_apart(ingest: Ingest, scratch: Path) -> None:
    source = stock(
        scratch,
        "A\t1\t2026-11-19\tamazon:US",
        "B\t2\t2026-11-20\tamazon:US",
        "C\tx\t2026-11-20\tamazon:US",
        "D\t4\t2026-11-20\tamazon:UK",
        "",
        "E\t5",
    )
    ingest.stage(source, US, latest=LATEST)
    assert ingest.shares(by_day=False) == [
        Share("amazon:US", None, 2, 1),
        Share("", None, 1),
        Share("amazon:UK", None, 1),
    ]
    assert Share("amazon:US", D20, 1, 1) in ingest.shares(by_day=True)
    assert ingest.rejects(source, US, ["amazon:US"], latest=LATEST) == [Reject(4, "sellable", "x", "cannot be read")]
    assert ingest.rejects(source, US, ["amazon:UK", ""], latest=LATEST) == []
    assert ingest.count(["amazon:US"]) == 2
    assert ingest.span(["amazon:US", "amazon:UK"], "day") == (D19, D20)


def test_only_the_good_rows_of_one_channel_and_day_are_written_with_their_arrival(
    ingest: Ingest, scratch: Path, tmp_path: Path
) -> None:
    source = stock(
        scratch,
        "B\t2\t2026-11-20\tamazon:US",
        "A\t1\t2026-11-20\tamazon:US",
        "A\t9\t2026-11-20\tamazon:US",
        "C\tx\t2026-11-20\tamazon:US",
        "OLD\t3\t2026-11-19\tamazon:US",
        "UK\t4\t2026-11-20\tamazon:UK",
    )
    ingest.stage(source, US, latest=LATEST)
    (tmp_path / "lake").mkdir()
    target = tmp_path / "lake" / "x.parquet"
    told = {"account": "'main'", "channel": "'amazon:US'", "known_at": "TIMESTAMP '2026-11-20'", "delivery_id": "7"}
    assert ingest.write(source.reader.table, ["amazon:US"], target, told, day=D20) == (2, 1)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT account, channel, sku, day, sellable_units, delivery_id FROM read_parquet(?)", [str(target)]
        ).fetchall()
    assert rows == [("main", "amazon:US", "A", D20, 9, 7), ("main", "amazon:US", "B", D20, 2, 7)]


def test_how_much_of_a_snapshot_is_gone_is_counted_by_key(ingest: Ingest, scratch: Path, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    paths = []
    for number, skus in ((1, "ABCD"), (2, "CDE")):
        source = stock(scratch, *(f"{s}\t1" for s in skus), columns="sku sellable_units")
        ingest.stage(source, US, latest=LATEST)
        paths.append(tmp_path / "lake" / f"{number}.parquet")
        told = {"account": "'m'", "channel": "'c'", "known_at": "now()::TIMESTAMP", "delivery_id": str(number)}
        ingest.write(source.reader.table, [""], paths[-1], told, day=None)
    assert ingest.overlap(paths[0], 1, paths[1], ["account", "channel", "sku"]) == (4, 2, 3)
    assert ingest.overlap(paths[0], 99, paths[1], ["sku"]) == (0, 0, 3)


def test_rejects_are_counted_all_and_written_up_to_a_limit(
    ingest: Ingest, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_REJECTS", 5)
    source = stock(scratch, "A\t1", *("B\tx" for _ in range(40)), columns="sku sellable_units")
    ingest.stage(source, US, latest=LATEST)
    assert ingest.shares(by_day=False) == [Share("", None, 1, 40)]
    assert [r.line for r in ingest.rejects(source, US, [""], latest=LATEST)] == [3, 4, 5, 6, 7]


def test_blanks_around_a_cell_do_not_count_and_a_row_of_blanks_is_none(ingest: Ingest, scratch: Path) -> None:
    source = stock(scratch, " A \t 1", "  \t  ", "B B\t2 ", "\t", "\t3", columns="sku sellable_units")
    ingest.stage(source, US, latest=LATEST)
    assert ingest._run("SELECT sku, sellable_units FROM staged WHERE problem IS NULL").fetchall() == [
        ("A", 1),
        ("B B", 2),
    ]
    assert ingest.rejects(source, US, [""], latest=LATEST) == [Reject(6, "sku", "", "empty")]
    wide = replace(
        stock(scratch, "\u00a0A\u2009\t\u202f1", "\u00a0\t\u2009", columns="sku sellable_units"), wide_blanks=True
    )
    ingest.stage(wide, US, latest=LATEST)
    assert ingest._run("SELECT sku, sellable_units FROM staged").fetchall() == [("A", 1)]


def test_lines_that_cannot_be_parted_into_cells_are_told_and_stick_to_their_own_file(
    ingest: Ingest, scratch: Path
) -> None:
    torn = stock(scratch, "A\t1", "B?\t2", "C\t3", columns="sku sellable_units")
    torn.path.write_bytes(torn.path.read_bytes().replace(b"?", b"\xff"))
    ingest.stage(torn, US, latest=LATEST)
    assert (ingest.count([""]), ingest.unreadable_lines()) == (2, 1)
    assert [(r.line, r.column) for r in ingest.rejects(torn, US, [""], latest=LATEST)] == [(3, "row")]
    ingest.stage(stock(scratch, "A\t1", columns="sku sellable_units"), US, latest=LATEST)
    assert (ingest.count([""]), ingest.unreadable_lines()) == (1, 0)


def test_a_file_the_engine_gives_up_on_leaves_nothing_to_the_next_one(ingest: Ingest, scratch: Path) -> None:
    broken = scratch / "broken.json"
    broken.write_text('{"sku": "A", "summaries": [', encoding="utf-8")
    with pytest.raises(UnreadableFile, match="cut short"):
        ingest.stage(Source(broken, "broken.json", reader("amazon_listings_items")), US, latest=LATEST)
    ingest.stage(stock(scratch, "A\t1", columns="sku sellable_units"), US, latest=LATEST)
    assert (ingest.shares(by_day=False), ingest.unreadable_lines()) == ([Share("", None, 1)], 0)


@pytest.mark.parametrize("which", [r for r in READERS if r.format == "json"], ids=lambda r: r.report)
def test_the_engine_is_told_the_types_a_json_report_has(which: Any) -> None:
    from ibis import dtype
    from ibis.backends.sql.datatypes import DuckDBType

    def plain(kind: str) -> str:
        return kind.replace('"', "").replace("TEXT", "VARCHAR")

    for kind in which.shape.columns.values():
        assert plain(reading._engine_type(kind)) == plain(DuckDBType.to_string(dtype(kind)))


def test_the_engine_that_loads_reads_nothing_but_what_it_was_given(ingest: Ingest, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("sku\nA\n", encoding="utf-8")
    for statement_ in (
        f"SELECT * FROM read_csv('{secret}')",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            ingest._run(statement_)


def test_the_workspaces_key_is_in_no_statement(scratch: Path) -> None:
    path = scratch / "o.tab"
    path.write_text("order-id\n", encoding="utf-8")
    which = reader("orders_csv")
    source = Source(path, "o", which, "\t", tuple(c.to for c in which.cells))
    assert "workspace_key" in statement(source, US, latest=LATEST)
    assert "a key" not in statement(source, US, latest=LATEST)
