"""The weekly decision: what is proposed, accepting or rejecting it, the cut lines in force, and undoing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from ...core.errors import BadRequest
from ..answers import decisions as made
from ..wiring import Workspace
from . import bodies, figures, lists
from .asked import Asking, Writing, answer, unless_known
from .bodies import AskedCursor, Number
from .routing import Api

router = Api("decisions")


@router.ask("/proposals", whole=True, answer=figures.Proposals)
def proposals(
    asked: Asking, everything: Annotated[bool, Query(alias="all", description="of earlier weeks as well")] = False
) -> Response:
    """What is proposed this week, the one to decide first on top; what was refused, and rules to review."""
    return unless_known(asked.request, made.proposals_answer(asked.workspace, everything=everything))


@router.ask("/decisions", whole=True, answer=figures.Decisions)
def decisions(asked: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: AskedCursor = None) -> Response:
    """Every decision, the newest first: what it was to bring and what it brought."""
    rows = made.decisions_answer(asked.workspace)["decisions"]
    newest = rows[0]["id"] if rows else 0
    start = lists.begins(cursor, "decisions", newest)
    told, following = lists.page(rows, start, limit, "decisions", newest)
    return unless_known(asked.request, {"decisions": told, "next_cursor": following})


@router.change("/proposals/{number}/decide", role="lead", whole=True, answer=figures.Decision)
def decide(asked: Writing, number: Number, said: bodies.Decide) -> Response:
    """Accept a proposal, as it is or edited, or reject it; the next run goes by it."""
    if said.verdict == "reject" and said.edit:
        raise BadRequest("What is rejected cannot be edited.", "Accept it with the edit, or leave the edit out.")

    def act(inside: Workspace) -> dict[str, Any]:
        return made.decide(inside, number, said.verdict, why=said.why, by=asked.who.name, edit=said.edit or None)

    return asked.write("decide", f"proposal/{number}", act, said.model_dump())


@router.change("/decisions/{number}/rollback", role="lead", whole=True, answer=figures.Decision)
def rollback(asked: Writing, number: Number, said: bodies.Why) -> Response:
    """Undo a decision by one of its own: things are as before it from the next run on."""

    def act(inside: Workspace) -> dict[str, Any]:
        return made.rollback(inside, number, why=said.why, by=asked.who.name)

    return asked.write("rollback", f"decision/{number}", act, said.model_dump())


@router.change("/decisions/{number}/removed", role="lead", whole=True, answer=figures.Decision)
def removed(asked: Writing, number: Number) -> Response:
    """The cause of a decision is gone: from now on what that brings is measured."""
    return asked.write("decide.removed", f"decision/{number}", lambda inside: made.removed(inside, number))


@router.change("/thresholds", role="lead", whole=True, answer=figures.Decision)
def move_cut(asked: Writing, said: bodies.MoveCut) -> Response:
    """Move a cut line by a decision of one's own, within its bounds; the next run goes by it."""

    def act(inside: Workspace) -> dict[str, Any]:
        return made.set_cut(inside, said.id, said.value, why=said.why, by=asked.who.name)

    return asked.write("decide.cut", f"cut/{said.id}", act, said.model_dump())


@router.ask("/thresholds", answer=figures.Thresholds)
def thresholds(asked: Asking) -> Response:
    """The cut lines in force now, each with the rule's own, who set it and why."""
    found = made.thresholds_answer(asked.workspace)["thresholds"]
    mine = [t for t in found if "account" not in t["segment"] or asked.who.sees(t["segment"]["account"])]
    return answer({"thresholds": mine})
