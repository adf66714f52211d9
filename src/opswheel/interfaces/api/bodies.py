"""What may be sent: every value with its limits, nothing that is not named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ...core.clock import parse_moment
from ...core.detector import LANES
from ...performance.habits import HABIT_LIST
from ...prioritization.rules import RULES
from ...resolution.lifecycle import STATES
from ..people import Role, Scope

MOST_NUMBER = 2**53 - 1
MOST_IDS = 200
"""The most issues one request changes: its transaction must stay short."""
LIST_CHARACTERS = 5_000_000
"""The longest list of routes or cases."""


def _plain(value: str) -> str:
    if "\x00" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise ValueError("holds characters no text has")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("is no moment; write it like 2026-11-23T09:00:00Z")
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError) as wrong:
        raise ValueError("is no moment; write it like 2026-11-23T09:00:00Z") from wrong


def _as_of(value: str) -> datetime:
    try:
        return parse_moment(value)
    except (ValueError, OverflowError) as wrong:
        raise ValueError("is no time; write it like 2026-11-20 or 2026-11-20T07:00:00Z") from wrong


def _day(value: object) -> date:
    try:
        if not isinstance(value, str) or len(value) != len("2026-11-23"):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError as wrong:
        raise ValueError("is no day; write it like 2026-11-23") from wrong


Clean = AfterValidator(_plain)
Said = AfterValidator(_said)
Name = Annotated[str, Field(min_length=1, max_length=100), Clean, Said]
Short = Annotated[str, Field(max_length=200), Clean]
Words = Annotated[str, Field(min_length=1, max_length=4_000), Clean, Said]
Listed = Annotated[str, Field(min_length=1, max_length=LIST_CHARACTERS), Clean]
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 40})
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Whole = Annotated[int, Field(ge=1, le=MOST_NUMBER)]
Ids = Annotated[list[Whole], Field(min_length=1, max_length=MOST_IDS)]

Number = Annotated[int, Path(ge=1, le=MOST_NUMBER, description="the number people use")]
AskedText = Annotated[str | None, Query(max_length=200), Clean]
AskedCursor = Annotated[str | None, Query(max_length=6_000, description="`next_cursor` of the page before")]
AskedDay = Annotated[date | None, BeforeValidator(lambda v: None if v is None else _day(v))]
FIRST_PAGE = 50
"""How many rows an answer holds that cannot ask for more."""
AskedMoment = Annotated[
    str | None, Query(max_length=40, description="a day or a moment"), AfterValidator(lambda v: v and _as_of(v))
]


class Body(BaseModel):
    """A request's body: strict types, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Body):
    """Nothing needs to be said; the body may be missing or `{}`."""


class Assign(Body):
    """Who is responsible from now on."""

    to: Name


class Note(Body):
    """What to write down."""

    text: Words


class Wait(Body):
    """On whom it waits."""

    on: Annotated[Short, Said]


class Snooze(Body):
    """Why it can wait, and at least one thing that brings it back."""

    why: Words
    until: Moment | None = None
    until_condition: Short | None = None
    until_lost: Annotated[float, Field(gt=0, lt=1e12)] | None = None

    def said(self) -> dict[str, Any]:
        """As the desk takes it."""
        return {"why": self.why, "until": self.until, "when": self.until_condition, "lost": self.until_lost}


class Pin(Body):
    """Why it stands on top, and until when."""

    why: Words
    until: Moment


class Close(Body):
    """What a close taught."""

    resolution: Short
    root_cause: Short | None = None
    minutes: Annotated[float, Field(ge=0, le=10_000)] | None = None
    of: Whole | None = None
    why: Short | None = None
    until: Day | None = None
    note: Words | None = None


class Run(Body):
    """Which morning to speak of; now, if not given. A time before the last run is replayed and writes nothing."""

    as_of: Moment | None = None
    hindsight: bool = False


class Match(Body):
    """What the marketplace's own screen shows."""

    channel: Name | None = None
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    units: Annotated[int, Field(ge=0, le=MOST_NUMBER)] | None = None
    sales: Annotated[float, Field(ge=0, lt=1e12)] | None = None


class OpenCase(Body):
    """A ticket at the marketplace about issues of one channel."""

    issues: Ids
    type: Name
    id: Short = ""
    title: Short = ""
    have: Annotated[list[Short], Field(max_length=50)] = []


class UpdateCase(Body):
    """What became of a case."""

    last_from: Literal["us", "them"] | None = Field(default=None, alias="from")
    at: Moment | None = None
    status: Literal["open", "closed"] | None = None
    id: Short | None = None
    title: Short | None = None
    outcome: Short | None = None
    have: Annotated[list[Short], Field(max_length=50)] = []


class LinkCase(Body):
    """Issues a case is about too."""

    issues: Ids


class Csv(Body):
    """A whole list as CSV text; it takes the place of the one before, or nothing is changed."""

    csv: Listed


