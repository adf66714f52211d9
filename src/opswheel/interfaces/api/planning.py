"""Demand that is expected, and what to order and move because of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from ..answers import planning
from ..wiring import Workspace
from . import bodies, figures, lists
from .asked import Asking, Writing, unless_known
from .bodies import AskedCursor, AskedText
from .routing import Api

router = Api("planning")
Limit = Annotated[int, Query(ge=1, le=500)]


@router.ask("/forecast", answer=figures.Forecast)
def forecast(
    asked: Asking, sku: AskedText = None, channel: AskedText = None, limit: Limit = 50, cursor: AskedCursor = None
) -> Response:
    """Demand expected of each listing of the last forecast, the most first; of one listing day by day."""
    mine = asked.who.accounts
    found = planning.forecast_answer(asked.workspace, sku, channel, None, None, accounts=mine)
    of = ("forecast", sku, channel, sorted(mine), found["made_at"])
    found["items"], found["next_cursor"] = lists.page(found["items"], lists.begins(cursor, *of), limit, *of)
    return unless_known(asked.request, found)


@router.ask("/plan", answer=figures.Plans)
def plan(  # noqa: PLR0913
    asked: Asking,
    sku: AskedText = None,
    pool: AskedText = None,
    everything: Annotated[bool, Query(alias="all", description="also the pools that may wait")] = False,
    limit: Limit = 50,
    cursor: AskedCursor = None,
) -> Response:
    """What to order and send, by when, and what is lost otherwise; what saves most first."""
    mine = asked.who.accounts
    found = planning.plan_answer(asked.workspace, sku, pool, None, everything=everything, accounts=mine)
    of = ("plan", sku, pool, everything, sorted(mine), found["made_at"])
    found["plans"], found["next_cursor"] = lists.page(found["plans"], lists.begins(cursor, *of), limit, *of)
    return unless_known(asked.request, found)


@router.change("/forecast", role="lead", scope="run", whole=True, answer=figures.Forecast)
def make_forecast(asked: Writing, said: bodies.MakeForecast | None = None) -> Response:
    """Forecast and plan anew from what is loaded now, and answer when that is done; takes a while."""
    choose = said is not None and said.choose

    def act(workspace: Workspace) -> dict[str, Any]:
        made = planning.make(workspace, anew=choose, progress=lambda _: None)
        return planning.forecast_answer(workspace, None, None, made, bodies.FIRST_PAGE)

    return asked.work("forecast", "forecast", act, {"choose": choose})


@router.change("/plan", role="lead", scope="run", whole=True, answer=figures.Plans)
def make_plan(asked: Writing) -> Response:
    """The same, answered with the plans."""

    def act(workspace: Workspace) -> dict[str, Any]:
        made = planning.make(workspace, anew=False, progress=lambda _: None)
        found = planning.plan_answer(workspace, None, None, made, everything=False)
        return found | {"plans": found["plans"][: bodies.FIRST_PAGE]}

    return asked.work("plan", "plan", act)
