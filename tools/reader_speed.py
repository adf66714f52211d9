"""How fast each delimited report layout is loaded, against DuckDB's bare read of the same bytes to Parquet.

`python -m tools.reader_speed [LAYOUT…]` multiplies the healthy sample of each layout in the tests to many rows, with
keys of their own, loads it whole (recognised, parsed, checked, written, visible in the ledger), and prints the ratio
of median seconds; both sides are measured in turns. Layouts of JSON, mail and text are left out.
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

from tests.loading import Shop
from tests.wheel.test_loading_fuzz import DAY, SAMPLES

from opswheel.storage.duck import connect, quote
from opswheel.visibility.readers import READERS

ROWS = 150_000
TIMES = 3
MUST = 2.5
KEYS = ("sku", "seller-sku", "merchant sku", "amazon-order-id", "order-id", "order id", "name", "handle")
"""Headings, in lower case, whose cells are made different in every row."""


def grown(text: str, rows: int) -> tuple[str, str]:
    """(the file with `rows` rows, its delimiter); the last row is repeated with keys of its own."""
    delimiter = "\t" if "\t" in text.splitlines()[0] else ","
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter, quoting=_quoting(delimiter)))
    header, last = lines[0], lines[-1]
    keys = [i for i, h in enumerate(header) if h.strip().lstrip("\ufeff").lower() in KEYS and i < len(last)]
    out = io.StringIO()
    written = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=_quoting(delimiter), quotechar='"')
    written.writerow(header)
    for n in range(rows):
        row = list(last)
        for i in keys:
            row[i] = f"{row[i]}-{n}"
        written.writerow(row)
    return out.getvalue(), delimiter


def _quoting(delimiter: str) -> Literal[0, 3]:
    return csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL


def measured(name: str) -> str:
    """One line about one sample."""
    raw = SAMPLES[name]
    encoding = "cp1252" if name in ("fba.tsv", "restock.tsv") else "utf-8"
    text, delimiter = grown(raw.decode(encoding), ROWS)
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = [], []
        for turn in range(TIMES + 1):
            own = Path(folder) / str(turn)
            own.mkdir()
            shop = Shop(own)
            path = shop.put(f"amazon-US/{name}", text.encode(encoding))
            began = time.perf_counter()
            results = shop.load(path, day=None if name.startswith("2026") else DAY)
            loaded = time.perf_counter() - began
            bad = [r for r in results if r.status != "loaded" or r.rejected]
            if bad:
                return f"{name:32} not measured: {bad[0].error or f'{bad[0].rejected} rows refused'}"
            seconds = _bare(own, text.encode("utf-8"), delimiter)
            if turn:
                ours.append(loaded)
                bare.append(seconds)
            shop.ledger.close()
    ratio = sorted(ours)[TIMES // 2] / sorted(bare)[TIMES // 2]
    tables = "+".join(sorted({r.table or "" for r in results}))
    return f"{name:32} {ratio:5.2f} ×  {'reached' if ratio <= MUST else 'MISSED'}  ({len(text) / 1e6:.0f} MB, {tables})"


def _bare(folder: Path, content: bytes, delimiter: str) -> float:
    source = folder / "bare.csv"
    source.write_bytes(content)
    duck = connect(directories=[folder], threads=2)
    header = next(csv.reader(io.StringIO(content.decode().splitlines()[0]), delimiter=delimiter))
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i, _ in enumerate(header))
    mark = "" if delimiter == "\t" else '"'
    sql = (
        f"COPY (FROM read_csv({quote(str(source))}, delim = '{delimiter}', quote = '{mark}', escape = '{mark}', "
        f"header = true, auto_detect = false, columns = {{{columns}}})) TO {quote(str(folder / 'bare.parquet'))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    began = time.perf_counter()
    duck.execute(sql)
    seconds = time.perf_counter() - began
    duck.close()
    return seconds


if __name__ == "__main__":
    wanted = sys.argv[1:] or sorted(n for n in SAMPLES if n.endswith((".csv", ".tsv", ".txt")))
    sys.stdout.write(f"{ROWS:,} rows each; must reach ≤ {MUST} ×; {len(READERS)} layouts in all\n")
    for each in wanted:
        sys.stdout.write(measured(each) + "\n")
        sys.stdout.flush()
