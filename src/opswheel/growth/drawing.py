"""A wheel as one picture (SVG): drivers, links with sign and strength, delays, loops, and what each link rests on.

Colours are the design's variables, each with a fallback, so that the picture follows a page's theme and also stands
alone. A solid line is measured on the business, a dashed one is literature or assumed, a hairline accounting.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from textwrap import wrap

from .layout import BADGE, Box, Layout, Route, lay_out
from .loops import Loop, find_loops, rests_on
from .wheel import Link, Wheel

_COLOURS = {
    "surface": "#FFFFFF",
    "control": "#7B8783",
    "ink": "#13201D",
    "ink-2": "#435049",
    "ink-3": "#59655F",
    "accent": "#00646C",
}
_FONT = "'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif"
_BADGED = 4
_LISTED = 8
_MARGIN = 24
_HEAD = 58
_LINE = 20
_NAMES = 108
_LEAST_WIDTH = 700.0


def draw(
    wheel: Wheel,
    *,
    values: Mapping[tuple[str, str], float] | None = None,
    measured: Collection[tuple[str, str]] = (),
    notes: Mapping[str, str] | None = None,
) -> str:
    """The picture as SVG text.

    `values` replaces prior means by (source, target) and (name, name); `measured` are the links, by (source,
    target), that the business's own data taught; `notes` puts a second line under drivers.
    """
    told = wheel.values() | dict(values or {})
    loops = find_loops(wheel, dict(values or {}))
    labels = {link.key: brings(wheel, link, told[link.key]) for link in wheel.links}
    notes = notes or {}
    layout = lay_out(wheel, labels, loops[:_BADGED], tuple(notes))
    width = max(_LEAST_WIDTH, layout.size[0] + 2 * _MARGIN, 6.7 * len(wheel.about) + 2 * _MARGIN)
    listed = _loop_rows(wheel, loops, measured, width)
    height = _HEAD + layout.size[1] + 2 * _LINE + 34 + _LINE * len(listed) + _MARGIN
    shift = (width - layout.size[0]) / 2
    parts = [
        _open(wheel, width, height, measured),
        _head(wheel),
        f'<g transform="translate({shift:.1f} {_HEAD})">',
        *(_route(route, told[route.link.key], labels[route.link.key], measured, wheel) for route in layout.routes),
        *(_badge(loop, layout, measured) for loop in loops[:_BADGED]),
        *(_node(wheel, name, box, notes.get(name, "")) for name, box in layout.boxes.items()),
        "</g>",
        _legend(wheel, _HEAD + layout.size[1] + 22, measured),
        *_list(listed, _HEAD + layout.size[1] + 2 * _LINE + 34),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _open(wheel: Wheel, width: float, height: float, measured: Collection[tuple[str, str]]) -> str:
    rests = f"{len(set(measured))} links measured" if measured else "no link measured yet"
    fixed = sum(link.fixed for link in wheel.links)
    words = f"{len(wheel.nodes)} drivers, {len(wheel.links)} links: {rests}, {fixed} accounting, the rest literature."
    name = wheel.name
    heads = "".join(
        f'<marker id="{_head_id(wheel, kind)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}"'
        f' markerHeight="{size}" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path {_paint(fill=colour)} d="M0 0.8 8 4 0 7.2Z"/></marker>'
        for kind, colour, size in (("own", "accent", 10), ("lit", "ink-3", 9), ("fix", "control", 8))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ow" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" aria-label="{escape(f"The {name} growth wheel")}"'
        f' font-family="{_FONT}">'
        f"<title>{escape(f'The {name} growth wheel')}</title><desc>{escape(words)}</desc>"
        f"{_style()}<defs>{heads}</defs>"
        f'<rect width="100%" height="100%" {_paint(fill="surface")}/>'
    )


def _head(wheel: Wheel) -> str:
    about = f'<text x="{_MARGIN}" y="49" font-size="12" {_paint(fill="ink-2")}>{escape(wheel.about)}</text>'
    title = f"The {wheel.name} wheel"
    size = 'font-size="17" font-weight="600"'
    return f'<text x="{_MARGIN}" y="29" {size} {_paint(fill="ink")}>{escape(title)}</text>{about}'


def _route(route: Route, value: float, label: str, measured: Collection[tuple[str, str]], wheel: Wheel) -> str:
    """The curve with its arrow, the delay mark across it, and its label on a ground of its own."""
    kind, colour = _rests(route.link, measured)
    (ax, ay), (bx, by), (cx, cy) = route.curve
    dash = ' stroke-dasharray="5 4"' if kind == "lit" else ""
    found = (
        f'<path d="M{ax:.1f} {ay:.1f}Q{bx:.1f} {by:.1f} {cx:.1f} {cy:.1f}" {_paint(fill="none", stroke=colour)}'
        f' stroke-width="{_width(route.link, value):.1f}"{dash} marker-end="url(#{_head_id(wheel, kind)})">'
        f"<title>{escape(_sentence(wheel, route.link, value))}</title></path>"
    )
    if route.link.lag_periods:
        x, y, turn = route.tick
        found += (
            f'<path d="M-2 -5V5M2 -5V5" transform="translate({x:.1f} {y:.1f}) rotate({turn:.0f})"'
            f' {_paint(fill="none", stroke="ink-2")} stroke-width="1.2"/>'
        )
    weight = ' font-weight="600"' if kind == "own" else ""
    box = route.label
    return found + (
        f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - 7:.1f}" width="{box.width:.1f}" height="14" rx="3"'
        f' {_paint(fill="surface")}/><text x="{box.x:.1f}" y="{box.y + 4:.1f}" font-size="11" text-anchor="middle"'
        f"{weight} {_paint(fill='accent' if kind == 'own' else 'ink-2')}>{escape(label)}</text>"
    )


def _node(wheel: Wheel, name: str, box: Box, note: str) -> str:
    node = wheel.node(name)
    hub = name == wheel.target
    edge = ' stroke-dasharray="3 3"' if node.measure is None else ""
    ground = _paint(fill="ink") if hub else _paint(fill="surface", stroke="control") + edge
    weight = 2.2 if node.lever and not hub else 1
    top = box.y + (4.5 if not note else -1)
    found = (
        f"<g><title>{escape(node.label)}: {escape(node.measure or 'not measured: ' + node.unmeasured)}</title>"
        f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - box.height / 2:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="5" stroke-width="{weight}" {ground}/>'
        f'<text x="{box.x:.1f}" y="{top:.1f}" font-size="13" font-weight="600" text-anchor="middle"'
        f" {_paint(fill='surface' if hub else 'ink')}>{escape(node.label)}</text>"
    )
    if note:
        colour = "surface" if hub else "ink-2"
        found += (
            f'<text x="{box.x:.1f}" y="{box.y + 13:.1f}" font-size="11" text-anchor="middle" {_paint(fill=colour)}>'
        )
        found += f"{escape(note)}</text>"
    return found + "</g>"


def _badge(loop: Loop, layout: Layout, measured: Collection[tuple[str, str]]) -> str:
    """A round arrow with the loop's name and how many of 100 come back."""
    x, y = layout.badges[loop.name]
    colour = "accent" if rests_on(loop, measured) == "your data" else "ink-3"
    r = BADGE - 2
    return (
        f'<g transform="translate({x:.1f} {y:.1f})"><circle r="{BADGE}" {_paint(fill="surface")}/>'
        f'<path d="M{-r} -4a{r} {r} 0 1 1 3 13" {_paint(fill="none", stroke=colour)} stroke-width="1.3"/>'
        f'<path d="M-17 13h9l-3.5 -8Z" transform="rotate(20 -12 11)" {_paint(fill=colour)}/>'
        f'<text y="-1" font-size="11" font-weight="600" text-anchor="middle" {_paint(fill="ink")}>{loop.name}</text>'
        f'<text y="11" font-size="11" text-anchor="middle" {_paint(fill="ink-2")}>{100 * loop.gain:.0f}</text></g>'
    )


