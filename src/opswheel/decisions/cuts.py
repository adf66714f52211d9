"""Threshold proposals: for each rule and segment the cut lines worth most, or the reason why nothing is proposed."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import floor, log
from typing import TYPE_CHECKING, Any

from ..core.detector import Detector
from ..core.engine import Engine
from ..core.money import round6, show_money
from ..core.settings.decisions import DecisionSettings
from ..core.threshold import Threshold
from . import backtest, guards
from .backtest import BELOW, PAIRS, RATIO, STEPS
from .chance import fit
from .evaluate import NOW, Verdict, Worth, best, judge, nothing_caught
from .shown import shown

if TYPE_CHECKING:
    import pyarrow as pa

TIERS = (1, 2, 3)
LEAST_WEEKS = 4.0
WEEKS_A_YEAR = 52.0


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
    """A rule's cut lines in one segment: the tiers it covers, and one or two axes."""

    kind: str
    name: str
    tiers: tuple[int, ...]
    axes: tuple[Axis, ...]

    @property
    def key(self) -> str:
        """`kind` or `kind@tier=1`: how results are grouped."""
        return self.kind + self.name


def segments(
    detectors: Iterable[Detector], versions: Sequence[Mapping[str, Any]], dollar: float
) -> tuple[list[Segment], list[tuple[str, str]]]:
    """Every segment whose cut can be moved, and (kind, reason) for tunable rules whose cannot."""
    found, refused = [], []
    for detector in detectors:
        if not detector.tunable:
            continue
        own = [v for v in versions if v["kind"] == detector.kind]
        lines = detector.thresholds
        if len(lines) > 2:
            refused.append((detector.kind, f"it has {len(lines)} cut lines; two are looked at together"))
        elif any(v["account"] or v["channel"] or v["category"] for v in own):
            refused.append((detector.kind, "some of its cuts were set for single accounts, channels or categories"))
        elif any(v["value"] <= 0 for v in own):
            refused.append((detector.kind, "a cut at or below 0 has no steps"))
        else:
            found += _of(detector, own, dollar)
    return found, refused


def _of(detector: Detector, own: Sequence[Mapping[str, Any]], dollar: float) -> list[Segment]:
    by = {(v["name"], v["tier"]): v for v in own}
    named = sorted({v["tier"] for v in own if v["tier"]})
    out = []
    for tier in (*named, ""):
        covered = (int(tier),) if tier else tuple(t for t in TIERS if str(t) not in named)
        axes = []
        for line in detector.thresholds:
            version = by.get((line.name, tier)) or by.get((line.name, ""))
            if version is None:
                break
            axes.append(Axis(line, float(version["value"]), version["id"], dollar if line.money else 1.0))
        if covered and len(axes) == len(detector.thresholds) > 0:
            out.append(Segment(detector.kind, f"@tier={tier}" if tier else "", covered, tuple(axes)))
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


def pairs(found: Sequence[Segment], settings: DecisionSettings) -> dict[str, list[tuple[int, int]]]:
    """Candidate cuts of each segment: within the step, the floor and the ceiling. The one in force is among them."""
    reach = range(-moves(settings.max_step), moves(settings.max_step) + 1)
    out = {}
    for segment in found:
        a = [n for n in reach if _within(segment.axes[0], n, settings)]
        b = [n for n in reach if _within(segment.axes[1], n, settings)] if len(segment.axes) == 2 else [0]
        out[segment.key] = [(NOW[0] + i, NOW[1] + j) for i, j in product(a, b)]
    return out


def _within(axis: Axis, step: int, settings: DecisionSettings) -> bool:
    """A cut may always stay; else it keeps between floor and ceiling, told in parts of the rule's own."""
    own = axis.line.value
    return step == 0 or settings.lowest * own - 1e-9 <= axis.at(step) <= settings.highest * own + 1e-9


def pairs_table(candidates: Mapping[str, Sequence[tuple[int, int]]]) -> pa.Table:
    """The rows of `cut_pairs`."""
    return backtest.table(PAIRS, [{"segment": key, "i": i, "j": j} for key, at in candidates.items() for i, j in at])


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


def _one(
    segment: Segment, candidates: Sequence[tuple[int, int]], seen: Seen, known: Known, weeks: float
) -> dict[str, Any]:
    cells, labels, arrivals = seen
    reason = refusal(labels, arrivals, known.settings, weeks)
    if reason is not None:
        return _proposal(segment, None, 0.0, {}, known, reason)
    worth = Worth(
        known.margin, known.minutes[segment.kind], known.settings.wage_per_hour / 60.0, max(weeks, LEAST_WEEKS)
    )
    curve = fit([(r["pi"], r["pj"], r["label"]) for r in labels], known.precision.get(segment.kind, 0.8))
    full = list(cells)
    for at in candidates:
        full += nothing_caught(full, at)
    verdicts = judge(full, curve, worth, zlib.crc32(segment.key.encode()))
    chosen = best(verdicts, candidates, known.spare.get(segment.kind, float("inf")))
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
        return _proposal(segment, None, 0.0, told, known, "no cut within reach is worth more than the one in force")
    if sure < known.settings.sure:
        return _proposal(
            segment, None, 0.0, told, known, f"a gain is only {sure:.0%} likely; {known.settings.sure:.0%} is asked for"
        )
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
    now = {a.line.name: a.value for a in segment.axes}
    to = now
    if verdict is not None:
        steps = (verdict.at[0] - NOW[0], verdict.at[1] - NOW[1])
        to = {a.line.name: a.at(n) for a, n in zip(segment.axes, steps, strict=False)}
    return {
        "kind": "threshold",
        "subject": segment.key,
        "status": "refused" if reason else "open",
        "from": {"cuts": now, "versions": [a.version for a in segment.axes]},
        "to": {"cuts": to},
        "backtest": told,
        "why": reason or sentence(segment, to, told, gain, known.currency),
        "gain_a_year": None if reason else round6(gain),
    }


def sentence(segment: Segment, to: Mapping[str, float], told: Mapping[str, Any], gain: float, currency: str) -> str:
    """What would change and what it would bring, in words."""
    parts = []
    for axis in segment.axes:
        name, new = axis.line.name.replace("_", " "), to[axis.line.name]
        parts.append(f"{name} stays {new:g}" if new == axis.value else f"{name} {axis.value:g} → {new:g}")
    before, after = told["before"], told["after"]

    def mean(side: Mapping[str, Any], name: str) -> float:
        return float(side[name]["mean"])

    return (
        f"{', '.join(parts)}. On {told['weeks']:g} weeks: "
        f"{mean(before, 'alerts_a_week'):.1f} → {mean(after, 'alerts_a_week'):.1f} alarms a week, "
        f"{mean(before, 'false_alarms_a_week'):.1f} → {mean(after, 'false_alarms_a_week'):.1f} of them false; "
        f"{show_money(mean(before, 'dollars_missed_a_week'), currency)} → "
        f"{show_money(mean(after, 'dollars_missed_a_week'), currency)} missed a week. "
        f"Worth {show_money(gain, currency)} a year, gain {told['chance_of_gain']:.0%} likely."
    )
