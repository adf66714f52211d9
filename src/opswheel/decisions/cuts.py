"""Threshold proposals: for each rule and segment the cut lines worth most, or the reason why nothing is proposed."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import floor, log
from typing import TYPE_CHECKING, Any

from ..core.detector import Detector
from ..core.engine import Engine
from ..core.money import round6, show_money
from ..core.settings.decisions import Aim, DecisionSettings
from ..core.threshold import SLOPES, Threshold
from . import backtest, guards
from .backtest import BELOW, PAIRS, RATIO, STEPS
from .chance import fit
from .evaluate import BEFORE, NOW, At, Verdict, Worth, best, judge
from .shown import shown

if TYPE_CHECKING:
    import pyarrow as pa

TIERS = (1, 2, 3)
LEAST_WEEKS = 4.0
SLOPE_STEPS = 2
"""How many of its steps a slope moves in one decision, at most."""
WEEKS_A_YEAR = 52.0
NONE_BETTER: dict[Aim, str] = {
    "money": "no cut within reach is worth more than the one in force",
    "quiet": "no cut within reach has fewer false alarms per real one and misses no more dollars",
}
GAINS: dict[Aim, str] = {"money": "a gain is", "quiet": "fewer false alarms per real one are"}


@dataclass(frozen=True)
class Known:
    """What a back-test needs besides observations: money, time, and what closes taught about each kind.

    `minutes` and `precision` by kind, `lives` days a problem lasts if ignored, `spare` minutes a week the team has for
    a kind (its own use included), `dollar` one US dollar in reporting currency.
    """

    settings: DecisionSettings
    margin: float
    currency: str
    dollar: float
    minutes: Mapping[str, float]
    precision: Mapping[str, float]
    lives: Mapping[str, float]
    spare: Mapping[str, float]


@dataclass(frozen=True)
class Axis:
    """One cut line of a segment as it stands: the rule's line, its value in force in its own unit, its version."""

    line: Threshold
    value: float
    version: str
    scale: float

    def at(self, step: int) -> float:
        """The value `step` steps stricter, in the line's own unit, to three significant digits."""
        return self.value if step == 0 else float(f"{self.value * self.factor(step):.3g}")

    def factor(self, step: int) -> float:
        """What the value is multiplied by to be `step` steps stricter."""
        return float(RATIO ** (step if self.line.fires == "at or above" else -step))


@dataclass(frozen=True)
class Segment:
    """A rule's cut lines in one segment: the tiers it covers, one or two axes, and the slope of the second, if any.

    `before` are the values in force a quarter ago, by cut line, where they are known.
    """

    kind: str
    name: str
    tiers: tuple[int, ...]
    axes: tuple[Axis, ...]
    slope: Axis | None = None
    before: Mapping[str, float] | None = None

    @property
    def lines(self) -> list[Axis]:
        """Every cut line, the slope last."""
        return [*self.axes, *([self.slope] if self.slope else [])]

    def cuts(self, at: At) -> dict[str, float]:
        """The values a candidate comes to, by cut line."""
        found = {a.line.name: a.at(n - now) for a, n, now in zip(self.axes, at, NOW, strict=False)}
        return found | ({self.slope.line.name: self.slopes()[at[2]]} if self.slope else {})

    def slopes(self) -> dict[int, float]:
        """The slope in force, under 0, and those up to `SLOPE_STEPS` steps beside it."""
        if self.slope is None:
            return {0: 0.0}
        now = self.slope.value
        less, more = [v for v in reversed(SLOPES) if v < now], [v for v in SLOPES if v > now]
        found = {-n: v for n, v in enumerate(less[:SLOPE_STEPS], 1)}
        return found | {0: now} | dict(enumerate(more[:SLOPE_STEPS], 1))

    @property
    def key(self) -> str:
        """`kind` or `kind@tier=1`: how results are grouped."""
        return self.kind + self.name


def segments(
    detectors: Iterable[Detector],
    versions: Sequence[Mapping[str, Any]],
    dollar: float,
    before: Sequence[Mapping[str, Any]] = (),
) -> tuple[list[Segment], list[tuple[str, str]]]:
    """Every segment whose cut can be moved, and (kind, reason) for tunable rules whose cannot.

    `versions` are the cut lines in force now, `before` those of a quarter ago.
    """
    found, refused = [], []
    for detector in detectors:
        if not detector.tunable:
            continue
        own = [v for v in versions if v["kind"] == detector.kind]
        lines = [t for t in detector.thresholds if t.measures != "slope"]
        names = {t.name for t in lines}
        if len(lines) > 2:
            refused.append((detector.kind, f"it has {len(lines)} cut lines; two are looked at together"))
        elif any(v["account"] or v["channel"] or v["category"] for v in own):
            refused.append((detector.kind, "some of its cuts were set for single accounts, channels or categories"))
        elif any(v["value"] <= 0 for v in own if v["name"] in names):
            refused.append((detector.kind, "a cut at or below 0 has no steps"))
        else:
            earlier = {s.name: s for s in _of(detector, [v for v in before if v["kind"] == detector.kind], dollar)}
            for segment in _of(detector, own, dollar):
                was = earlier.get(segment.name) or earlier.get("")
                values = None if was is None else {a.line.name: a.value for a in was.lines}
                found.append(replace(segment, before=values))
    return found, refused