def _legend(wheel: Wheel, y: float, measured: Collection[tuple[str, str]]) -> str:
    """What lines, ticks, boxes and figures mean, in two rows."""
    x, found = float(_MARGIN), []
    kinds = [("own", "accent", "measured on your data")] if measured else []
    kinds += [("lit", "ink-3", "literature or assumed"), ("fix", "control", "accounting")]
    for kind, colour, words in kinds:
        dash, wide = (' stroke-dasharray="5 4"', 2) if kind == "lit" else ("", 3 if kind == "own" else 1.2)
        found.append(f'<path d="M{x} {y - 4}h28" {_paint(fill="none", stroke=colour)} stroke-width="{wide}"{dash}/>')
        found.append(_small(x + 34, y, words))
        x += 34 + 6.4 * len(words) + 22
    found.append(
        f'<path d="M{x + 4} {y - 9}v10M{x + 8} {y - 9}v10" {_paint(fill="none", stroke="ink-2")} stroke-width="1.2"/>'
    )
    found.append(_small(x + 16, y, f"a {wheel.period} or more later"))
    edges = (("dashed box: no data give it", False), ("bold box: you can push it", True))
    words = "+3.5: 10 % more here brings 3.5 % more there   ·   " + "   ·   ".join(text for text, _ in edges)
    found.append(_small(_MARGIN, y + _LINE, words))
    return "".join(found)


