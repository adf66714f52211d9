"""`incident`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace


def incident(
    issues: Annotated[list[int], Parameter(negative=())],
    /,
    *,
    title: str = "",
    apart: Annotated[bool, Parameter(negative=())] = False,
    by: str | None = None,
) -> int:
    """Put open issues together that are one problem: one row stands for them, run after run, until taken apart.

    Parameters
    ----------
    issues
        Numbers of the issues; with --apart one of them.
    title
        What the problem is, in a few words.
    apart
        Take the incident apart instead.
    by
        Who; you, if not given.
    """
    from ..answers.incidents import make_incident, take_apart

    if apart and (title or len(issues) != 1):
        raise WrongUse("Put together or take apart?", "Say --title with two issues or more, or --apart with one.")
    found = take_apart(workspace(), issues[0], by) if apart else make_incident(workspace(), issues, title, by)
    if options().json:
        answer(found)
    elif apart:
        console().print(f"Incident {found['incident']} is taken apart: {len(found['issues'])} issues.", markup=False)
    else:
        words = f"Incident {found['incident']}: {len(found['issues'])} issues as one row. The next run ranks it by all."
        console().print(words, markup=False)
    return 0
