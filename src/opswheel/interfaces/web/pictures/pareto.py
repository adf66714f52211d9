"""Causes by money: a range bar each on one scale, and how much of the whole they are together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import base

NAMES = ("dollars_a_year", "dollars_p10", "dollars_p90", "hours_a_year", "recurrences")


def causes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of repeats as one row per cause, the dearest first, with its bar and the share so far.

    The ends of ranges are added as they are, so a cause's range is rather too wide than too narrow.
    """
    of: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = of.setdefault(row["root_cause"], {"cause": row["root_cause"], "kinds": [], **dict.fromkeys(NAMES, 0.0)})
        one["kinds"].append(row["kind"])
        for name in NAMES:
            one[name] += row[name]
    found = sorted(of.values(), key=lambda c: (-c["dollars_a_year"], -c["hours_a_year"], c["cause"]))
    most, whole, so_far = max((c["dollars_p90"] for c in found), default=0.0), sum(c[NAMES[0]] for c in found), 0.0
    for one in found:
        so_far += one["dollars_a_year"]
        one["together"] = so_far / whole if whole > 0 else None
        one["bar"] = base.range_bar(
            one["dollars_p10"],
            one["dollars_a_year"],
            one["dollars_p90"],
            most=most,
            words=f"{one['cause'].replace('_', ' ')}: share of the dearest cause's range",
            width=180,
        )
    return found
