"""The cut lines in force: every version in the ledger, the detectors' own values as the first one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.contracts import THRESHOLDS
from ..core.detector import Detector
from ..core.threshold import Threshold

_SEGMENTS = ("account", "channel", "category", "tier")
_BEGINNING = datetime(1970, 1, 1)
QUARTER = timedelta(weeks=13)
"""How far back a proposal looks for the cut it may not miss more dollars than."""


def seed(connection: sa.Connection, detectors: Iterable[Detector]) -> None:
    """Write the detectors' own cut lines as version 1, where the ledger does not have them yet."""
    table = THRESHOLDS.sql_table()
    known = set(connection.execute(sa.select(table.c.id)).scalars())
    rows = [row for d in detectors for t in d.thresholds for row in _default_rows(d.kind, t) if row["id"] not in known]
    if rows:
        connection.execute(table.insert(), rows)


def _default_rows(kind: str, threshold: Threshold) -> list[dict[str, Any]]:
    rows = [_row(kind, threshold, threshold.value, "")]
    return rows + [_row(kind, threshold, value, str(tier)) for tier, value in threshold.by_tier.items()]


def _row(kind: str, threshold: Threshold, value: float, tier: str) -> dict[str, Any]:
    segment = f"@tier={tier}" if tier else ""
    return {
        "id": f"{kind}.{threshold.name}{segment}:1",
        "kind": kind,
        "name": threshold.name,
        "account": "",
        "channel": "",
        "category": "",
        "tier": tier,
        "value": value,
        "release": _release(threshold, value),
        "since": _BEGINNING,
        "source": "default",
        "why": threshold.why,
    }


def _release(threshold: Threshold, value: float) -> float | None:
    """Where a cut of `value` lets go: as far from it, in proportion, as the cut line's own release."""
    if threshold.release is None or not threshold.value:
        return threshold.release
    return value * (threshold.release / threshold.value)


def in_force(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """The newest version of each cut line and segment at `as_of`."""
    table = THRESHOLDS.sql_table()
    rows = connection.execute(sa.select(table).where(table.c.since <= as_of).order_by(table.c.since, table.c.id)).all()
    newest = {(r.kind, r.name, *(getattr(r, s) for s in _SEGMENTS)): r for r in rows}
    return [dict(r._mapping) for r in newest.values()]


def cuts(versions: Sequence[dict[str, Any]], detectors: Iterable[Detector], dollar: float) -> list[dict[str, Any]]:
    """Rows of the prepared input `cuts`; money floors are scaled from dollars to the reporting currency."""
    rows = []
    for detector in detectors:
        for ordinal, threshold in enumerate(detector.thresholds):
            scale = dollar if threshold.money else 1.0
            for version in versions:
                if (version["kind"], version["name"]) != (detector.kind, threshold.name):
                    continue
                named = {s: version[s] or None for s in _SEGMENTS}
                rows.append(
                    {
                        "threshold_id": version["id"],
                        "kind": detector.kind,
                        "name": threshold.name,
                        "ordinal": ordinal,
                        "measures": threshold.measures,
                        "fires": threshold.fires,
                        "value": version["value"] * scale,
                        "release": None if version["release"] is None else version["release"] * scale,
                        "for_days": threshold.for_days,
                        **named,
                        "tier": int(named["tier"]) if named["tier"] else None,
                        "specific": sum(v is not None for v in named.values()),
                    }
                )
    return rows


def move(  # noqa: PLR0913
    connection: sa.Connection, version_id: str, value: float, *, since: datetime, source: str, why: str
) -> str:
    """Write the next version of a cut line, which lets go as far from the cut as before; returns its id.

    `version_id` is the version it follows, of the same line and segment.
    """
    table = THRESHOLDS.sql_table()
    before = connection.execute(sa.select(table).where(table.c.id == version_id)).one()
    name = version_id.rpartition(":")[0]
    numbers = [int(i.rpartition(":")[2]) for i in connection.execute(sa.select(table.c.id)).scalars() if _same(i, name)]
    release = before.release
    if release is not None and before.value:
        release = value * (release / before.value)
    new = f"{name}:{max(numbers) + 1}"
    row = {**dict(before._mapping), "id": new, "value": value, "release": release}
    connection.execute(table.insert(), {**row, "since": since, "source": source, "why": why})
    return new


def _same(version_id: str, name: str) -> bool:
    return version_id.rpartition(":")[0] == name
