"""The operations wheel: six arcs as gauges, six hand-offs between them, and the axle in the middle.

Dark to the sure end, light to the likely one, a tick at the best guess; hatched where nobody can tell. The first
broken hand-off is torn. Everything is said by shape and word too: the picture must survive grey paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import count
from math import cos, radians, sin
from pathlib import Path
from textwrap import wrap
from typing import Any

from markupsafe import Markup, escape

from .. import words
from . import base

CENTRE, OUTER, INNER, MIDDLE = 160.0, 150.0, 116.0, 133.0
HUB, AXLE = 71.0, 66.0
HALF = 20.0
"""Half an arc, in degrees; gaps take the rest of sixty."""
TORN = 4.0
"""How far a torn end draws back, in degrees."""
STATES = {
    "flowing": "flows",
    "thin": "is thin",
    "idle": "is idle",
    "cannot_tell": "cannot be told",
    "broken": "is broken",
}
STATIC = Path(__file__).parents[1] / "static"
_numbers = count(1)

Told = Mapping[str, Any]
"""What `stages_answer` says."""


def point(angle: float, radius: float) -> base.Point:
    """A place on the wheel; 0 is twelve o'clock, clockwise in degrees."""
    return CENTRE + radius * sin(radians(angle)), CENTRE - radius * cos(radians(angle))


def _at(angle: float, radius: float) -> str:
    x, y = point(angle, radius)
    return f"{base.n(x)} {base.n(y)}"


def _jag(angle: float, side: int, *, inwards: bool) -> str:
    """A torn end between the two radii; `side` says to which side its teeth stand."""
    steps = [(0.2, 2.6), (0.36, -1.4), (0.55, 2.4), (0.7, -1.6), (0.86, 2.0)]
    found = [(angle + side * off, OUTER - part * (OUTER - INNER)) for part, off in steps]
    return "".join(f"L{_at(a, r)}" for a, r in (found if inwards else reversed(found)))


def band(start: float, end: float, *, torn_start: bool = False, torn_end: bool = False) -> str:
    """The outline of an arc from `start` to `end` degrees."""
    outer = f"M{_at(start, OUTER)}A{base.n(OUTER)} {base.n(OUTER)} 0 0 1 {_at(end, OUTER)}"
    across = _jag(end, 1, inwards=True) if torn_end else ""
    inner = f"L{_at(end, INNER)}A{base.n(INNER)} {base.n(INNER)} 0 0 0 {_at(start, INNER)}"
    back = _jag(start, -1, inwards=False) if torn_start else ""
    return f"{outer}{across}{inner}{back}Z"


def _arc(stage: Told, *, torn_start: bool, torn_end: bool, name: str) -> str:
    """One stage: its track, how much of its goal is reached, and its number."""
    middle = 60.0 * (stage["number"] - 1)
    start, end = middle - HALF + TORN * torn_start, middle + HALF - TORN * torn_end
    outline = band(start, end, torn_start=torn_start, torn_end=torn_end)
    parts = [f'<path class="w-track" d="{outline}"/>']
    if stage["value"] is None:
        parts.append(f'<path class="w-unseen" d="{outline}"/>')
    else:
        parts.append(_gauge(stage, start, end, outline, name))
    cut = " cut" if torn_start or torn_end else ""
    parts.append(f'<path class="w-edge{cut}" d="{outline}"/>')
    x, y = point(middle, INNER - 13)
    return "".join(parts) + base.text(x, y + 4, str(stage["number"]), cls="w-no")


def _gauge(stage: Told, start: float, end: float, outline: str, name: str) -> str:
    """Filled clockwise by the share of the goal; to the sure end dark, to the likely one light."""
    goal = stage["goal"]

    def place(value: float | None) -> float:
        share = float(stage["value"] if value is None else value) / float(goal)
        return start + max(0.0, min(1.0, share)) * (end - start)

    sure, likely, guess = place(stage["low"]), place(stage["high"]), place(stage["value"])
    found = [f'<clipPath id="{name}"><path d="{outline}"/></clipPath><g clip-path="url(#{name})">']
    edge = 6.0  # a full gauge also fills the teeth of a torn end
    for cls, to in (("w-maybe", likely), ("w-sure", sure)):
        if to > start + 0.05:
            found.append(f'<path class="{cls}" d="{band(start - edge, to + (edge if to >= end - 0.05 else 0))}"/>')
    found.append("</g>")
    if likely - sure > 0.6:
        found.append(f'<path class="w-tick" d="M{_at(guess, INNER - 4)}L{_at(guess, OUTER + 4)}"/>')
    return "".join(found)


