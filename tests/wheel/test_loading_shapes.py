"""Every reader there is, held against the shapes in which files arrive: no stack trace, and nothing half loaded.

A reader without a sample fails here, so that no report is left out.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from opswheel.visibility.layouts import Layout, recognise
from opswheel.visibility.readers import READERS
from opswheel.visibility.readers.parsing import text
from opswheel.visibility.sniffing import Text

from ..loading import Shop
from . import test_loading_fuzz, test_loading_fuzz_more

DAY = date(2026, 11, 20)
FORMULA = '=HYPERLINK("https://example.org","click")'
SAMPLES = [*test_loading_fuzz.SAMPLES.items(), *test_loading_fuzz_more.SAMPLES.items()]
OTHER_ANSWERS: list[dict[str, object]] = [
    {"startDate": "2026-11-18", "sales": {}, "traffic": {}},
    {"promotions": [{"promotionId": "P1"}]},
    {"elements": {"inventories": []}},
]
"""Beginnings of answers whose readers share a sample's fuzzing with a sibling."""
TABLES = [(name, content) for name, content in SAMPLES if name.endswith((".tsv", ".csv"))]


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def layout_of(name: str, content: bytes) -> Layout:
    raw = decoded(content).encode()
    return recognise(Text(Path(name), "utf-8", raw, len(raw)), name, READERS)


def lines_of(name: str, content: bytes) -> list[list[str]]:
    """The cells of each line, every line as long as the header."""
    if name.endswith("tsv"):
        lines = [line.split("\t") for line in decoded(content).splitlines()]
    else:
        lines = list(csv.reader(decoded(content).splitlines()))
    return [line + [""] * (len(lines[0]) - len(line)) for line in lines]


def written(name: str, lines: list[list[str]]) -> str:
    if name.endswith("tsv"):
        return "".join("\t".join(line) + "\r\n" for line in lines)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def places(layout: Layout, *, needed: bool) -> list[int]:
    """Where the columns stand that the header must have, or those that hold any text and may be empty."""
    cells = {c.to: c for c in layout.reader.cells}
    found = [(i, cells[to]) for i, to in enumerate(layout.columns) if to]
    if needed:
        return [i for i, c in found if c.required or c.in_header]
    return [i for i, c in found if c.parse is text and not (c.required or c.nothing)]


def load(shop: Shop, folder: str, name: str, content: str | bytes) -> list[tuple[str, str | None, int, str | None]]:
    """(status, report, refused rows, error) of each delivery; the days of one sample stand in its name."""
    day = None if name.startswith("2026") else DAY
    results = shop.load(shop.put(f"amazon-US/{folder}/{name}", content), day=day)
    assert all(r.status == "loaded" or (r.code and r.error and "Traceback" not in r.error) for r in results)
    return [(r.status, r.report, r.rejected, r.error) for r in results]


def test_every_reader_has_a_sample() -> None:
    answers = [("answer.json", json.dumps(a).encode()) for a in OTHER_ANSWERS]
    files = [(name, content) for name, content in SAMPLES if name.endswith((".tsv", ".csv", ".json"))]
    found = [layout_of(name, content).reader for name, content in (*files, *answers)]
    letters = {r.report for r in READERS if r.format in ("mail", "text")}
    assert {report for r in found for report in (r.report, *r.also)} == {r.report for r in READERS} - letters


@pytest.mark.parametrize(("name", "content"), TABLES, ids=[name for name, _ in TABLES])
def test_a_table_survives_what_people_and_marketplaces_do_to_it(tmp_path: Path, name: str, content: bytes) -> None:
    shop, layout, lines = Shop(tmp_path), layout_of(name, content), lines_of(name, content)
    own, free = layout.reader.report, places(layout, needed=False)[:1]

    formula = [FORMULA if i in free else cell for i, cell in enumerate(lines[1])]
    turned = [["", *reversed(line)] for line in (*lines, *lines[1:], formula)]
    turned[0][0] = "a new column"
    assert load(shop, "turned, wider, doubled", name, written(name, turned))[0][:3] == ("loaded", own, 0)
    assert load(shop, "utf-16", name, written(name, lines).encode("utf-16"))[0][:3] == ("loaded", own, 0)

    gone = places(layout, needed=True)[0]
    narrow = [[cell for i, cell in enumerate(line) if i != gone] for line in lines]
    assert all(report != own for _, report, _, _ in load(shop, "a column missing", name, written(name, narrow)))
    assert load(shop, "binary", name, content[:40] + b"\x00" + content[40:])[0][0] == "refused"
    twice = [*lines, *lines[1:], lines[1]]
    cut = written(name, twice).rstrip().rpartition("\t" if name.endswith("tsv") else ",")[0]
    load(shop, "cut short", name, cut)
    shop.assert_whole()
