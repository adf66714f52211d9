"""Which days of a channel's sales can be trusted: covered by a delivery, over, and settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from ..core.contracts import ORDERS, TRAFFIC
from ..core.reader import Reader
from .selection import Arrival, Place, Selected

RECENT_DAYS = 28
WIDE_DAYS = 84
VIEWS_NOW_DAYS = 3
VIEWS_BEFORE_DAYS = 56
HISTORY_DAYS = 200
"""How far back a run looks: 180 days decide that a listing is dead, and some slack."""

_ONE = timedelta(days=1)


def sales_days(
    selected: Selected, readers: Mapping[str, Reader], today: Mapping[Place, date]
) -> dict[Place, dict[date, tuple[str, str]]]:
    """For each channel, each settled day and where its units come from: (`orders` or `traffic`, level).

    Orders win where both cover a day: they name our SKU. Of traffic, rows by child item win over rows by SKU.
    """
    days: dict[Place, dict[date, tuple[str, str]]] = defaultdict(dict)
    for arrival in selected.of(TRAFFIC):
        for level, first, last in arrival.periods:
            if first == last and level != "parent" and _settled(arrival, first, readers, today):
                before = days[arrival.place].get(first)
                if before is None or level == "child":
                    days[arrival.place][first] = ("traffic", level)
    for arrival in selected.of(ORDERS):
        for _, first, last in arrival.periods:
            for day in _days(max(first, last - timedelta(days=HISTORY_DAYS)), last):
                if _settled(arrival, day, readers, today):
                    level = days[arrival.place].get(day, ("", "child"))[1]
                    days[arrival.place][day] = ("orders", level)
    return days


def _settled(arrival: Arrival, day: date, readers: Mapping[str, Reader], today: Mapping[Place, date]) -> bool:
    now = today.get(arrival.place)
    if now is None:
        return False
    age = (now - day).days
    return readers[arrival.report].settles_days < age <= HISTORY_DAYS


def _days(first: date, last: date) -> list[date]:
    return [first + i * _ONE for i in range((last - first).days + 1)]


def calendar_rows(
    days: Mapping[Place, Mapping[date, tuple[str, str]]],
    views: Mapping[Place, set[date]],
    shares: Mapping[Place, set[date]],
) -> list[dict[str, Any]]:
    """Rows of the prepared input `calendar`.

    `views` are the settled days with traffic of each channel, `shares` all that are over.
    """
    rows = []
    for (account, channel), covered in sorted(days.items()):
        ordered = sorted(covered)
        seen = sorted(views.get((account, channel), set()))
        now, before = set(seen[-VIEWS_NOW_DAYS:]), set(seen[-VIEWS_NOW_DAYS - VIEWS_BEFORE_DAYS : -VIEWS_NOW_DAYS])
        newest = set(sorted(shares.get((account, channel), set()) & set(ordered))[-VIEWS_NOW_DAYS:])
        last = ordered[-1]
        for counted, day in enumerate(ordered, start=1):
            age = (last - day).days
            source, level = covered[day]
            rows.append(
                {
                    "account": account,
                    "channel": channel,
                    "day": day,
                    "source": source,
                    "level": level,
                    "counted": counted,
                    "recent": age < RECENT_DAYS,
                    "wide": age < WIDE_DAYS,
                    "wide_before": 7 <= age < WIDE_DAYS + 7,
                    "views_now": day in now,
                    "views_before": day in before,
                    "shares_now": day in newest,
                }
            )
    return rows


def view_days(selected: Selected, readers: Mapping[str, Reader], today: Mapping[Place, date]) -> dict[Place, set[date]]:
    """The settled days with daily traffic of each channel, which alone tell a featured-offer share."""
    return _traffic_days(selected, lambda arrival, day: _settled(arrival, day, readers, today))


def share_days(selected: Selected, today: Mapping[Place, date]) -> dict[Place, set[date]]:
    """The days with daily traffic that are over, settled or not.

    A share is judged by the views counted so far: those that come later do not take back what these were shown.
    """
    return _traffic_days(selected, lambda arrival, day: arrival.place in today and day < today[arrival.place])


def _traffic_days(selected: Selected, counts: Callable[[Arrival, date], bool]) -> dict[Place, set[date]]:
    days: dict[Place, set[date]] = defaultdict(set)
    for arrival in selected.of(TRAFFIC):
        for level, first, last in arrival.periods:
            if first == last and level == "child" and counts(arrival, first):
                days[arrival.place].add(first)
    return days


def pieces(selected: Selected, days: Mapping[Place, Mapping[date, Any]]) -> list[dict[str, Any]]:
    """Stretches of days told only as ranges, taken apart so that no day counts twice.

    Shorter ranges are taken as they are; a longer one that holds shorter ones counts for the rest of its days
    (last 30 − last 7 = the 23 before). Ranges that cross without one holding the other are left out, as are
    days a daily source covers.
    """
    ranges: dict[Place, set[tuple[date, date, int, str]]] = defaultdict(set)
    for delivery, level, first, last in selected.periods.get(TRAFFIC.name, ()):
        if first < last and level != "parent":
            place = next(a.place for a in selected.arrivals if a.id == delivery)
            ranges[place].add((first, last, delivery, level))
    rows: list[dict[str, Any]] = []
    for place, found in ranges.items():
        daily = set(days.get(place, {}))
        taken: list[tuple[date, date, int, str]] = []
        for part in sorted(found, key=lambda r: ((r[1] - r[0]).days, r[3] != "child", r)):
            first, last, _, _ = part
            inside = [t for t in taken if first <= t[0] and t[1] <= last]
            crossing = [t for t in taken if t not in inside and t[0] <= last and first <= t[1]]
            whole = set(_days(first, last))
            if crossing or whole & daily or any(t[:2] == part[:2] for t in taken):
                continue
            outer = [t for t in inside if not any(u != t and u[0] <= t[0] and t[1] <= u[1] for u in inside)]
            left = sorted(whole - {d for t in outer for d in _days(t[0], t[1])})
            taken.append(part)
            if left:
                rows += _piece(place, left, part, outer)
    return rows


def _piece(
    place: Place,
    left: list[date],
    part: tuple[date, date, int, str],
    outer: list[tuple[date, date, int, str]],
) -> list[dict[str, Any]]:
    stretch = {"account": place[0], "channel": place[1], "from_day": left[0], "to_day": left[-1], "days": len(left)}
    return [
        {
            **stretch,
            "delivery_id": r[2],
            "level": r[3],
            "report_from_day": r[0],
            "report_to_day": r[1],
            "sign": sign,
        }
        for r, sign in [(part, 1), *((o, -1) for o in outer)]
    ]
