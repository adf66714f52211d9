"""Five ways a growth wheel fails without anybody noticing, each looked for with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..core.errors import WrongUse
from .leverage import SOON_WEEKS, Push
from .sentences import shares

if TYPE_CHECKING:
    from .fit import Fit
    from .health import Diagnostics, LinkEstimate, Reliance

State = Literal["warn", "fine", "cannot tell"]
MOST_UNMEASURED = 0.3
"""From such a share of the loops' scores through unmeasured drivers on, the wheel is mostly believed."""
LATE = 0.5
RECENT_WEEKS = 52
PUSH = 0.1


@dataclass(frozen=True)
class Pitfall:
    """One check: its name, whether it warns, the evidence, and what to do."""

    name: str
    state: State
    evidence: str
    next_step: str = ""


def watch(fit: Fit, links: Sequence[LinkEstimate], reliance: Reliance, diagnostics: Diagnostics) -> tuple[Pitfall, ...]:
    """All five checks, in the order people meet them."""
    return (
        broken_spoke(links),
        one_push(reliance),
        unmeasured(diagnostics),
        link_drift(fit),
        payoff_horizon(fit),
    )


def broken_spoke(links: Sequence[LinkEstimate]) -> Pitfall:
    """A link below half of what is usual, on data that moved enough to say so."""
    links = [k for k in links if k.link.kind != "policy"]
    bad = [k for k in links if k.status in ("broken", "suspect")]
    if bad:
        named = ", ".join(f"{k.link.words} ({k.status}, {k.p_weak:.0%})" for k in bad)
        return Pitfall("broken spoke", "warn", named, "mend it before pushing anything that leads through it")
    judged = sum(k.status == "ok" and not k.link.fixed for k in links)
    open_ones = sum(not k.link.fixed for k in links)
    if judged == 0:
        return Pitfall("broken spoke", "cannot tell", f"none of {open_ones} links could be judged", "growth experiment")
    return Pitfall("broken spoke", "fine", f"none of the {judged} of {open_ones} links that could be judged")


def one_push(reliance: Reliance) -> Pitfall:
    """Growth that rests on one lever stops when that lever does."""
    if reliance.reason:
        return Pitfall("one push", "cannot tell", reliance.reason, "measure a lever: a column of --data")
    name, top = max(reliance.shares.items(), key=lambda item: item[1].value)
    words = f"{name} {shares(top)} of the lift, {reliance.effective_pushes:.1f} pushes of equal weight"
    if len(reliance.shares) == 1:
        return Pitfall("one push", "cannot tell", f"only {name} is measured", "measure a second lever")
    if reliance.over:
        return Pitfall("one push", "warn", words, f"feed a second lever before {reliance.over} tires")
    return Pitfall("one push", "fine", words)


def unmeasured(diagnostics: Diagnostics) -> Pitfall:
    """Loops through drivers nobody measures are believed, not known."""
    words = f"{diagnostics.unmeasured_share:.0%} of what turns the wheel runs through drivers without data"
    if diagnostics.unmeasured_share > MOST_UNMEASURED:
        return Pitfall("unmeasured share", "warn", words, "measure them, or put in a proxy: a column of --data")
    return Pitfall("unmeasured share", "fine", words)


def link_drift(fit: Fit) -> Pitfall:
    """A link that is no longer what it was: the plan rests on a market that is gone."""
    try:
        told = fit.changed(RECENT_WEEKS)
    except WrongUse as few:
        return Pitfall("link drift", "cannot tell", few.what.rstrip("."), few.next_step.rstrip("."))
    moved = [c for c in told if c.changed]
    if moved:
        named = ", ".join(f"{c.link.words} {c.before.value:+.2f} → {c.now.value:+.2f}" for c in moved)
        return Pitfall("link drift", "warn", named, f"calibrate on the last {RECENT_WEEKS} weeks, and test the link")
    return Pitfall("link drift", "fine", f"no link changed by a quarter in the last {RECENT_WEEKS} weeks for certain")


def payoff_horizon(fit: Fit) -> Pitfall:
    """Levers whose gain comes late look worthless to whoever judges by the first quarter."""
    late = []
    for node in fit.wheel.levers:
        path = fit.simulate(Push(node.name, PUSH), fit_weeks(fit))
        if path.share_late > LATE:
            late.append((path.share_late, node.name))
    horizon = f"in {fit_weeks(fit)} {fit.wheel.period}s"
    if late:
        share, name = max(late)
        words = f"{share:.0%} of what {name} brings {horizon} comes after {fit.wheel.period} {SOON_WEEKS}"
        return Pitfall("payoff horizon", "warn", words, f"judge {name} by half a year, not by the first quarter")
    return Pitfall("payoff horizon", "fine", f"every lever brings half of its gain {horizon} by the first quarter")


def fit_weeks(fit: Fit) -> int:
    """Half a year of the wheel's periods, so that both halves of it can be compared."""
    return 26 if fit.wheel.period == "week" else 18