def _handoff(number: int, state: str) -> str:
    """What stands in the gap after stage `number`."""
    angle = 60.0 * (number - 1) + 30.0
    x, y = point(angle, MIDDLE)
    if state == "broken":
        gap = f'<path class="w-gap" d="M{_at(angle, INNER - 12)}L{_at(angle, OUTER + 14)}"/>'
        cross = '<circle class="w-x" r="11"/><path class="w-xx" d="M-4 -4 4 4M4 -4-4 4"/>'
        return f'{gap}<g transform="translate({base.n(x)} {base.n(y)})">{cross}</g>'
    turn = f'transform="translate({base.n(x)} {base.n(y)}) rotate({base.n(angle)})"'
    return f"<g {turn}>{chevrons(state)}</g>"


def chevrons(state: str) -> str:
    """The mark of a hand-off around 0, 0, pointing right."""
    if state == "cannot_tell":
        return '<circle class="w-dot" r="6.5"/>'
    places = (0.0,) if state == "thin" else (-9.0, 0.0, 9.0)
    cls = {"flowing": "flow", "thin": "thin"}.get(state, "idle")
    return "".join(
        f'<path class="w-ch {cls}" d="M{base.n(x - 3.5)} -7.5 {base.n(x + 3.5)} 0 {base.n(x - 3.5)} 7.5"/>'
        for x in places
    )


def ring(told: Told, name: str) -> str:
    """The wheel on a box of 320, without its frame; `name` sets its clips apart from others on the page."""
    states = {h["from"]: h["state"] for h in told["handoffs"]}
    torn = next((number for number, state in states.items() if state == "broken"), 0)
    starved = torn % 6 + 1 if torn else 0
    parts = [f'<circle class="w-rim" cx="160" cy="160" r="{base.n(MIDDLE)}"/>']
    for stage in told["stages"]:
        number = stage["number"]
        angle = 60.0 * (number - 1)
        idle = " idle" if number == starved or stage["value"] is None else ""
        parts.append(f'<path class="w-spoke{idle}" d="M{_at(angle, HUB)}L{_at(angle, INNER - 26)}"/>')
        before = (number - 2) % 6 + 1
        parts.append(_arc(stage, torn_start=torn == before, torn_end=torn == number, name=f"{name}-{number}"))
    parts += [_handoff(number, state) for number, state in states.items()]
    return "".join(parts) + _hub(told)


def _hub(told: Told) -> str:
    """The axle: what is open and at risk, its range, what is cleared a day."""
    hub, currency = told["hub"], told["currency"]
    parts = [
        f'<circle class="w-hub" cx="160" cy="160" r="{base.n(HUB)}"/>',
        f'<circle class="w-axle" cx="160" cy="160" r="{base.n(AXLE)}"/>',
    ]
    risk = hub["revenue_at_risk"]
    if risk is None:
        lines = [("w-h1", 156.0, "no run yet"), ("w-h1", 173.0, "load, then run")]
    else:
        cleared = hub["cleared_per_day"]
        lines = [
            ("w-h1", 137.0, "open revenue at risk"),
            ("w-h2", 165.0, words.short(risk["mean"], currency)),
            ("w-h1", 183.0, words.span(risk["p10"], risk["p90"])),
            ("w-h1 b", 201.0, "" if cleared is None else f"clears {words.short(cleared, currency)} a day"),
        ]
    return "".join(parts) + "".join(base.text(160, y, said, cls=cls) for cls, y, said in lines if said)


