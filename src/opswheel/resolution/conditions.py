"""What brings a snoozed issue back before its time: `avoidable>=500`, `lane=queue`, `case=answered`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.detector import LANES
from ..core.errors import WrongUse

NUMBERS = {
    "exposure": "exposure_mean",
    "avoidable": "avoidable_mean",
    "revenue_at_risk": "risk_mean",
    "lost_to_date": "lost_to_date",
    "members": "members",
}
"""What may be compared with a number, and the column of `ranks` it is."""
CASE_STATES = ("answered", "closed")
_WRITTEN = re.compile(r"^\s*([a-z_]+)\s*(>=|<=|=)\s*([^<>=]+?)\s*$")


@dataclass(frozen=True)
class Condition:
    """A condition on an issue's rank row, or on the cases it waits for."""

    name: str
    sign: str
    value: float | str

    def holds(self, row: Mapping[str, Any], case: str | None) -> bool:
        """Whether it holds for a rank row and the state of the issue's cases (`answered`, `closed` or None)."""
        if self.name == "case":
            return case is not None and case == self.value
        if self.name == "lane":
            return bool(row["lane"] == self.value)
        found, wanted = float(row[NUMBERS[self.name]] or 0.0), float(self.value)
        return found >= wanted if self.sign == ">=" else found <= wanted


def parse(text: str) -> Condition:
    """The condition a person wrote.

    Raises WrongUse with what can be written.
    """
    found = _WRITTEN.match(text)
    name, sign, value = found.groups() if found else ("", "", "")
    if name == "lane" and sign == "=" and value in LANES:
        return Condition(name, sign, value)
    if name == "case" and sign == "=" and value in CASE_STATES:
        return Condition(name, sign, value)
    if name in NUMBERS and sign in (">=", "<="):
        try:
            return Condition(name, sign, float(value.replace(",", "")))
        except ValueError:
            pass
    raise WrongUse(
        f"{text!r} is no condition.",
        f"Write {', '.join(NUMBERS)} with >= or <= and a number, lane={'|'.join(LANES)}, or case=answered|closed.",
    )
