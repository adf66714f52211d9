"""How each stage of the operations wheel stands, and whether what it leaves reaches the next one.

Only from what the ledger holds: runs, deliveries, issues and their events, outcomes, cut lines, metrics. Shares of
counted things carry a range (8 in 10 within, Jeffreys); what cannot be told yet says when it could be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...core.clock import show_moment
from ...core.money import round6
from ..wiring import Workspace
from .growth_axle import spokes_answer
from .stage_reading import Read, read_wheel
from .stage_sums import Figure, decided, fresh, handed_on, in_order, in_time, saved, taught

FLOWING, THIN, IDLE, CANNOT_TELL, BROKEN = "flowing", "thin", "idle", "cannot_tell", "broken"
STAGES = (
    "Visibility",
    "Prioritization",
    "Resolution",
    "Better data",
    "Better decisions",
    "Better performance",
)
MONTH = timedelta(days=28)


@dataclass(frozen=True)
class Handoff:
    """Whether what one stage leaves reaches the next: its state, the evidence in words, and where to look."""

    state: str
    words: str
    link: str
    since: datetime | None = None


def stages_answer(workspace: Workspace) -> dict[str, Any]:
    """The wheel as it stands: six stages, six hand-offs, the hub, and the same money by spoke."""
    now = workspace.clock.now()
    goals = workspace.settings.wheel
    read = read_wheel(workspace, now)
    figures = [measure(read) for measure in (fresh, in_order, in_time, taught, decided, saved)]
    aims = (goals.fresh, goals.in_order, goals.in_time, goals.taught, goals.decided, goals.saved)
    handoffs = first_break_only([Handoff(*told) for told in handed_on(read)])
    summary = json.loads(read.runs[-1].summary) if read.runs else {}
    return {
        "as_of": show_moment(read.runs[-1].as_of) if read.runs else None,
        "run": read.runs[-1].id if read.runs else None,
        "days": goals.days,
        "currency": workspace.settings.money.reporting_currency,
        "stages": [
            _stage(number, name, figure, aim)
            for number, (name, figure, aim) in enumerate(zip(STAGES, figures, aims, strict=True), 1)
        ],
        "handoffs": [
            {
                "from": n,
                "to": n % 6 + 1,
                "state": h.state,
                "words": h.words,
                "link": h.link,
                "since": h.since and show_moment(h.since),
                "days": None if h.since is None else (now - h.since).days,
            }
            for n, h in enumerate(handoffs, 1)
        ],
        "hub": _hub(summary, read),
        "axle": spokes_answer(workspace),
        "verdict": verdict(handoffs),
    }


def _stage(number: int, name: str, figure: Figure, aim: float) -> dict[str, Any]:
    told = figure.value is not None
    return {
        "number": number,
        "name": name,
        "value": None if figure.value is None else round6(figure.value),
        "low": None if figure.low is None else round6(figure.low),
        "high": None if figure.high is None else round6(figure.high),
        "n": figure.n,
        "figure": figure.shown,
        "words": figure.words,
        "detail": figure.detail,
        "before": figure.before,
        "goal": aim,
        "goal_source": "assumed, [wheel] in opswheel.toml",
        "of_goal": None if not told else round6(min(1.0, (figure.value or 0.0) / aim)),
        "trend": [None if v is None else round6(v) for v in figure.trend],
        "link": figure.link,
    }


def first_break_only(handoffs: list[Handoff]) -> list[Handoff]:
    """Only the first break is one; the hand-off behind it and later breaks are idle, because nothing arrives there."""
    broken = next((i for i, h in enumerate(handoffs) if h.state == BROKEN), None)
    if broken is None:
        return handoffs
    shown = list(handoffs)
    for i in range(broken + 1, len(handoffs)):
        if shown[i].state == BROKEN or i == broken + 1:
            shown[i] = Handoff(IDLE, f"nothing comes through {broken + 1} → {broken + 2}", shown[i].link)
    return shown


def verdict(handoffs: list[Handoff]) -> dict[str, str]:
    """What the picture says, in one sentence; whether it compounds is no claim of a picture."""
    for i, h in enumerate(handoffs):
        if h.state == BROKEN:
            one, other = STAGES[i].lower(), STAGES[(i + 1) % 6].lower()
            return {
                "state": "broken",
                "title": "The wheel is broken.",
                "words": f"Between {one} and {other}: {h.words}.",
            }
    unknown = [h for h in handoffs if h.state == CANNOT_TELL]
    if len(unknown) == len(handoffs):
        return {"state": "cannot_tell", "title": "Cannot tell yet.", "words": "There is no run to tell it from."}
    flowing = sum(h.state == FLOWING for h in handoffs)
    rest = [
        f"{n} {words}"
        for state, words in ((THIN, "thin"), (IDLE, "idle"), (CANNOT_TELL, "cannot be told yet"))
        if (n := sum(h.state == state for h in handoffs))
    ]
    if flowing == len(handoffs):
        return {"state": "turns", "title": "The wheel turns.", "words": "All six hand-offs flow."}
    words = f"{flowing} of 6 hand-offs flow; {', '.join(rest)}."
    return {"state": "open", "title": "Nothing is broken.", "words": words}


def _hub(summary: dict[str, Any], read: Read) -> dict[str, Any]:
    risk = summary.get("revenue_at_risk")
    cleared = read.metrics[-1].get("cleared_per_day") if read.metrics else None
    return {
        "revenue_at_risk": risk,
        "avoidable": summary.get("avoidable"),
        "cleared_per_day": None if cleared is None or cleared[0] is None else round6(cleared[0]),
        "issues": summary.get("issues", {}).get("open"),
        "blind": len(summary.get("blind", [])),
    }
