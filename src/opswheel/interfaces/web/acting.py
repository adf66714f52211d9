"""What people do to issues from the app: one or many at once, each in a transaction of its own."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import Conflict, OpswheelError, WrongUse
from ...resolution import actions
from ...resolution.lifecycle import NEEDS_CAUSE
from ..answers.acts import do
from ..answers.fixpack import Asked as PackAsked
from ..answers.fixpack import fixpack_answer
from ..answers.incidents import make_incident, take_apart
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import words
from .errors import told_here
from .guard import Asks, guarded
from .pages import HEADERS, back

router = APIRouter()
DONE = {
    "claim": "Claimed",
    "release": "Released",
    "assign": "Handed over",
    "ack": "Acknowledged",
    "note": "Noted",
    "snooze": "Put aside",
    "wake": "Brought back",
    "pin": "Pinned",
    "unpin": "Unpinned",
    "wait": "Waiting",
    "close": "Closed",
    "reopen": "Opened again",
    "apart": "Taken apart",
}


def said_of(act: str, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What an act needs, from the fields of its form. Raises WrongUse where one cannot be read."""
    text = {k: v.strip() for k, v in form.items()}
    if act == "assign":
        return {"to": text.get("to", "")}
    if act == "note":
        return {"text": text.get("text", "")}
    if act == "wait":
        return {"on": text.get("on", "") or "others"}
    if act == "pin":
        return {"why": text.get("why", ""), "until": _later(text.get("until", "1"), now)}
    if act == "snooze":
        lost = text.get("lost", "")
        until = _later(text["until"], now) if text.get("until") else None
        return {"why": text.get("why", ""), "until": until, "lost": _number(lost, "amount") if lost else None}
    return _close_said(text) if act == "close" else {}


def _close_said(text: Mapping[str, str]) -> dict[str, Any]:
    resolution = text.get("resolution", "fixed")
    minutes, of, until = text.get("minutes", ""), text.get("of", ""), text.get("until_day", "")
    said: dict[str, Any] = {"resolution": resolution, "note": text.get("note") or None}
    if minutes:
        said["minutes"] = _number(minutes, "number of minutes")
    if resolution in NEEDS_CAUSE:
        said["root_cause"] = text.get("root_cause") or None
    if resolution == "false_alarm":
        said["why"] = text.get("why") or None
    if resolution == "duplicate":
        if not of.isdecimal():
            raise WrongUse("Of which issue is it a duplicate?", "Write that issue's number.")
        said["of"] = int(of)
    if resolution == "accepted_risk" and until:
        try:
            said["until"] = date.fromisoformat(until)
        except ValueError as wrong:
            raise WrongUse(f"{until!r} is no day.", "Write it as 2026-12-31.") from wrong
    return said


def _later(days: str, now: datetime) -> datetime:
    found = _number(days, "number of days")
    if not 0 < found <= 90:
        raise WrongUse(f"{days} days cannot be meant.", "Between 1 and 90.")
    return now + timedelta(days=found)


