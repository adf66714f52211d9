"""What to do next, quick wins first: out of the broken hand-off, what levels lack and what is not connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .capacity import Freed
from .friction import Friction
from .maturity import LEVELS, Maturity
from .pitfalls import Pitfall
from .stall import Handoff

THIS_WEEK, THIS_MONTH, THIS_QUARTER = "this week", "this month", "this quarter"
_HORIZON = {1: THIS_WEEK, 2: THIS_WEEK, 3: THIS_MONTH, 4: THIS_QUARTER, 5: THIS_MONTH, 6: THIS_QUARTER}
"""When the level above is within reach. Assumed: writing a page is days, rules and links are months."""
_FREED_BY = {
    "visibility_to_prioritization": "",
    "prioritization_to_capacity": "one_more_operator",
    "resolution_to_data": "more_precision",
    "data_to_decisions": "more_precision",
}
"""Which played change stands for mending a hand-off; none for the order, which only replay can price."""


@dataclass(frozen=True)
class Step:
    """One thing to do: until when, what, why, and what it frees a month where that was played."""

    horizon: str
    what: str
    why: str
    frees: Freed | None = None

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = asdict(self)
        told["frees"] = self.frees.as_json() if self.frees else None
        return told


def next_investment(stall: Handoff | None, freed: Sequence[Freed]) -> Step | None:
    """Mending the broken hand-off, with what that frees; without one, the change that frees most."""
    if stall is not None:
        wanted = _FREED_BY[stall.name]
        return Step(THIS_WEEK, stall.next_step, stall.evidence, next((f for f in freed if f.change == wanted), None))
    best = next((f for f in freed if f.dollars[1] > 0), None)
    return None if best is None else Step(THIS_MONTH, best.words, "no hand-off is broken; this frees most here", best)


def roadmap(
    first: Step | None, levels: Sequence[Maturity], pitfalls: Sequence[Pitfall], rub: Sequence[Friction]
) -> list[Step]:
    """The next investment, then what is within reach soonest; within a horizon the busiest workflow first."""
    steps = []
    for one in sorted(levels, key=lambda m: -m.n):
        if one.level < len(LEVELS):
            after = one.level + 1
            words = one.levels[after - 1].words
            steps.append(Step(_HORIZON[after], f"{one.workflow}: towards {LEVELS[after - 1].lower()}", words))
    slow = next((f for f in rub if f.handoffs > 0), None)
    if slow is not None:
        why = f"{slow.handoffs:.1f} hand-offs per issue in {slow.workflow}"
        steps.append(Step(THIS_MONTH, f"remove one hand-off in {slow.workflow}", why))
    steps += [Step(THIS_MONTH, p.next_step, p.evidence) for p in pitfalls if p.state == "warn" and p.next_step]
    order = (THIS_WEEK, THIS_MONTH, THIS_QUARTER)
    ranked = sorted(steps, key=lambda s: order.index(s.horizon))
    told = {first.what} if first else set()
    kept = [first] if first else []
    for step in ranked:
        if step.what not in told:
            told.add(step.what)
            kept.append(step)
    return kept
