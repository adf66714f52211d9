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
VIEWS: dict[str, tuple[tuple[str, str], ...]] = {
    "morning": (("/", "/"),),
    "midday": (("/", "/?tier=1"),),
    "close_of_day": (("/learning", "/learning"), ("/wheel/{number}", "/wheel/4")),
    "weekly": (("/decisions", "/decisions"), ("/wheel/{number}", "/wheel/5")),
    "monthly": (("/performance/month", "/performance/month"), ("/performance", "/performance"), ("/wheel", "/wheel/6")),
    "quarterly": (("/performance", "/performance"), ("/wheel", "/wheel")),
}
"""The views of each habit, the best first: (its route, where to go). The first one this server has is opened."""


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
    return RedirectResponse(_view(name), status_code=303, headers=HEADERS)


def _view(name: str) -> str:
    """The best view of a habit that is here."""
    from .routes import ROUTERS

    known = {getattr(route, "path", "") for router_ in ROUTERS for route in router_.routes}
    return next((to for path, to in VIEWS[name] if path in known), "/")
