"""`forget`."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from .context import answer, console, options, workspace
from .run import counted


def forget(
    name: str,
    /,
    *,
    as_: Annotated[Literal["user", "customer"] | None, Parameter(name="--as")] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Take a customer or a former team member out of everything that is kept here.

    Parameters
    ----------
    name
        A customer's order id or e-mail address, or a team member's name as it was typed.
    as_
        Which of the two; found out, if not given.
    dry_run
        Only tell what would change.
    """
    from ..forgetting import forget as forget_

    told = forget_(workspace(), name, as_, dry_run=dry_run)
    if options().json:
        answer(told)
        return 0
    out = console()
    verb = "Would change" if dry_run else "Changed"
    if not told["places"]:
        out.print("Nothing here bears it.")
    for place in told["places"]:
        out.print(f"{verb} {place['place']}: {counted(place['rows'], 'row')}", markup=False)
    if told["becomes"] and told["places"]:
        out.print(f"The name {'would become' if dry_run else 'is now'} {told['becomes']}.", markup=False)
    for left in told["left"]:
        out.print(f"Look at {left} yourself: the word stands there.", markup=False)
    if not dry_run and told["places"]:
        out.print("Backups made before still hold it, and so do the report files you loaded: delete them.")
    return 0
