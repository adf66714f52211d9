"""Wheel: the six stages as one picture, the hand-offs between them, the axle, and the rows behind each figure."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...core.clock import parse_moment
from ...core.contracts import RANKS
from ..answers.stage_evidence import evidence_answer
from ..answers.stages import stages_answer
from ..people import workspace_of
from ..wiring import Workspace
from . import words
from .guard import Asks
from .pages import HEADERS, packed, render
from .pictures import wheel as pictures

router = APIRouter()


@router.get("/wheel")
def wheel(request: Request, asks: Asks) -> Response:
    """The wheel as it stands."""
    asks.must_see_all()
    told = stages_answer(workspace_of(request))
    return render(
        request,
        asks,
        "wheel.html",
        told=told,
        ring=pictures.inline(told),
        pictures_of=pictures,
        spokes=_spokes(workspace_of(request), told),
    )


@router.get("/wheel/slide.svg")
def slide(request: Request, asks: Asks) -> Response:
    """The wheel as one picture to show."""
    asks.must_see_all()
    told = stages_answer(workspace_of(request))
    now = parse_moment(told["as_of"]) if told["as_of"] else workspace_of(request).clock.now()
    day = f"{now.day} {now:%B %Y}"
    title = f"Operations wheel, {day}: {told['verdict']['title'].rstrip('.').lower()}"
    how = f"Figures over {told['days']} days; goals are assumed; money is revenue at risk, 8 in 10 within."
    text = pictures.slide(told, title, f"Opswheel, {day}. {how}")
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Content-Disposition": f'attachment; filename="opswheel-{now:%Y-%m-%d}.svg"',
        "Cache-Control": "no-store",
    }
    response: Response = packed(request, Response(text, media_type="image/svg+xml", headers=headers))
    return response


@router.get("/wheel/{number}")
def evidence(request: Request, asks: Asks, number: int) -> Response:
    """The rows behind one stage's figure."""
    asks.must_see_all()
    return render(request, asks, "wheel_evidence.html", told=evidence_answer(workspace_of(request), number))


def _spokes(workspace: Workspace, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Money by spoke with a bar each and the heaviest issue in words."""
    groups = told["axle"]["spokes"]
    first = [i for g in groups for i in g["first"][:1]]
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        rows = connection.execute(
            sa.select(ranks.c.issue_id, ranks.c.sentence, ranks.c.avoidable_mean).where(
                ranks.c.issue_id.in_(first), ranks.c.run_id == told["run"]
            )
        )
        heaviest = {r.issue_id: r for r in rows}
    most = max((g["avoidable"] for g in groups), default=0.0)
    currency = told["currency"]
    return [
        group
        | {
            "heaviest": heaviest.get(group["first"][0]) if group["first"] else None,
            "bar": pictures.bar(
                group["avoidable"] / most if most > 0 else 0.0,
                f"{group['title']}: {words.short(group['avoidable'], currency)}",
            ),
        }
        for group in groups
    ]