def _number(text: str, what: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as wrong:
        raise WrongUse(f"{text!r} is no {what}.", "Write digits.") from wrong


def may(workspace: Workspace, asks: Who, number: int, role: str = "operator") -> None:
    """Raises NotAllowed where somebody may not touch an issue's account, NotFound where there is no such issue."""
    with workspace.ledger.read() as connection:
        issue = actions.find(connection, number)
    asks.must(role, issue.account)  # type: ignore[arg-type]


def carry_out(  # noqa: PLR0913
    workspace: Workspace, asks: Who, act: str, number: int, said: Mapping[str, Any], read_version: int | None = None
) -> dict[str, Any]:
    """Do one thing to one issue. A claim of one's own is released by making oneself responsible without one."""
    if act == "apart":
        return take_apart(workspace, number, asks.name)
    if act == "release":
        with workspace.ledger.read() as connection:
            issue = actions.find(connection, number)
        if issue.state != "in_progress" or issue.owner != asks.name:
            raise Conflict(f"Issue {number} is not claimed by {asks.name}.")
        act, said, read_version = "assign", {"to": asks.name}, read_version or issue.version
    return do(workspace, number, act, said, asks.name, read_version=read_version)


def each(
    workspace: Workspace, asks: Who, act: str, numbers: Sequence[int], form: Mapping[str, str]
) -> tuple[list[int], list[str]]:
    """Do one thing to many issues; returns those it was done to, and why not to the others."""
    said, done, refused = said_of(act, form, workspace.clock.now()), list[int](), list[str]()
    for number in numbers:
        try:
            may(workspace, asks, number)
            carry_out(workspace, asks, act, number, said)
        except OpswheelError as wrong:
            refused.append(f"{number}: {told_here(wrong)}")
        else:
            done.append(number)
    return done, refused


@router.post("/today/do", dependencies=[Depends(guarded)])
async def do_many(request: Request, asks: Asks) -> Response:
    """Claim, assign, put aside or close the chosen issues with one form."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    fields = {k: v for k, v in form.items() if isinstance(v, str)}
    chosen = dict.fromkeys(int(str(n)) for n in form.getlist("n") if str(n).isdecimal())
    act, to = fields.get("act", ""), fields.get("next", "/")
    if act not in (*DONE, "incident"):
        return back(request, to, "That is nothing one can do here.", bad=True)
    if not chosen:
        return back(request, to, "Choose a row first: space, or its box.", bad=True)
    if act == "incident":
        return await run_in_threadpool(_together, request, asks, list(chosen), fields)
    prefixed = {k.removeprefix(f"{act}_"): v for k, v in fields.items() if k.startswith(f"{act}_")}
    try:
        done, refused = await run_in_threadpool(each, workspace_of(request), asks, act, list(chosen), prefixed)
    except OpswheelError as wrong:
        return back(request, to, told_here(wrong), bad=True)
    said = f"{DONE[act]}: {words.plural(len(done), 'issue')}." if done else ""
    if refused:
        said += f" {len(refused)} refused. " + " ".join(refused[:3])
    return back(request, to, said.strip(), bad=bool(refused))


def _together(request: Request, asks: Who, numbers: Sequence[int], fields: Mapping[str, str]) -> Response:
    """Put the chosen issues together to one incident, all of them or none."""
    workspace, to = workspace_of(request), fields.get("next", "/")
    try:
        for number in numbers:
            may(workspace, asks, number)
        made = make_incident(workspace, numbers, fields.get("incident_title", ""), asks.name)
    except OpswheelError as wrong:
        return back(request, to, told_here(wrong), bad=True)
    many = words.plural(len(made["issues"]), "issue")
    said = f"Incident {made['incident']}: {many} as one row. The next run ranks it by the money of all."
    return back(request, to, said)


@router.post("/today/fixpack", dependencies=[Depends(guarded)])
def fixpack(request: Request, asks: Asks, n: list[int] = Form([]), next: str = Form("/")) -> Response:  # noqa: B008
    """The file that mends the chosen issues at once, to download; each of them records that it was made."""
    workspace = workspace_of(request)
    try:
        for number in n:
            may(workspace, asks, number)
        if not n:
            raise WrongUse("Choose a row first.", "A file is made for the rows that are chosen.")
        with tempfile.TemporaryDirectory() as folder:
            name = f"fixpack-{workspace.clock.now():%Y%m%d}-{secrets.token_hex(2)}.txt"
            path = Path(folder) / name
            told = fixpack_answer(workspace, PackAsked([str(x) for x in n]), output=path, by=asks.name)
            content = path.read_bytes()
    except OpswheelError as wrong:
        return back(request, next, told_here(wrong), bad=True)
    name = f"{told['pack']}-{workspace.clock.now():%Y-%m-%d}.{'csv' if told['for_spreadsheet'] else 'txt'}"
    heads = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type="text/plain; charset=utf-8", headers=heads)
