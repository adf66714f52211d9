"""`claim`, `assign`, `note`, `close`, `reopen`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, workspace
from .days import parse_day


def each(
    issues: list[int],
    act: str,
    by: str | None,
    words: Callable[[dict[str, Any]], str],
    said: Mapping[str, Any] | None = None,
) -> int:
    """Do one thing to several issues; a refusal is told and does not stop the others."""
    from ...core.errors import OpswheelError
    from ..answers.acts import do

    here = workspace()
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number in issues:
        try:
            done.append(do(here, number, act, said or {}, by or here.me))
        except OpswheelError as error:
            if len(issues) == 1:
                raise
            refused.append({"id": number, "code": error.code, "error": str(error)})
    if options().json:
        answer(done[0] if len(issues) == 1 else {"issues": done, "refused": refused})
    else:
        out = console()
        for one in done:
            out.print(words(one), markup=False)
        for one in refused:
            out.print(f"refused: {one['error']}", markup=False)
    return 2 if refused else 0


Incident = Annotated[bool, Parameter(negative=())]


def claim(
    issues: Annotated[list[int], Parameter(negative=())], /, *, incident: Incident = False, by: str | None = None
) -> int:
    """Begin work on issues: yours until you close them, hand them over, or do nothing for as long as a claim holds.

    Parameters
    ----------
    issues
        Numbers of the issues.
    incident
        Every open issue of the incident the first one belongs to.
    by
        Who; you, if not given.
    """
    from ..answers import members_of

    if incident:
        issues = members_of(workspace(), issues[0])
    return each(
        issues,
        "claim",
        by,
        lambda i: f"Issue {i['id']} is in progress; its owner is {i['owner']}.",
    )


def assign(issues: Annotated[list[int], Parameter(negative=())], /, *, to: str, by: str | None = None) -> int:
    """Make a person responsible for issues.

    Parameters
    ----------
    issues
        Numbers of the issues.
    to
        The person.
    by
        Who says so; you, if not given.
    """
    return each(issues, "assign", by, lambda i: f"The owner of issue {i['id']} is {i['owner']}.", {"to": to})


def note(issue: int, text: str, /, *, by: str | None = None) -> int:
    """Write something down on an issue.

    Parameters
    ----------
    issue
        Number of the issue.
    text
        What to write.
    by
        Who; you, if not given.
    """
    return each([issue], "note", by, lambda i: f"Noted on issue {i['id']}.", {"text": text})


def close(  # noqa: PLR0913
    issues: Annotated[list[int], Parameter(negative=())],
    /,
    *,
    resolution: str,
    root_cause: str | None = None,
    minutes: float | None = None,
    of: int | None = None,
    why: str | None = None,
    until: str | None = None,
    note: str | None = None,
    incident: Incident = False,
    by: str | None = None,
) -> int:
    """Close issues with what they taught.

    Parameters
    ----------
    issues
        Numbers of the issues.
    resolution
        fixed, false_alarm, duplicate, accepted_risk, not_meant_to_sell or wont_fix.
    root_cause
        Why it had happened; `opswheel why` lists the causes of the kind.
    minutes
        Minutes of work; measured since the claim if not given.
    of
        The issue this one is a duplicate of.
    why
        Why it was a false alarm.
    until
        Last day the risk is accepted.
    note
        Anything worth keeping.
    incident
        Every open issue of the incident the first one belongs to; the minutes are shared among them.
    by
        Who; you, if not given.
    """
    from ..answers import close_incident

    until_day = parse_day(until, "--until")
    said = {
        "resolution": resolution,
        "root_cause": root_cause,
        "minutes": minutes,
        "of": of,
        "why": why,
        "until": until_day,
        "note": note,
    }
    if incident:
        return _told(close_incident(workspace(), issues[0], said, by))
    return each(issues, "close", by, _closed_words, said)


def _told(done: list[dict[str, Any]]) -> int:
    """What became of an incident's issues."""
    if options().json:
        answer({"issues": done, "refused": []})
        return 0
    what = "1 issue is" if len(done) == 1 else f"{len(done)} issues are"
    after = "fixed, until facts agree" if done[0]["state"] == "fixed" else f"closed: {done[0]['resolution']}"
    console().print(f"{what} {after}.".replace("_", " "), markup=False)
    return 0


def _closed_words(issue: dict[str, Any]) -> str:
    if issue["state"] == "fixed":
        return (
            f"Issue {issue['id']} is fixed, until facts agree: two complete reports after the marketplace's "
            f"{issue['grace_hours']} hours verify it; if it is still there then, it comes back."
        )
    return f"Issue {issue['id']} is closed: {issue['resolution'].replace('_', ' ')}."


def reopen(issues: Annotated[list[int], Parameter(negative=())], /, *, by: str | None = None) -> int:
    """Take a close back.

    Parameters
    ----------
    issues
        Numbers of the issues.
    by
        Who; you, if not given.
    """
    return each(issues, "reopen", by, lambda i: f"Issue {i['id']} is open again.")