class Away(Body):
    """Somebody is away on these days."""

    person: Name
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


class Back(Body):
    """Somebody is there again."""

    person: Name


class Intent(Body):
    """What listings are meant for."""

    intent: Literal["sell", "sell_through", "discontinued", "not_ours"]
    skus: Annotated[list[Name], Field(min_length=1, max_length=5_000)]
    channel: Name | None = None


class Why(Body):
    """The reason, for whoever judges it later."""

    why: Words


Finite = Annotated[float, Field(allow_inf_nan=False)]


class MoveCut(Body):
    """A cut line's new value. `id` names the line: its version as it was read, or `kind.name` for the one in force."""

    id: Name
    value: Finite
    why: Words


class MakeIncident(Body):
    """Issues that are one problem, and what it is called."""

    ids: Ids
    title: Words


class TakeApart(Body):
    """One issue of the incident."""

    id: Whole


class Decide(Body):
    """Accept or reject; `edit` accepts it otherwise than proposed, such as `{"min_drop": 0.12}`."""

    verdict: Literal["accept", "reject"]
    why: Words
    edit: Annotated[dict[Short, Finite | Short], Field(max_length=20)] | None = None


class Did(Body):
    """A habit that was done today."""

    habit: Literal[*(h.name for h in HABIT_LIST)]  # type: ignore[valid-type]
    why: Short | None = None


class RemovedHandoff(Body):
    """A hand-off of a workflow that is gone, in words."""

    workflow: Name
    what: Annotated[Short, Said]


class SetLevel(Body):
    """Another level of a workflow than the evidence says, why, and until when; level 0 takes an earlier word back."""

    workflow: Name
    level: Annotated[int, Field(ge=0, le=6)]
    why: Words
    until: Day


class Look(Body):
    """What was looked at, as `looks` of `/learning` names it, and whether the alarm was right."""

    kind: Name
    subject: Annotated[str, Field(min_length=1, max_length=500), Clean]
    said: Literal["right", "wrong", "cannot_tell"]
    why: Short = ""


class AddCause(Body):
    """A root cause of your own."""

    cause: Annotated[str, Field(min_length=1, max_length=40), Clean]
    words: Annotated[Short, Said]


class MergeCauses(Body):
    """A root cause that is the same as another, and the one that counts."""

    cause: Name
    into: Name


class MakeForecast(Body):
    """Whether models are chosen by a new back-test, however fresh the last choice is."""

    choose: bool = False


class FixPack(Body):
    """A kind of issue, for all its open issues, or numbers of issues; and which pack, where several serve."""

    kind: Name | None = None
    issues: Annotated[list[Whole], Field(max_length=MOST_IDS)] | None = None
    pack: Short | None = None
    account: Name | None = None
    channel: Name | None = None


class AddWebhook(Body):
    """Where events go, and which; all, if none are named."""

    url: Annotated[str, Field(min_length=1, max_length=2_000), Clean]
    events: Annotated[list[Short], Field(max_length=20)] = []


class ChangeNotices(Body):
    """What changes; what is left out stays. `""` switches a time off."""

    daily: Annotated[str, Field(max_length=20), Clean] | None = None
    quiet: Annotated[str, Field(max_length=40), Clean] | None = None
    everything: bool | None = None


Accounts = Annotated[list[Name], Field(max_length=1_000)]
Password = Annotated[str, Field(min_length=10, max_length=1024), Clean]


class AddUser(Body):
    """Somebody who may sign in."""

    name: Annotated[str, Field(min_length=1, max_length=64), Clean]
    role: Role
    password: Password
    accounts: Accounts = []
    email: Short | None = None


class ChangeUser(Body):
    """What changes; what is left out stays."""

    role: Role | None = None
    accounts: Accounts | None = None
    password: Password | None = None
    email: Short | None = Field(default=None, description='"" takes it away')
    disabled: bool | None = None


class MakeToken(Body):
    """A token for yourself; for somebody else if you are an admin."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)]
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    person: Name | None = None


class QueueQuestion(BaseModel):
    """Which part of the queue, in which order; the same words as `opswheel queue` takes."""

    model_config = ConfigDict(extra="forbid")

    lane: Literal[*LANES] | None = None  # type: ignore[valid-type]
    owner: Short | None = None
    kind: Short | None = None
    account: Short | None = None
    channel: Short | None = None
    tier: Annotated[int, Field(ge=1, le=3)] | None = None
    state: Literal[*STATES] | None = None  # type: ignore[valid-type]
    rule: Literal[*(r.name for r in RULES)] | None = None  # type: ignore[valid-type]
    as_of: Annotated[str, Field(max_length=40), AfterValidator(lambda v: _as_of(v) and v)] | None = None
    flat: bool = False
    breached: bool = False
    snoozed: bool = False
    incident: Whole | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=6_000)] | None = None

    def moment(self) -> datetime | None:
        """The past morning asked for."""
        return None if self.as_of is None else _as_of(self.as_of)
