"""Performance in pictures: a figure's months with their band, the year's change, people against catalog, a share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import log
from typing import Any

from markupsafe import Markup

from . import base

WIDTH, HEIGHT, RIGHT, TOP, BOTTOM = 320.0, 96.0, 262.0, 8.0, 74.0
MOST = 0.4
PLOT = (44.0, 10.0, 252.0, 132.0)
"""left, top, right, bottom of the verdict's two pictures."""


def trend(months: Sequence[Mapping[str, Any]], say: Callable[[float], str], *, words: str) -> Markup:
    """Twelve months: band, line, last point and the ends of its range. A month that says nothing leaves a gap.

    A hollow dot is a lower bound: what it counts has not come to an end.
    """
    told = [(i, m) for i, m in enumerate(months) if m["value"] is not None]
    if not told:
        return Markup("")
    ends = [v for _, m in told for v in (m["value"], m["low"], m["high"]) if v is not None]
    low, high = min(ends), max(ends)
    room = 0.08 * (high - low) or abs(high) * 0.2 or 1.0
    x = base.Scale(0, max(1, len(months) - 1), 8, RIGHT)
    y = base.Scale(low - room, high + room, BOTTOM, TOP)
    points = [None if m["value"] is None else (x(i), y(m["value"])) for i, m in enumerate(months)]
    at, last = told[-1]
    parts = [base.across(BOTTOM + 2, 4, RIGHT + 4, "p-axis"), *_bands(months, x, y)]
    parts.append(base.broken_line(points))
    open_, whole = ([p for i, m in told if bool(m["at_least"]) is want and (p := points[i])] for want in (True, False))
    parts += [base.dots(open_, 2.6, "p-event"), base.dots([p for p in whole if p == points[at]], 3.2)]
    parts += _last(last, x(at), y, say)
    parts += _names(months, x)
    return base.svg(WIDTH, HEIGHT, parts, title=words, cls="trend", fluid=True)


def _bands(months: Sequence[Mapping[str, Any]], x: base.Scale, y: base.Scale) -> list[str]:
    """The range of each run of months; one without an upper end reaches the top."""
    runs: list[list[tuple[float, float, float]]] = [[]]
    for i, m in enumerate(months):
        if m["value"] is None or m["low"] is None:
            runs.append([])
        else:
            runs[-1].append((x(i), TOP if m["high"] is None else y(m["high"]), y(m["low"])))
    drawn = []
    for run in runs:
        wide = [(run[0][0] - 5, *run[0][1:]), (run[0][0] + 5, *run[0][1:])] if len(run) == 1 else run
        drawn.append(base.band([(a, up) for a, up, _ in wide], [(a, down) for a, _, down in wide]))
    return drawn


def _last(last: Mapping[str, Any], at: float, y: base.Scale, say: Callable[[float], str]) -> list[str]:
    """The last range in numbers beside it, kept apart where it is narrow."""
    if last["low"] is None:
        return [base.text(at + 8, y(last["value"]) + 4, say(last["value"]))]
    up = TOP if last["high"] is None else y(last["high"])
    down = y(last["low"])
    middle = (up + down) / 2
    up, down = min(up, middle - 6), max(down, middle + 6)
    words = "no end yet" if last["high"] is None else say(last["high"])
    return [base.text(at + 8, up + 4, words), base.text(at + 8, down + 4, say(last["low"]))]


