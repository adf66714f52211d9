"""How far the wheel has come: five cycles, each with a test on the last thirty days against those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .evidence import Closed, Evidence
from .intervals import compared
from .stall import PASSED_OVER
from .survival import logrank
from .verdict import Answer
from .work import Work

State = Literal["holds", "does_not_hold", "cannot_tell"]
FEWEST_RUNS = 20
TIER_ONE = 1
SURE = 0.1
"""A change counts where chance alone gives one as large less often than this."""
FLAT_OPEN = 1.1
"""Open issues may grow by so much in a quarter and still count as level."""


@dataclass(frozen=True)
class Cycle:
    """One cycle: what it asks for, whether that holds, and the evidence."""

    number: int
    title: str
    state: State
    evidence: str

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        return asdict(self)


def cycles(e: Evidence, work: Work, closed: Closed, answer: Answer) -> tuple[Cycle, ...]:
    """All five; `closed` are the closes of the last thirty days."""
    return (_one(e), _two(e, work), _three(work, answer), _four(e, work, closed), _five(answer))


def current(found: Sequence[Cycle]) -> Cycle | None:
    """The highest whose test holds; None before the first."""
    return max((c for c in found if c.state == "holds"), key=lambda c: c.number, default=None)


def _one(e: Evidence) -> Cycle:
    title = "one queue"
    runs = len({t[0] for t in e.told if t[0] >= e.window.period[0]})
    state: State = "holds" if runs >= FEWEST_RUNS else "does_not_hold"
    return Cycle(
        1, title, state, f"{runs} mornings with a run in {e.window.days:.0f} days; {FEWEST_RUNS} are asked for"
    )


def _two(e: Evidence, work: Work) -> Cycle:
    title = "ranked by the wheel, tier one resolved faster"
    now = e.times(e.window.slots(e.window.period), tier=TIER_ONE)
    before = e.times(e.window.slots(e.window.before), tier=TIER_ONE)
    test, ranked = logrank(before, now), work.all_ranked()
    if test is None or not ranked.told:
        why = "no close tells the rank it was taken from" if not ranked.told else "too few tier-one issues ended"
        return Cycle(2, title, "cannot_tell", why)
    share = ranked.passed / ranked.told
    faster = test.z > 0 and test.p < SURE
    words = f"{share:.0%} of closes passed a costlier issue over; tier one is resolved "
    words += "faster, clearly" if faster else "no faster for certain"
    return Cycle(2, title, "holds" if share <= PASSED_OVER and faster else "does_not_hold", words)


def _three(work: Work, answer: Answer) -> Cycle:
    title = "repeats identified, prevention begun, open volume level while the catalog grows"
    repeats = sum(r for _, r in work.found.values())
    removed = [d for d in work.decided(90) if d.kind in ("prevention", "cause removed")]
    came, went = sum(work.arrived), sum(work.ended)
    grew = answer.scaling is not None and answer.scaling.catalog_range > 1.0
    level = came == 0 or came - went <= (FLAT_OPEN - 1) * came
    words = f"{repeats} repeats identified, {len(removed)} causes taken up in 90 days; {came:,} came, {went:,} ended"
    if not grew:
        return Cycle(3, title, "cannot_tell", words + "; whether the catalog grows is not told")
    return Cycle(3, title, "holds" if repeats and removed and level else "does_not_hold", words)


def _four(e: Evidence, work: Work, closed: Closed) -> Cycle:
    title = "cut lines tuned from data, found sooner, less at risk"
    tuned = [d for d in work.decided() if d.kind == "threshold"]
    risk = [t for t in e.told if t[1] == "open_revenue_at_risk"]
    now = [t[2] for t in risk if t[0] >= e.window.period[0]]
    before = [t[2] for t in risk if e.window.before[0] <= t[0] < e.window.before[1]]
    if not now or not before or not closed.n:
        return Cycle(4, title, "cannot_tell", "no runs in both stretches")
    a, b = sum(before) / len(before), sum(now) / len(now)
    sooner = _sooner(e)
    words = f"{len(tuned)} cut lines changed; open revenue at risk {b / a - 1:+.0%} on the month before" if a else ""
    words += "" if sooner is None else f"; found {'sooner, clearly' if sooner else 'no sooner for certain'}"
    return Cycle(4, title, "holds" if tuned and b < a and sooner else "does_not_hold", words)


def _sooner(e: Evidence) -> bool | None:
    now, before = (e.spans(e.window.slots(s)) for s in (e.window.period, e.window.before))
    test = compared(before, now)
    return None if test is None else test.z > 0 and test.p < SURE


def _five(answer: Answer) -> Cycle:
    title = "same headcount, larger catalog, more revenue per operator"
    s = answer.scaling
    if s is None or answer.revenue is None:
        return Cycle(5, title, "cannot_tell", "headcount, catalog or revenue are not told")
    up = answer.revenue.ends()[0] > 0
    words = f"catalog {s.catalog_range:.2f} ×, headcount {s.headcount_range:.2f} ×; revenue per operator "
    words += "clearly up" if up else "not clearly up"
    grew = s.points[-1][1] > 1.05 * s.points[0][1]
    return Cycle(5, title, "holds" if up and grew and s.headcount_range <= 1.05 else "does_not_hold", words)
