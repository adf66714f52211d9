"""`playbook`: the page of a kind, and a copy of it to make one's own."""

from __future__ import annotations

import difflib
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, workspace


def playbook(kind: str, /, *, copy: Annotated[bool, Parameter(negative=())] = False) -> int:
    """What to do about a kind of issue: steps, screen, expected minutes, root causes.

    Parameters
    ----------
    kind
        Kind of issue.
    copy
        Put the page into the workspace's folder playbooks/, to be edited; from then on it is the page of this kind.
    """
    from ...core.errors import Conflict, NotFound
    from ...resolution import playbook as books

    here = workspace()
    page = books.page(kind)
    if not page:
        near = difflib.get_close_matches(kind, books.kinds(), n=1)
        hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(books.kinds())}."
        raise NotFound(f"There is no playbook of {kind!r}.", hint)
    own = here.playbooks / f"{kind}.md"
    if copy:
        if own.exists():
            raise Conflict(f"{own} is your own page already.", "Edit it; delete it to have the shipped one again.")
        own.parent.mkdir(exist_ok=True)
        own.write_text(page, encoding="utf-8")
    book = books.load(kind, here.playbooks)
    path = str(own) if own.exists() else None
    told: dict[str, Any] = {**vars(book), "root_causes": list(book.root_causes), "path": path}
    out = console()
    if options().json:
        answer(told)
    elif copy:
        out.print(f"Edit {own}; the next run and every `why` use it.", markup=False)
    else:
        out.print(f"{kind}: {book.minutes:g} minutes expected, {book.grace_hours} hours to show.", markup=False)
        out.print(f"Where: {book.screen}\n", markup=False)
        out.print(book.text, markup=False)
    return 0
