"""Decisions: this week's proposal with its back-test, what else waits, and every decision with what it brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ...core.errors import OpswheelError, WrongUse
from ..answers.decisions import decide, decisions_answer, proposals_answer, removed, rollback
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import decisions_words, words
from .guard import Asks, guarded
from .pages import back, render

router = APIRouter()
CHANGES = [Depends(guarded)]
MOST = 100
DONE = {"accepted": "Accepted", "edited": "Accepted as edited", "rejected": "Rejected"}


@router.get("/decisions")
def decisions(request: Request, asks: Asks, proposal: str = "") -> Response:
    """The proposal to decide first, or the one asked for."""
    asks.must_see_all()
    return page(request, asks, proposal)


def page(  # noqa: PLR0913
    request: Request,
    asks: Who,
    proposal: str,
    *,
    wrong: str = "",
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page; after a refusal with its reason and what was written."""
    workspace = workspace_of(request)
    told, history = proposals_answer(workspace), decisions_answer(workspace)["decisions"]
    currency, titles = told["currency"], {d.kind: d.title for d in workspace.detectors}
    views = [decisions_words.view(p, titles, currency) for p in told["proposals"]]
    one = next((v for v in views if str(v["id"]) == proposal), next(iter(views), None))
    undone = [d["undoes"] for d in history if d["undoes"]]
    refused: dict[str, list[str]] = {}
    for r in told["refused"]:
        refused.setdefault(r["why"], []).append(decisions_words.subject(r, titles))
    return render(
        request,
        asks,
        "decisions.html",
        status=status,
        one=one,
        first=bool(views) and one is views[0],
        others=[v for v in views if v is not one],
        refused=refused,
        review=[r | {"title": titles.get(r["kind"], words.state(r["kind"]))} for r in told["review"]],
        history=[decisions_words.decision(d, titles, currency, undone) for d in history[:MOST]],
        total=len(history),
        currency=currency,
        wrong=wrong,
        sent=sent or {},
    )


@router.post("/decisions/{number}", dependencies=CHANGES)
async def take(request: Request, asks: Asks, number: int) -> Response:
    """Accept a proposal, as it is or as edited, or reject it."""
    form = {k: str(v).strip() for k, v in (await request.form()).items()}
    return await run_in_threadpool(_take, request, asks, number, form)


def _take(request: Request, asks: Who, number: int, form: Mapping[str, str]) -> Response:
    asks.must("lead")
    asks.must_see_all()
    workspace = workspace_of(request)
    try:
        verdict = form.get("do", "")
        if verdict not in ("accept", "reject"):
            raise WrongUse("Accept it or reject it?", "Press one of the two.")
        edit = edited(workspace, number, form) if verdict == "accept" else {}
        found = decide(workspace, number, verdict, why=form.get("why", ""), by=asks.name, edit=edit or None)
    except OpswheelError as error:
        told = error.what if isinstance(error, WrongUse) and not form.get("why") else str(error)
        return page(request, asks, str(number), wrong=told, sent=form, status=error.http_status)
    said = f"{DONE[found['verdict']]}: decision {found['id']}."
    return back(request, "/decisions#history", said + ("" if verdict == "reject" else " The next run goes by it."))


def edited(workspace: Workspace, number: int, form: Mapping[str, str]) -> dict[str, Any]:
    """What the form's fields make otherwise than proposed. Raises WrongUse where a number is none."""
    open_ = {p["id"]: p for p in proposals_answer(workspace)["proposals"]}
    if number not in open_:
        return {}
    found: dict[str, Any] = {}
    for field in decisions_words.edits(open_[number]):
        text = form.get(f"edit.{field['name']}", field["value"])
        if text == field["value"]:
            continue
        if field["type"] == "text":
            found[field["name"]] = text
            continue
        try:
            found[field["name"]] = float(text.replace(",", "."))
        except ValueError as error:
            raise WrongUse(f"{text[:20]!r} is no number for {field['label'].lower()}.", "Write digits.") from error
    return found


@router.post("/decisions/{number}/roll-back", dependencies=CHANGES)
async def undo(request: Request, asks: Asks, number: int) -> Response:
    """Undo a decision by one of its own."""
    why = str((await request.form()).get("why", ""))
    return await run_in_threadpool(_after, request, asks, number, why)


@router.post("/decisions/{number}/removed", dependencies=CHANGES)
def finish(request: Request, asks: Asks, number: int) -> Response:
    """The cause of a decision is gone."""
    return _after(request, asks, number, None)


def _after(request: Request, asks: Who, number: int, why: str | None) -> Response:
    asks.must("lead")
    asks.must_see_all()
    workspace = workspace_of(request)
    try:
        if why is None:
            removed(workspace, number)
            said = "Written down: from today on its pace is measured."
        else:
            said = f"Undone by decision {rollback(workspace, number, why=why, by=asks.name)['id']}."
    except OpswheelError as error:
        return back(request, "/decisions#history", str(error), bad=True)
    return back(request, "/decisions#history", said)
