"""Loading 1,000,000-row exports, against DuckDB reading the same files as text and writing Parquet."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.clock import PinnedClock
from ...core.settings import Settings
from ...storage.duck import connect, quote
from ...storage.lake import Lake
from ...storage.ledger import Ledger
from ...visibility.arrival import Stated
from ...wheel.arriving import Said
from ...wheel.loading import Loader
from . import world
from .common import RUNS, THREADS, in_child, median, peak_mib, row, sql

ROWS = 1_000_000
LISTING_COLUMNS = (
    "item-name item-description listing-id seller-sku price quantity open-date image-url "
    "item-is-marketplace product-id-type zshop-shipping-fee item-note item-condition zshop-category1 "
    "zshop-browse-path zshop-storefront-feature asin1 asin2 asin3 will-ship-internationally "
    "expedited-shipping zshop-boldface product-id bid-for-featured-placement add-delete pending-quantity "
    "fulfillment-channel merchant-shipping-group status"
).split()
STOCK_COLUMNS = (
    "sku fnsku asin product-name condition your-price mfn-listing-exists mfn-fulfillable-quantity "
    "afn-listing-exists afn-warehouse-quantity afn-fulfillable-quantity afn-unsellable-quantity "
    "afn-reserved-quantity afn-total-quantity per-unit-volume afn-inbound-working-quantity "
    "afn-inbound-shipped-quantity afn-inbound-receiving-quantity afn-researching-quantity "
    "afn-reserved-future-supply afn-future-supply-buyable store"
).split()


def measure() -> list[dict[str, Any]]:
    """Both exports in one load; UTF-8, and the same text in cp1252."""
    rows = []
    for encoding, must in (("utf-8", "≤ 2.0 ×; < 2 GiB"), ("cp1252", "≤ 2.5 ×; < 2 GiB")):
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), encoding)
            found = in_child("opswheel.interfaces.bench.load", folder, encoding)
        more = {"peak_mib": round(found["peak_mib"]), "cpu_ratio": round(found["cpu_ratio"], 3)}
        rows.append(row(f"load: {encoding}", found["ours"], found["baseline"], "seconds", must, **more))
    return rows


def child(folder: str, encoding: str) -> dict[str, Any]:
    """Both sides in one process, in turns, so that whatever else the machine does slows both alike.

    The peak is that of both sides, ours being the larger.
    """
    ours, baseline = _load(Path(folder)), _baseline(Path(folder), encoding)
    seconds: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for turn in range(1 + RUNS):
        for side, work in enumerate((ours, baseline)):
            wall, busy = time.perf_counter(), time.process_time()
            work()
            if turn:  # the first one only warms up
                seconds[side].append(time.perf_counter() - wall)
                cpu[side].append(time.process_time() - busy)
    return {
        "ours": median(seconds[0]),
        "baseline": median(seconds[1]),
        "cpu_ratio": median(cpu[0]) / median(cpu[1]),
        "peak_mib": peak_mib(),
    }


def _baseline(folder: Path, encoding: str) -> Callable[[], Any]:
    duck = connect(directories=[folder], threads=THREADS)
    source = folder / "utf8" if encoding != "utf-8" else folder / "amazon-US"

    def read() -> None:
        for name, columns in (("listings", LISTING_COLUMNS), ("stock", STOCK_COLUMNS)):
            types = ", ".join(f"{quote(c)}: 'VARCHAR'" for c in columns)
            text = sql("load").format(
                source=quote(str(next(source.glob(f"{name}-*.txt")))),
                columns="{" + types + "}",
                target=quote(str(folder / f"{name}.parquet")),
            )
            duck.execute(text)

    return read


def _load(folder: Path) -> Callable[[], Any]:
    """The whole command on both files: recognised, parsed, checked, written, and visible in the ledger."""
    workspaces = []
    for number in range(RUNS + 1):  # each load finds an empty workspace, made before by `opswheel init`
        own = folder / f"workspace-{number}"
        ledger = Ledger(f"sqlite:///{own / 'ledger.db'}")
        ledger.prepare()
        workspaces.append((own, ledger))

    def load() -> None:
        own, ledger = workspaces.pop()
        ledger.prepare()
        loader = Loader(
            lake=Lake(own / "lake"),
            ledger=ledger,
            rejects=own / "rejects",
            settings=Settings(),
            clock=PinnedClock(world.AS_OF),
            key="bench",
            threads=THREADS,
        )
        results = loader.load([folder / "amazon-US"], Said(days=Stated(world.TODAY)))
        assert [(r.status, r.rows, r.rejected) for r in results] == [("loaded", ROWS, 0)] * 2, results
        ledger.close()

    return load


def _write(folder: Path, encoding: str) -> None:
    """The exports; columns the bench does not care about are empty, FBA quantities all alike."""
    target = folder / "amazon-US"
    target.mkdir()
    duck = connect(directories=[folder])
    for name, columns in (("listings", LISTING_COLUMNS), ("stock", STOCK_COLUMNS)):
        path = target / f"{name}-{world.TODAY}.txt"
        made = duck.execute(f"DESCRIBE {sql(f'export_{name}').format(n=1)}").fetchall()
        known = {row[0] for row in made}
        other = "units" if name == "stock" else "nothing"
        chosen = ", ".join(f'"{c}"' if c in known else f'{other} AS "{c}"' for c in columns)
        duck.execute(
            f"COPY (SELECT {chosen} FROM ({sql(f'export_{name}').format(n=ROWS)})) TO {quote(str(path))} "
            "(FORMAT csv, DELIMITER '\t', HEADER, QUOTE '')"
        )
        if encoding != "utf-8":
            plain = folder / "utf8"
            plain.mkdir(exist_ok=True)
            (plain / path.name).write_bytes(path.read_bytes())
            path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    duck.close()