def _of(detector: Detector, own: Sequence[Mapping[str, Any]], dollar: float) -> list[Segment]:
    by = {(v["name"], v["tier"]): v for v in own}
    named = sorted({v["tier"] for v in own if v["tier"]})
    out = []
    for tier in (*named, ""):
        covered = (int(tier),) if tier else tuple(t for t in TIERS if str(t) not in named)
        lines = []
        for line in detector.thresholds:
            version = by.get((line.name, tier)) or by.get((line.name, ""))
            if version is None:
                break
            lines.append(Axis(line, float(version["value"]), version["id"], dollar if line.money else 1.0))
        if covered and len(lines) == len(detector.thresholds) > 0:
            axes = tuple(a for a in lines if a.line.measures != "slope")
            slope = next((a for a in lines if a.line.measures == "slope"), None)
            out.append(Segment(detector.kind, f"@tier={tier}" if tier else "", covered, axes, slope))
    return out


def ladder(found: Sequence[Segment], lives: Mapping[str, float]) -> pa.Table:
    """The rows of `cut_axes`."""
    rows = []
    for segment, tier in ((s, t) for s in found for t in s.tiers):
        row: dict[str, Any] = {"kind": segment.kind, "tier": tier, "segment": segment.key}
        row["life_days"] = lives.get(segment.kind, 30.0)
        for letter, axis in zip("ab", (*segment.axes, None), strict=False):
            row |= {f"{letter}_measures": axis.line.measures if axis else ""}
            row |= {f"{letter}_sign": 1.0 if axis is None or axis.line.fires == "at or above" else -1.0}
            row |= {f"{letter}_days": axis.line.for_days if axis else 0}
            for n in range(STEPS):
                row[f"{letter}{n}"] = axis.value * axis.factor(n - BELOW) * axis.scale if axis else 0.0
        rows.append(row)
    return backtest.table(backtest.AXES, rows)


def moves(max_step: float) -> int:
    """How many steps of the ladder one decision may move a cut."""
    return min(BELOW, floor(log(max_step) / log(RATIO) + 1e-9))


def pairs(found: Sequence[Segment], settings: DecisionSettings) -> dict[str, list[At]]:
    """Candidate cuts of each segment: within the step, the floor and the ceiling. The one in force is among them.

    A slope moves by steps of its own.
    """
    reach = range(-moves(settings.max_step), moves(settings.max_step) + 1)
    out = {}
    for segment in found:
        a = [n for n in reach if _within(segment.axes[0], n, settings)]
        b = [n for n in reach if _within(segment.axes[1], n, settings)] if len(segment.axes) == 2 else [0]
        out[segment.key] = [(NOW[0] + i, NOW[1] + j, k) for i, j, k in product(a, b, sorted(segment.slopes()))]
    return out


def _within(axis: Axis, step: int, settings: DecisionSettings) -> bool:
    """A cut may always stay; else it keeps between floor and ceiling, told in parts of the rule's own."""
    own = axis.line.value
    return step == 0 or settings.lowest * own - 1e-9 <= axis.at(step) <= settings.highest * own + 1e-9


def pairs_table(found: Sequence[Segment], candidates: Mapping[str, Sequence[At]]) -> pa.Table:
    """The rows of `cut_pairs`: the candidates, and the cut of a quarter ago to compare with."""
    rows = []
    for segment in found:
        tried = {at: segment.cuts(at) for at in candidates[segment.key]}
        tried |= {BEFORE: dict(segment.before)} if segment.before is not None else {}
        sign, *money = segment.axes
        for at, values in tried.items():
            row = {"segment": segment.key, **dict(zip("ijk", at, strict=True))}
            row |= {"line": values[sign.line.name] * sign.scale, "above": sign.line.fires == "at or above"}
            row |= {"floor": values[money[0].line.name] * money[0].scale if money else None}
            rows.append(row | {"slope": values[segment.slope.line.name] if segment.slope else 0.0})
    return backtest.table(PAIRS, rows)


def propose(engine: Engine, found: Sequence[Segment], known: Known, weeks: float) -> list[dict[str, Any]]:
    """One proposal or refusal for each segment, from tables `backtest.collapse` made; the costliest first."""
    cells, labels, arrivals = (
        _by_segment(t.to_pylist())
        for t in (backtest.cells(engine), backtest.labelled(engine), backtest.arrivals(engine))
    )
    candidates = pairs(found, known.settings)
    out = []
    for segment in found:
        key = segment.key
        out.append(_one(segment, candidates[key], (cells[key], labels[key], arrivals[key]), known, weeks))
    return sorted(out, key=lambda p: (p["status"] != "open", -(p["gain_a_year"] or 0.0), p["subject"]))


