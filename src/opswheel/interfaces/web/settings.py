"""Settings: what is in force and where it comes from; routes, cut lines, people, tokens and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from ...core.errors import Conflict, OpswheelError, WrongUse
from ..answers.decisions import set_cut
from ..answers.routes import load_routes, routes_answer, routes_csv, set_away
from ..answers.settings_view import cut_lines, from_files, routes_would, settings_answer
from ..people import Who, workspace_of
from . import words
from .errors import told_here
from .guard import Asks, guarded
from .pages import HEADERS, back, render
from .uploads import put_away

router = APIRouter()
CHANGES = [Depends(guarded)]
MOST_ROUTES = 1 << 20
MOST_MOVED = 100
NOTHING: Mapping[str, str] = MappingProxyType({})
TABS = (
    ("In force", "/settings"),
    ("Hours and promises", "/settings/hours"),
    ("Routes", "/settings/routes"),
    ("Cut lines", "/settings/cut-lines"),
    ("Price rules", "/settings/prices"),
    ("Notices", "/settings/notices"),
)
ADMIN_TABS = (("People", "/settings/people"), ("Tokens", "/settings/tokens"), ("Webhooks", "/settings/webhooks"))


def tabs(request: Request, asks: Who) -> list[tuple[str, str, None, bool]]:
    """The pages of the settings somebody may open."""
    shown = [*TABS, *(ADMIN_TABS if asks.may("admin") else ADMIN_TABS[1:2] if asks.may("operator") else ())]
    return [(name, to, None, request.url.path == to) for name, to in shown]


def shown(request: Request, asks: Who, template: str, *, wrong: str = "", **told: Any) -> Response:
    """A page of the settings; `wrong` says why what was typed was refused."""
    status = 422 if wrong else 200
    return render(request, asks, template, status=status, tabs=tabs(request, asks), wrong=wrong, **told)


@router.get("/settings")
def settings(request: Request, asks: Asks) -> Response:
    """Every setting with its value, its default and where it comes from."""
    workspace = workspace_of(request)
    return render(
        request,
        asks,
        "settings.html",
        tabs=tabs(request, asks),
        sections=settings_answer(workspace),
        files=[f for f in from_files(workspace) if f["account"] == "*" or asks.sees(f["account"])],
        folder=workspace.folder.name,
    )


@router.get("/settings/cut-lines")
def lines(request: Request, asks: Asks, change: str = "") -> Response:
    """Every cut line in force, and the form that moves one of them."""
    return _lines(request, asks, change)


def _lines(
    request: Request, asks: Who, change: str, *, wrong: str = "", typed: Mapping[str, str] = NOTHING
) -> Response:
    told: dict[str, list[dict[str, Any]]] = {}
    found = cut_lines(workspace_of(request))
    for line in found:
        told.setdefault(line["title"], []).append(line)
    return shown(
        request,
        asks,
        "settings_lines.html",
        told=told,
        one=next((line for line in found if line["id"] == change), None),
        may_change=asks.may("lead") and not asks.accounts,
        wrong=wrong,
        typed=typed,
    )


@router.post("/settings/cut-lines", dependencies=CHANGES)
def move_line(
    request: Request, asks: Asks, version: str = Form(""), value: str = Form(""), why: str = Form("")
) -> Response:
    """Move a cut line by a decision that says why."""
    asks.must("lead")
    asks.must_see_all()
    try:
        number = typed_number(value, "a cut line can have")
        done = set_cut(workspace_of(request), version, number, why=why, by=asks.name)
    except Conflict as error:
        return back(request, "/settings/cut-lines", told_here(error), bad=True)
    except OpswheelError as error:
        return _lines(request, asks, version, wrong=told_here(error), typed={"value": value, "why": why})
    said = f"Decision {done['id']}: the next run goes by it. Decisions, under History, can undo it."
    return back(request, "/settings/cut-lines", said)


def typed_number(text: str, fits: str, *, field: str = "", step: str = "Write digits, such as 0.12.") -> float:
    """A number somebody typed, with point or comma. Raises WrongUse; `fits` ends the sentence about one without end."""
    said = f"{field}{text.strip()[:40]!r}"
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise WrongUse(f"{said} is no number.", step) from error
    if not isfinite(value):
        raise WrongUse(f"{said} is no number {fits}.", step)
    return value


@router.get("/settings/routes")
def routes(request: Request, asks: Asks) -> Response:
    """Who owns what, who is away, and the list to edit."""
    return _routes(request, asks)


def _routes(  # noqa: PLR0913
    request: Request, asks: Who, *, text: str | None = None, wrong: str = "", moved: Any = None, kept: bool = False
) -> Response:
    workspace = workspace_of(request)
    return render(
        request,
        asks,
        "settings_routes.html",
        tabs=tabs(request, asks),
        told=routes_answer(workspace),
        text=routes_csv(workspace) if text is None else text,
        wrong=wrong,
        moved=moved,
        shown=[] if moved is None else moved[:MOST_MOVED],
        kept=kept,
    )


@router.get("/settings/routes.csv")
def routes_file(request: Request, asks: Asks) -> Response:
    """The routes as a file to edit in a spreadsheet."""
    asks.must("viewer")
    told = {**HEADERS, "Content-Disposition": 'attachment; filename="routes.csv"', "Cache-Control": "no-store"}
    return Response(routes_csv(workspace_of(request)), media_type="text/csv; charset=utf-8", headers=told)


@router.post("/settings/routes", dependencies=[Depends(put_away), *CHANGES])
async def change_routes(request: Request, asks: Asks) -> Response:
    """Load a list of routes, or show which open issues it would move."""
    asks.must("lead")
    asks.must_see_all()
    form = await request.form()
    sent = form.get("file")
    if isinstance(sent, UploadFile) and sent.filename:
        raw = await sent.read(MOST_ROUTES + 1)
    else:
        raw = str(form.get("text", "")).encode()
    return await run_in_threadpool(_change_routes, request, asks, raw, str(form.get("do", "")))


def _change_routes(request: Request, asks: Who, raw: bytes, do: str) -> Response:
    workspace = workspace_of(request)
    try:
        if len(raw) > MOST_ROUTES:
            raise WrongUse("A list of routes has at most 1 MB.", "Is it the right file?")
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return _routes(request, asks, wrong="This is no CSV file in UTF-8. Export it again as CSV (UTF-8).")
    except WrongUse as error:
        return _routes(request, asks, wrong=str(error))
    try:
        if do == "look":
            return _routes(request, asks, text=text, moved=routes_would(workspace, text, asks.name))
        moved = load_routes(workspace, text, asks.name)["moved"]
    except WrongUse as error:
        return _routes(request, asks, text=text, wrong=str(error))
    return _routes(request, asks, moved=moved, kept=True)


@router.post("/settings/away", dependencies=CHANGES)
def away(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    person: str = Form(""),
    begins: str = Form(""),
    ends: str = Form(""),
    there: str = Form(""),
) -> Response:
    """Somebody is away, or there again."""
    asks.must("lead")
    try:
        if not person.strip():
            raise WrongUse("Who is away?", "Say a name.")
        try:
            days = None if there else (date.fromisoformat(begins), date.fromisoformat(ends or begins))
        except ValueError as error:
            raise WrongUse("Which days?", "Say the first and the last day.") from error
        moved = set_away(workspace_of(request), person.strip(), days, asks.name)["moved"]
    except OpswheelError as error:
        return back(request, "/settings/routes", str(error), bad=True)
    said = f"{person} is there again." if there else f"{person} is away."
    return back(request, "/settings/routes", f"{said} {words.plural(len(moved), 'issue')} moved.")
