"""Maintenance windows: for a while, new problems that match a query open no issue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..core.clock import parse_moment, show_moment
from ..core.contracts import ISSUES
from ..core.identity import fingerprint
from ..core.settings import Maintenance, Settings
from ..resolution.lifecycle import OPEN

if TYPE_CHECKING:
    import pyarrow as pa

_PROBLEM = ("kind", "subject_type", "subject_key")
_ASKED = ("account", "channel", "brand", "category")


class Windows:
    """The windows that are open at a moment, and what they keep out of the queue.

    What people work already, said to be fixed or accepted is known: it goes on as if there were no window.
    """

    def __init__(self, connection: sa.Connection, settings: Settings, at: datetime) -> None:
        self._open = [w for w in settings.maintenance if parse_moment(w.begins) <= at < parse_moment(w.ends)]
        self._held: dict[str, int] = {}
        self._known: set[str] = set()
        if self._open:
            issues = ISSUES.sql_table()
            living = sa.or_(issues.c.state.in_((*OPEN, "fixed")), issues.c.muted.is_(True))
            self._known = set(connection.execute(sa.select(issues.c.fingerprint).where(living)).scalars())

    def keep_out(self, signals: pa.Table) -> set[str]:
        """Fingerprints of the signals that are to open no issue now."""
        if self._open:
            for row in signals.select([*_PROBLEM, *_ASKED, "sku"]).to_pylist():
                name = fingerprint(*(row[part] for part in _PROBLEM))
                number = next((n for n, w in enumerate(self._open) if _matches(w, row)), None)
                if number is not None and name not in self._known:
                    self._held.setdefault(name, number)
        return set(self._held)

    def told(self, signals: pa.Table, risks: Sequence[float]) -> list[dict[str, Any]]:
        """What each open window keeps out: why, until when, how many problems, and their revenue at risk.

        `risks` has one value for each row of `signals`.
        """
        sums = [0.0] * len(self._open)
        if self._held:
            for *problem, risk in zip(*(signals.column(n).to_pylist() for n in _PROBLEM), risks, strict=True):
                number = self._held.get(fingerprint(*problem))
                if number is not None:
                    sums[number] += float(risk)
        counts = list(self._held.values())
        return [
            {
                "why": window.why,
                "until": show_moment(parse_moment(window.ends)),
                "n": counts.count(number),
                "revenue_at_risk": round(sums[number], 2),
            }
            for number, window in enumerate(self._open)
        ]


def _matches(window: Maintenance, row: dict[str, Any]) -> bool:
    asked = ((getattr(window, name), row[name]) for name in ("kind", *_ASKED))
    if any(wanted and wanted != value for wanted, value in asked):
        return False
    return not window.sku or (row["sku"] is not None and fnmatchcase(row["sku"], window.sku))
