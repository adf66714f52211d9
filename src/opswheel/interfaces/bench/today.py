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

from ...core.contracts import RANKS, RUNS
from . import world
from .common import row
from .queue import filled

ISSUES = 100_000
REQUESTS, WARM = 400, 40
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
    """The slowest hundredth of requests over loopback, both endpoints in one server, one request at a time."""
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
            paths = itertools.cycle(PATHS)
            both = {"bare": lambda: ask("/bare"), "today": lambda: ask(next(paths))}
            seconds = {name: _slowest(call) for name, call in both.items()}
            anew = itertools.count(1)  # an address nobody asked for before: nothing of its page is kept
            drawn = _slowest(lambda: ask(f"/?tier=1&fresh={next(anew)}"))
            size = len(ask("/"))
        workspace.ledger.close()
    ours, base = seconds["today"], seconds["bare"]
    return [
        row("today: p99", ours[1], base[1], "seconds", "≤ 6 × the bare endpoint"),
        row("today: median", ours[0], base[0], "seconds", "told, not promised"),
        row("today: median, the page drawn anew", drawn[0], base[0], "seconds", "told, not promised"),
        row("today: compressed bytes of the page", float(size), None, "bytes", "≤ 100,000 with its styles and scripts"),
    ]


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


def _slowest(call: Callable[[], object]) -> tuple[float, float]:
    """(median, 99th percentile) seconds of a request."""
    seconds = []
    for i in range(WARM + REQUESTS):
        began = time.perf_counter()
        call()
        if i >= WARM:
            seconds.append(time.perf_counter() - began)
    seconds.sort()
    return seconds[len(seconds) // 2], seconds[round(0.99 * len(seconds)) - 1]
