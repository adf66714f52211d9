"""Issue: everything about one problem on one screen, and the form that closes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from ...core.clock import parse_moment
from ...core.errors import Conflict, NotFound, OpswheelError
from ...resolution import actions
from ...resolution.lifecycle import NEEDS_CAUSE, OPEN
from ...resolution.playbook import ROOT_CAUSES
from ...resolution.queue import last_run
from ...wheel.past import last_rank_rows
from ..answers import issue_state, why_answer
from ..answers.around import around, likeliest_owner
from ..answers.chart import sold
from ..kept import Kept
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import issue_parts as parts
from . import rows, words
from .acting import DONE, carry_out, said_of
from .errors import told_here
from .guard import Asks, guarded
from .pages import HEADERS, back, render
from .pictures.base import range_bar

router = APIRouter()
SAYS = ("closed", "noted", "claimed", "assigned", "snoozed", "pinned", "waiting", "acknowledged", "reopened")


@router.get("/issues/{number}")
def issue(request: Request, asks: Asks, number: int) -> Response:
    """The page of one issue."""
    return render(request, asks, "issue.html", **page_values(workspace_of(request), number, asks))


def page_values(workspace: Workspace, number: int, asks: Who, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the page shows; `typed` is what somebody wrote and could not send."""
    with workspace.ledger.read() as connection:
        found = actions.find(connection, number)
        asks.must("viewer", found.account)
        state = issue_state(workspace, connection, number)
        near = around(connection, found)
        likely = None if found.owner else likeliest_owner(connection, found.kind)
        row = last_rank_rows(workspace.lake, connection, [number]).get(number)
        run = last_run(connection)
    why = why_answer(workspace, number, None) if row is not None else None
    now = workspace.clock.now()
    if row is None or why is None:
        raise NotFound(f"Issue {number} was not ranked by any run that is kept.", "See what is in the queue: Today.")
    seen = {"row": row}
    currency = row["currency"]
    steps, sections = parts.playbook_parts(why["playbook"])
    due = parse_moment(state["sla_due"]) if state["sla_due"] else None
    worked = None
    if found.claimed_at is not None and found.state in OPEN:
        worked = max(0, round((now - found.claimed_at).total_seconds() / 60))
    causes = why["root_causes"]
    hint = why["suggested_cause"]
    if hint:
        causes = [hint["root_cause"], *(c for c in causes if c != hint["root_cause"])]
    return {
        "issue": state,
        "row": row,
        "why": why,
        "near": near,
        "incident": parts.incident_of(state) if row["incident_id"] is not None else None,
        "likely": likely,
        "now": now,
        "currency": currency,
        "icon_name": rows.icon_of(found.kind),
        "is_open": found.state in OPEN,
        "may_work": asks.may("operator", found.account),
        "bar": range_bar(
            row["avoidable_p10"] or 0.0,
            row["avoidable_mean"] or 0.0,
            max(row["avoidable_p90"] or 0.0, row["avoidable_mean"] or 0.0),
            most=(row["avoidable_p90"] or 1.0) * 1.05,
            words="8 in 10 within " + words.span(row["avoidable_p10"], row["avoidable_p90"], currency),
            width=180,
        ),
        "due": words.due(due, now) if found.state in OPEN and found.waiting_since is None else None,
        "chart": chart_of(workspace, run, seen, why, near["before"]),
        "boxes": parts.boxes(why, currency),
        "score_boxes": parts.score_boxes(why, currency),
        "factors": parts.factor_rows(why, currency),
        "steps": steps,
        "sections": sections,
        "timeline": parts.timeline(state["events"]),
        "resolutions": parts.RESOLUTIONS,
        "false_alarms": parts.FALSE_ALARMS,
        "needs_cause": NEEDS_CAUSE,
        "causes": [(c, ROOT_CAUSES[c]) for c in causes],
        "worked": worked,
        "link_out": parts.listing_link(found.channel, found.item_id),
        "typed": typed or {},
        "clash": "",
    }


_charts = Kept[tuple[str, int, int, int], Markup](500)


def chart_of(workspace: Workspace, run: Any, seen: Mapping[str, Any], why: Mapping[str, Any], before: Any) -> Markup:
    """The chart of an issue of one listing, read once for each run."""
    row = seen["row"]
    if not row["sku"] or row["members"] > 1 or run is None:
        return Markup("")
    key = (str(workspace.folder), run.id, row["issue_id"], len(before))
    listing = (row["account"], row["channel"], row["sku"])
    return _charts.of(key, lambda: parts.chart_of(seen, why, sold(workspace, [listing]).get(listing), before))


