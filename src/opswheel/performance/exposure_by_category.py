"""Exposure by category."""

from __future__ import annotations

from typing import ClassVar

from ..core.money import round6
from .figures import Asked, Figure, Role, unseen

SHOWN = 12


class ExposureByCategory:
    """Where open issues cost money today: revenue lost a day by category of the listing, as of the last run.

    Symptoms of another issue are left out, so nothing counts twice.

    May not claim:
        A large category loses more because it sells more: it is no grade of whoever looks after it.
    """

    name: ClassVar[str] = "exposure_by_category"
    title: ClassVar[str] = "Exposure by category"
    unit: ClassVar[str] = "money a day"
    role: ClassVar[Role] = "outcome"

    def measure(self, asked: Asked) -> Figure:
        """The dearest categories of the last run, the others added up."""
        e = asked.evidence
        if not e.queue_is_told:
            return unseen(self, "runs were made since, and only the last one's queue is at hand", "up to the last run")
        if not e.categories:
            return unseen(self, "no issue is open", "after a run that finds one")
        kept, rest = list(e.categories[:SHOWN]), e.categories[SHOWN:]
        if rest:
            kept.append(("all others", sum(x for _, x, _ in rest), sum(n for *_, n in rest)))
        rows = [{"category": name or "no category told", "per_day": round6(x), "n": n} for name, x, n in kept]
        return Figure(
            self.name,
            self.title,
            self.unit,
            sum(x for _, x, _ in e.categories),
            n=sum(n for *_, n in e.categories),
            counted="open issues",
            note="revenue lost a day, symptoms of another issue left out",
            may_not="A large category loses more because it sells more.",
            more={"currency": e.currency, "categories": rows},
        )
