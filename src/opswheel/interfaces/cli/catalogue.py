"""`detectors` and `readers`: the catalogues, generated from the tuples."""

from __future__ import annotations

from .context import answer, console, options


def detectors() -> int:
    """The rules, with what they read and their cut lines."""
    from ...visibility.detectors import DETECTORS
    from ..catalogues import detector_json

    rows = [detector_json(d) for d in DETECTORS]
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

    rows = [reader_json(r) for r in READERS]
    if options().json:
        answer(rows)
        return 0
    out = console()
    for row in rows:
        out.print(f"{row['report']} ({row['export']}): {row['summary']}", markup=False)
    return 0
