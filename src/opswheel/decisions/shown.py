"""What of a back-test is drawn: alarms by strength, and what a week is worth at each cut this week's step allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.money import round6
from .backtest import BELOW, STEPS
from .evaluate import NOW, At, Verdict, difference, told_of

if TYPE_CHECKING:
    from .cuts import Segment

NAMES = ("real", "false", "not_judged")


def shown(
    segment: Segment, cells: Sequence[Mapping[str, Any]], verdicts: Mapping[At, Verdict], to: Verdict
) -> dict[str, Any]:
    """`change`, after minus before on the same draws, and `picture`, along the cut line that moves most.

    The other cut line, if there is one, stays where the proposal puts it. A bar holds the episodes of one strength that
    pass it as it is in force; those weaker than the cut in force were seen and never flagged. Where the slope moves, no
    single line parts what falls silent from what is told besides: `silent` and `besides` count them.
    """
    moved = [abs(to.at[k] - NOW[k]) for k in (0, 1)]
    axis = 1 if len(segment.axes) == 2 and moved[1] > moved[0] else 0
    other = 1 - axis
    line = segment.axes[axis]
    reach = sorted(at[axis] for at in verdicts if (at[other], at[2]) == (to.at[other], to.at[2]))
    return {
        "change": to.change_from(verdicts[NOW]),
        "picture": {
            "line": line.line.name,
            "unit": line.line.unit,
            "fires": line.line.fires,
            "values": [line.at(n - BELOW) for n in range(STEPS)],
            "now": BELOW,
            "to": to.at[axis] - 1,
            "bars": _bars(cells, axis),
            **(_turned(cells, to.at) if to.at[2] != NOW[2] else {}),
            "worth": [_worth(verdicts, _at(axis, step, to.at)) | {"step": step - 1} for step in reach],
        },
    }


def _at(axis: int, step: int, held: At) -> At:
    return (step, *held[1:]) if axis == 0 else (held[0], step, held[2])


def _worth(verdicts: Mapping[At, Verdict], at: At) -> dict[str, Any]:
    return told_of(difference(verdicts[at].net, verdicts[NOW].net))


def _turned(cells: Sequence[Mapping[str, Any]], to: At) -> dict[str, dict[str, float]]:
    """Episodes only the cut in force catches, and those only the proposed one does, strength by strength."""
    more: dict[tuple[int, int, int], float] = defaultdict(float)
    for c in cells:
        at = (c["i"], c["j"], c["k"])
        if at in (NOW, to):
            more[c["pi"], c["pj"], c["label"]] += c["n"] if at == to else -c["n"]
    found = {side: dict.fromkeys(NAMES, 0.0) for side in ("silent", "besides")}
    for (_, _, label), n in more.items():
        found["besides" if n > 0 else "silent"][_name(label)] += abs(float(n))
    return found


def _name(label: float) -> str:
    return {1: "real", 0: "false"}.get(int(label), "not_judged")


def _bars(cells: Sequence[Mapping[str, Any]], axis: int) -> list[dict[str, float]]:
    """Episodes by the strictest step they passed, counted from 0; what passes none is left out."""
    names = ("pi", "pj") if axis == 0 else ("pj", "pi")
    found = [dict.fromkeys(NAMES, 0.0) for _ in range(STEPS)]
    for c in cells:
        if c["i"] < 0 and c[names[0]] > 0 and c[names[1]] >= NOW[1]:
            found[c[names[0]] - 1][_name(c["label"])] += float(c["n"])
    return [{name: round6(n) for name, n in bar.items()} for bar in found]
