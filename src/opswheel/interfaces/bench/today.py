"""Today with 100,000 open issues, against an endpoint of the same server that does one indexed read."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUE_EVENTS, RANKS, RUNS
from . import world
from .common import row
from .queue import filled

ISSUES = 100_000
REQUESTS, WARM = 400, 40
MUST = "≤ 6 × the bare endpoint"
PATHS = (
    "/",
    "/?lane=queue",
    "/?owner=owner-3",
    "/?tier=1",
    "/?channel=amazon%3AUS",
    "/?after=5000",
    "/?breached=1",
    "/?owner=owner-3&tier=1",
)

_SUM = {"mean": 9.0e6, "p10": 8.0e6, "p50": 8.9e6, "p90": 1.0e7, "currency": "USD"}
SUMMARY = {
    "blind": [],
    "withheld": [{"reason": "dead", "n": 4_000, "revenue_at_risk": 1_200.0}],
    "cut_line": {"issues": 19, "of": 60_000, "share": 0.02, "closes_per_day": None, "minutes_per_day": 600.0},
    "revenue_at_risk": _SUM,
    "avoidable": _SUM,
    "issues": {"opened": 900, "verified": 700, "open": ISSUES},
}


def measure() -> list[dict[str, Any]]:
    """Requests over loopback, one at a time, both endpoints in one server: the page as it is kept, and drawn anew.

    The bare endpoint is asked before and after the others.
    """
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        workspace = _made(shop)
        from ..serving import build_app

        app = build_app(workspace)
        numbers = itertools.cycle(range(1, ISSUES, 97))
        ranks = RANKS.sql_table()

        @app.get("/bare")
        def bare() -> dict[str, Any]:
            query = sa.select(ranks.c.issue_id, ranks.c.position, ranks.c.kind, ranks.c.owner)
            with workspace.ledger.read() as connection:
                found = connection.execute(query.where(ranks.c.run_id == 1, ranks.c.issue_id == next(numbers))).one()
            return dict(found._mapping)

        app.router.routes.insert(0, app.router.routes.pop())
        with _served(app) as port:
            ask = _asker(port)
            paths, acts = itertools.cycle(PATHS), itertools.count(1)
            bare_, kept = _asked(lambda: ask("/bare")), _asked(lambda: ask(next(paths)))
            anew = _asked(lambda: ask(next(paths)), before=lambda: _act(workspace, next(acts)))
            again = _asked(lambda: ask("/bare"))
            size = len(ask("/"))
        workspace.ledger.close()
    base = {name: (bare_[name] + again[name]) / 2 for name in bare_}
    rows = [
        row("today: p99", kept["p99"], base["p99"], "seconds", MUST),
        row("today: median", kept["p50"], base["p50"], "seconds", MUST),
        row("today: median CPU", kept["cpu"], base["cpu"], "CPU seconds", MUST),
        row("today: p99, drawn anew after an act", anew["p99"], base["p99"], "seconds", "told, not promised"),
        row("today: median, drawn anew after an act", anew["p50"], base["p50"], "seconds", "told, not promised"),
        row("today: median CPU, drawn anew after an act", anew["cpu"], base["cpu"], "CPU seconds", MUST),
    ]
    must = "≤ 100,000 with its styles and scripts"
    return [*rows, row("today: compressed bytes of the page", float(size), None, "bytes", must)]


def _act(workspace: Any, n: int) -> None:
    """Somebody does something elsewhere: nothing of a page that is kept may be sent again."""
    event = {"issue_id": n, "version": 2, "at": world.AS_OF, "event": "noted", "by": "tom", "payload": "{}"}
    with workspace.ledger.write() as connection:
        connection.execute(ISSUE_EVENTS.sql_table().insert(), dict.fromkeys(ISSUE_EVENTS.names()) | event)


def _made(folder: Path) -> Any:
    from ..wiring import make_workspace

    workspace = make_workspace(folder)
    workspace.ledger.close()
    (folder / "ledger.db").unlink()
    ledger = filled(folder / "ledger.db", ISSUES)
    ranks, runs = RANKS.sql_table(), RUNS.sql_table()
    with ledger.write() as connection:
        connection.execute(runs.update().values(summary=json.dumps(SUMMARY)))
        connection.execute(
            ranks.update().values(detected_at=world.AS_OF, title="Stoneware mug, moss, 12 oz", minutes=20.0)
        )
        connection.execute(ranks.update().where(ranks.c.issue_id % 40 == 0).values(sla_due=world.AS_OF))
    ledger.close()
    del workspace.__dict__["ledger"]
    return workspace


@contextmanager
def _served(app: Any) -> Iterator[int]:
    import uvicorn

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(16)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def _asker(port: int) -> Callable[[str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(path: str) -> bytes:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        return text

    return ask


def _asked(call: Callable[[], object], before: Callable[[], None] | None = None) -> dict[str, float]:
    """Median and slowest hundredth of seconds, and median CPU seconds, of a request; `before` each is not counted.

    The CPU is that of server and asker together, which share a process.
    """
    seconds, cpu = list[float](), list[float]()
    for _ in range(WARM + REQUESTS):
        if before is not None:
            before()
        began, worked = time.perf_counter(), time.process_time()
        call()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    seconds, cpu = sorted(seconds[WARM:]), sorted(cpu[WARM:])
    p99 = seconds[round(0.99 * len(seconds)) - 1]
    return {"p50": seconds[len(seconds) // 2], "p99": p99, "cpu": cpu[len(cpu) // 2]}
