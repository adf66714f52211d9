"""`report`: the month on one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .context import answer, console, options, workspace
from .days import parse_month


def report(
    *,
    month: str,
    account: str | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """The month on one sheet: verdict, three figures, what was decided, the next investment.

    Parameters
    ----------
    month
        The month, such as 2026-10.
    account
        One seller account: what can be told of one. What is a whole team's stands on the sheet without it.
    output
        The HTML file; a name that ends in .pdf prints it with an installed Chromium. opswheel-MONTH.html if not given.
    """
    from ..report.writing import write_report

    first = parse_month(month)
    usual = f"opswheel-{first:%Y-%m}.html" if account is None else f"opswheel-{_plain(account)}-{first:%Y-%m}.html"
    found = write_report(workspace(), first, output or Path(usual), account)
    if options().json:
        answer(found)
    else:
        console().print(f"{found['words']}\nWrote {found['path']}.", markup=False)
    return 0


def _plain(name: str) -> str:
    """A name as part of a file's."""
    return "".join(c if c.isalnum() else "-" for c in name.strip())
