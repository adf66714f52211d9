"""A push over time, drawn: a fan of 50 and 90 % around the median, as text and as SVG."""

from __future__ import annotations

from html import escape

from .leverage import Path
from .sentences import percent

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 300, 64, 36, 40
SHOWN = (0, 1, 2, 4, 8, 13, 20, 26, 39, 52, 78, 104)
BAR = 40


def text_rows(path: Path) -> list[tuple[int, str, str, str]]:
    """(period, median, 90 % interval, bar) at some of the periods; the bar runs from the low to the high end."""
    last = len(path.quantiles) - 1
    shown = sorted({w for w in SHOWN if w < last} | {last})
    ends = [percent(v) for w in shown for v in (path.quantiles[w][0], path.quantiles[w][4])] + [0.0]
    low, high = min(ends), max(ends)
    rows = []
    for week in shown:
        a, _, middle, _, b = (percent(v) for v in path.quantiles[week])
        rows.append((week, f"{middle:+.1%}", f"{a:+.1%} to {b:+.1%}", _bar(low, high, (a, middle, b))))
    return rows


def _bar(low: float, high: float, marks: tuple[float, float, float]) -> str:
    width = max(high - low, 1e-9)
    zero, a, middle, b = (round((v - low) / width * (BAR - 1)) for v in (0.0, *marks))
    cells = [" "] * BAR
    cells[zero] = "|"
    for i in range(a, b + 1):
        cells[i] = "─"
    cells[middle] = "●"
    return "".join(cells).rstrip()


def svg(path: Path, *, title: str, period: str, stop: int | None) -> str:
    """The fan as an SVG that needs no script and no font of its own; readable in light and dark."""
    quantiles = [[percent(v) for v in row] for row in path.quantiles]
    last = len(quantiles) - 1
    low = min(0.0, *(row[0] for row in quantiles))
    high = max(1e-6, *(row[4] for row in quantiles))

    def x(week: float) -> float:
        return LEFT + (WIDTH - LEFT - 16) * week / max(1, last)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def band(a: int, b: int) -> str:
        upper = [f"{x(w):.1f},{y(row[b]):.1f}" for w, row in enumerate(quantiles)]
        lower = [f"{x(w):.1f},{y(row[a]):.1f}" for w, row in reversed(list(enumerate(quantiles)))]
        return " ".join(upper + lower)

    line = " ".join(f"{x(w):.1f},{y(row[2]):.1f}" for w, row in enumerate(quantiles))
    ticks = "".join(
        f'<text x="{LEFT - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{v:+.1%}</text>' for v in sorted({low, 0.0, high})
    )
    weeks = "".join(
        f'<text x="{x(w):.1f}" y="{HEIGHT - 14}" text-anchor="middle">{w}</text>'
        for w in sorted({0, last // 4, last // 2, 3 * last // 4, last})
    )
    stops = (
        f'<line class="stop" x1="{x(stop):.1f}" x2="{x(stop):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        f'<text x="{x(stop) + 4:.1f}" y="{TOP + 10}">feeding stops</text>'
        if stop is not None
        else ""
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>{escape(title)}</title>
<style>
svg {{ font: 12px system-ui, sans-serif; color-scheme: light dark; --ink: #22262b; --fan: #2f6f5e; }}
@media (prefers-color-scheme: dark) {{ svg {{ --ink: #e4e7ea; --fan: #6fc2a8; }} }}
text {{ fill: var(--ink); }} polygon {{ fill: var(--fan); }}
polyline {{ fill: none; stroke: var(--fan); stroke-width: 2; }}
line {{ stroke: var(--ink); stroke-opacity: .4; }} .stop {{ stroke-dasharray: 4 3; }}
</style>
<text x="{LEFT}" y="20">{escape(title)}</text>
<polygon points="{band(0, 4)}" opacity=".2"/><polygon points="{band(1, 3)}" opacity=".35"/>
<polyline points="{line}"/>
<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(0.0):.1f}" y2="{y(0.0):.1f}"/>{stops}{ticks}{weeks}
<text x="{WIDTH - 16}" y="{HEIGHT - 2}" text-anchor="end">{period}s from now; bands hold 50 and 90 % of draws</text>
</svg>
"""
