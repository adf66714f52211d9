"""Ways a team fools itself: each looked for in its own records, and said to be out of sight where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .connections import Edge
from .maturity import Maturity
from .stall import Handoff
from .work import RECENT_DAYS, Work

State = Literal["warn", "fine", "cannot_tell"]


@dataclass(frozen=True)
class Pitfall:
    """One check: whether it warns, the evidence, and what to do."""

    name: str
    title: str
    state: State
    evidence: str
    next_step: str = ""

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = asdict(self)
        told["next"] = told.pop("next_step")
        return told


def watch(  # noqa: PLR0913
    work: Work,
    handoffs: Sequence[Handoff],
    edges: Sequence[Edge],
    flows: Sequence[Maturity],
    days: float,
    slow: Sequence[Pitfall] = (),
) -> tuple[Pitfall, ...]:
    """All five, with `days` of runs behind them; two of them are the slow wheel's, and only it can tell (`slow`)."""
    told = {p.name: p for p in slow}
    spoke = told.get("broken_spoke") or _elsewhere("broken_spoke", "Broken spoke", "links between drivers are")
    push = told.get("one_push") or _elsewhere("one_push", "One-push reliance", "what each push brought is")
    return (spoke, _silos(edges, flows, days), push, _no_adaptation(handoffs), _short_term(work))


SLOW = {"broken spoke": ("broken_spoke", "Broken spoke"), "one push": ("one_push", "One-push reliance")}
"""The slow wheel's own names of the two checks, and ours."""


def of_slow_wheel(name: str, state: str, evidence: str, next_step: str, where: str) -> Pitfall | None:
    """A check of the growth wheel as one of ours, with the channel it is of; None for one not among the five."""
    if name not in SLOW:
        return None
    states: dict[str, State] = {"warn": "warn", "fine": "fine"}
    return Pitfall(*SLOW[name], states.get(state, "cannot_tell"), f"{where}: {evidence}", next_step)


def _elsewhere(name: str, title: str, what: str) -> Pitfall:
    why = f"{what} measured by the growth wheel, not here"
    return Pitfall(name, title, "cannot_tell", why, "opswheel growth diagnose")


def _silos(edges: Sequence[Edge], flows: Sequence[Maturity], days: float) -> Pitfall:
    """A workflow from which nothing flows to any other learns alone."""
    name, title = "data_silos", "Data in silos"
    known = [m.workflow for m in flows]
    if days < RECENT_DAYS:
        return Pitfall(name, title, "cannot_tell", f"runs go back {days:.0f} days; {RECENT_DAYS} are needed")
    if len(known) < 2:
        return Pitfall(name, title, "cannot_tell", "fewer than two workflows have issues")
    alone = [w for w in known if not any(w in (e.source, e.target) for e in edges)]
    if alone:
        words = f"{', '.join(alone)}: changed nothing in another workflow in {RECENT_DAYS} days, nor was changed"
        return Pitfall(name, title, "warn", words, f"link {alone[0]} to cases, or decide something from its closes")
    return Pitfall(name, title, "fine", f"each of {len(known)} workflows changed another, or was changed")


def _no_adaptation(handoffs: Sequence[Handoff]) -> Pitfall:
    name, title = "no_adaptation", "No adaptation"
    found = next(h for h in handoffs if h.name == "data_to_decisions")
    state: State = {"broken": "warn", "flowing": "fine"}.get(found.state, "cannot_tell")  # type: ignore[assignment]
    return Pitfall(name, title, state, found.evidence, found.next_step if state == "warn" else "")


def _short_term(work: Work) -> Pitfall:
    """All hands on closing, none on what keeps it from coming back."""
    name, title = "short_term", "Short-term focus"
    repeats = sum(r for _, r in work.found.values())
    taken = [d for d in work.decided(90) if d.kind in ("prevention", "cause removed")]
    if taken:
        return Pitfall(name, title, "fine", f"{len(taken)} causes taken up in 90 days")
    if not repeats:
        return Pitfall(name, title, "cannot_tell", f"no repeats in {RECENT_DAYS} days, and no cause taken up")
    words = f"{repeats} repeats in {RECENT_DAYS} days, and no cause taken up in 90"
    return Pitfall(name, title, "warn", words, "take up the cause that comes back most")