def _by_segment(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["segment"]].append(row)
    for own in found.values():
        own.sort(key=lambda row: [(value is None, value) for name, value in row.items() if name != "dollars"])
    return found


Seen = tuple[list[Mapping[str, Any]], list[Mapping[str, Any]], list[Mapping[str, Any]]]


def _one(segment: Segment, candidates: Sequence[At], seen: Seen, known: Known, weeks: float) -> dict[str, Any]:
    cells, labels, arrivals = seen
    reason = refusal(labels, arrivals, known.settings, weeks)
    if reason is not None:
        return _proposal(segment, None, 0.0, {}, known, reason)
    worth = Worth(
        known.margin, known.minutes[segment.kind], known.settings.wage_per_hour / 60.0, max(weeks, LEAST_WEEKS)
    )
    curve = fit([(r["pi"], r["pj"], r["label"]) for r in labels], known.precision.get(segment.kind, 0.8))
    tried = [*candidates, *([BEFORE] if segment.before is not None else [])]
    verdicts = judge(cells, tried, curve, worth, zlib.crc32(segment.key.encode()))
    aim = known.settings.aim
    room = known.spare.get(segment.kind, float("inf"))
    chosen = best(verdicts, candidates, room, aim=aim, sure=known.settings.sure)
    if chosen is None:
        return _proposal(segment, None, 0.0, {}, known, "nothing was seen to compare cuts by")
    verdict, sure = chosen
    told = {
        "weeks": round(weeks, 1),
        "labels": len(labels),
        "before": verdicts[NOW].told(),
        "after": verdict.told(),
        "chance_of_gain": round(sure, 3),
    }
    if verdict.at == NOW:
        return _proposal(segment, None, 0.0, told, known, NONE_BETTER[aim])
    if sure < known.settings.sure:
        reason = f"{GAINS[aim]} only {sure:.0%} likely; {known.settings.sure:.0%} is asked for"
        return _proposal(segment, None, 0.0, told, known, reason)
    gain = float((verdict.net - verdicts[NOW].net).mean()) * WEEKS_A_YEAR
    told |= shown(segment, cells, verdicts, verdict)
    return _proposal(segment, verdict, gain, told, known, None)


def refusal(
    labels: Sequence[Mapping[str, Any]], arrivals: Sequence[Mapping[str, Any]], settings: DecisionSettings, weeks: float
) -> str | None:
    """Why nothing may be proposed; None where it may."""
    if weeks < LEAST_WEEKS:
        return f"observations of {weeks:.1f} weeks are stored; {LEAST_WEEKS:g} are needed"
    return (
        guards.too_few(labels, settings.minimum_labels)
        or guards.strange_day(labels)
        or guards.strange_person(labels)
        or guards.drifted(arrivals)
    )


def _proposal(  # noqa: PLR0913
    segment: Segment, verdict: Verdict | None, gain: float, told: dict[str, Any], known: Known, reason: str | None
) -> dict[str, Any]:
    to = segment.cuts(NOW if verdict is None else verdict.at)
    lines = sorted(segment.lines, key=lambda a: a.line.name)  # stored sorted by name: versions stand in that order
    return {
        "kind": "threshold",
        "subject": segment.key,
        "status": "refused" if reason else "open",
        "from": {"cuts": {a.line.name: a.value for a in lines}, "versions": [a.version for a in lines]},
        "to": {"cuts": to},
        "backtest": told,
        "why": reason or sentence(segment, to, told, gain, known),
        "gain_a_year": None if reason else round6(gain),
    }


def sentence(segment: Segment, to: Mapping[str, float], told: Mapping[str, Any], gain: float, known: Known) -> str:
    """What would change and what it would bring, in words."""
    parts = []
    for axis in segment.lines:
        name, new = axis.line.name.replace("_", " "), to[axis.line.name]
        if axis is segment.slope and new == axis.value:
            continue
        parts.append(f"{name} stays {new:g}" if new == axis.value else f"{name} {axis.value:g} → {new:g}")
    before, after, currency = told["before"], told["after"], known.currency
    what = "gain" if known.settings.aim == "money" else "fewer false alarms per real one"

    def mean(side: Mapping[str, Any], name: str) -> float:
        return float(side[name]["mean"])

    return (
        f"{', '.join(parts)}. On {told['weeks']:g} weeks: "
        f"{mean(before, 'alerts_a_week'):.1f} → {mean(after, 'alerts_a_week'):.1f} alarms a week, "
        f"{mean(before, 'false_alarms_a_week'):.1f} → {mean(after, 'false_alarms_a_week'):.1f} of them false; "
        f"{show_money(mean(before, 'dollars_missed_a_week'), currency)} → "
        f"{show_money(mean(after, 'dollars_missed_a_week'), currency)} missed a week. "
        f"Worth {show_money(gain, currency)} a year, {what} {told['chance_of_gain']:.0%} likely."
    )