def _loop_rows(
    wheel: Wheel, loops: Sequence[Loop], measured: Collection[tuple[str, str]], width: float
) -> list[tuple[str, str]]:
    """The strongest loops as lines of (name, words), wrapped to the width; a wrapped line has no name."""
    letters = int((width - 2 * _MARGIN - _NAMES) / 6.6)
    rows: list[tuple[str, str]] = []
    for loop in loops[:_LISTED]:
        path = " → ".join(wheel.node(name).label for name in (*loop.drivers, loop.drivers[0]))
        words = f"{path}: {back_words(loop.gain)}, {loop.delay_periods:.2g} {wheel.period}s a turn, "
        lines = wrap(words + rests_on(loop, measured), letters)
        rows.append((f"{loop.name} {'reinforcing' if loop.reinforcing else 'balancing'}", lines[0]))
        rows += [("", line) for line in lines[1:]]
    if len(loops) > _LISTED:
        rows.append((f"and {len(loops) - _LISTED} weaker", ""))
    return rows


def _list(rows: Sequence[tuple[str, str]], y: float) -> list[str]:
    """The loops' lines, names in bold."""
    found = []
    for i, (name, words) in enumerate(rows):
        at = y + i * _LINE
        found.append(
            f'<text x="{_MARGIN}" y="{at:.1f}" font-size="12" font-weight="600"'
            f" {_paint(fill='ink')}>{escape(name)}</text>"
        )
        found.append(_small(_MARGIN + _NAMES, at, words))
    return found


def brings(wheel: Wheel, link: Link, value: float) -> str:
    """What 10 % more of the source brings, in per cent: `+3.5`.

    Of a driver counted in its own units, what one more brings: `+7 per 1`; to one, its own units: `+0.05 units`.
    """
    if not wheel.node(link.source).log:
        return f"{_signed(100 * value)} per 1"
    if not wheel.node(link.target).log:
        return f"{_signed(0.1 * value)} units"
    return _signed(10 * value)


def back_words(gain: float) -> str:
    """What a loop's gain means, per 100 of anything on it."""
    return f"{abs(100 * gain):.2g} of 100 {'come back' if gain >= 0 else 'are taken back'}"


def _small(x: float, y: float, words: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="12" xml:space="preserve"'
    return f"<text {place} {_paint(fill='ink-2')}>{escape(words)}</text>"


def _rests(link: Link, measured: Collection[tuple[str, str]]) -> tuple[str, str]:
    if link.key in measured:
        return "own", "accent"
    return ("fix", "control") if link.fixed else ("lit", "ink-3")


def _width(link: Link, value: float) -> float:
    return 1.2 if link.fixed else min(5.0, max(1.2, 0.7 + 0.8 * abs(10 * value)))


def _signed(value: float) -> str:
    """At most two significant digits, with a sign and a real minus."""
    shown = f"{abs(value):.2g}" if abs(value) < 10 else f"{abs(value):.0f}"
    return ("−" if value < 0 else "+") + shown


def _sentence(wheel: Wheel, link: Link, value: float) -> str:
    later = f", {link.lag_periods} {wheel.period}{'s' * (link.lag_periods > 1)} later" if link.lag_periods else ""
    ends = wheel.node(link.source).label, wheel.node(link.target).label
    return f"{ends[0]} → {ends[1]}: {brings(wheel, link, value)}{later}. {link.origin}"


def _head_id(wheel: Wheel, kind: str) -> str:
    """Name of an arrow head, apart from those of other wheels on the same page."""
    return f"{re.sub(r'[^a-z0-9]+', '-', wheel.name.lower())}-{kind}"


def _paint(*, fill: str = "", stroke: str = "") -> str:
    """Fill and stroke by the names of the design's colours: plain values, and classes that `_style` makes variable."""
    told = [(kind, name) for kind, name in (("fill", fill), ("stroke", stroke)) if name]
    plain = " ".join(f'{kind}="{_COLOURS.get(name, name)}"' for kind, name in told)
    classes = " ".join(f"ow-{kind}-{name}" for kind, name in told if name in _COLOURS)
    return f'{plain} class="{classes}"' if classes else plain


def _style() -> str:
    """Rules that let a page's theme through. Programs that know no variables skip the block and use plain values."""
    rules = "".join(
        f".ow-{kind}-{name}{{{kind}:var(--{name},{value})}}"
        for kind in ("fill", "stroke")
        for name, value in _COLOURS.items()
    )
    return f"<style>@supports (color:var(--ink)){{{rules}.ow text{{font-family:var(--font,{_FONT})}}}}</style>"