def says(told: Told) -> str:
    """The picture in words, for who cannot see it."""
    stages = "; ".join(
        f"{s['number']} {s['name']} {s['figure']} {s['words']}"
        if s["value"] is not None
        else f"{s['number']} {s['name']}: cannot tell yet"
        for s in told["stages"]
    )
    handoffs = "; ".join(f"{h['from']} to {h['to']} {STATES[h['state']]}" for h in told["handoffs"])
    return f"{stages}. Hand-offs: {handoffs}."


def inline(told: Told) -> Markup:
    """The wheel inside a page, in the page's colours."""
    name = f"w{next(_numbers) % 1_000_000}"
    return base.svg(320, 320, [ring(told, name)], title="The operations wheel", desc=says(told), cls="ring")


def _drawn(picture: str) -> Markup:
    return Markup(picture)  # noqa: S704  every word in it is escaped where it comes in


def sample(state: str) -> Markup:
    """A hand-off's mark for a table or the key."""
    mark = chevrons(state)
    if state == "broken":
        mark = '<circle class="w-x" r="7.5"/><path class="w-xx s" d="M-3 -3 3 3M3 -3-3 3"/>'
    return _drawn(f'<svg class="w-mark" viewBox="-16 -9 32 18" width="32" height="18" aria-hidden="true">{mark}</svg>')


def share_sample() -> Markup:
    """The key of an arc: sure, likely, best guess, empty."""
    parts = (
        '<rect class="w-trackr" x="1" y="3" width="30" height="12"/><rect class="w-maybe" x="1" y="3" width="21"'
        ' height="12"/><rect class="w-sure" x="1" y="3" width="13" height="12"/><path class="w-tick" d="M17.500 1V17"/>'
    )
    return _drawn(f'<svg class="w-mark" viewBox="0 0 32 18" width="32" height="18" aria-hidden="true">{parts}</svg>')


def bar(share: float, said: str) -> Markup:
    """A lying bar as long as a share of its cell."""
    fill = f'<rect class="p-sure" width="{base.n(100 * max(0.0, min(1.0, share)))}" height="10"/>'
    frame = 'class="picture bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"'
    return _drawn(f'<svg {frame} aria-label="{escape(said)}">{fill}</svg>')


def trend(values: Sequence[float | None]) -> Markup:
    """A stage's last weeks as a small line that ends in a dot; nothing where fewer than two weeks are known."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup("")
    x, y = base.Scale(0, len(values) - 1, 2, 61), base.Scale(min(known), max(known), 15, 3)
    points = [None if v is None else (x(i), y(v) if max(known) > min(known) else 9.0) for i, v in enumerate(values)]
    last = next(p for p in reversed(points) if p is not None)
    parts = base.broken_line(points, "p-line thin") + base.dots([last])
    return _drawn(f'<svg class="w-trend" viewBox="0 0 64 18" width="64" height="18" aria-hidden="true">{parts}</svg>')


# The slide: the same ring with its words around it, in fixed light colours, for whoever shows it to a room.

WIDTH, HEIGHT, SCALE = 1200, 675, 1.24
LEFT, TOP = 202.0, 138.0
_FONT = "Segoe UI, Roboto, Noto Sans, Liberation Sans, Arial, sans-serif"
_INK, _INK_2, _INK_3, _LOSS = "#13201D", "#435049", "#59655F", "#B02E1A"
_LABELS = {1: (400, 36, "middle"), 2: (620, 190, "start"), 3: (620, 388, "start"), 4: (400, 562, "middle")} | {
    5: (182, 388, "end"),
    6: (182, 190, "end"),
}
"""Where the words of each stage begin."""


@lru_cache(maxsize=1)
def _slide_style() -> str:
    """The ring's rules of the style sheet with the light colours in the place of their names."""
    rules = re.search(r"/\* ring \*/(.*?)/\* end of ring \*/", (STATIC / "wheel.css").read_text("utf-8"), re.DOTALL)
    light = (STATIC / "tokens.css").read_text("utf-8").partition("@media")[0]
    colours = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", light))
    found = " ".join((rules.group(1) if rules else "").split())
    return re.sub(r"var\((--[\w-]+)\)", lambda m: colours.get(m.group(1), "inherit").strip(), found)