def _names(months: Sequence[Mapping[str, Any]], x: base.Scale) -> list[str]:
    each = max(1, (len(months) - 1) // 4)
    shown = [i for i in range(len(months)) if (len(months) - 1 - i) % each == 0]
    return [
        base.text(x(i), HEIGHT - 5, f"{date.fromisoformat(months[i]['month'] + '-01'):%b}", anchor="middle")
        for i in shown
    ]


def change_in_a_year(revenue: Mapping[str, float] | None, repeats: Mapping[str, float] | None) -> Markup:
    """The two figures that decide, as a cross with its doubt: up is more revenue per operator, right fewer repeats."""
    left, top, right, bottom = PLOT
    x, y = base.Scale(MOST, -MOST, left, right), base.Scale(-MOST, MOST, bottom, top)
    parts = [
        base.rect(x(0), top, right - x(0), y(0) - top, "p-accent-band"),
        base.text(right - 4, top + 13, "compounding", cls="x-accent", anchor="end"),
    ]
    for v in (-0.4, -0.2, 0.0, 0.2, 0.4):
        cls = "p-axis" if v == 0 else "p-grid"
        parts += [base.across(y(v), left, right, cls), base.upright(x(v), top, bottom, cls)]
        parts.append(base.text(left - 6, y(v) + 4, _percent(v), anchor="end"))
        parts.append(base.text(x(v), bottom + 14, _percent(v), anchor="middle"))
    parts.append(base.text((left + right) / 2, bottom + 30, "repeats, a year: fewer to the right", anchor="middle"))
    title = "Change in a year: revenue per operator upwards, fewer repeats to the right"
    if revenue is None or repeats is None:
        parts.append(base.text((left + right) / 2, y(0) - 8, "cannot tell yet", cls="x-ink x-halo", anchor="middle"))
        return base.svg(264, 166, parts, title=f"{title}; cannot tell yet", cls="fit")

    def kept(v: float) -> float:
        return max(-MOST, min(MOST, v))

    at = x(kept(repeats["value"])), y(kept(revenue["value"]))
    parts += [base.line([(x(kept(repeats[e])), at[1]) for e in ("low", "high")], "p-tick")]
    parts += [base.line([(at[0], y(kept(revenue[e]))) for e in ("low", "high")], "p-tick"), base.dots([at], 4)]
    told = f"revenue per operator {_percent(revenue['value'])}, repeats {_percent(repeats['value'])}"
    return base.svg(264, 166, parts, title=f"{title}; {told}", cls="fit")


def people(points: Sequence[Mapping[str, Any]], slope: Mapping[str, float] | None) -> Markup:
    """Operators against listings on log scales, a dot a month, with where in line and without lie."""
    left, top, right, bottom = PLOT
    title = "Operators against listings, log scales, a dot a month"
    parts = [base.across(bottom, left, right, "p-axis"), base.upright(left, top, bottom, "p-axis")]
    if len(points) < 2:
        words = "not told for the same months"
        parts += [base.rect(left, top, right - left, bottom - top, "p-track")]
        parts += [base.text((left + right) / 2, (top + bottom) / 2, words, cls="x-2", anchor="middle")]
        return base.svg(264, 166, parts, title=f"{title}; {words}", cls="fit")
    c, h = [p["catalog"] for p in points], [p["headcount"] for p in points]
    apart = max(c) >= 1.05 * min(c)
    ends = [h[0] * (max(c) / c[0]) ** share for share in (0.9, 0.5)] if apart else []
    x, y = _log_scale(c, left, right), _log_scale([*h, *ends], bottom, top)
    for end, words in zip(ends, ("stalled, from 0.9", "to 0.5"), strict=False):
        parts.append(base.line([(x(log(c[0])), y(log(h[0]))), (x(log(max(c))), y(log(end)))], "p-expected"))
        parts.append(base.text(right, max(y(log(end)) - 6, top + 8), words, cls="x-halo", anchor="end"))
    parts.append(base.dots([(x(log(a)), y(log(b))) for a, b in zip(c, h, strict=True)], 3))
    parts += [base.text(left, bottom + 14, f"{min(c):,.0f}")]
    parts += [base.text(right, bottom + 14, f"{max(c):,.0f} listings", anchor="end")]
    parts += [base.text(left - 6, y(log(v)) + 4, f"{v:g}", anchor="end") for v in sorted({min(h), max(h)})]
    told = (
        "slope not told" if slope is None else f"slope {slope['value']:.2f} ({slope['low']:.2f} to {slope['high']:.2f})"
    )
    parts.append(base.text((left + right) / 2, bottom + 30, told, anchor="middle"))
    return base.svg(264, 166, parts, title=f"{title}; {told}", cls="fit")


def _log_scale(values: Sequence[float], start: float, end: float) -> base.Scale:
    low, high = log(min(values)), log(max(values))
    room = max((high - low) * 0.12, 0.04)
    return base.Scale(low - room, high + room, start, end)


def meter(share: float | None, *, words: str, width: float = 60) -> Markup:
    """How far something is, of its whole."""
    parts = [base.rect(0, 0, width, 4, "p-track"), base.rect(0, 0, width * min(1.0, share or 0.0), 4, "p-accent-fill")]
    return base.svg(width, 4, parts, title=words, cls="meter")


def share_bar(value: float, low: float, high: float, *, words: str, width: float = 122) -> Markup:
    """A share of 1 in the one grammar for doubt: dark is sure, light is maybe, the tick is the best guess."""
    return base.range_bar(low, value, high, most=1.0, words=words, width=width)


def _percent(v: float) -> str:
    return f"{v:+.0%}".replace("-", "−") if v else "0 %"
