"""A threshold is an object: a cut line with its unit, its direction, where it came from, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Measure = Literal["observed", "baseline", "share_lost", "loss_per_day", "stock_value", "amount_at_risk"]
Fires = Literal["at or above", "at or below"]


@dataclass(frozen=True)
class Threshold:
    """One cut line of a detector. A signal needs every one of its detector's cut lines to be passed.

    `measures` names the column of the observation that is compared. `value` is the default; the ledger
    holds later versions per segment. Money values are given for USD and scaled by the rate table.
    `release` is the level at which an issue that once fired lets go, where it differs (hysteresis); a signal
    counts once its trouble is `for_days` old.
    """

    name: str
    value: float
    unit: str
    fires: Fires
    measures: Measure
    why: str
    money: bool = False
    release: float | None = None
    for_days: int = 0
    by_tier: Mapping[int, float] = field(default_factory=dict)

    def sentence(self) -> str:
        """How the cut line reads where people see it."""
        shown = f"{self.value:g} {self.unit}".strip()
        return f"{self.name.replace('_', ' ')}: fires {self.fires} {shown}"