def _words(  # noqa: PLR0913
    x: float, y: float, said: str, *, size: int, bold: bool = False, fill: str = _INK, anchor: str = "start"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{base.n(x)}" y="{base.n(y)}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}"{weight} fill="{fill}">{escape(said)}</text>'


def _lines(x: float, y: float, said: str, *, size: int, width: int, fill: str = _INK_2, anchor: str = "start") -> str:  # noqa: PLR0913
    step = size * 1.32
    return "".join(
        _words(x, y + i * step, line, size=size, fill=fill, anchor=anchor) for i, line in enumerate(wrap(said, width))
    )


def slide(told: Told, title: str, footer: str) -> str:
    """The wheel as one picture of its own, 1200 by 675."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="{_FONT}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(says(told))}</desc>',
        f"<style>{_slide_style()}</style>",
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V5" stroke="#7B8783" stroke-width="2"/></pattern></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>',
        f'<g transform="translate({LEFT} {TOP}) scale({SCALE})">{ring(told, "slide")}</g>',
        *(_slide_stage(stage) for stage in told["stages"]),
        _slide_side(told),
        _words(36, HEIGHT - 14, footer, size=12, fill=_INK_3),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _slide_stage(stage: Told) -> str:
    x, y, anchor = _LABELS[stage["number"]]
    found = _words(x, y, f"{stage['number']}  {stage['name']}", size=15, bold=True, anchor=anchor)
    if stage["value"] is None:
        found += _words(x, y + 23, "cannot tell yet", size=17, fill=_INK_2, anchor=anchor)
    else:
        found += _words(x, y + 29, stage["figure"], size=26, bold=True, anchor=anchor)
    width = 42 if anchor == "middle" else 21
    found += _lines(x, y + 50, stage["words"], size=13, width=width, anchor=anchor)
    after = y + 50 + 13 * 1.32 * len(wrap(stage["words"], width))
    return found + _words(x, after, change(stage), size=12, fill=_INK_3, anchor=anchor)


def change(stage: Told) -> str:
    """How a stage stands against a month before, in a few words."""
    if stage["value"] is None or stage["before"] is None:
        return ""
    of, unit = (100, "\u00a0%") if stage["figure"].endswith("%") else (stage["n"], "")
    now, before = round(stage["value"] * of), round(stage["before"] * of)
    if now == before:
        return "as a month ago"
    return f"{'▲' if now > before else '▼'} {before}{unit} a month ago"


def _slide_side(told: Told) -> str:
    """On the right: what the picture says, the break, the hand-offs in words, and how to read it."""
    x = 838.0
    verdict = told["verdict"]
    broken = verdict["state"] == "broken"
    parts = [_words(x, 62, "Operations wheel", size=14, fill=_INK_3)]
    parts.append(_words(x, 94, verdict["title"], size=26, bold=True, fill=_LOSS if broken else _INK))
    lines = wrap(verdict["words"], 46)
    parts.append(_lines(x, 120, verdict["words"], size=14, width=46))
    y = 120 + 18.5 * len(lines) + 26
    for h in told["handoffs"]:
        mark = chevrons(h["state"])
        if h["state"] == "broken":
            mark = '<circle class="w-x" r="8"/><path class="w-xx" d="M-3 -3 3 3M3 -3-3 3"/>'
        names = f"{told['stages'][h['from'] - 1]['name']} → {told['stages'][h['to'] - 1]['name']}"
        parts.append(f'<g transform="translate({x + 14} {base.n(y - 5)}) scale(.8)">{mark}</g>')
        parts.append(_words(x + 38, y, names, size=13, bold=True))
        said = wrap(h["words"], 46)[:2]
        parts += [_words(x + 38, y + 17 + 16 * i, line, size=12, fill=_INK_2) for i, line in enumerate(said)]
        y += 24 + 16 * len(said) + 6
    key = "An arc is filled by the share of its goal: dark is sure, light is likely, the line is the best guess."
    return "".join(parts) + _lines(x, max(y + 12, 596), key, size=12, width=56, fill=_INK_3)
