"""Where the wheel stalls: four hand-offs, each with a test a ledger can answer; the first broken one is mended next.

What lies behind a broken hand-off is starved, so its own health cannot be known until that one flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from math import sqrt
from typing import Any, Literal

from .evidence import Closed
from .rates import share
from .work import RECENT_DAYS, Work

State = Literal["broken", "flowing", "cannot_tell"]

FEWEST = 30
"""Closes below which a share of them says nothing."""
PASSED_OVER = 0.4
"""Share of closes that left a clearly costlier issue of the same person open, above which nobody follows the order.
Assumed: skill, waiting and travel between kinds of work explain some of it."""
CLASSIFIED = 0.9
"""Share of closes that say why, below which there is nothing to learn from."""
OVERDUE_WEEKS = 2
GAP = 0.05
"""Share of what came that stayed, from which the queue grows for want of hands rather than by chance."""
REPEATS = 10
"""Repeats or false alarms in thirty days that ask for a decision."""


@dataclass(frozen=True)
class Handoff:
    """One hand-off: does what one stage gives reach the next? In words and in figures."""

    name: str
    title: str
    state: State
    evidence: str
    next_step: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = asdict(self)
        told["next"] = told.pop("next_step")
        return told


def handoffs(work: Work, closed: Closed, *, days_of_runs: float) -> tuple[Handoff, ...]:
    """All four, in the order of the wheel. `closed` are the closes of the last thirty days."""
    return (
        prioritization(work),
        capacity(work),
        capture(closed, work),
        decisions(work, closed, days_of_runs=days_of_runs),
    )


def stalled_at(found: Sequence[Handoff]) -> Handoff | None:
    """The first broken one."""
    return next((h for h in found if h.state == "broken"), None)


def prioritization(work: Work) -> Handoff:
    """Visibility without prioritization: issues are seen, and worked in some other order than the queue's."""
    whole = work.all_ranked()
    pins = sum(n for (now, _, event, by), n in work.happened.items() if now and event == "pinned" and by)
    figures = {"closes": whole.n, "with_rank": whole.told, "passed_over": whole.passed, "pinned": pins}
    name, title = "visibility_to_prioritization", "Visibility → prioritization"
    step = "open the day with the first screen of the queue, and take the top row of your own"
    if whole.told < FEWEST:
        why = (
            f"{whole.n} closes in {RECENT_DAYS} days, {whole.told} of which tell the rank they were taken from; "
            f"{FEWEST} are needed"
        )
        return Handoff(name, title, "cannot_tell", why, "close issues from the queue for a month", figures)
    found = share(whole.passed, whole.told)
    assert found is not None
    p, low, high = found
    words = f"{p:.0%} of {whole.told:,} closes passed over a clearly costlier issue of one's own ({_ends(low, high)})"
    state: State = "broken" if low > PASSED_OVER else "flowing" if high <= PASSED_OVER else "cannot_tell"
    return Handoff(name, title, state, words, step, {**figures, "share": p, "low": low, "high": high})


