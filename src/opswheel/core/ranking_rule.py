"""What a ranking rule must be: named parts that multiply to a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from .money import Floats


@dataclass(frozen=True)
class Part:
    """One factor of a score: its name, the column that holds its value, its unit, and where it comes from.

    `inverse` parts divide; the breakdown shows 1 ÷ value so that the shown parts multiply.
    """

    name: str
    column: str
    unit: str
    source: str
    inverse: bool = False
    scale: float = 1.0

    def factor(self, columns: Mapping[str, Any]) -> Floats:
        """The factor for every issue."""
        value = np.asarray(columns[self.column], float) * self.scale
        if not self.inverse:
            return value
        return np.divide(1.0, value, out=np.zeros_like(value), where=value > 0)


class RankingRule(Protocol):
    """How lanes are ordered. The score is the product of the parts, nothing else."""

    name: ClassVar[str]
    parts: ClassVar[tuple[Part, ...]]


def score(rule: RankingRule, columns: Mapping[str, Any]) -> Floats:
    """The product of a rule's parts for every issue."""
    result = rule.parts[0].factor(columns)
    for part in rule.parts[1:]:
        result = result * part.factor(columns)
    return result
