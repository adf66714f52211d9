"""The slow wheel: read from loaded facts with GET; with files of your own, sent as text, with POST."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ...core.errors import BadRequest
from ...growth.templates import read_wheel, template, template_text
from ...growth.wheel import Wheel
from ..answers import growth as slow
from ..answers import growth_wheel as shape
from ..answers.growth_axle import save_multipliers, spokes_answer
from ..answers.growth_kpis import kpis_answer
from . import answers, bodies, figures
from .asked import Asked, Asking, Writing, answer, unless_known
from .bodies import AskedText, Body, Listed, Name, Short
from .routing import Api

router = Api("growth")
Parts = Annotated[list[Short], Field(max_length=20)]
FILES = {
    "file": "wheel.toml",
    "data": "weeks.csv",
    "orders": "orders.csv",
    "lift": "lift.csv",
    "costs": "costs.csv",
    "pillars": "scores.csv",
    "surveys": "surveys.csv",
}
"""What a file that was sent is called in answers and errors."""


class About(BaseModel):
    """Which wheel, calibrated on the loaded facts of which channel."""

    wheel: Short = "seller"
    parts: Parts = Field(default=[], alias="with", description="optional parts to put on")
    channel: Short | None = None
    same_week: Parts = Field(default=[], description="levers whose budget follows the sales of the same week")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 7


class Pushing(BaseModel):
    """One push: a driver, how far, for how long."""

    driver: Name
    change: Annotated[Short, Field(description="such as +10% or -5%")]
    weeks: Annotated[int, Field(ge=4, le=260)] = 52
    stop: Annotated[int, Field(ge=1, le=260)] | None = None


class Question(About):
    """As query words."""

    model_config = ConfigDict(extra="forbid")


class PushQuestion(Pushing, Question):
    """As query words."""


class Sent(Body, About):
    """The same with files: each is the whole text of one. A file of weeks or orders takes the place of loaded facts."""

    file: Listed | None = Field(default=None, description="your own wheel, as TOML, in the place of a template")
    data: Listed | None = Field(default=None, description="a CSV of weeks")
    orders: Listed | None = Field(default=None, description="a CSV of orders with customers; nothing of it is stored")
    lift: Listed | None = Field(default=None, description="a CSV of finished lift tests")


class Diagnose(Sent):
    """Industry risk scores beside."""

    pillars: Listed | None = Field(default=None, description="a CSV of risk scores")


class Costs(Sent):
    """What pushes cost."""

    costs: Listed = Field(description="a CSV of pushes with their costs")


class Experiment(Sent):
    """What pushes cost; all the same, if not given."""

    costs: Listed | None = Field(default=None, description="a CSV of pushes with their costs")


class Push(Sent, Pushing):
    """One push on your own files."""


class Own(Body):
    """A wheel of your own."""

    file: Listed = Field(description="the wheel, as TOML")
    parts: Parts = Field(default=[], alias="with", description="optional parts to put on")


class Kpis(Body):
    """Key figures from files beside the loaded facts."""

    orders: Listed | None = Field(default=None, description="a CSV of orders with customers; nothing of it is stored")
    surveys: Listed | None = Field(default=None, description="a CSV of answers: score or stars")
    channel: Short | None = None


@contextlib.contextmanager
def files_of(said: BaseModel) -> Iterator[dict[str, Path | None]]:
    """The texts that were sent as files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="opswheel-growth-") as folder:
        found: dict[str, Path | None] = dict.fromkeys(FILES)
        for field, name in FILES.items():
            if (text := getattr(said, field, None)) is not None:
                found[field] = path = Path(folder) / name
                path.write_text(text, encoding="utf-8", newline="")
        yield found


Ask = Callable[[slow.OpenWorkspace, slow.Asked, Any, dict[str, Path | None]], dict[str, Any]]


def _pushed(open_workspace: slow.OpenWorkspace, wanted: slow.Asked, said: Any, _: object) -> dict[str, Any]:
    if said.stop is not None and said.stop >= said.weeks:
        raise BadRequest("stop: lies after the last week looked at.", "Say more weeks, or stop sooner.")
    found = slow.push_answer(open_workspace, wanted, said.driver, said.change, weeks=said.weeks, stop=said.stop)
    return {name: value for name, value in found.items() if name not in ("svg", "rows")}


QUESTIONS: dict[str, tuple[Ask, type[Question] | None, type[Sent], str]] = {
    "diagnose": (
        lambda w, a, _, f: slow.diagnose_answer(w, a, f["pillars"]),
        Question,
        Diagnose,
        "Which spoke is broken, what holds the wheel back, and whether momentum is building.",
    ),
    "momentum": (
        lambda w, a, *_: slow.momentum_answer(w, a)[0],
        Question,
        Sent,
        "How much of a push comes back, loop by loop, and where sales go if nobody pushes.",
    ),
    "leverage": (
        lambda w, a, _, f: slow.leverage_answer(w, a, _there(f["costs"])),
        None,
        Costs,
        "Pushes ranked by what they bring per unit of cost.",
    ),
    "push": (_pushed, PushQuestion, Push, "What one push does to sales, week by week, and what is left when it stops."),
    "experiment": (
        lambda w, a, _, f: slow.experiment_answer(w, a, f["costs"]),
        Question,
        Experiment,
        "The cheapest next test: its design, size and weeks.",
    ),
}
"""What the calibrated wheel is asked: how, with which query words (none: it takes a file), with which files."""


