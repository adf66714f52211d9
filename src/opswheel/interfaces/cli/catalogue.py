"""`detectors` and `readers`: the catalogues, generated from the tuples; in a workspace, its plug-ins too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import NoWorkspace
from .context import answer, console, options, workspace

if TYPE_CHECKING:
    from ..wiring import Workspace


def detectors() -> int:
    """The rules, with what they read and their cut lines."""
    from ...visibility.detectors import DETECTORS
    from ..catalogues import detector_json

    here = _here()
    rows = [detector_json(d) for d in (here.detectors if here else DETECTORS)]
    if options().json:
        answer(rows)
        return 0
    out = console()
    for row in rows:
        out.print(f"{row['kind']}: {row['summary']}", markup=False)
        for t in row["thresholds"]:
            out.print(f"    {t['sentence']}", markup=False)
    return 0


def readers() -> int:
    """The report files Opswheel reads."""
    from ...visibility.readers import READERS
    from ..catalogues import reader_json

    here = _here()
    rows = [reader_json(r) for r in (here.readers if here else READERS)]
    if options().json:
        answer(rows)
        return 0
    out = console()
    for row in rows:
        out.print(f"{row['report']} ({row['export']}): {row['summary']}", markup=False)
    return 0


def _here() -> Workspace | None:
    """The workspace, if the command is given in one; the catalogues can be read anywhere."""
    try:
        return workspace()
    except NoWorkspace:
        return None