def capacity(work: Work) -> Handoff:
    """Prioritization without capacity: the order is right and nobody has the hours; the queue grows."""
    name, title = "prioritization_to_capacity", "Prioritization → capacity"
    known = [i for i, (a, e) in enumerate(zip(work.arrived, work.ended, strict=True)) if a or e]
    first = known[0] if known else len(work.arrived)
    arrived, ended = list(work.arrived[first:]), list(work.ended[first:])
    came, went = sum(arrived), sum(ended)
    old, new = (_p90(ages) for ages in work.tier_one_ages)
    figures = {
        "weeks": len(arrived),
        "came": came,
        "ended": went,
        "open": work.open,
        "unowned": work.unowned,
        "tier_one_age_p90_days": new,
        "tier_one_age_p90_days_before": old,
    }
    step = "give the kinds that take longest to somebody else, raise cut lines that fire for little, or hire"
    if len(arrived) < OVERDUE_WEEKS + 1 or came < FEWEST:
        why = f"{len(arrived)} weeks and {came} issues; {OVERDUE_WEEKS + 1} weeks and {FEWEST} are needed"
        return Handoff(name, title, "cannot_tell", why, "come back in a few weeks", figures)
    more, chance = came - went, 2 * sqrt(came + went)
    late = all(a > e for a, e in zip(arrived[-OVERDUE_WEEKS:], ended[-OVERDUE_WEEKS:], strict=True))
    words = f"{came:,} issues came in {len(arrived)} weeks, {went:,} were done with"
    if new is not None and old is not None and new != old:
        words += f"; 1 in 10 of tier one has been open for {new:g} days or longer, {old:g} a month ago"
    if work.unowned:
        words += f"; {work.unowned:,} open issues have no owner"
    grows = more > chance and more > GAP * came
    if grows and late:
        return Handoff(name, title, "broken", words, step, figures)
    state: State = "cannot_tell" if grows else "flowing"
    return Handoff(name, title, state, words, step, figures)


def capture(closed: Closed, work: Work) -> Handoff:
    """Resolution without data: issues are closed, and nothing is kept of why they happened."""
    name, title = "resolution_to_data", "Resolution → data"
    found, repeats = sum(n for n, _ in work.found.values()), sum(r for _, r in work.found.values())
    figures = {"closes": closed.n, "classified": closed.classified, "found": found, "repeats": repeats}
    step = "close with a cause: `unknown` only after somebody looked"
    if closed.n < FEWEST:
        why = f"{closed.n} closes in {RECENT_DAYS} days; {FEWEST} are needed"
        return Handoff(name, title, "cannot_tell", why, "close issues for a month", figures)
    told = share(closed.classified, closed.n)
    assert told is not None
    p, low, high = told
    words = f"{p:.0%} of {closed.n:,} closes say why ({_ends(low, high)}); {repeats} of {found} new issues are repeats"
    state: State = (
        "broken" if high < CLASSIFIED else "flowing" if low >= CLASSIFIED or p >= CLASSIFIED else "cannot_tell"
    )
    return Handoff(name, title, state, words, step, {**figures, "share": p, "low": low, "high": high})


def decisions(work: Work, closed: Closed, *, days_of_runs: float) -> Handoff:
    """Data without decisions: causes and false alarms pile up, and nothing is done otherwise."""
    name, title = "data_to_decisions", "Data → decisions"
    made = work.decided()
    last = max((d.at for d in work.decisions), default=None)
    repeats = sum(r for _, r in work.found.values())
    figures = {
        "decisions": len(made),
        "repeats": repeats,
        "false_alarms": closed.false_alarms,
        "days_since_last": None if last is None else (work.end - last).days,
    }
    step = "change one cut line, one route or one cause this week, from what closes say"
    if days_of_runs < RECENT_DAYS:
        why = f"runs go back {days_of_runs:.0f} days; {RECENT_DAYS} are needed"
        return Handoff(name, title, "cannot_tell", why, "come back when a month is over", figures)
    asks = f"{repeats} repeats and {closed.false_alarms} false alarms in {RECENT_DAYS} days"
    if made:
        return Handoff(name, title, "flowing", f"{len(made)} decisions after {asks}", step, figures)
    since = "none ever" if last is None else f"the last one {(work.end - last) / timedelta(days=1):.0f} days ago"
    words = f"no cut line, route or cause was changed in {RECENT_DAYS} days ({since}), with {asks}"
    state: State = "broken" if repeats + closed.false_alarms >= REPEATS else "cannot_tell"
    return Handoff(name, title, state, words, step, figures)


def _p90(ages: Mapping[int, int]) -> float | None:
    total, seen = sum(ages.values()), 0
    for age in sorted(ages):
        seen += ages[age]
        if seen >= 0.9 * total:
            return float(age)
    return None


def _ends(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}"
