"""Time to resolution."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from ..core.clock import show_moment
from .evidence import followed_until
from .figures import Asked, Change, Figure, Point, Role, change_by, unseen
from .survival import NOTHING, Times, logrank, quantile

NINE_IN_TEN = 0.9
NOTHING_NEW = "no issue that began after the first run was found in this time"


class TimeToResolution:
    """How long an issue takes from detection to the fix that facts agreed with: half are resolved within this time.

    Kaplan–Meier over the issues found in the window, with what is still open counted for as long as it has been open.
    What healed by itself or was given up counts until its end; false alarms and duplicates were no problems and count
    not at all. Issues that were there before the first run are told apart.

    May not claim:
        Faster closing is not better closing: read it with the repeat rate.
    """

    name: ClassVar[str] = "time_to_resolution"
    title: ClassVar[str] = "Time to resolution"
    unit: ClassVar[str] = "hours"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The middle of the window, and of each month; the log-rank test against the period before."""
        e = asked.evidence
        every = range(len(e.window.bounds) + 1)
        now, before = (e.times(e.window.slots(span)) for span in (e.window.period, e.window.before))
        old = e.times(frozenset(every), inherited=True)
        months = tuple(self._month(asked, m) for m in e.window.months)
        until = show_moment(followed_until(e.window))
        more: dict[str, Any] = {"median_hours": None, "p90_hours": None, "open": now.n_open}
        more |= {"followed_until": until, "inherited": _told(old)}
        found = quantile(now)
        if found is None:
            return unseen(self, NOTHING_NEW, "once runs find issues", months=months, more=more)
        late = quantile(now, NINE_IN_TEN)
        return Figure(
            self.name,
            self.title,
            self.unit,
            found.value,
            found.low,
            found.high,
            now.n,
            "issues",
            "Kaplan–Meier",
            found.at_least,
            note=f"{now.n_open:,} not resolved yet count for as long as they have been open",
            may_not="Faster is not better where the same problems come back: read it with the repeat rate.",
            change=changed(before, now),
            months=months,
            more={
                **more,
                "median_hours": found.value,
                "p90_hours": None if late is None or late.at_least else late.value,
            },
        )

    def _month(self, asked: Asked, month: date) -> Point:
        e = asked.evidence
        times = e.times(e.window.slots(e.window.month(month)))
        found = quantile(times)
        if found is None:
            return Point(month, None)
        return Point(month, found.value, found.low, found.high, times.n, found.at_least)


def changed(before: Times, now: Times) -> Change | None:
    """Whether issues found now are resolved at another pace than those found before."""
    if before is NOTHING or not before.n:
        return None
    test = logrank(before, now)
    if test is None:
        return Change("nothing ended, so no change can be told", False)
    words = ("faster than in the period before, clearly", "slower than in the period before, clearly")
    return change_by(test.p, better=test.z > 0, words=words)


def _told(times: Times) -> dict[str, Any]:
    """Inherited issues on their own."""
    found = quantile(times)
    return {
        "n": times.n,
        "open": times.n_open,
        "median_hours": None if found is None else found.value,
        "at_least": bool(found and found.at_least),
    }
