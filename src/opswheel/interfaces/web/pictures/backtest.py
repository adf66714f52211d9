"""A back-test: what would fall silent above, what a week is worth below, along one cut line from loose to strict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from . import base

WIDTH, LEFT, RIGHT = 680.0, 58.0, 666.0
BARS_TOP, BARS_BOTTOM = 46.0, 150.0
WORTH_TOP, WORTH_BOTTOM = 186.0, 298.0
HEIGHT = 340.0
NAMES = ("real", "false", "not_judged")


@dataclass(frozen=True)
class Told:
    """A back-test's picture as stored, the weeks it covers, and how money is said."""

    picture: Mapping[str, Any]
    weeks: float
    money: Callable[[float], str]

    @property
    def now(self) -> int:
        """The step of the cut in force."""
        return int(self.picture["now"])

    @property
    def to(self) -> int:
        """The step proposed."""
        return int(self.picture["to"])

    def value(self, step: int) -> str:
        """The cut line's value at a step."""
        return f"{self.picture['values'][step]:g}"

    def steps(self) -> tuple[int, int]:
        """The first and the last step that are drawn."""
        seen = [k for k, bar in enumerate(self.picture["bars"]) if sum(bar.values()) > 0]
        near = [w["step"] for w in self.picture["worth"]]
        last = len(self.picture["values"]) - 1
        return max(0, min([*near, *seen, self.now - 2])), min(last, max([*near, *seen, self.to + 2]))

    def silent(self) -> tuple[float, float, float]:
        """Real, false and unjudged alarms between the cut in force and the one proposed."""
        a, b = sorted((self.now, self.to))
        real, false, left = (sum(bar[name] for bar in self.picture["bars"][a:b]) for name in NAMES)
        return real, false, left


def silence(told: Told) -> str:
    """What falls silent, or would be told besides, in words."""
    if "silent" in told.picture:  # the slope turns: some fall silent, others are told
        sides = ((told.picture["silent"], "fall silent"), (told.picture["besides"], "would be told besides"))
        return "; ".join(_counted(*(side[n] for n in NAMES), verb=verb) for side, verb in sides)
    return _counted(*told.silent(), verb="fall silent" if told.to > told.now else "would be told besides")


def _counted(real: float, false: float, left: float, *, verb: str) -> str:
    parts = [f"{real:.0f} real", f"{false:.0f} false"] + ([f"{left:.0f} not judged"] if left else [])
    return f"{real + false + left:.0f} {verb}: {', '.join(parts)}"


def backtest(told: Told) -> Markup:
    """Both pictures over one axis; stricter is to the right."""
    first, last = told.steps()
    x = base.Scale(first, last + 1, LEFT, RIGHT)
    line = told.picture["line"].replace("_", " ")
    unit = f", {told.picture['unit']}" if told.picture["unit"] else ""
    parts = [
        base.text(LEFT, 14, f"Alarms in {told.weeks:g} weeks, by how strong they were", cls="x-ink"),
        *_key(),
        *_histogram(told, x, first, last),
        base.text(LEFT, WORTH_TOP - 10, "Worth a week against today’s line, if the line stood here", cls="x-ink"),
        *_worth(told, x),
        *_lines(told, x, first),
        *(base.text(x(k), WORTH_BOTTOM + 16, told.value(k), anchor="middle") for k in range(first, last + 1)),
        base.text((LEFT + RIGHT) / 2, HEIGHT - 6, f"{line}{unit}; stricter to the right", anchor="middle"),
    ]
    words = f"Back-test of {line}: {told.value(told.now)} now, {told.value(told.to)} proposed"
    return base.svg(WIDTH, HEIGHT, parts, title=words, desc=_desc(told), cls="backtest", fluid=True)


def _desc(told: Told) -> str:
    at = next((w for w in told.picture["worth"] if w["step"] == told.to), None)
    worth = "" if at is None else f" Worth {told.money(at['mean'])} a week, {_range(told, at)}."
    return f"{silence(told)}.{worth}"


def _range(told: Told, at: Mapping[str, float]) -> str:
    return f"8 in 10 within {told.money(at['p10'])} to {told.money(at['p90'])}"


def _key() -> list[str]:
    found = []
    for place, cls, words in ((418.0, "p-sure", "real"), (474.0, "p-unseen", "false alarm"), (568.0, "b-open", "")):
        found.append(base.rect(place, 6, 10, 9, cls))
        found.append(base.text(place + 14, 14, words or "nobody judged"))
    return found


