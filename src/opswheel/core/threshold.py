"""A threshold is an object: a cut line with its unit, its direction, where it came from, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Measure = Literal["observed", "baseline", "share_lost", "loss_per_day", "stock_value", "amount_at_risk", "slope"]
Fires = Literal["at or above", "at or below", "eases the floor"]
MONEY = ("loss_per_day", "stock_value", "amount_at_risk")
"""What a floor in money is held against: the measures a slope eases."""
SLOPES = (0.0, 1.0, 2.0, 3.0, 4.0)
"""The slopes a proposal tries. A person may set any between the first and the last."""
MIDDLING = 2.0
"""The floor itself is for a sign so many times its line: a weaker one needs more, a stronger one less. Assumed."""
STRONGEST = 10.0
"""Beyond so many times its line a sign eases the floor no further: no signal is ever without a floor. Assumed."""


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
        fires = "eases the floor by" if self.measures == "slope" else f"fires {self.fires}"
        return f"{self.name.replace('_', ' ')}: {fires} {shown}"


SLOPE = Threshold(
    name="slope",
    value=0.0,
    unit="powers of the sign",
    fires="eases the floor",
    measures="slope",
    why="at 0 the floor is the same for every sign; at 1 a sign half as strong must be twice as dear; "
    "the floor itself is for a sign twice its line",
)
"""The third cut line of a rule with a sign and a floor in money: the weaker the sign, the dearer it must be."""


def eased(sign: Any, line: Any, above: Any, slope: Any) -> Any:
    """What a floor is multiplied by for a sign, as an Ibis expression: (times its line / `MIDDLING`)^−slope.

    `line` is the sign's cut and `above` whether it fires at or above it. A sign held below its line until it is
    released needs what one at its line does. At slope 0 it is 1 exactly.
    """
    import ibis

    far = above.ifelse(sign >= line * STRONGEST, sign * STRONGEST <= line)
    weak = above.ifelse(sign <= line, sign >= line) | (line <= 0)
    times = above.ifelse(sign / line.nullif(0), line / sign.nullif(0))
    times = ibis.cases((weak, 1.0), (far, STRONGEST), else_=times).fill_null(1.0)
    return (times / MIDDLING) ** (-slope)
