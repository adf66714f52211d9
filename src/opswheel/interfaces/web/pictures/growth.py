"""A push over a year: a fan of 50 and 90 % around the median."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ....growth.sentences import percent
from . import base

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 680.0, 250.0, 56.0, 14.0, 22.0, 34.0


def fan(quantiles: Sequence[Sequence[float]], *, words: str, period: str, stop: int | None) -> Markup:
    """`quantiles` are the 5, 25, 50, 75 and 95 % ends of each period, as log points."""
    rows = [[percent(v) for v in row] for row in quantiles]
    last = len(rows) - 1
    low, high = _ends(rows)
    room = 0.06 * (high - low)
    x = base.Scale(0, max(1, last), LEFT, WIDTH - RIGHT)
    y = base.Scale(low - room, high + room, HEIGHT - BOTTOM, TOP)

    def edge(column: int) -> list[base.Point]:
        return [(x(i), y(min(high + room, max(low - room, row[column])))) for i, row in enumerate(rows)]

    marks = sorted({low, 0.0, high})
    marks = [m for m in marks if m == 0.0 or abs(y(m) - y(0.0)) > 14]
    parts = [
        base.band(edge(4), edge(0), "g-wide"),
        base.band(edge(3), edge(1), "g-near"),
        *(base.across(y(m), LEFT, WIDTH - RIGHT, "p-axis" if m == 0 else "p-grid") for m in marks),
        *(base.text(LEFT - 6, y(m) + 4, f"{m:+.1%}" if m else "0", anchor="end") for m in marks),
        base.line(edge(2), "p-accent"),
        base.text(x(last), y(rows[-1][2]) - 7, f"{rows[-1][2]:+.1%}", cls="x-accent x-halo", anchor="end"),
    ]
    if stop is not None:
        parts += [base.upright(x(stop), TOP, HEIGHT - BOTTOM, "p-now")]
        parts.append(base.text(x(stop) + 5, TOP + 9, "feeding stops", cls="x-2 x-halo"))
    if rows[-1][4] > high:
        beyond = f"9 in 10 within {rows[-1][0]:+.0%} and {rows[-1][4]:+,.0%}: off the scale"
        parts.append(base.text(WIDTH - RIGHT, TOP - 4, beyond, cls="x-2 x-halo", anchor="end"))
    for i in sorted({0, last // 4, last // 2, 3 * last // 4, last}):
        anchor = "end" if i == last else "middle"
        parts.append(base.text(x(i), HEIGHT - 16, "now" if i == 0 else f"{period} {i}", anchor=anchor))
    return base.svg(
        WIDTH, HEIGHT, parts, title=words, desc="The bands hold 50 and 90 % of draws.", cls="fan", fluid=True
    )


def _ends(rows: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The ends of the scale: the whole of the fan, unless a few draws that grow without end would flatten the rest."""
    low, high = min(0.0, *(r[0] for r in rows)), max(1e-4, *(r[4] for r in rows))
    near = max(*(abs(v) for r in rows for v in r[1:4]), 1e-4)
    return max(low, -3 * near), min(high, 3 * near)


def gain_bar(low: float, value: float, high: float, *, most: float, words: str) -> Markup:
    """A gain with its range around zero, on a scale all pushes share."""
    side = max(most, abs(low), abs(high), 1e-9)
    x = base.Scale(-side, side, 1, 119)
    parts = [
        base.rect(x(low), 4, x(high) - x(low), 6, "p-maybe"),
        base.upright(x(0), 0, 14, "p-axis"),
        f'<path class="p-tick" d="M{base.n(x(value))} 2V12"/>',
    ]
    return base.svg(120, 14, parts, title=words)
