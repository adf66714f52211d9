"""A small queue of two accounts behind a server in this process, and people who use it."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from opswheel.core.contracts import ISSUES, RANKS, RUNS
from opswheel.core.contracts.people import AUDIT_LOG, USERS
from opswheel.interfaces.people import audit, tokens
from opswheel.interfaces.serving import build_app
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution.desk import DEFAULT, refresh
from opswheel.storage.ledger import Ledger
from tests.resolution.shop import NOW, issue, rank

COMMAND = audit.Doer("the test")
SUMMARY = {"blind": [], "withheld": [], "cut_line": None}
ESTIMATE = {"mean": 1.0, "p10": 1.0, "p50": 1.0, "p90": 1.0, "currency": "USD"}
HERE = "http://127.0.0.1:8321"


@dataclass
class Hands:
    """A clock moved by hand; business and machine time are one."""

    at: datetime = NOW
    pinned: bool = False

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def run_row(number: int, as_of: datetime) -> dict[str, Any]:
    told = {**SUMMARY, "revenue_at_risk": ESTIMATE, "avoidable": ESTIMATE}
    row = {"id": number, "as_of": as_of, "started_at": as_of, "finished_at": as_of, "manifest_version": 0}
    row |= {"engine": "duckdb", "code_version": "0", "hindsight": False, "parameters": "{}"}
    return row | {"summary": json.dumps(told)}


def fill(ledger: Ledger, accounts: dict[int, str], run: int = 1) -> None:
    """Issues by number and account, opened by a finished run, ranked in their order."""
    with ledger.write() as connection:
        connection.execute(RUNS.sql_table().insert(), [run_row(run, NOW)])
        rows = [issue(n, run, account=a, subject_key=f"{a}|amazon:US|MUG-{n}") for n, a in accounts.items()]
        for row in rows:
            row["fingerprint"] = f"k1:listing_suppressed:listing:{row['subject_key']}"
        connection.execute(ISSUES.sql_table().insert(), rows)
        connection.execute(RANKS.sql_table().insert(), [rank(n, run_id=run, account=a) for n, a in accounts.items()])
        refresh(connection, list(accounts), DEFAULT)


@dataclass
class House:
    """A workspace with a ledger and a clock of the test, and the server over it."""

    folder: Path
    ledger: Ledger
    clock: Hands = field(default_factory=Hands)
    listens: str = "127.0.0.1"
    settings: str = ""

    def __post_init__(self) -> None:
        (self.folder / "opswheel.toml").write_text(f'[team]\nme = "keyboard"\n{self.settings}', encoding="utf-8")
        self.workspace = Workspace(self.folder)
        self.workspace.__dict__ |= {"ledger": self.ledger, "clock": self.clock}
        self.app = build_app(self.workspace, listens=self.listens)

    def user(self, name: str, role: str = "operator", *accounts: str, password: str | None = None) -> str:
        """Add somebody, without the time a real password takes."""
        row = {"name": name, "role": role, "accounts": json.dumps(accounts), "created_at": self.clock.at}
        row |= {"created_by": "the test", "changed_at": self.clock.at, "password": password or "x"}
        with self.ledger.write() as connection:
            connection.execute(USERS.sql_table().insert(), [row])
        return name

    def token(self, person: str, *scopes: str, days: int | None = None) -> str:
        wanted = scopes or ("read", "write", "load", "run", "admin")
        return tokens.make(self.workspace, person, name="test", scopes=wanted, days=days, doer=COMMAND)["token"]

    def api(self, person: str | None = None, *scopes: str, **more: Any) -> Api:
        """Somebody with a token, or nobody."""
        return Api(self, None if person is None else self.token(person, *scopes), **more)

    def local(self) -> Api:
        """The person at this machine, with their page's mark."""
        api = Api(self, None)
        api.headers["x-csrf-token"] = api.get("/me").json()["csrf"]
        return api

    def log(self, what: str | None = None) -> list[Any]:
        table = AUDIT_LOG.sql_table()
        with self.ledger.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        return [r for r in rows if what in (None, r.what)]


def opened(folder: Path, at: datetime) -> House:
    """The server over a workspace that is there already, with its own ledger and lake, at a moment."""
    house = object.__new__(House)
    workspace = Workspace(folder)
    house.folder, house.workspace, house.ledger = folder, workspace, workspace.ledger
    house.clock = workspace.__dict__["clock"] = Hands(at)
    house.app = build_app(workspace, listens="127.0.0.1")
    return house


class Api:
    """Somebody who asks the server, over no network."""

    def __init__(
        self, house: House, token: str | None, *, address: str = "127.0.0.1", base: str = HERE, **headers: str
    ):
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False, client=(address, 40_000))
        self.client = httpx.AsyncClient(transport=transport, base_url=base)
        self.headers = dict(headers)
        if token is not None:
            self.headers["authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        path = path if path.startswith(("/api", "http")) else f"/api/v1{path}"
        more["headers"] = {**self.headers, **more.get("headers", {})}
        return asyncio.run(self.client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self("POST", path, json=body, **more) if body is not None else self("POST", path, **more)


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, as RFC 9457 wants it."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    told = response.json()
    assert (response.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["type"] == f"urn:opswheel:error:{code}"
    assert {"title", "detail", "next_step", "instance"} <= told.keys()
    assert told["detail"]
    return told


_count = itertools.count(1)


def fresh_key() -> str:
    return f"key-{next(_count)}"
