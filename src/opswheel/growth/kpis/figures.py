"""What the board of key figures is made of: a figure with its interval, its mark, and what may be said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

Status = Literal["met", "missed", "cannot tell", "no mark", "not observable"]
Unit = Literal["share", "money", "points", "days", "growth"]


@dataclass(frozen=True)
class Mark:
    """A benchmark: the figure to reach, in the figure's own unit, and where it comes from.

    `usual_high` ends a usual range; it is shown and never judged. `source` is printed beside every status.
    """

    value: float
    source: str
    usual_high: float | None = None


@dataclass(frozen=True)
class Figure:
    """One key figure of one channel.

    `low` and `high` are the ends of a 95 % interval unless `method` says otherwise; `n` counts what stands behind
    it (customers, orders, answers, days, as `counted` says). A figure nobody can observe has no value: `because`
    says why, `would_be` what would change that. `proxy` says what the figure stands in for.
    """

    name: str
    title: str
    channel: str
    unit: Unit
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    counted: str = ""
    method: str = ""
    currency: str = ""
    source: str = "from your data"
    proxy: str = ""
    note: str = ""
    mark: Mark | None = None
    because: str = ""
    would_be: str = ""

    @property
    def status(self) -> Status:
        """Met or missed only where the whole interval lies on one side of the mark."""
        if self.value is None:
            return "not observable"
        if self.mark is None:
            return "no mark"
        if self.low is not None and self.low >= self.mark.value:
            return "met"
        if self.high is not None and self.high < self.mark.value:
            return "missed"
        return "cannot tell"

    def against(self, mark: Mark | None) -> Figure:
        """The same figure against another mark; a proxy is held against none."""
        return self if self.proxy else replace(self, mark=mark)

    def as_json(self) -> dict[str, Any]:
        """The public form; values to six significant digits."""
        from ...core.money import round6

        def short(value: float | None) -> float | None:
            return None if value is None else round6(value)

        return {
            "name": self.name,
            "title": self.title,
            "channel": self.channel,
            "unit": self.unit,
            "value": short(self.value),
            "low": short(self.low),
            "high": short(self.high),
            "n": self.n,
            "counted": self.counted,
            "method": self.method,
            "currency": self.currency or None,
            "source": self.source,
            "proxy": self.proxy or None,
            "note": self.note or None,
            "mark": None
            if self.mark is None
            else {"value": self.mark.value, "usual_high": self.mark.usual_high, "source": self.mark.source},
            "status": self.status,
            "because": self.because or None,
            "would_be": self.would_be or None,
        }


def unseen(  # noqa: PLR0913
    name: str, title: str, channel: str, unit: Unit, *, because: str, would_be: str
) -> Figure:
    """A figure that is not observable here, with the reason and what would make it so."""
    return Figure(name, title, channel, unit, because=because, would_be=would_be, source="")
