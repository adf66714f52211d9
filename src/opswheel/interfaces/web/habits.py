"""Habits: what a team does each day, week and month; each opens the right view, and doing it ticks it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from ...core.errors import NotFound
from ..answers.habits import habits_answer, opened
from ..people import workspace_of
from .guard import Asks, guarded
from .pages import HEADERS, render

router = APIRouter()
VIEWS = {
    "morning": "/",
    "midday": "/?tier=1",
    "close_of_day": "/learning",
    "weekly": "/decisions",
    "monthly": "/performance/month",
    "quarterly": "/performance",
}
"""The view each habit opens."""


@router.get("/habits")
def habits(request: Request, asks: Asks) -> Response:
    """The habits, and what was done of them."""
    return render(request, asks, "habits.html", told=habits_answer(workspace_of(request)))


@router.post("/habits/{name}", dependencies=[Depends(guarded)])
def open_view(request: Request, asks: Asks, name: str) -> Response:
    """On to the view of a habit."""
    if name not in VIEWS:
        raise NotFound(f"There is no habit {name[:40]!r}.", "Look at the list of them: /habits.")
    if asks.may("operator"):
        opened(workspace_of(request), name, asks.name)
    return RedirectResponse(VIEWS[name], status_code=303, headers=HEADERS)
