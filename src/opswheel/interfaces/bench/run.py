"""A run on 200,000 listings × 90 days, against one scan that aggregates the daily rows per listing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ...core.clock import PinnedClock
from ...core.settings import Settings
from ...storage.duck import DuckEngine, connect, quote
from ...storage.lake import files_at, manifest_version
from ...storage.ledger import Ledger
from ...visibility.detectors import looking
from ...wheel.run import RunResult, Wheel
from . import world
from .common import RUNS, THREADS, in_child, median, peak_mib, row, sql, timed

LISTINGS, DAYS = 200_000, 90


def measure() -> list[dict[str, Any]]:
    """Each counted run starts from the same ledger without issues, so that all of them open every issue."""
    with tempfile.TemporaryDirectory() as folder:
        made = in_child("opswheel.interfaces.bench.run", "make", folder, str(LISTINGS), str(DAYS))
        base = in_child("opswheel.interfaces.bench.run", "baseline", folder)
        ours = in_child("opswheel.interfaces.bench.run", "run", folder)
    more = {k: ours[k] for k in ("signals", "issues", "next_morning_seconds")}
    return [
        row(
            "run",
            ours["seconds"],
            base["seconds"],
            "seconds",
            "≤ 5 × the scan; < 4 GiB",
            daily_rows=made["daily_rows"],
            peak_mib=round(ours["peak_mib"]),
            **more,
        )
    ]


def child(step: str, folder: str, *numbers: str) -> dict[str, Any]:
    """One step of the benchmark in a process of its own."""
    where = Path(folder)
    if step == "make":
        ledger = _ledger(where)
        made = world.make(
            where, ledger, listings=int(numbers[0]), days=int(numbers[1]), daily=numbers[2:] == ("daily",)
        )
        ledger.close()
        return made
    return baseline(where) if step == "baseline" else runs(where, *map(int, numbers))


def _ledger(folder: Path, name: str = "ledger.db") -> Ledger:
    ledger = Ledger(f"sqlite:///{folder / name}")
    ledger.prepare()
    return ledger


def baseline(folder: Path) -> dict[str, Any]:
    """The scan: same files, same threads."""
    ledger = _ledger(folder)
    with ledger.read() as connection:
        files = files_at(connection, manifest_version(connection), ["traffic"])
    duck = connect(directories=[folder / "lake"], threads=THREADS)
    paths = ", ".join(quote(str(folder / "lake" / f.path)) for f in files)
    duck.execute(f"CREATE VIEW daily AS SELECT * FROM read_parquet([{paths}])")
    text = sql("run")
    return {"seconds": timed(lambda: duck.execute(f"CREATE OR REPLACE TEMP TABLE result AS {text}"))}


def wheel(folder: Path, ledger: Ledger, at: Any = world.AS_OF) -> Wheel:
    """The wheel on a bench workspace."""
    from ...storage.lake import Lake

    lake = Lake(folder / "lake")
    return Wheel(
        lake=lake,
        ledger=ledger,
        settings=Settings(),
        clock=PinnedClock(at),
        detectors=looking(),
        make_engine=lambda: DuckEngine(lake.root, threads=THREADS),
    )


def runs(folder: Path, times: int = RUNS) -> dict[str, Any]:
    """Counted runs after one that is not, each on a fresh copy of the ledger."""
    seconds: list[float] = []
    result: RunResult | None = None
    for i in range(times + 1):
        for extra in ("", "-wal", "-shm"):
            copy = folder / f"copy.db{extra}"
            copy.unlink(missing_ok=True)
        shutil.copyfile(folder / "ledger.db", folder / "copy.db")
        ledger = _ledger(folder, "copy.db")
        result = wheel(folder, ledger).run()
        if i:
            seconds.append(result.seconds)
        if i < times:
            ledger.close()
    assert result is not None
    again = wheel(folder, ledger).run()
    return {
        "seconds": median(seconds),
        "peak_mib": peak_mib(),
        "signals": sum(d["signals"] for d in result.summary["detectors"]),
        "issues": result.summary["issues"]["open"],
        "next_morning_seconds": round(again.seconds, 3),
    }
