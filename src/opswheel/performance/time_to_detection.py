"""Time to detection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from .figures import Asked, Change, Figure, Point, Role, change_by, unseen
from .intervals import Span, compared, middle

NINE_IN_TEN = 0.9
NO_ONSET = "no issue with a known onset was found in this time"
NOTHING_NEW = "no issue that began after the first run was found in this time"


class TimeToDetection:
    """How long a problem was there before it was found: from its onset, half are found within this time.

    An onset is known only to lie between the last look that found nothing and the first that found it, so each time
    is an interval and the middle is Turnbull's. Issues without any known onset are counted and left out.

    May not claim:
        What no rule looks for is not in it. Problems that were there before the first run are left out.
    """

    name: ClassVar[str] = "time_to_detection"
    title: ClassVar[str] = "Time to detection"
    unit: ClassVar[str] = "hours"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The middle of the window, and of each month."""
        e = asked.evidence
        slots = e.window.slots(e.window.period)
        spans = e.spans(slots)
        unknown = sum(e.onset_unknown.get(s, 0) for s in slots)
        months = tuple(self._month(asked, m) for m in e.window.months)
        more = {"median_hours": None, "p90_hours": None, "open": 0, "onset_unknown": unknown, "inherited": e.inherited}
        found = middle(spans)
        if found is None:
            because = NO_ONSET if unknown else NOTHING_NEW
            would = "if sources come often enough to tell the last good day" if unknown else "once runs find issues"
            return unseen(self, because, would, months=months, more=more)
        late = middle(spans, NINE_IN_TEN)
        open_ended = sum(n for (_, high), n in spans.items() if high == float("inf"))
        return Figure(
            self.name,
            self.title,
            self.unit,
            found.value,
            found.low,
            found.high,
            sum(spans.values()),
            "issues",
            "Turnbull; the interval holds the onset's own as well",
            found.at_least,
            note="half are found within it, from onset to first signal",
            may_not="What no rule looks for is not in it.",
            change=changed(e.spans(e.window.slots(e.window.before)), spans),
            months=months,
            more={
                **more,
                "median_hours": found.value,
                "p90_hours": None if late is None or late.at_least else late.value,
                "open": open_ended,
            },
        )

    def _month(self, asked: Asked, month: date) -> Point:
        e = asked.evidence
        spans = e.spans(e.window.slots(e.window.month(month)))
        found = middle(spans)
        if found is None:
            return Point(month, None)
        n = sum(spans.values())
        return Point(month, found.value, found.low, found.high, n, found.at_least)


def changed(before: Mapping[Span, int], now: Mapping[Span, int]) -> Change | None:
    """Whether problems found now were found sooner than those of the period before: the log-rank test for spans."""
    if not before:
        return None
    test = compared(before, now)
    if test is None:
        return Change("no change can be told: too few have a last good day", False)
    words = ("sooner than in the period before, clearly", "later than in the period before, clearly")
    return change_by(test.p, better=test.z > 0, words=words)
