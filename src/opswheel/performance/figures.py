"""A health figure with its doubt, its months, and what it may not claim; and what a metric must be to give one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from ..core.money import round6

if TYPE_CHECKING:
    from .evidence import Evidence
    from .operators import Operators

Role = Literal["health", "outcome"]
CLEAR = 0.05
"""A change is called clear where chance alone gives one as large less often than this."""


@dataclass(frozen=True)
class Point:
    """A month's value; `value` is None where the month says nothing, `at_least` where it has not come to an end."""

    month: date
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    at_least: bool = False

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = {k: _short(v) for k, v in asdict(self).items()}
        return {**told, "month": f"{self.month:%Y-%m}"}


@dataclass(frozen=True)
class Change:
    """Against the period before: the words people read, whether it is clear, and how often chance alone does it."""

    words: str
    clear: bool
    better: bool | None = None
    p: float | None = None


def change_by(p: float, *, better: bool, words: tuple[str, str]) -> Change:
    """What a test says against the period before: `words` for a clear change to the better, and to the worse."""
    if p >= CLEAR:
        return Change("no clear change since the period before", False, None, p)
    return Change(words[0] if better else words[1], True, better, p)


@dataclass(frozen=True)
class Figure:
    """One figure: a 9-in-10 interval unless `method` says otherwise; where it cannot be told, why, and what would.

    `at_least` says the value is a lower bound. `more` are keys of this figure alone.
    """

    name: str
    title: str
    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    counted: str = ""
    method: str = ""
    at_least: bool = False
    note: str = ""
    may_not: str = ""
    because: str = ""
    would_be: str = ""
    change: Change | None = None
    months: tuple[Point, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **named: Any) -> Figure:
        """The same figure with some values changed."""
        return replace(self, **named)

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = {f: _short(getattr(self, f)) for f in ("value", "low", "high", "n", "at_least", "unit", "counted")}
        told |= {f: getattr(self, f) for f in ("title", "method", "note", "may_not", "because", "would_be")}
        told["change"] = asdict(self.change) if self.change else None
        told["months"] = [p.as_json() for p in self.months]
        return {**told, **{k: _short(v) for k, v in self.more.items()}}


def _short(value: Any) -> Any:
    return round6(value) if isinstance(value, float) else value


@dataclass(frozen=True)
class Asked:
    """What a metric may look at: the ledger's sums, what facts tell of operators, and shares facts tell by channel."""

    evidence: Evidence
    operators: Operators
    shares: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


class Metric(Protocol):
    """One health figure: its first line says what it is, `May not claim` what it is not."""

    name: ClassVar[str]
    title: ClassVar[str]
    unit: ClassVar[str]
    role: ClassVar[Role]

    def measure(self, asked: Asked) -> Figure:
        """The figure of a window."""
        ...


def unseen(metric: Any, because: str, would_be: str, **named: Any) -> Figure:
    """A figure that cannot be told, with the reason."""
    return Figure(metric.name, metric.title, metric.unit, because=because, would_be=would_be, **named)


def by_channel(metric: Any, asked: Asked, *, note: str, may_not: str = "") -> Figure:
    """A share facts tell channel by channel: one channel's as it is, several side by side and not mixed."""
    rows = list(asked.shares.get(metric.name, ()))
    told = [r for r in rows if r.get("value") is not None]
    if not told:
        first = rows[0] if rows else {}
        because = first.get("because") or "no facts that tell it are loaded"
        return unseen(metric, because, first.get("would_be") or "if sales and traffic by day are loaded")
    names = ("value", "low", "high", "n", "counted")
    parts = [{"channel": r["channel"], **{k: _short(r.get(k)) for k in names}} for r in told]
    head = parts[0] if len(parts) == 1 else {}
    base = Figure(metric.name, metric.title, metric.unit, note=note, may_not=may_not, more={"channels": parts})
    if not head:
        return base.with_(n=len(parts), counted="channels", because=f"{len(parts)} channels, told one by one")
    return base.with_(
        value=head["value"], low=head["low"], high=head["high"], n=head["n"] or 0, counted=head["counted"] or ""
    )
