"""`report`: the month on one sheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace


def report(
    *,
    month: str,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """The month on one sheet: verdict, three figures, what was decided, the next investment.

    Parameters
    ----------
    month
        The month, such as 2026-10.
    output
        The HTML file; a name that ends in .pdf prints it with an installed Chromium. opswheel-MONTH.html if not given.
    """
    from ..report.writing import write_report

    try:
        first = date.fromisoformat(f"{month.strip()}-01")
    except ValueError as wrong:
        raise WrongUse(f"--month {month!r} is no month.", "Write it like 2026-10.") from wrong
    found = write_report(workspace(), first, output or Path(f"opswheel-{first:%Y-%m}.html"))
    if options().json:
        answer(found)
    else:
        console().print(f"{found['words']}\nWrote {found['path']}.", markup=False)
    return 0
