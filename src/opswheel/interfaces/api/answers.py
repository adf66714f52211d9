"""What answers look like in the OpenAPI document: the keys a script may rely on. Others may come beside them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Open(BaseModel):
    """Keys one may rely on; others may come beside them."""

    model_config = ConfigDict(extra="allow")


class Subject(Open):
    """What an issue is about."""

    type: str
    key: str


class Row(Open):
    """A row of the queue; all its keys are those of `opswheel queue --json`."""

    id: int
    rank: int | None
    lane: str
    kind: str
    sentence: str | None
    subject: Subject
    account: str
    channel: str | None
    state: str
    owner: str | None


class Queue(Open):
    """A page of the queue, as `opswheel queue --json`, and the cursor of the next."""

    as_of: str | None
    run: int | None
    rule: str
    currency: str
    total: int
    more: bool
    issues: list[Row]
    next_cursor: str | None


class Issue(Open):
    """An issue as it stands, as `opswheel claim --json` prints it; its version is its ETag."""

    id: int
    version: int
    kind: str
    subject: Subject
    account: str
    channel: str
    sku: str | None
    state: str
    owner: str | None
    resolution: str | None
    events: list[dict[str, Any]]
    outcome: dict[str, Any] | None


class Refused(BaseModel):
    """One issue of several that was refused, and why."""

    id: int
    code: str
    error: str


class Incident(BaseModel):
    """An incident made by hand, or taken apart: then without a name."""

    incident: int | None
    title: str | None
    issues: list[int]


class Several(BaseModel):
    """What became of several issues; a refusal does not stop the others."""

    issues: list[Issue]
    refused: list[Refused]


class Why(Open):
    """The parts that multiply to the score, as `opswheel why --json`."""

    id: int
    rule: str
    score: float | None
    parts: list[dict[str, Any]]


class Whynot(Open):
    """Why a listing is not in the queue, as `opswheel whynot --json`."""

    sku: str
    verdict: str
    checks: list[dict[str, Any]]
    listings: list[dict[str, Any]]


class RunRow(BaseModel):
    """A run; `summary` is null for whoever sees some accounts only."""

    id: int
    as_of: str
    started_at: str
    finished_at: str | None
    engine: str
    code_version: str
    summary: dict[str, Any] | None


class Runs(BaseModel):
    """Runs, the newest first."""

    runs: list[RunRow]


class Ran(Open):
    """What a run did, as `opswheel run --json`."""

    as_of: str
    run: int | None
    replay: bool


class Files(BaseModel):
    """What became of each file, as `opswheel load --json`."""

    files: list[dict[str, Any]]


class Sources(BaseModel):
    """Each report of each channel: what arrived last, and whether it is blind."""

    as_of: str | None
    sources: list[dict[str, Any]]
    blind: list[dict[str, Any]]


class Cases(BaseModel):
    """Tickets at the marketplace, as `opswheel cases --json`."""

    cases: list[dict[str, Any]]
    waiting_on_us: int
    currency: str


class Case(Open):
    """A ticket at the marketplace."""

    id: int
    account: str
    status: str
    issues: list[int]


class Merged(Open):
    """What a case log changed."""

    rows: int


class Routes(Open):
    """Who owns what, as `opswheel routes --json`."""

    routes: list[dict[str, Any]]
    away: list[dict[str, Any]]
    unowned: int
    moved: list[dict[str, Any]]


class Intents(BaseModel):
    """Listings nobody said the intent of, as `opswheel intent --json`."""

    listings: list[dict[str, Any]]
    settled: int


class Matches(BaseModel):
    """Ours and theirs, as `opswheel match --json`."""

    channels: list[dict[str, Any]]


class Spokes(Open):
    """Issues and money by spoke, as `opswheel growth spokes --json`."""

    spokes: list[dict[str, Any]]


class Detectors(BaseModel):
    """The rules."""

    detectors: list[dict[str, Any]]


class Readers(BaseModel):
    """The report files that are read."""

    readers: list[dict[str, Any]]


class Playbook(Open):
    """What to do about a kind, as `opswheel playbook --json`; `path` is your own page in the workspace, if any."""

    kind: str
    minutes: float
    grace_hours: int
    root_causes: list[str]
    screen: str
    text: str
    path: str | None


class Me(BaseModel):
    """Who you are here. `csrf` goes into the header X-CSRF-Token of requests that change something; null for tokens."""

    name: str
    role: str
    accounts: list[str]
    scopes: list[str] | None
    via: str
    sign_in: bool
    csrf: str | None


class User(BaseModel):
    """Somebody who may sign in."""

    name: str
    email: str | None
    role: str
    accounts: list[str]
    disabled_at: str | None
    created_at: str
    created_by: str


class Users(BaseModel):
    """Everybody who may sign in, and who no longer may."""

    users: list[User]


class Token(BaseModel):
    """A token, without what is secret of it."""

    id: str
    name: str
    person: str
    scopes: list[str]
    created_at: str
    created_by: str
    expires_at: str
    revoked_at: str | None
    seen_at: str | None


class NewToken(Token):
    """A token just made: `token` is shown this once; null where the request is a retry."""

    token: str | None


class Tokens(BaseModel):
    """Tokens."""

    tokens: list[Token]


class Line(BaseModel):
    """One line of the audit log."""

    id: str
    at: str
    who: str | None
    via: str | None
    what: str
    subject: str | None
    address: str | None
    detail: dict[str, Any]


class Audit(BaseModel):
    """The audit log, the newest first; `next_cursor` is null on the last page."""

    lines: list[Line]
    next_cursor: str | None
