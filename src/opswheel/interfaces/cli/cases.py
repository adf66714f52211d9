"""`cases`: tickets at the marketplace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from ...core.money import show_money
from .context import answer, console, options, workspace
from .days import parse_as_of
from .routes import read_text

app = App(name="cases", help_format="plaintext", result_action="return_value")
Numbers = Annotated[list[int], Parameter(negative=())]
Items = Annotated[list[str] | None, Parameter(name="--have", negative=())]


@app.default
def cases(*, closed: Annotated[bool, Parameter(negative=())] = False) -> int:
    """Tickets at the marketplace: those it has answered and we have not first, then by what waiting costs.

    Parameters
    ----------
    closed
        Closed ones too.
    """
    from ..answers.cases import cases_answer

    found = cases_answer(workspace(), closed=closed)
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


@app.command(name="open")
def open_(  # noqa: PLR0913
    issues: Numbers,
    /,
    *,
    type_: Annotated[str, Parameter(name="--type")],
    id_: Annotated[str, Parameter(name="--id")] = "",
    title: str = "",
    have: Items = None,
    by: str | None = None,
) -> int:
    """Open a case about issues: they wait on the marketplace, and the clock of their promises stands still.

    Parameters
    ----------
    issues
        Numbers of the issues.
    type_
        What it is about, such as suppression_appeal.
    id_
        The marketplace's number of the case.
    title
        In a few words.
    have
        Evidence that is attached; again for more.
    by
        Who; you, if not given.
    """
    from ...resolution.cases import NewCase
    from ..answers.cases import open_case

    return _say(open_case(workspace(), issues, NewCase(type_, id_.strip(), title, tuple(have or ())), by))


@app.command
def update(  # noqa: PLR0913
    case: int,
    /,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    at: str | None = None,
    status: str | None = None,
    id_: Annotated[str | None, Parameter(name="--id")] = None,
    title: str | None = None,
    outcome: str | None = None,
    have: Items = None,
    by: str | None = None,
) -> int:
    """Write down what became of a case: who wrote last, what evidence is there, how it ended.

    Parameters
    ----------
    case
        Number of the case.
    from_
        Who wrote last: us or them.
    at
        When; now, if not given.
    status
        open or closed.
    id_
        The marketplace's number of the case.
    title
        In a few words.
    outcome
        How it ended.
    have
        Evidence that is there now; again for more.
    by
        Who tells it; you, if not given.
    """
    from ...core.errors import WrongUse
    from ...resolution.cases import Heard
    from ..answers.cases import update_case

    for name, value, known in (("--from", from_, ("us", "them")), ("--status", status, ("open", "closed"))):
        if value is not None and value not in known:
            raise WrongUse(f"{name} {value!r} cannot be meant.", f"One of: {', '.join(known)}.")
    here = workspace()
    when = parse_as_of(at)
    if when is not None and when > here.clock.now():
        raise WrongUse(f"--at {at} is still to come.", "Say when they wrote.")
    moved = when or (here.clock.now() if from_ or status else None)
    heard = Heard(from_, moved, status, moved, title, id_, outcome, tuple(have or ()))
    return _say(update_case(here, case, heard, by))


@app.command
def link(case: int, issues: Numbers, /, *, by: str | None = None) -> int:
    """Say that a case is about issues too.

    Parameters
    ----------
    case
        Number of the case.
    issues
        Numbers of the issues.
    by
        Who says so; you, if not given.
    """
    from ..answers.cases import link_case

    return _say(link_case(workspace(), case, issues, by))


@app.command
def load(path: Path, /, *, by: str | None = None) -> int:
    """Merge a case log: external_id, channel and, as known, type, title, status, last_from, last_at, seen_at, issues.

    Parameters
    ----------
    path
        The CSV file.
    by
        Who; you, if not given.
    """
    from ..answers.cases import load_cases

    found = load_cases(workspace(), read_text(path), by)
    if options().json:
        answer(found)
    else:
        told = ", ".join(f"{found[k]} {k}" for k in ("opened", "moved", "reopened", "closed", "unchanged") if found[k])
        console().print(f"{found['rows']} rows: {told or 'nothing new'}.")
    return 0


def _say(case: dict[str, Any]) -> int:
    if options().json:
        answer(case)
        return 0
    out = console()
    turn = {"us": "our move", "them": "the marketplace's move", None: "closed"}[case["whose_move"]]
    about = ", ".join(map(str, case["issues"])) or "no issue"
    out.print(f"Case {case['id']} ({case['external_id'] or 'no number yet'}): {turn}; about {about}.", markup=False)
    if case["evidence"]["missing"] and case["status"] == "open":
        out.print(f"Evidence still missing: {', '.join(case['evidence']['missing'])}.", markup=False)
    return 0


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not found["cases"]:
        out.print("No open case. Open one: opswheel cases open ISSUE… --type T, or: opswheel cases load cases.csv")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("case", "number", "move", "still", "lost waiting", "a day", "type", "issues", "evidence", "last seen"):
        table.add_column(name)
    for c in found["cases"]:
        have, missing = len(c["evidence"]["have"]), len(c["evidence"]["missing"])
        cells = (
            str(c["id"]),
            c["external_id"] or "–",
            {"us": "ours", "them": "theirs", None: "closed"}[c["whose_move"]],
            f"{c['days_still']:.0f} days" + (f", reopened {c['reopened']}×" if c["reopened"] else ""),
            show_money(c["lost_waiting"], found["currency"]),
            show_money(c["exposure_per_day"], found["currency"]),
            c["type"].replace("_", " "),
            ", ".join(map(str, c["issues"])) or "–",
            f"{have} of {have + missing}" if have + missing else "–",
            c["seen_at"][:10],
        )
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
    if n := found["waiting_on_us"]:
        out.print(f"{'1 case waits' if n == 1 else f'{n} cases wait'} for our answer.")
