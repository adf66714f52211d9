"""The sheet's pictures: plain SVG in the look's colours, readable in grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log
from typing import Any

INK, LABEL, ACCENT, TINT, LINE, BAND = "#13201D", "#59655F", "#00646C", "#E1F0EF", "#C2CBC7", "#DCE5E2"
GREY = "#ECF0EE"


def _svg(width: int, height: int, title: str, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{body}</svg>'
    )


def _text(  # noqa: PLR0913
    x: float, y: float, words: str, *, anchor: str = "start", fill: str = LABEL, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} fill="{fill}" font-size="8.5"{weight}>{escape(words)}</text>'


def _line(
    a: tuple[float, float], b: tuple[float, float], *, stroke: str = LINE, width: float = 1, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        f'stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'
    )


def change_in_a_year(revenue: Mapping[str, float] | None, repeats: Mapping[str, float] | None) -> str:
    """The two figures that decide, as a cross with its doubt: up is more revenue per operator, right fewer repeats."""
    title = "Change in a year: revenue per operator against the repeat rate"
    left, top, right, bottom, most = 34.0, 8.0, 232.0, 122.0, 0.4

    def x(v: float) -> float:
        return left + (right - left) * (0.5 - max(-most, min(most, v)) / (2 * most))

    def y(v: float) -> float:
        return top + (bottom - top) * (0.5 - max(-most, min(most, v)) / (2 * most))

    body = f'<rect x="{x(0):.1f}" y="{top}" width="{right - x(0):.1f}" height="{y(0) - top:.1f}" fill="{TINT}"/>'
    body += _text(right - 4, top + 11, "compounding", anchor="end", fill=ACCENT, bold=True)
    for v in (-0.4, -0.2, 0.0, 0.2, 0.4):
        body += _line((left, y(v)), (right, y(v)), stroke=LINE, width=1.2 if v == 0 else 0.5)
        body += _line((x(v), top), (x(v), bottom), stroke=LINE, width=1.2 if v == 0 else 0.5)
        body += _text(left - 4, y(v) + 3, _percent(v), anchor="end") + _text(
            x(v), bottom + 11, _percent(v), anchor="middle"
        )
    body += _text((left + right) / 2, bottom + 23, "repeat rate: fewer to the right", anchor="middle")
    if revenue is None or repeats is None:
        body += _text((left + right) / 2, y(0) - 6, "cannot tell yet", anchor="middle", fill=INK, bold=True)
        return _svg(252, 150, title, body)
    at = x(repeats["value"]), y(revenue["value"])
    body += _line((x(repeats["low"]), at[1]), (x(repeats["high"]), at[1]), stroke=INK, width=2)
    body += _line((at[0], y(revenue["low"])), (at[0], y(revenue["high"])), stroke=INK, width=2)
    body += f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4" fill="{INK}"/>'
    return _svg(252, 150, title, body)


def people_against_catalog(points: Sequence[Mapping[str, Any]], slope: Mapping[str, float] | None) -> str:
    """Operators against listings on log scales, a dot a month, with where in line and without lie."""
    title = "Operators against catalog, log scales"
    left, top, right, bottom = 34.0, 8.0, 232.0, 122.0
    if len(points) < 2:
        body = f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="{GREY}"/>'
        body += _text((left + right) / 2, (top + bottom) / 2, "not told for the same months", anchor="middle", fill=INK)
        return _svg(252, 150, title, body)
    c, h = [p["catalog"] for p in points], [p["headcount"] for p in points]
    x_of, y_of = _scale(c, left, right), _scale(h, bottom, top)
    body = _line((left, bottom), (right, bottom)) + _line((left, top), (left, bottom))
    first = c[0], h[0]
    for share, words in ((0.9, "stalled, from 0.9"), (0.5, "to 0.5")):
        end = max(c) * 1.02
        people = first[1] * (end / first[0]) ** share
        body += _line((x_of(first[0]), y_of(first[1])), (x_of(end), y_of(people)), stroke=LABEL, dash="3 2")
        body += _text(min(x_of(end), right), max(y_of(people) - 3, top + 8), words, anchor="end")
    for a, b in zip(c, h, strict=True):
        body += f'<circle cx="{x_of(a):.1f}" cy="{y_of(b):.1f}" r="2.6" fill="{INK}"/>'
    body += _text(left, bottom + 11, f"{min(c):,.0f}") + _text(
        right, bottom + 11, f"{max(c):,.0f} listings", anchor="end"
    )
    body += _text(left - 4, y_of(min(h)) + 3, f"{min(h):g}", anchor="end")
    if max(h) > min(h):
        body += _text(left - 4, y_of(max(h)) + 3, f"{max(h):g}", anchor="end")
    told = (
        "slope not told" if slope is None else f"slope {slope['value']:.2f} ({slope['low']:.2f} to {slope['high']:.2f})"
    )
    return _svg(252, 150, title, body + _text((left + right) / 2, bottom + 23, told, anchor="middle"))


def _scale(values: Sequence[float], start: float, end: float) -> Any:
    """A log scale with a little room at both ends; one value stands in the middle."""
    low, high = log(min(values)), log(max(values))
    room = max((high - low) * 0.12, 0.04)
    low, high = low - room, high + room

    def place(v: float) -> float:
        return start + (end - start) * (log(v) - low) / (high - low)

    return place


def sparkline(months: Sequence[Mapping[str, Any]], title: str) -> str:
    """Twelve months: band, line, last point. A month that says nothing leaves a gap."""
    width, height, top, bottom = 190.0, 44.0, 4.0, 34.0
    told = [(i, m) for i, m in enumerate(months) if m["value"] is not None]
    if not told:
        return _svg(190, 46, title, _text(width / 2, 22, "no month told yet", anchor="middle"))
    ends = [v for _, m in told for v in (m["value"], m["low"], m["high"]) if v is not None]
    low, high = min(ends), max(ends)
    span = (high - low) or abs(high) or 1.0

    def x(i: int) -> float:
        return 4 + (width - 8) * i / max(1, len(months) - 1)

    def y(v: float) -> float:
        return bottom - (bottom - top) * ((v - low) / span if high > low else 0.5)

    body = ""
    for run in _runs(told):
        band = [(x(i), y(m["high"]), y(m["low"])) for i, m in run if None not in (m["low"], m["high"])]
        if len(band) > 1:
            up, down = [f"{a:.1f},{b:.1f}" for a, b, _ in band], [f"{a:.1f},{b:.1f}" for a, _, b in reversed(band)]
            body += f'<polygon points="{" ".join(up + down)}" fill="{BAND}"/>'
        points = " ".join(f"{x(i):.1f},{y(m['value']):.1f}" for i, m in run)
        body += f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
    i, m = told[-1]
    body += f'<circle cx="{x(i):.1f}" cy="{y(m["value"]):.1f}" r="2.6" fill="{INK}"/>'
    body += _line((4, height - 7), (width - 4, height - 7), width=0.6)
    body += _text(4, height + 1, months[0]["month"]) + _text(width - 4, height + 1, months[-1]["month"], anchor="end")
    return _svg(190, 46, title, body)


def _runs(told: Sequence[tuple[int, Any]]) -> list[list[tuple[int, Any]]]:
    """Months that follow one another without a gap."""
    runs: list[list[tuple[int, Any]]] = []
    for i, m in told:
        if runs and runs[-1][-1][0] == i - 1:
            runs[-1].append((i, m))
        else:
            runs.append([(i, m)])
    return runs


def _percent(v: float) -> str:
    return f"{v:+.0%}".replace("-", "−") if v else "0%"
