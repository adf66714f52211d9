"""A small seller on a virtual clock: reports of a morning in, a run, what people do about it, the queue out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, LAKE_FILES, RANK_HISTORY
from opswheel.core.errors import OpswheelError
from opswheel.interfaces.answers import close_issue, issue_state, queue_answer, reopen_issue, why_answer, whynot_answer
from opswheel.interfaces.wiring import SystemClock, Workspace
from opswheel.resolution import actions
from opswheel.resolution.queue import Wanted
from opswheel.storage.duck import DuckEngine
from opswheel.visibility.arrival import Stated
from opswheel.wheel.loading import FileResult, Said
from opswheel.wheel.past import run_rows
from opswheel.wheel.run import RunResult
from tests.loading import ALL_LISTINGS, _prepared, table

FIRST = date(2026, 11, 2)
"""The first morning of every story, a Monday."""
SKUS = ("BOWL", "CUP", "JUG", "PLATE", "VASE")
SETTINGS = '[money]\nreporting_currency = "USD"\n\n[team]\nme = "ines"\n'
PRICE = 20.0


def day(n: int) -> date:
    """The n-th day of a story, counted from 0."""
    return FIRST + timedelta(days=n)


def at(n: int, hour: float = 16) -> datetime:
    """An hour of the n-th day, UTC; 16:00 is the morning in Los Angeles."""
    return datetime.combine(day(n), datetime.min.time()) + timedelta(hours=hour)


class Seller:
    """One workspace. `now` is the moment on its clock; every SKU sells two units a day while it is on."""

    def __init__(self, folder: Path, *, settings: str = "", url: str = "") -> None:
        self.folder = folder
        self.now = at(0)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "opswheel.toml").exists():
            more = f'\n[ledger]\nurl = "{url}"\n' if url else ""
            (folder / "opswheel.toml").write_text(SETTINGS + settings + more)
            if not url:
                (folder / "ledger.db").write_bytes(_prepared())
        self.workspace = Workspace(folder)
        self.workspace.make_engine = self._engine  # type: ignore[method-assign]

    def copy(self, folder: Path) -> Seller:
        """The same seller elsewhere: stories share their beginning."""
        self.workspace.ledger.close()
        shutil.copytree(self.folder, folder)
        other = Seller(folder)
        other.now = self.now
        return other

    # reports

    def listings(
        self,
        n: int,
        off: Iterable[str] = (),
        *,
        skus: Sequence[str] = SKUS,
        channel: str = "US",
        prices: Mapping[str, float] | None = None,
    ) -> Path:
        """The all-listings report of a morning; those `off` are inactive."""
        rows = [
            {
                "item-name": f"Stoneware {sku.lower()}",
                "listing-id": f"L-{sku}",
                "seller-sku": sku,
                "price": f"{(prices or {}).get(sku, PRICE):.2f}",
                "quantity": "",
                "open-date": "2024-01-05 08:00:00 PST",
                "item-condition": "11",
                "asin1": f"B0{sku:0<8}",
                "product-id": f"B0{sku:0<8}",
                "fulfillment-channel": "AMAZON_NA",
                "status": "Inactive" if sku in set(off) else "Active",
            }
            for sku in skus
        ]
        return self.put(f"amazon-{channel}/all-listings-{day(n)}.txt", table(ALL_LISTINGS, *rows))

    def stock(self, n: int, out: Iterable[str] = (), *, skus: Sequence[str] = SKUS, channel: str = "US") -> Path:
        """Stock of a morning; those `out` have none left."""
        lines = [f"{sku},{0 if sku in set(out) else 500},{day(n)},marketplace" for sku in skus]
        return self.put(f"amazon-{channel}/stock-{day(n)}.csv", "\n".join(["sku,sellable,day,fulfillment", *lines]))

    def sales(
        self, first: int, last: int, off: Iterable[str] = (), *, skus: Sequence[str] = SKUS, channel: str = "US"
    ) -> Path:
        """Units sold and page views of the days `first` to `last`, in a file exported the morning after."""
        lines = [
            f"B0{sku:0<8},{day(n)},{0 if sku in set(off) else 2},{0 if sku in set(off) else 2 * PRICE:.2f},50,50,1.0"
            for n in range(first, last + 1)
            for sku in skus
        ]
        head = "item_id,day,units,sales,sessions,page_views,featured_share"
        return self.put(f"amazon-{channel}/traffic-{day(last + 1)}.csv", "\n".join([head, *lines]))

    def put(self, name: str, text: str) -> Path:
        """A report file below `reports/`."""
        path = self.folder / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
        return path

    def load(self, *paths: Path, accept: bool = False, stated: Stated | None = None) -> list[FileResult]:
        """Load files at the present moment."""
        self._tick()
        said = Said(days=stated or Stated(), accept=accept, by="ines")
        found = self.workspace.loader().load(paths, said)
        assert [r.error for r in found if r.status == "refused"] == []
        return found

    # the wheel

    def morning(
        self, n: int, off: Iterable[str] = (), *, out: Iterable[str] = (), run: bool = True
    ) -> RunResult | None:
        """Reports of the n-th morning arrive and the wheel turns."""
        self.now = at(n)
        more = [self.stock(n, out)] if out or n == 0 else []
        self.load(self.listings(n, off), *more)
        return self.run() if run else None

    def run(self, as_of: datetime | None = None, *, hindsight: bool = False) -> RunResult:
        """One rotation at the present moment, or of a past morning."""
        self._tick()
        return self.workspace.wheel().run(as_of, hindsight=hindsight)

    def _engine(self, _said: str = "duckdb") -> DuckEngine:
        return DuckEngine(self.workspace.lake.root, threads=1)  # a few rows: a second thread only costs

    def compact(self) -> dict[str, int]:
        """Merge what is old enough."""
        self._tick()
        return self.workspace.compactor().compact()

    def _tick(self) -> None:
        self.workspace.__dict__["clock"] = SystemClock(self.now)

    # people

    def close(self, number: int, resolution: str = "fixed", **said: Any) -> dict[str, Any]:
        """Close an issue."""
        self._tick()
        needed = (
            {"root_cause": "unknown", "minutes": 5.0} if resolution in ("fixed", "wont_fix", "accepted_risk") else {}
        )
        names = ("root_cause", "minutes", "of", "why", "until", "note")
        told = {**dict.fromkeys(names), **needed, **said, "resolution": resolution}
        with self.workspace.ledger.write() as connection:
            close_issue(self.workspace, connection, number, told, None)
            return issue_state(self.workspace, connection, number)

    def act(self, name: str, number: int, *rest: Any) -> None:
        """`claim`, `assign`, `note` or `reopen`."""
        self._tick()
        with self.workspace.ledger.write() as connection:
            if name == "reopen":
                return reopen_issue(self.workspace, connection, number, None)
            getattr(actions, name)(connection, number, *rest, by="ines", at=self.now)
        return None

    # what is there

    def queue(self, as_of: datetime | None = None, **wanted: Any) -> dict[str, Any]:
        """The queue's JSON."""
        self._tick()
        return queue_answer(self.workspace, Wanted(**wanted), as_of)

    def rows(self, **wanted: Any) -> list[tuple[int, str, str, str]]:
        """(issue, kind, SKU, state) of the queue, in order."""
        return [(r["id"], r["kind"], r["sku"], r["state"]) for r in self.queue(**wanted)["issues"]]

    def why(self, number: int) -> dict[str, Any]:
        """Why an issue ranks where it does."""
        return why_answer(self.workspace, number, None)

    def whynot(self, sku: str, channel: str | None = None) -> dict[str, Any]:
        """Why a listing is not in the queue."""
        return whynot_answer(self.workspace, sku, channel)

    def issue(self, number: int) -> dict[str, Any]:
        """An issue with its timeline."""
        with self.workspace.ledger.read() as connection:
            return issue_state(self.workspace, connection, number)

    def events(self, number: int) -> list[str]:
        """What happened to an issue, in order."""
        return [e["event"] for e in self.issue(number)["events"]]

    def column(self, name: str) -> dict[int, Any]:
        """One column of the issues, by number."""
        issues = ISSUES.sql_table()
        with self.workspace.ledger.read() as connection:
            return {r.id: r[1] for r in connection.execute(sa.select(issues.c.id, issues.c[name]))}

    def recorded(self, run_id: int) -> list[dict[str, Any]]:
        """The rank rows a run wrote to the lake, in order."""
        with self.workspace.ledger.read() as connection:
            rows = run_rows(self.workspace.lake, connection, RANK_HISTORY, run_id)
        return sorted(rows, key=lambda r: r["position"])

    def ledger_rows(self, contract: Any, *columns: str) -> list[tuple[Any, ...]]:
        """Rows of a ledger table, sorted."""
        held = contract.sql_table()
        with self.workspace.ledger.read() as connection:
            rows = connection.execute(sa.select(*(held.c[c] for c in columns or contract.names()))).all()
        return sorted((tuple(r) for r in rows), key=str)

    def fingerprint(self) -> Mapping[str, Any]:
        """Everything that must be the same in two workspaces that went through the same: facts, queue, events."""
        files = self.ledger_rows(LAKE_FILES, "table_name", "account", "channel", "from_day", "to_day", "source", "rows")
        events = self.ledger_rows(ISSUE_EVENTS, "issue_id", "version", "at", "event", "by", "run_id", "payload")
        queue = self.queue()
        return {"files": files, "events": events, "queue": queue, "issues": self.ledger_rows(ISSUES)}


def refusal(act: Any) -> str:
    """The sentence a refused act ends with."""
    try:
        act()
    except OpswheelError as error:
        return str(error)
    raise AssertionError("it was not refused")
