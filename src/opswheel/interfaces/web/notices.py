"""Notices: who was told what and when, what waits, and what could not be sent."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import OpswheelError
from ..answers.jobs import jobs_answer, retry_job
from ..people import Who, workspace_of
from ..people.who import Role
from ..service import asleep, telling
from ..wiring import Workspace
from .errors import told_here
from .guard import Asks, guarded
from .pages import back, render
from .settings import tabs

router = APIRouter()
CHANGES = [Depends(guarded)]
HERE = "/settings/notices"
MOST = 100
STATES = {
    "held": "held until they may be disturbed",
    "later": "kept for the daily message",
    "sending": "on its way",
    "sent": "told",
    "dead": "not delivered, given up",
}
EVERYBODY: Role = "admin"
"""The role that sees what others are told; anybody else sees their own."""
Act = Callable[[Workspace], object]


@router.get(HERE)
def notices(request: Request, asks: Asks, state: str = "", person: str = "") -> Response:
    """What was told to whom, newest first."""
    workspace, whole = workspace_of(request), _whole(asks)
    about = (person or None) if whole else asks.name
    found = telling.notices_answer(workspace, about, state if state in STATES else None, MOST)
    people = [p for p in found["people"] if whole or p["person"] == asks.name]
    return render(
        request,
        asks,
        "settings_notices.html",
        tabs=tabs(request, asks),
        notices=found["notices"],
        people=people,
        asleep=found["asleep_since"],
        dead=jobs_answer(workspace, "dead", 20) if whole else None,
        states=STATES,
        state=state if state in STATES else "",
        person=about if whole else None,
        whole=whole,
        most=MOST,
    )


def _whole(asks: Who) -> bool:
    return asks.may(EVERYBODY) and not asks.accounts


@router.post(HERE, dependencies=CHANGES)
def change(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    person: str = Form(""),
    daily: str = Form(""),
    quiet: str = Form(""),
    everything: str = Form(""),
) -> Response:
    """When and how much somebody is told who has an address."""
    return _done(
        request,
        asks,
        f"{person}: from now on as said.",
        lambda w: telling.set_person(
            w,
            person,
            urls=None,
            everything=everything == "yes",
            daily_at=daily.strip(),
            quiet=quiet.strip(),
            by=asks.name,
        ),
    )


@router.post(f"{HERE}/test", dependencies=CHANGES)
def test(request: Request, asks: Asks, person: str = Form("")) -> Response:
    """A message at once, to see whether it arrives."""
    _must(asks)
    try:
        told = telling.test_person(workspace_of(request), person)
    except OpswheelError as error:
        return back(request, HERE, told_here(error), bad=True)
    said = ", ".join(f"{one['to']} {'took it' if one['taken'] else 'did not take it'}" for one in told)
    return back(request, HERE, f"{person}: {said}.", bad=any(not one["taken"] for one in told))


@router.post(f"{HERE}/wake", dependencies=CHANGES)
def wake(request: Request, asks: Asks) -> Response:
    """Tell people again, from now on."""
    return _done(request, asks, "People are told again, from now on.", lambda w: asleep.wake(w, "notices"))


@router.post(f"{HERE}/retry", dependencies=CHANGES)
def retry(request: Request, asks: Asks, job: int = Form()) -> Response:
    """Try something again that was given up."""
    return _done(request, asks, "It is tried again.", lambda w: retry_job(w, job))


def _must(asks: Who) -> None:
    asks.must(EVERYBODY)
    asks.must_see_all()


def _done(request: Request, asks: Who, said: str, act: Act) -> Response:
    _must(asks)
    try:
        act(workspace_of(request))
    except OpswheelError as error:
        return back(request, HERE, told_here(error), bad=True)
    return back(request, HERE, said)
