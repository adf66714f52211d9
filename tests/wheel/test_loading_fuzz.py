"""Whatever the bytes, the loader answers in words: no stack trace, and nothing half loaded."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opswheel.visibility.layouts import recognise
from opswheel.visibility.readers import READERS
from opswheel.visibility.sniffing import Text

from ..loading import (
    ACTIVE_LISTINGS,
    ALL_LISTINGS,
    FBA_2026,
    INACTIVE_LISTINGS,
    ORDERS_33,
    RESTOCK,
    STRANDED,
    SUPPRESSED,
    Shop,
    table,
)
from ..visibility.samples import SAMPLES as REPORTS
from ..visibility.test_readers_amazon import BUSINESS, api_item, enforced, item, items_page, listing, order, traffic
from ..visibility.test_readers_own import LAYOUTS

DAY = date(2026, 11, 20)


def plain(sku: str, **cells: object) -> dict[str, object]:
    return {k: v for k, v in listing(sku, **cells).items() if k != "status"}


def _samples() -> dict[str, bytes]:
    """One small healthy file of each layout."""
    restock = {"Country": "US", "Merchant SKU": "A", "Available": "1,250", "FC transfer": "2"}
    texts = {
        "all.tsv": "\ufeff" + table(ALL_LISTINGS, listing("A", price="19.99"), listing("B", quantity="3")),
        "inactive.tsv": table(INACTIVE_LISTINGS, plain("A", price="9"), plain("B")),
        "active.tsv": table(ACTIVE_LISTINGS, plain("A", price="9"), plain("B")),
        "suppressed.tsv": table(
            SUPPRESSED, {"SKU": "A", "Status": "Search Suppressed", "Status Change Date": "2026-11-01"}
        ),
        "fba.tsv": table(FBA_2026, {"sku": "A", "product-name": 'é 5"', "afn-fulfillable-quantity": "5"}),
        "restock.tsv": table(RESTOCK, restock, {**restock, "Country": "GB"}),
        "orders.tsv": table(ORDERS_33, order("A", currency="USD", **{"item-price": "5.00"}), order("B")),
        "stranded.tsv": table(STRANDED, {"sku": "A", "date-stranded": "2026-11-01", "fulfillable-qty": "4"}),
        "2026-11-01_2026-11-07.csv": f'{BUSINESS}\nP1,C1,"Mug, blue","1,250",20,98.5%,1,8.33%,"$1,234.56",1\n',
        "traffic.json": traffic(item("C1", 5), item("C2", 2, sku="S")),
        "page.json": items_page(api_item("A", status=["BUYABLE"], issues=[enforced("LISTING_SUPPRESSED")])),
        **REPORTS,
        **{f"{name}.csv": f"{header}\n{row}\n" for name, header, row, _, _ in LAYOUTS},
    }
    return {
        name: text.encode("cp1252" if name in ("fba.tsv", "restock.tsv") else "utf-8") for name, text in texts.items()
    }


SAMPLES = _samples()
TOKENS = (
    b"\x00", b"\xff", b"\xc3", b"\xe2\x80", b"\xef\xbb\xbf", b'"', b'""', b"'", b"\t", b"\t\t\t", b"\r", b"\n",
    b"\r\n\r\n", b",", b";",
    b"{", b"]", b"}}", b"\\u0000", b"\\", b"null", b"NaN", b"-1", b"9" * 40, b"1e308", b"-0", b"1e-400",
    b"infinity", b"0001-01-01", b"9999-12-31", b"2026-02-30", b"31/31/99", b"=cmd()", b"'; DROP TABLE deliveries; --",
    b"amazon:US'", b"Amazon.xy", "\u00a0٣\u202e".encode(), b"x" * 5000,
)  # fmt: skip

mutation = st.tuples(
    st.sampled_from(("insert", "replace", "delete", "cut", "repeat", "flip")),
    st.floats(0, 1),
    st.integers(1, 40),
    st.sampled_from(TOKENS),
)


def mutated(content: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, where, length, token in changes:
        at = int(where * len(content))
        head, tail = content[:at], content[at:]
        if kind == "insert":
            content = head + token + tail
        elif kind == "replace":
            content = head + token + tail[length:]
        elif kind == "delete":
            content = head + tail[length:]
        elif kind == "cut":
            content = head
        elif kind == "repeat":
            content = head + tail[:length] * 7 + tail
        elif tail:
            content = head + bytes([tail[0] ^ (1 << length % 8)]) + tail[1:]
    return content


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.assert_whole()


@pytest.mark.long
@given(
    name=st.sampled_from(sorted(SAMPLES)),
    changes=st.lists(mutation, min_size=1, max_size=4),
    packed=st.integers(0, 9).map(lambda n: n == 0),
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_no_bytes_make_the_loader_stumble(
    shop: Shop, name: str, changes: list[tuple[str, float, int, bytes]], packed: bool
) -> None:
    content = gzip.compress(SAMPLES[name]) if packed else SAMPLES[name]
    path = shop.put(f"amazon-US/{name}", mutated(content, changes))
    files, told = len(shop.files()), len(shop.deliveries("id"))
    results = shop.load(path, day=None if name.startswith("2026") else DAY)
    assert results
    fresh = 0
    for result in results:
        assert result.status in ("loaded", "unchanged", "refused")
        assert (result.code is None) == (result.error is None) == (result.status != "refused")
        fresh += result.status == "loaded"
    assert len(shop.files()) - files == len(shop.deliveries("id")) - told == fresh


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_samples_are_healthy(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path)
    results = shop.load(shop.put(f"amazon-US/{name}", SAMPLES[name]), day=None if name.startswith("2026") else DAY)
    assert [(r.status, r.rejected) for r in results] == [("loaded", 0)] * len(results)


@pytest.mark.parametrize("name", sorted(n for n in SAMPLES if not n.endswith(".json")))
def test_a_report_with_no_more_columns_than_are_needed_loads(tmp_path: Path, name: str) -> None:
    content = SAMPLES[name].decode("cp1252" if name in ("fba.tsv", "restock.tsv") else "utf-8-sig")
    separator = "\t" if name.endswith(".tsv") else ","
    (header, *rows) = list(csv.reader(content.splitlines(), delimiter=separator))
    layout = recognise(Text(Path(name), "utf-8", content.encode(), len(content)), name, READERS)
    needed = {c.to for c in layout.reader.cells if c.required or c.in_header}
    kept = [i for i, to in enumerate(layout.columns) if to in needed]
    few = "\n".join(separator.join(f'"{r[i]}"' if separator == "," else r[i] for i in kept) for r in (header, *rows))
    shop = Shop(tmp_path)
    results = shop.load(shop.put(f"amazon-US/{name}", few + "\n"), day=None if name.startswith("2026") else DAY)
    assert [(r.status, r.rejected) for r in results] == [("loaded", 0)] * len(results)
