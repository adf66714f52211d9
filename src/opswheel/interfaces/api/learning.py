"""What closes have taught, and what people answer and add to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from ..answers import learning as taught
from ..answers.decisions import lineage_answer
from ..wiring import Workspace
from . import bodies, figures
from .asked import Asking, Writing, answer, unless_known
from .bodies import Number
from .routing import Api

router = Api("learning")


@router.ask("/learning", whole=True, answer=figures.Learning)
def learning(asked: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 20) -> Response:
    """What repeats, whether claims held, what no rule saw, what waits for a look, and the root causes."""
    return unless_known(asked.request, taught.learning_answer(asked.workspace, limit=limit))


@router.ask("/learning/lineage/{number}", whole=True, answer=figures.Lineage)
def lineage(asked: Asking, number: Number) -> Response:
    """A decision about a cause: back to its signals, forward to what it saved."""
    return answer(lineage_answer(asked.workspace, number))


@router.change("/learning/look", role="operator", whole=True, answer=figures.Learning)
def look(asked: Writing, said: bodies.Look) -> Response:
    """Answer a look: the alarm was right, wrong, or cannot be told."""

    def act(inside: Workspace) -> dict[str, Any]:
        return taught.answer_look(inside, said.kind, said.subject, said.said, by=asked.who.name, why=said.why)

    return asked.write("learning.look", f"{said.kind}/{said.subject}"[:200], act, {"said": said.said})


@router.change("/learning/add-cause", role="operator", whole=True, answer=figures.Learning)
def add_cause(asked: Writing, said: bodies.AddCause) -> Response:
    """A root cause of your own, which closes may name from now on."""

    def act(inside: Workspace) -> dict[str, Any]:
        return taught.add_cause(inside, said.cause, said.words, by=asked.who.name)

    return asked.write("learning.add_cause", f"cause/{said.cause}", act, {"words": said.words})


@router.change("/learning/merge", role="operator", whole=True, answer=figures.Learning)
def merge(asked: Writing, said: bodies.MergeCauses) -> Response:
    """Two root causes are one and the same from now on, in what was learned before, too."""

    def act(inside: Workspace) -> dict[str, Any]:
        return taught.merge_causes(inside, said.cause, said.into, by=asked.who.name)

    return asked.write("learning.merge", f"cause/{said.cause}", act, {"into": said.into})
