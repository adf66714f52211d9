"""What answers about decisions, figures, plans and the slow wheel look like: the keys a script may rely on."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from .answers import Open


class Proposals(Open):
    """What is proposed this week, as `opswheel proposals --json`."""

    proposals: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    review: list[dict[str, Any]]
    currency: str


class Decision(Open):
    """One decision, as `opswheel decide --json`."""

    id: int
    proposal: int | None
    undoes: int | None
    kind: str
    subject: str
    verdict: str
    by: str
    at: str
    why: str


class Decisions(Open):
    """Decisions, the newest first; `next_cursor` is null on the last page."""

    decisions: list[Decision]
    next_cursor: str | None


class Threshold(Open):
    """One cut line in force; `since` is null for a rule's own."""

    id: str
    kind: str
    name: str
    segment: dict[str, str]
    value: float
    release: float | None
    default: float | None
    unit: str
    fires: str
    since: str | None
    source: str
    why: str


class Thresholds(BaseModel):
    """The cut lines in force, as `opswheel thresholds --json`."""

    thresholds: list[Threshold]


class Metrics(Open):
    """The six health figures and the outcomes, as `opswheel metrics --json`."""

    to: str
    zone: str
    currency: str
    runs: int
    time_to_detection: dict[str, Any]
    time_to_resolution: dict[str, Any]
    open_revenue_at_risk: dict[str, Any]
    repeat_rate: dict[str, Any]
    cleared_per_day: dict[str, Any]
    revenue_per_operator: dict[str, Any]


class MetricsList(BaseModel):
    """What each figure is, and what it may not claim."""

    metrics: list[dict[str, Any]]


class Diagnosis(Open):
    """As `opswheel diagnose --json`."""

    as_of: str
    verdict: str
    stall: dict[str, Any] | None
    handoffs: list[dict[str, Any]]
    cycle: dict[str, Any]
    workflows: list[dict[str, Any]]
    next: dict[str, Any] | None


class Habit(BaseModel):
    """A habit that was done."""

    habit: str
    day: str
    by: str


class Handoff(Open):
    """A hand-off that is gone."""

    workflow: str
    what: str


class Level(BaseModel):
    """A level a person set in the place of the evidence."""

    workflow: str
    level: int
    until: str
    by: str


class Month(Open):
    """Everything the monthly sheet says."""

    month: str
    until: str
    over: bool
    verdict: str
    words: str
    metrics: Metrics
    diagnosis: Diagnosis


class AccountMonth(Open):
    """What the sheet can tell of one account; what is the whole team's is not here."""

    month: str
    until: str
    over: bool
    account: str
    metrics: Metrics
    friction: list[dict[str, Any]]


class Learning(Open):
    """What closes have taught, as `opswheel learning --json`."""

    repeats: list[dict[str, Any]]
    grades: list[dict[str, Any]]
    missed: dict[str, Any]
    looks: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    currency: str


class Lineage(Open):
    """A decision about a cause: back to its signals, forward to what it saved."""

    decision: int
    rule: dict[str, Any]
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


class Forecast(Open):
    """Demand expected, as `opswheel forecast --json`, and the cursor of the next page."""

    made_at: str | None
    total: int
    items: list[dict[str, Any]]
    days: list[dict[str, Any]]
    models: list[dict[str, Any]]
    accuracy: list[dict[str, Any]]
    withheld: list[dict[str, Any]]
    next_cursor: str | None = None


class Plans(Open):
    """What to order and move, as `opswheel plan --json`, and the cursor of the next page."""

    made_at: str | None
    total: int
    waiting: int
    plans: list[dict[str, Any]]
    withheld: list[dict[str, Any]]
    next_cursor: str | None = None


class FixPack(Open):
    """A file to upload, as `opswheel fixpack --json` tells it, with its name and its text."""

    file: str
    text: str
    rows: int
    pack: str
    channel: str
    issues: list[int]
    checksum: str
    left_out: list[dict[str, Any]]


class Wheel(Open):
    """A wheel, its links or its loops, as `opswheel growth wheel|links|loops --json`."""

    wheel: str
    period: str


class Growth(Open):
    """What the growth wheel says, as the command of that name with `--json`: on which weeks, and what it rests on."""

    wheel: str
    period: str
    rests_on: str
    weeks: int
    drivers: list[dict[str, Any]]
    warnings: list[str]


class Kpis(BaseModel):
    """Key figures by channel, as `opswheel growth kpis --json`."""

    channels: list[dict[str, Any]]


class Saved(Open):
    """Multipliers kept for ranking."""

    rows: int
    kinds: int
    source: str
    words: str


class Notices(Open):
    """Who is told what, as `opswheel notices --json`; addresses are never shown whole."""

    people: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    asleep_since: str | None


class Tested(BaseModel):
    """Which of a person's addresses took a test message."""

    tested: list[dict[str, Any]]


class Webhooks(Open):
    """Where events are sent, as `opswheel webhooks --json`."""

    webhooks: list[dict[str, Any]]
    asleep_since: str | None


class NewWebhook(BaseModel):
    """A webhook just added: `secret` is shown this once; null where the request is a retry."""

    webhook: dict[str, Any]
    secret: str | None


class Removed(BaseModel):
    """What is no longer there."""

    removed: int | str


class Delivery(BaseModel):
    """One delivery of one event."""

    delivery: dict[str, Any]


class Deliveries(BaseModel):
    """Deliveries, the newest first."""

    deliveries: list[dict[str, Any]]


class Jobs(Open):
    """Work between runs, as `opswheel jobs --json`."""

    waiting: int
    working: int
    done: int
    dead: int
    jobs: list[dict[str, Any]]
