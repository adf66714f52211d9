"""What pictures are made of: lines, bands, bars, a range bar, dots and axes. Nothing here says a colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log10

from markupsafe import Markup, escape

Point = tuple[float, float]
_numbers = count(1)


@dataclass(frozen=True)
class Scale:
    """From values `low…high` to places `start…end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where `value` stands."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def n(value: float) -> str:
    """A coordinate with one decimal, and no more characters than it needs."""
    return "0" if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")


def attributes(cls: str, **more: object) -> str:
    """Attributes as text; an underscore stands for a dash."""
    said: dict[str, object] = {"class": cls} if cls else {}
    said |= {k.rstrip("_").replace("_", "-"): v for k, v in more.items() if v is not None}
    return "".join(f' {k}="{escape(n(v) if isinstance(v, float) else v)}"' for k, v in said.items())


def svg(  # noqa: PLR0913
    width: float, height: float, parts: Iterable[str], *, title: str, desc: str = "", cls: str = "", fluid: bool = False
) -> Markup:
    """A picture with its words: `title` names it, `desc` tells what it shows. `fluid` fills the width it is given."""
    size = ' width="100%"' if fluid else f' width="{n(width)}" height="{n(height)}"'
    if not desc:
        return Markup(  # noqa: S704  every word is escaped where it comes in
            f'<svg class="picture {escape(cls)}" viewBox="0 0 {n(width)} {n(height)}"{size} role="img"'
            f' aria-label="{escape(title)}">{"".join(parts)}</svg>'
        )
    number = next(_numbers) % 1_000_000
    told = f'<title id="p{number}t">{escape(title)}</title>'
    told += f'<desc id="p{number}d">{escape(desc)}</desc>'
    by = f"p{number}t p{number}d"
    return Markup(  # noqa: S704  the same
        f'<svg class="picture {escape(cls)}" viewBox="0 0 {n(width)} {n(height)}"{size} role="img"'
        f' aria-labelledby="{by}">{told}{"".join(parts)}</svg>'
    )


def path(points: Sequence[Point], *, close: bool = False) -> str:
    """The `d` of a line through points."""
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points) + ("Z" if close else "")


def line(points: Sequence[Point], cls: str = "p-line") -> str:
    """A line through points; nothing where there are none."""
    return f"<path{attributes(cls, d=path(points))}/>" if points else ""


def broken_line(points: Sequence[Point | None], cls: str = "p-line") -> str:
    """A line that stops where a point is missing."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    d = "".join(path(run) if len(run) > 1 else f"{path(run)}h.1" for run in runs if run)
    return f"<path{attributes(cls, d=d)}/>" if d else ""


def band(upper: Sequence[Point], lower: Sequence[Point], cls: str = "p-band") -> str:
    """The area between two lines."""
    return f"<path{attributes(cls, d=path([*upper, *reversed(lower)], close=True))}/>" if upper and lower else ""


def rect(x: float, y: float, width: float, height: float, cls: str) -> str:
    """A bar; a negative width or height is none."""
    return f"<rect{attributes(cls, x=n(x), y=n(y), width=n(max(0.0, width)), height=n(max(0.0, height)))}/>"


def bars(xs: Sequence[float], heights: Sequence[float], *, base: float, width: float, cls: str = "p-sure") -> str:
    """Standing bars of `heights` upon `base`, centred on `xs`."""
    return "".join(rect(x - width / 2, base - h, width, h, cls) for x, h in zip(xs, heights, strict=True))


def dots(points: Sequence[Point], radius: float = 2.0, cls: str = "p-dot") -> str:
    """Dots at points."""
    return "".join(f"<circle{attributes(cls, cx=n(x), cy=n(y), r=n(radius))}/>" for x, y in points)


def text(x: float, y: float, words: str, *, cls: str = "", anchor: str | None = None) -> str:
    """Words at a place; `anchor` is `middle` or `end`."""
    return f"<text{attributes(cls, x=n(x), y=n(y), text_anchor=anchor)}>{escape(words)}</text>"


def across(y: float, start: float, end: float, cls: str = "p-grid") -> str:
    """A level line."""
    return f"<path{attributes(cls, d=f'M{n(start)} {n(y)}H{n(end)}')}/>"


def upright(x: float, top: float, bottom: float, cls: str = "p-grid") -> str:
    """A standing line."""
    return f"<path{attributes(cls, d=f'M{n(x)} {n(top)}V{n(bottom)}')}/>"


def flag(x: float, y: float, *, later: bool = False) -> str:
    """The mark of an onset: a filled triangle, hollow for what still lies ahead."""
    return f"<path{attributes('p-mark later' if later else 'p-mark', d=f'M{n(x - 3)} {n(y)}h6l-3 4.5Z')}/>"


def ticks(high: float, most: int = 4) -> list[float]:
    """Round values from 0 to at least `high`, no more than `most` steps apart."""
    if high <= 0:
        return [0.0, 1.0]
    raw = high / most
    size = 10 ** floor(log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw - 1e-12)
    return [step * i for i in range(ceil(high / step - 1e-9) + 1)]


def axis(scale: Scale, values: Sequence[float], *, left: float, right: float, words: Sequence[str] = ()) -> str:
    """Level lines at `values` with their words to the left."""
    told = words or [f"{v:,.10g}" for v in values]
    return "".join(
        across(scale(v), left, right, "p-axis" if i == 0 else "p-grid")
        + text(left - 6, scale(v) + 4, word, anchor="end")
        for i, (v, word) in enumerate(zip(values, told, strict=True))
    )


def range_bar(  # noqa: PLR0913
    p10: float, p50: float, p90: float, *, most: float, words: str, width: float = 122, unseen: bool = False
) -> Markup:
    """One estimate on a scale shared by a whole table: dark to the sure end, light to the likely end, a tick."""
    scale = Scale(0, max(most, p90, 1e-9), 0, width - 2)
    if unseen:
        return svg(width, 10, [rect(0.5, 2, max(4.0, scale(p50)), 6, "p-unseen")], title=words, cls="range")
    tick = f'<path class="p-tick" d="M{n(max(1.0, scale(p50)))} 0V10"/>'
    parts = [rect(0, 2, scale(p90), 6, "p-maybe"), rect(0, 2, scale(p10), 6, "p-sure"), tick]
    return svg(width, 10, parts, title=words, cls="range")


@dataclass(frozen=True)
class Spark:
    """A small line of days. `None` is a day without facts; `onset` is a place in `values`, or beyond for one ahead."""

    values: Sequence[float | None]
    expected: float | None = None
    onset: float | None = None
    ahead: int = 0


def sparkline(spark: Spark, *, words: str, width: float = 112, height: float = 30) -> Markup:
    """Sales of some weeks: what was lost since the onset is filled, a loss still ahead is hatched, no facts grey."""
    days = len(spark.values)
    if days < 2:
        return Markup("")
    known = [v for v in spark.values if v is not None]
    top = max([*known, spark.expected or 0.0, 1e-9])
    x = Scale(0, days - 1 + spark.ahead, 1, width - 3)
    y = Scale(0, top, height - 2, 6)
    parts = [_unseen_days(spark.values, x, height), *_lost(spark, x, y, height)]
    points = [None if v is None else (x(i), y(v)) for i, v in enumerate(spark.values)]
    parts.append(broken_line(points, "p-line thin"))
    if spark.onset is not None:
        later = spark.onset > days - 1
        parts += [upright(x(spark.onset), 5, height - 2, "p-onset later" if later else "p-onset")]
        parts.append(flag(x(spark.onset), 0.5, later=later))
    last = next((p for p in reversed(points) if p is not None), None)
    if last is not None:
        parts.append(dots([last], 1.7))
    return svg(width, height, parts, title=words, cls="spark")


def _unseen_days(values: Sequence[float | None], x: Scale, height: float) -> str:
    blank = [i for i, v in enumerate(values) if v is None]
    if not blank or len(blank) == len(values):
        return ""
    return "".join(rect(x(i) - x(1) / 2 + 0.5, 6, x(1) - 1, height - 8, "p-unseen") for i in blank)


def _lost(spark: Spark, x: Scale, y: Scale, height: float) -> list[str]:
    days, onset = len(spark.values), spark.onset
    if spark.expected is None or onset is None:
        return []
    level = y(spark.expected)
    if onset > days - 1:
        dash = line([(x(days - 1), level), (x(days - 1 + spark.ahead), level)], "p-expected")
        end = x(days - 1 + spark.ahead)
        return [dash, rect(x(onset), level, end - x(onset), height - 2 - level, "p-ahead")]
    since = [(i, v) for i, v in enumerate(spark.values) if i >= onset and v is not None]
    lower = [(x(i), y(min(v, spark.expected))) for i, v in since]
    return [band([(px, level) for px, _ in lower], lower, "p-loss")] if len(lower) > 1 else []