def _there(path: Path | None) -> Path:
    assert path is not None  # its body requires it
    return path


def _wanted(said: Any, files: dict[str, Path | None]) -> slow.Asked:
    return slow.Asked(
        said.wheel,
        files["file"],
        tuple(said.parts),
        files["data"],
        files["orders"],
        said.channel,
        files["lift"],
        tuple(said.same_week),
        said.seed,
    )


def _found(asked: Asked, ask: Ask, said: BaseModel) -> dict[str, Any]:
    with files_of(said) as files:
        return ask(lambda: asked.workspace, _wanted(said, files), said, files)


def _route(name: str, ask: Ask, question: type[Question] | None, sent: type[Sent], words: str) -> None:
    def get(asked: Asking, said: Any) -> Response:
        return unless_known(asked.request, _found(asked, ask, said))

    def post(asked: Asking, said: Any) -> Response:
        return answer(_found(asked, ask, said))

    if question is not None:
        get.__name__, get.__doc__ = name, words
        get.__annotations__ |= {"said": Annotated[question, Query()]}
        router.ask(f"/growth/{name}", whole=True, answer=figures.Growth)(get)
    post.__name__, post.__doc__ = f"{name}_of_files", f"{words} On files of your own; nothing is kept."
    post.__annotations__ |= {"said": sent}
    router.ask(f"/growth/{name}", role="operator", method="POST", whole=True, answer=figures.Growth)(post)


for _name, (_ask, _question, _sent, _words) in QUESTIONS.items():
    _route(_name, _ask, _question, _sent, _words)

SHAPES: dict[str, tuple[Callable[[Wheel], dict[str, Any]], str]] = {
    "wheel": (shape.wheel_answer, "A wheel: its drivers, what measures them, its loops."),
    "links": (shape.links_answer, "The links of a wheel: sign, delay, size with its range, and where that comes from."),
    "loops": (shape.loops_answer, "The loops of a wheel: what comes back of 100, how long a turn takes."),
}
"""What a wheel is before any data."""
WheelName = Annotated[str, Query(max_length=200, description="seller, marketplace, store or operations"), bodies.Clean]
With = Annotated[Parts, Query(alias="with", description="optional parts to put on")]


def _shape(name: str, tell: Callable[[Wheel], dict[str, Any]], words: str) -> None:
    def get(asked: Asking, wheel: WheelName = "seller", parts: With = []) -> Response:  # noqa: B006
        return unless_known(asked.request, tell(_with(template(wheel), parts)))

    def post(asked: Asking, said: Own) -> Response:  # noqa: ARG001
        with files_of(said) as files:
            return answer(tell(_with(read_wheel(_there(files["file"])), said.parts)))

    get.__name__, get.__doc__ = name, words
    router.ask(f"/growth/{name}", answer=figures.Wheel)(get)
    post.__name__, post.__doc__ = f"own_{name}", f"{words} Of a wheel of your own; nothing is kept."
    router.ask(f"/growth/{name}", role="operator", method="POST", answer=figures.Wheel)(post)


def _with(wheel: Wheel, parts: list[str]) -> Wheel:
    for part in parts:
        wheel = wheel.with_part(part)
    return wheel


for _name, (_tell, _words) in SHAPES.items():
    _shape(_name, _tell, _words)


@router.ask("/growth/wheel.toml", media="application/toml")
def wheel_text(asked: Asking, wheel: WheelName = "seller") -> Response:  # noqa: ARG001
    """The text of a template, to edit and send back as `file`."""
    headers = {"Content-Disposition": 'attachment; filename="wheel.toml"'}
    return Response(template_text(wheel), 200, headers, "application/toml")


@router.change("/growth/momentum/save", role="lead", whole=True, answer=figures.Saved)
def save_momentum(asked: Writing, said: Sent | None = None) -> Response:
    """Keep the follow-on multipliers of this wheel for ranking; `[growth] momentum` switches their use on."""
    wanted = said or Sent()
    with files_of(wanted) as files:
        _, fit = slow.momentum_answer(lambda: asked.workspace, _wanted(wanted, files))
    subject = f"wheel/{fit.wheel.name}"[:200]
    return asked.write("growth.save", subject, lambda inside: save_multipliers(inside, fit))


@router.ask("/growth/kpis", whole=True, answer=figures.Kpis)
def kpis(asked: Asking, channel: AskedText = None) -> Response:
    """The board of key figures from loaded facts, each with its interval and against its mark."""
    return unless_known(asked.request, kpis_answer(lambda: asked.workspace, None, None, channel))


@router.ask("/growth/kpis", role="operator", method="POST", whole=True, answer=figures.Kpis)
def kpis_of_files(asked: Asking, said: Kpis) -> Response:
    """The board with files of orders or answers beside the loaded facts; nothing of them is kept."""
    with files_of(said) as files:
        found = kpis_answer(lambda: asked.workspace, files["orders"], files["surveys"], said.channel)
    return answer(found)


@router.ask("/growth/spokes", whole=True, answer=answers.Spokes)
def spokes(asked: Asking) -> Response:
    """Open issues and their money by the spoke of the growth wheel they hold back."""
    return unless_known(asked.request, spokes_answer(asked.workspace))
