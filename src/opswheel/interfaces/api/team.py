"""Cases, routes, and the catalogues of rules, readers and playbooks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from ...core.errors import BadRequest, NotFound
from ...resolution import cases as tickets
from ...resolution import playbook as books
from ..answers import cases as case_answers
from ..answers import routes as route_answers
from ..catalogues import detector_json, reader_json
from ..people import Who, must_see
from ..wiring import Workspace
from . import answers, bodies
from .asked import Asking, Writing, unless_known
from .bodies import Number
from .routing import Api

router = Api("team")


@router.ask("/cases", answer=answers.Cases)
def cases(asked: Asking, closed: Annotated[bool, Query(description="closed ones too")] = False) -> Response:
    """Tickets at the marketplace: those it has answered and we have not first, then by what waiting costs."""
    found = case_answers.cases_answer(asked.workspace, closed=closed)
    mine = [c for c in found["cases"] if asked.who.sees(c["account"])]
    waiting = sum(c["whose_move"] == tickets.US for c in mine)
    return unless_known(asked.request, {**found, "cases": mine, "waiting_on_us": waiting})


@router.change("/cases", role="operator", status=201, answer=answers.Case)
def open_case(asked: Writing, said: bodies.OpenCase) -> Response:
    """Open a case about issues: they wait on the marketplace from now on."""
    new = tickets.NewCase(said.type, said.id.strip(), said.title, tuple(said.have))

    def act(inside: Workspace) -> dict[str, Any]:
        _see_issues(inside, asked.who, said.issues)
        return case_answers.open_case(inside, said.issues, new, asked.who.name)

    return asked.write("case.open", f"issues/{said.issues[0]}", act, said.model_dump(), status=201)


@router.change("/cases/load", role="operator", whole=True, answer=answers.Merged)
def load_cases(asked: Writing, said: bodies.Csv) -> Response:
    """Merge a case log as CSV: everything it says, or nothing where a line of it cannot be meant."""
    return asked.write("case.load", "cases", lambda w: case_answers.load_cases(w, said.csv, asked.who.name))


@router.change("/cases/{number}", role="operator", method="PATCH", answer=answers.Case)
def update_case(asked: Writing, number: Number, said: bodies.UpdateCase) -> Response:
    """Write down what became of a case: who wrote last, what evidence is there, how it ended."""
    now = asked.workspace.clock.now()
    if said.at is not None and said.at > now:
        raise BadRequest("at is still to come.", "Say when they wrote.")
    moved = said.at or (now if said.last_from or said.status else None)
    heard = tickets.Heard(
        said.last_from, moved, said.status, moved, said.title, said.id, said.outcome, tuple(said.have)
    )

    def act(inside: Workspace) -> dict[str, Any]:
        _see_case(inside, asked.who, number)
        return case_answers.update_case(inside, number, heard, asked.who.name)

    return asked.write("case.update", f"case/{number}", act, said.model_dump())


@router.change("/cases/{number}/link", role="operator", answer=answers.Case)
def link_case(asked: Writing, number: Number, said: bodies.LinkCase) -> Response:
    """Say that a case is about issues too."""

    def act(inside: Workspace) -> dict[str, Any]:
        _see_case(inside, asked.who, number)
        _see_issues(inside, asked.who, said.issues)
        return case_answers.link_case(inside, number, said.issues, asked.who.name)

    return asked.write("case.link", f"case/{number}", act, {"issues": said.issues})


def _see_issues(inside: Workspace, asker: Who, numbers: list[int]) -> None:
    with inside.ledger.read() as connection:
        for number in numbers:
            must_see(connection, asker, number)


def _see_case(inside: Workspace, asker: Who, number: int) -> None:
    with inside.ledger.read() as connection:
        if not asker.sees(tickets.find(connection, number).account):
            raise NotFound(f"There is no case {number}.", "`opswheel cases` lists them with their numbers.")


@router.ask("/routes", whole=True, answer=answers.Routes)
def routes(asked: Asking) -> Response:
    """Who owns what, who is away, and which routes people keep going around."""
    return unless_known(asked.request, route_answers.routes_answer(asked.workspace))


@router.ask("/routes.csv", whole=True, media="text/csv")
def routes_csv(asked: Asking) -> Response:
    """Every route in force as CSV, to edit and send back."""
    text = route_answers.routes_csv(asked.workspace)
    headers = {"Content-Disposition": 'attachment; filename="routes.csv"'}
    return Response(text, 200, headers, "text/csv")


@router.change("/routes", role="lead", method="PUT", whole=True, answer=answers.Routes)
def load_routes(asked: Writing, said: bodies.Csv) -> Response:
    """Put a new list in the place of the loaded one and re-route at once; tells which issues moved."""

    def act(inside: Workspace) -> dict[str, Any]:
        return route_answers.load_routes(inside, said.csv, asked.who.name)

    return asked.write("route.load", "routes", act, {"csv": said.csv})


@router.change("/routes/away", role="lead", whole=True, answer=answers.Routes)
def away(asked: Writing, said: bodies.Away) -> Response:
    """Somebody is away: what they hold and did not claim moves to who stands in."""
    days = (said.first, said.last)

    def act(inside: Workspace) -> dict[str, Any]:
        return route_answers.set_away(inside, said.person, days, asked.who.name)

    return asked.write("route.away", f"person/{said.person}", act, {"first": said.first, "last": said.last})


@router.change("/routes/back", role="lead", whole=True, answer=answers.Routes)
def back(asked: Writing, said: bodies.Back) -> Response:
    """Somebody is there again from today on."""

    def act(inside: Workspace) -> dict[str, Any]:
        return route_answers.set_away(inside, said.person, None, asked.who.name)

    return asked.write("route.back", f"person/{said.person}", act)


@router.ask("/detectors", answer=answers.Detectors)
def detectors(asked: Asking) -> Response:
    """The rules, with what they read and their cut lines."""
    return unless_known(asked.request, {"detectors": [detector_json(d) for d in asked.workspace.detectors]})


@router.ask("/readers", answer=answers.Readers)
def readers(asked: Asking) -> Response:
    """The report files Opswheel reads."""
    return unless_known(asked.request, {"readers": [reader_json(r) for r in asked.workspace.readers]})


@router.ask("/playbook/{kind}", answer=answers.Playbook)
def playbook(asked: Asking, kind: Annotated[str, Path(max_length=100), bodies.Clean]) -> Response:
    """What to do about a kind of issue: steps, screen, minutes, root causes; your own page where there is one."""
    if kind not in books.kinds():
        raise NotFound(f"There is no playbook of {kind!r}.", f"One of: {', '.join(books.kinds())}.")
    folder = asked.workspace.playbooks
    book = books.load(kind, folder)
    own = f"playbooks/{kind}.md" if (folder / f"{kind}.md").exists() else None
    return unless_known(asked.request, {**vars(book), "root_causes": list(book.root_causes), "path": own})