def _histogram(told: Told, x: base.Scale, first: int, last: int) -> list[str]:
    bars = told.picture["bars"][first : last + 1]
    marks = base.ticks(max([sum(bar.values()) for bar in bars] + [1.0]), 3)
    y = base.Scale(0, marks[-1], BARS_BOTTOM, BARS_TOP)
    parts = [base.axis(y, marks, left=LEFT, right=RIGHT)]
    for k, bar in enumerate(bars, first):
        level = 0.0
        for name, cls in zip(NAMES, ("p-sure", "p-unseen", "b-open"), strict=True):
            top = level + bar[name]
            parts += [base.rect(x(k) + 1.5, y(top), x(k + 1) - x(k) - 3, y(level) - y(top), cls)] if bar[name] else []
            level = top
    return parts


def _worth(told: Told, x: base.Scale) -> list[str]:
    rows: Sequence[Mapping[str, Any]] = told.picture["worth"]
    ends = [v for w in rows for v in (w["p10"], w["p90"], 0.0)]
    low, high = min(ends), max(ends)
    room = 0.15 * (high - low) or 1.0
    y = base.Scale(low - room, high + room, WORTH_BOTTOM, WORTH_TOP)
    loose, strict = x(rows[0]["step"]), x(rows[-1]["step"])
    marks = [v for v in (low, high) if abs(y(v) - y(0)) > 14]
    parts = [
        base.rect(LEFT, WORTH_TOP, loose - LEFT, WORTH_BOTTOM - WORTH_TOP, "p-track"),
        base.rect(strict, WORTH_TOP, RIGHT - strict, WORTH_BOTTOM - WORTH_TOP, "p-track"),
        base.band([(x(w["step"]), y(w["p90"])) for w in rows], [(x(w["step"]), y(w["p10"])) for w in rows]),
        base.across(y(0), LEFT, RIGHT, "p-axis"),
        base.text(LEFT - 6, y(0) + 4, told.money(0.0), anchor="end"),
        *(base.across(y(v), LEFT, RIGHT) for v in marks),
        *(base.text(LEFT - 6, y(v) + 4, told.money(v), anchor="end") for v in marks),
        base.line([(x(w["step"]), y(w["mean"])) for w in rows]),
    ]
    if RIGHT - strict > 150:
        parts.append(base.text(RIGHT - 6, WORTH_TOP + 14, "beyond this week’s step", cls="x-2", anchor="end"))
    at = next((w for w in rows if w["step"] == told.to), None)
    if at is not None:
        dot = x(told.to), y(at["mean"])
        words = f"{'+' if at['mean'] > 0 else ''}{told.money(at['mean'])} a week, {_range(told, at)}"
        beside = dot[0] < (LEFT + RIGHT) / 2
        place = dot[0] + 9 if beside else dot[0] - 9
        parts += [base.dots([dot], 4, "p-accent-fill")]
        parts.append(base.text(place, WORTH_BOTTOM - 8, words, cls="x-accent x-halo", anchor=None if beside else "end"))
    return parts


def _lines(told: Told, x: base.Scale, first: int) -> list[str]:
    """Today's line dashed, the proposal solid with a flag; left of today's, what was seen and never flagged."""
    now, to = x(told.now), x(told.to)
    flag = f"proposed: {told.value(told.to)}"
    width = 12 + 6.2 * len(flag)
    left = to if to + width < RIGHT else to - width
    parts = [
        base.upright(now, BARS_TOP - 14, BARS_BOTTOM, "b-now"),
        base.upright(now, WORTH_TOP, WORTH_BOTTOM, "b-now"),
    ]
    if told.now > first:
        parts.append(base.rect(LEFT, BARS_TOP, now - LEFT, BARS_BOTTOM - BARS_TOP, "b-unflagged"))
        where = (LEFT + now) / 2
        parts += [base.text(where, BARS_TOP + 40, "seen,", cls="x-2 x-halo", anchor="middle")]
        parts += [base.text(where, BARS_TOP + 54, "never flagged", cls="x-2 x-halo", anchor="middle")]
    word, anchor = f"now: {told.value(told.now)}", "end" if told.to >= told.now else None
    parts.append(base.text(now - 5 if anchor else now + 5, BARS_TOP - 5, word, cls="x-ink x-halo", anchor=anchor))
    parts += [
        base.upright(to, BARS_TOP - 22, BARS_BOTTOM, "p-accent"),
        base.upright(to, WORTH_TOP, WORTH_BOTTOM, "p-accent"),
    ]
    parts += [base.rect(left, BARS_TOP - 24, width, 17, "p-accent-fill")]
    parts.append(base.text(left + 6, BARS_TOP - 12, flag, cls="x-on"))
    return parts
