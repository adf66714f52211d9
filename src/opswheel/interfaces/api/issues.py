"""The queue, an issue, why it ranks where it does, and everything people do to issues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, create_model
from starlette.responses import Response

from ...core.errors import Conflict, OpswheelError
from ...resolution import actions
from ...resolution.queue import Wanted
from ..answers import close_incident, issue_state, why_answer
from ..answers.acts import ACTS
from ..answers.incidents import make_incident, take_apart
from ..people import must_see
from ..wiring import Workspace
from . import answers, bodies
from .asked import Asked, Asking, Writing, etag, unless_known
from .bodies import AskedText, Number, QueueQuestion
from .pages import queue_page
from .routing import Api

router = Api("issues")


@router.ask("/queue", answer=answers.Queue)
def queue(asked: Asking, question: Annotated[QueueQuestion, Query()]) -> Response:
    """The ranked queue, a page at a time, now or as recorded on a past morning."""
    q = question
    rule = asked.workspace.settings.ranking.rule if q.flat and q.rule is None else q.rule
    wanted = Wanted(
        lane=q.lane,
        owner=q.owner,
        kind=q.kind,
        account=q.account,
        channel=q.channel,
        tier=q.tier,
        state=q.state,
        limit=q.limit,
        rule=rule,
        breached=q.breached,
        snoozed=q.snoozed,
        incident=q.incident,
    )
    return unless_known(asked.request, queue_page(asked.workspace, asked.who, wanted, q.moment(), q.cursor))


@router.ask("/issues/{number}", answer=answers.Issue)
def issue(asked: Asking, number: Number) -> Response:
    """An issue as it stands, with its timeline and its outcome."""
    with asked.workspace.ledger.read() as connection:
        must_see(connection, asked.who, number)
        told = issue_state(asked.workspace, connection, number)
    return unless_known(asked.request, told, etag(told["version"]))


@router.ask("/issues/{number}/why", answer=answers.Why)
def why(asked: Asking, number: Number, rule: AskedText = None) -> Response:
    """The breakdown of an issue: parts that multiply to its score, the rule's own words, what to do."""
    with asked.workspace.ledger.read() as connection:
        must_see(connection, asked.who, number)
    return unless_known(asked.request, why_answer(asked.workspace, number, rule))


SAID: dict[str, tuple[type[bodies.Body], str]] = {
    "ack": (bodies.Nothing, "Say that somebody has seen it; it ends by itself."),
    "claim": (bodies.Nothing, "Begin work on it."),
    "assign": (bodies.Assign, "Make a person responsible."),
    "note": (bodies.Note, "Write something down."),
    "wait": (bodies.Wait, "The next move is somebody else's: the promises' clock stands still."),
    "snooze": (bodies.Snooze, "Put it aside until a time, a condition or an expected loss."),
    "wake": (bodies.Nothing, "Bring it back."),
    "pin": (bodies.Pin, "Put it on top of the queue, whatever its score."),
    "unpin": (bodies.Nothing, "Let it stand where its score puts it."),
    "close": (bodies.Close, "Close it with what it taught."),
    "reopen": (bodies.Nothing, "Take a close back."),
}
"""What each act needs to be told. Every act of `ACTS` is here, and nothing else."""


def fields(said: bodies.Body | None) -> dict[str, Any]:
    """A body as `ACTS` takes it."""
    if said is None:
        return {}
    told = said.said() if isinstance(said, bodies.Snooze) else said.model_dump()
    return {k: v for k, v in told.items() if k not in ("ids", "incident")}


def one(asked: Asked, inside: Workspace, number: int, act: str, said: dict[str, Any]) -> dict[str, Any]:
    """Do one thing to one issue, in the transaction `inside` stands for; returns the issue as it then stands."""
    with inside.ledger.write() as connection:
        found = must_see(connection, asked.who, number)
        if said.get("of") is not None:
            must_see(connection, asked.who, said["of"])
        asked.must_match(found.version)
        ACTS[act](inside, connection, number, said, asked.who.name)
        return issue_state(inside, connection, number)


