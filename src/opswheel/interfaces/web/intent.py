"""Intent: what listings are meant for, settled group by group; one press writes all of it, one takes it back."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ...core.errors import Conflict, WrongUse
from ..answers.intent_sweep import GROUPINGS, Key, settle, sweep_answer, take_back
from ..people import Who, workspace_of
from . import words
from .guard import Asks, guarded
from .pages import back, render

router = APIRouter()
MOST_GROUPS = 250
MOST_OPEN = 300
"""So many listings of an opened group stand on one page: a form has its limits."""
SAID = {
    "": ("leave", "l"),
    "discontinued": ("discontinued", "d"),
    "sell": ("sell", "s"),
    "sell_through": ("sell through", "t"),
    "not_ours": ("not ours", "n"),
}


@router.get("/intent")
def intent(request: Request, asks: Asks, by: str = "last", channel: str = "", open: str = "") -> Response:
    """What nobody said the intent of, in groups."""
    told = sweep_answer(workspace_of(request), by if by in GROUPINGS else "last", channel or None, asks.name, asks.sees)
    opened = next((g for g in told["groups"] if g["id"] == open), None)
    return render(
        request,
        asks,
        "intent.html",
        told=told,
        channel=channel,
        opened=opened,
        shown=opened["rows"][:MOST_OPEN] if opened else [],
        groups=told["groups"][:MOST_GROUPS],
        groupings=GROUPINGS,
        choices=SAID,
    )


@router.post("/intent", dependencies=[Depends(guarded)])
async def say(request: Request, asks: Asks) -> Response:
    """Write down what was chosen, all at once."""
    asks.must("operator")
    form = await request.form()
    told = {k: v for k, v in form.items() if isinstance(v, str)}
    here = f"/intent?by={told.get('by', 'last')}"
    try:
        n = await run_in_threadpool(_settle, request, asks, told)
    except WrongUse as error:
        return back(request, here, str(error), bad=True)
    return back(
        request, here, f"{words.plural(n, 'listing')} settled. The next run leaves out what is not meant to sell."
    )


def _settle(request: Request, asks: Who, told: dict[str, str]) -> int:
    by = told.get("by", "last")
    found = sweep_answer(
        workspace_of(request), by if by in GROUPINGS else "last", told.get("channel") or None, asks.name, asks.sees
    )
    said: dict[Key, str] = {}
    for group in found["groups"]:
        chosen = told.get(f"g:{group['id']}", "")
        for row in group["rows"]:
            own = told.get(f"s:{row['account']}|{row['channel']}|{row['sku']}", "")
            value = own or chosen
            if value and value != "leave":
                asks.must("operator", row["account"])
                said[row["account"], row["channel"], row["sku"]] = value
    return settle(workspace_of(request), said, asks.name)


@router.post("/intent/undo", dependencies=[Depends(guarded)])
def undo(request: Request, asks: Asks, sweep: str = Form()) -> Response:
    """Take one's last sweep back."""
    asks.must("operator")
    try:
        n = take_back(workspace_of(request), sweep, asks.name)
    except Conflict as error:
        return back(request, "/intent", str(error), bad=True)
    return back(request, "/intent", f"Taken back: {words.plural(n, 'listing')} unsettled again.")
