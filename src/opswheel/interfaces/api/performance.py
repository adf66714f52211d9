"""The health figures, the diagnosis and the month, and what people write down about how they work."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from ...core.errors import BadRequest
from ..answers import performance as told
from ..report.writing import render
from ..wiring import Workspace
from . import bodies, figures
from .asked import Asked, Asking, Writing, unless_known
from .bodies import AskedDay
from .routing import Api

router = Api("performance")
Month = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}$", description="such as 2026-10")]
AccountName = Annotated[str, Path(min_length=1, max_length=100, description="a seller account")]
SHEET = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}


@router.ask("/metrics", whole=True, answer=figures.Metrics)
def metrics(
    asked: Asking,
    first: Annotated[AskedDay, Query(alias="from")] = None,
    last: Annotated[AskedDay, Query(alias="to")] = None,
) -> Response:
    """The six health figures and the outcomes beside them, each with its doubt; what cannot be told says why."""
    return unless_known(asked.request, told.metrics_answer(asked.workspace, first, last))


@router.ask("/metrics/list", answer=figures.MetricsList)
def metrics_list(asked: Asking) -> Response:
    """What each figure is, and what it may not claim."""
    return unless_known(asked.request, {"metrics": told.catalogue()})


@router.ask("/diagnose", whole=True, answer=figures.Diagnosis)
def diagnose(asked: Asking) -> Response:
    """Is the wheel compounding, where does it stall, and what to mend next."""
    return unless_known(asked.request, told.diagnose_answer(asked.workspace))


@router.change("/diagnose/did", role="operator", whole=True, answer=figures.Habit)
def did(asked: Writing, said: bodies.Did) -> Response:
    """Write down that a habit was done today."""

    def act(inside: Workspace) -> dict[str, Any]:
        return told.record_habit(inside, said.habit, asked.who.name, said.why)

    return asked.write("habit", f"habit/{said.habit}", act)


@router.change("/diagnose/removed", role="lead", whole=True, answer=figures.Handoff)
def removed(asked: Writing, said: bodies.RemovedHandoff) -> Response:
    """Write down that a hand-off is gone."""

    def act(inside: Workspace) -> dict[str, Any]:
        return told.remove_handoff(inside, said.workflow, said.what, by=asked.who.name)

    return asked.write("handoff.removed", f"workflow/{said.workflow}", act, {"what": said.what})


@router.change("/diagnose/set", role="lead", whole=True, answer=figures.Level)
def set_level(asked: Writing, said: bodies.SetLevel) -> Response:
    """Put a person's word about a workflow's level in the place of the evidence until a day; 0 takes it back."""

    def act(inside: Workspace) -> dict[str, Any]:
        by = asked.who.name
        told.override_maturity(inside, said.workflow, said.level, note=said.why, until=said.until, by=by)
        return {"workflow": said.workflow, "level": said.level, "until": said.until.isoformat(), "by": by}

    return asked.write("level.set", f"workflow/{said.workflow}", act, said.model_dump())


@router.ask("/report", whole=True, answer=figures.Month)
def report(asked: Asking, month: Month) -> Response:
    """Everything the month's sheet says."""
    found = _month(asked, month)
    basis = found["diagnosis"]["basis"]
    return unless_known(asked.request, {"verdict": found["diagnosis"]["verdict"], "words": basis["words"]} | found)


@router.ask("/accounts/{name}/report", answer=figures.AccountMonth)
def account_report(asked: Asking, name: AccountName, month: Month) -> Response:
    """What the month's sheet can tell of one account, to whoever sees it."""
    asked.who.must("viewer", name)
    return unless_known(asked.request, told.month_answer(asked.workspace, _first(month), name))


@router.ask("/report.html", whole=True, media="text/html")
def sheet(asked: Asking, month: Month) -> Response:
    """The month on one sheet: HTML that needs nothing else."""
    page = render(_month(asked, month))
    headers = {**SHEET, "Content-Disposition": f'attachment; filename="opswheel-{month}.html"'}
    return Response(page, 200, headers, "text/html")


def _month(asked: Asked, month: str) -> dict[str, Any]:
    return told.month_answer(asked.workspace, _first(month))


def _first(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as wrong:
        raise BadRequest(f"{month!r} is no month.", "Write it like 2026-10.") from wrong