def several(asked: Asked, inside: Workspace, ids: list[int], act: str, said: dict[str, Any]) -> dict[str, Any]:
    """The same for several; a refusal is told and does not stop the others."""
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number in dict.fromkeys(ids):
        try:
            done.append(one(asked, inside, number, act, said))
        except OpswheelError as error:
            refused.append({"id": number, "code": error.code, "error": str(error)})
    return {"issues": done, "refused": refused}


def _route_one(act: str, body: type[BaseModel], words: str) -> None:
    needed = any(f.is_required() for f in body.model_fields.values())

    def endpoint(asked: Writing, number: Number, said: Any) -> Response:
        told = fields(said)
        return asked.write(f"issue.{act}", f"issue/{number}", lambda w: one(asked, w, number, act, told), told)

    _add(endpoint, f"/issues/{{number}}/{act}", act, words, body if needed else body | None, answers.Issue)


def _route_several(act: str, body: type[BaseModel], words: str) -> None:
    bulk = create_model(f"{act.title()}Several", __base__=body, ids=(bodies.Ids, ...))

    def endpoint(asked: Writing, said: Any) -> Response:
        told, ids = fields(said), said.ids
        subject = f"issues/{','.join(map(str, ids[:20]))}"
        return asked.write(f"issue.{act}", subject, lambda w: several(asked, w, ids, act, told), {**told, "ids": ids})

    words = f"For several issues: {words[0].lower()}{words[1:]} A refusal is told and does not stop the others."
    _add(endpoint, f"/issues/{act}", f"{act}_several", words, bulk, answers.Several)


def _add(endpoint: Callable[..., Any], path: str, name: str, words: str, body: Any, answer: type[BaseModel]) -> None:  # noqa: PLR0913
    endpoint.__name__, endpoint.__doc__ = name, words
    endpoint.__annotations__ |= {"said": body}
    if type(None) in getattr(body, "__args__", ()):
        endpoint.__defaults__ = (None,)
    router.change(path, role="operator", answer=answer)(endpoint)


class CloseIncident(bodies.Close):
    """What closing a whole incident taught; the minutes are shared among its issues."""


@router.change("/issues/{number}/close-incident", role="operator", answer=answers.Several)
def close_whole_incident(asked: Writing, number: Number, said: CloseIncident) -> Response:
    """Close every open issue of the incident this one belongs to, all of them or none."""
    told = fields(said)

    def act(inside: Workspace) -> dict[str, Any]:
        with inside.ledger.write() as connection:
            asked.must_match(must_see(connection, asked.who, number).version)
            for member in actions.incident_of(connection, number):
                if not asked.who.sees(member.account):
                    raise Conflict("This incident reaches into accounts that are not yours.", "Ask a lead.")
        return {"issues": close_incident(inside, number, told, asked.who.name), "refused": []}

    return asked.write("incident.close", f"issue/{number}", act, told)


@router.change("/incident", role="operator", answer=answers.Incident)
def make(asked: Writing, said: bodies.MakeIncident) -> Response:
    """Put open issues that are one problem together: one row stands for them, run after run, until taken apart."""

    def act(inside: Workspace) -> dict[str, Any]:
        with inside.ledger.write() as connection:
            for number in said.ids:
                must_see(connection, asked.who, number)
        return make_incident(inside, said.ids, said.title, asked.who.name)

    return asked.write("incident.make", f"issues/{','.join(map(str, said.ids[:20]))}", act, said.model_dump())


@router.change("/incident/apart", role="operator", answer=answers.Incident)
def apart(asked: Writing, said: bodies.TakeApart) -> Response:
    """Take apart the incident an issue was put into by hand."""

    def act(inside: Workspace) -> dict[str, Any]:
        with inside.ledger.write() as connection:
            must_see(connection, asked.who, said.id)
        return take_apart(inside, said.id, asked.who.name)

    return asked.write("incident.apart", f"issue/{said.id}", act, said.model_dump())


for _act, (_body, _words) in SAID.items():
    _route_one(_act, _body, _words)
    _route_several(_act, _body, _words)
assert SAID.keys() == ACTS.keys()
