"""The chart of an issue: what the listing sold and was expected to sell, when it began, and what lies ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from .. import words
from . import base

WIDTH, HEIGHT = 760.0, 262.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 752.0, 40.0, 200.0
_ONE = timedelta(days=1)
At = Callable[[date], float]


@dataclass(frozen=True)
class Chart:
    """What is drawn. `values` end the day before `today`; None is a day without facts.

    `pace` is what it sells when healthy, `low` and `high` hold eight days in ten. `onset` may lie ahead.
    """

    today: date
    values: Sequence[float | None]
    pace: float | None
    low: float
    high: float
    onset: date | None
    last_good: date | None
    ahead: int
    lost: str
    saved: str
    pace_words: str
    share: float
    earlier: Sequence[tuple[date, date | None, str]] = ()
    ends: date | None = None


def draw(chart: Chart) -> Markup:
    """The chart, with its labels on the things they name."""
    back = len(chart.values)
    first = chart.today - back * _ONE
    known = [v for v in chart.values if v is not None]
    steps = base.ticks(max([*known, chart.high, 1.0]) * 1.05)
    x = base.Scale(0, back + chart.ahead - 1, LEFT + 4, RIGHT)
    y = base.Scale(0, steps[-1], BOTTOM, TOP)

    def at(day: date) -> float:
        return x((day - first).days)

    parts = [
        base.axis(y, steps, left=LEFT, right=RIGHT),
        *_earlier(chart, first, at),
        *_expected(chart, x, y, back),
        *_lost(chart, x, y, first),
        _sold(chart, x, y),
        base.upright(at(chart.today) - x(1) / 2 + x(0) / 2, TOP - 6, BOTTOM, "p-now"),
        base.text(at(chart.today) - x(1) / 2 + x(0) / 2, TOP - 10, "now", anchor="middle"),
        *_onset(chart, first, at),
        *_days(chart, first, at, back),
        *_pace(chart, first, at),
    ]
    return base.svg(WIDTH, HEIGHT, parts, title="Units sold a day", desc=_told(chart), cls="chart", fluid=True)


def _told(chart: Chart) -> str:
    known = [v for v in chart.values if v is not None]
    said = [f"{len(known)} of the last {len(chart.values)} days are told, {sum(known):g} units in all."]
    if chart.pace is not None:
        said.append(f"Healthy pace {chart.pace:.3g} a day, 8 days in 10 between {chart.low:g} and {chart.high:g}.")
    if chart.onset is not None:
        said.append(f"{'Begins' if chart.onset >= chart.today else 'Began'} {words.day(chart.onset)}.")
    return " ".join([*said, f"{chart.lost} lost so far. {chart.saved} can still be saved."])


def _expected(chart: Chart, x: base.Scale, y: base.Scale, back: int) -> list[str]:
    if chart.pace is None:
        return []
    ends = (x(0), x(back + chart.ahead - 1))
    upper, lower = [(e, y(chart.high)) for e in ends], [(e, y(chart.low)) for e in ends]
    level = base.line([(e, y(chart.pace)) for e in ends], "p-expected")
    return [
        base.band(upper, lower),
        level,
        base.text(x(0) + 4, y(chart.high) - 5, "expected when healthy", cls="x-2 x-halo"),
    ]


def _sold(chart: Chart, x: base.Scale, y: base.Scale) -> str:
    points = [None if v is None else (x(i), y(v)) for i, v in enumerate(chart.values)]
    last = next((p for p in reversed(points) if p is not None), None)
    return base.broken_line(points) + (base.dots([last], 3) if last else "")


def _lost(chart: Chart, x: base.Scale, y: base.Scale, first: date) -> list[str]:
    """Behind now a solid fill, ahead a hatch: never one shape."""
    if chart.pace is None or chart.onset is None or not chart.share:
        return []
    back, parts = len(chart.values), []
    since = [(i, v) for i, v in enumerate(chart.values) if v is not None and first + i * _ONE >= chart.onset]
    if since:
        lower = [(x(i), y(min(v, chart.pace))) for i, v in since]
        start = x(max(0, since[0][0] - 1)) if len(since) == 1 else lower[0][0]
        upper = [(start, y(chart.pace)), (lower[-1][0], y(chart.pace))]
        parts.append(base.band(upper, [(start, lower[0][1]), *lower] if len(since) == 1 else lower, "p-loss"))
        parts.append(
            base.text(lower[0][0] - 8, TOP + 30, f"{chart.lost} lost so far", cls="x-loss x-halo", anchor="end")
        )
    begin = max(back, (chart.onset - first).days)
    end = back + chart.ahead - 1 if chart.ends is None else min(back + chart.ahead - 1, (chart.ends - first).days)
    if begin < end:
        low = y(chart.pace * (1 - chart.share))
        parts.append(base.rect(x(begin), y(chart.pace), x(end) - x(begin), low - y(chart.pace), "p-ahead"))
        middle = (x(begin) + x(end)) / 2
        anchor, place = ("middle", middle) if x(end) - x(begin) > 110 else ("end", x(end))
        parts.append(
            base.text(place, BOTTOM - 26, f"{chart.saved} can still be saved", cls="x-loss x-halo", anchor=anchor)
        )
        parts.append(base.text(place, BOTTOM - 12, "by acting now", cls="x-2 x-halo", anchor=anchor))
    return parts


def _onset(chart: Chart, first: date, at: At) -> list[str]:
    if chart.onset is None:
        return []
    later = chart.onset >= chart.today
    place = min(max(at(chart.onset), LEFT + 4), RIGHT)
    said = f"{'begins' if later else 'began'} {words.day(chart.onset)}"
    if chart.onset < first:
        said += ", before this picture"
    elif not later and chart.last_good is not None and (chart.onset - chart.last_good).days > 1:
        said += f", after {words.day(chart.last_good)}"
    anchor = "start" if place < 240 else "end"
    mark = base.upright(place, TOP - 18, BOTTOM, "p-onset later" if later else "p-onset")
    shift = 7 if anchor == "start" else -7
    return [
        mark,
        base.flag(place, TOP - 22, later=later),
        base.text(place + shift, TOP - 16, said, cls="x-loss", anchor=anchor),
    ]


def _earlier(chart: Chart, first: date, at: At) -> list[str]:
    """The same listing's issues before: a shade where they lay, a hollow dot where they began."""
    parts = []
    for begin, end, said in chart.earlier:
        last = min(end or chart.today, chart.today)
        if last < first or begin > chart.today:
            continue
        left, right = at(max(begin, first)), at(last)
        parts.append(base.rect(left, TOP, max(3.0, right - left), BOTTOM - TOP, "p-track"))
        parts.append(base.dots([(left, BOTTOM)], 3.5, "p-event"))
        parts.append(base.text(left, BOTTOM + 46, said, anchor="start" if left < 500 else "end"))
    return parts[:9]


def _days(chart: Chart, first: date, at: At, back: int) -> list[str]:
    every = [first + i * _ONE for i in range(0, back + chart.ahead, 7)]
    return [base.text(at(d), BOTTOM + 16, f"{d.day} {d:%b}", anchor="middle") for d in every]


def _pace(chart: Chart, first: date, at: At) -> list[str]:
    if chart.pace is None or not chart.pace_words:
        return []
    end = min(chart.onset or chart.today, chart.today)
    left, right = at(max(first, end - 28 * _ONE)), at(max(first, end - _ONE))
    if right - left < 60:
        return []
    y = BOTTOM + 26
    start, stop = base.n(left), base.n(right)
    bracket = f'<path class="p-accent" d="M{start} {y - 3}v6M{start} {y}H{stop}M{stop} {y - 3}v6"/>'
    return [bracket, base.text((left + right) / 2, y + 15, chart.pace_words, cls="x-accent", anchor="middle")]