@router.post("/issues/{number}/do", dependencies=[Depends(guarded)])
async def act(request: Request, asks: Asks, number: int) -> Response:
    """Do one thing to one issue, as it stood when the page was read."""
    form = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    return await run_in_threadpool(_act, request, number, asks, form)


def _act(request: Request, number: int, asks: Who, form: Mapping[str, str]) -> Response:
    workspace, name = workspace_of(request), form.get("act", "")
    here = f"/issues/{number}"
    with workspace.ledger.read() as connection:
        found = actions.find(connection, number)
    asks.must("operator", found.account)
    if name not in DONE:
        return back(request, here, "That is nothing one can do here.", bad=True)
    version = int(form["version"]) if form.get("version", "").isdecimal() else None
    try:
        meant = said_of(name, form, workspace.clock.now())
        done = carry_out(workspace, asks, name, number, meant, version)
    except Conflict as wrong:
        if version is not None and _was_me(workspace, number, version, name, asks.name, form):
            return back(request, here, f"{DONE[name]}.")
        clash = _who_was_first(workspace, number, version) or told_here(wrong)
        return _again(request, number, asks, form, clash, status=409)
    except OpswheelError as wrong:
        return _again(request, number, asks, form, told_here(wrong), status=422)
    if name == "close":
        to = form.get("next") or here
        said = (
            "is fixed, until facts agree"
            if done["state"] == "fixed"
            else f"is closed: {words.state(done['resolution'])}"
        )
        return back(request, to if to.startswith("/") else here, f"Issue {number} {said}.")
    return back(request, here, f"{DONE[name]}.")


def _again(  # noqa: PLR0913
    request: Request, number: int, asks: Who, form: Mapping[str, str], clash: str, *, status: int
) -> Response:
    """The page as it stands now, with what was written still in its fields."""
    values = page_values(workspace_of(request), number, asks, typed=dict(form))
    part = "X-Part" in request.headers  # a script reads the refusal off the page: to its browser that is no failure
    response = render(request, asks, "issue.html", status=200 if part else status, **(values | {"clash": clash}))
    response.headers["X-Refused"] = "1"
    return response


def _events_after(workspace: Workspace, number: int, version: int | None) -> list[dict[str, Any]]:
    with workspace.ledger.read() as connection:
        state = issue_state(workspace, connection, number)
    past = state["version"] - (version or state["version"])
    return list(state["events"][-past:]) if past > 0 else []


def _was_me(  # noqa: PLR0913
    workspace: Workspace, number: int, version: int, name: str, me: str, form: Mapping[str, str]
) -> bool:
    """Whether this is the second copy of something the same person has just sent."""
    words_of = {"note": "noted", "close": "closed", "claim": "claimed", "assign": "assigned", "snooze": "snoozed"}
    words_of["release"] = "assigned"
    first = next(iter(_events_after(workspace, number, version)), None)
    if first is None or first["by"] != me or first["event"] != words_of.get(name, f"{name}ned"):
        return False
    return name != "note" or first["detail"].get("note", "").strip() == form.get("text", "").strip()


def _who_was_first(workspace: Workspace, number: int, version: int | None) -> str:
    """Who changed the issue since a version was read, in words; empty where nobody did."""
    events = [e for e in _events_after(workspace, number, version) if e["event"] in SAYS] if version else []
    if not events:
        return ""
    last = events[-1]
    at = words.moment(parse_moment(last["at"]))
    done = {"noted": "wrote a note on", "assigned": "handed over"}.get(last["event"], words.state(last["event"]))
    first = f"{last['by']} {done} this issue on {at} UTC, while you looked at it."
    return f"{first} What you wrote is still here; nothing was sent."


@router.get("/issues/{number}/changes")
def changes(request: Request, asks: Asks, number: int, version: int) -> Response:
    """Whether somebody changed the issue since a version: one sentence."""
    workspace = workspace_of(request)
    with workspace.ledger.read() as connection:
        found = actions.find(connection, number)
    asks.must("viewer", found.account)
    tag = f'"{found.version}"'
    if found.version <= version or request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={**HEADERS, "ETag": tag})
    events = _events_after(workspace, number, version)
    by = sorted({e["by"] for e in events})
    told = {"words": words.plural(len(events), "change"), "by": by[:3]}
    return Response(json.dumps(told), media_type="application/json", headers={**HEADERS, "ETag": tag})
