"""What of a back-test is drawn: alarms by strength, and what a week is worth at each cut this week's step allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.money import round6
from .backtest import BELOW, STEPS
from .evaluate import NOW, Verdict, difference, told_of

if TYPE_CHECKING:
    from .cuts import Segment

NAMES = ("real", "false", "not_judged")


def shown(
    segment: Segment, cells: Sequence[Mapping[str, Any]], verdicts: Mapping[tuple[int, int], Verdict], to: Verdict
) -> dict[str, Any]:
    """`change`, after minus before on the same draws, and `picture`, along the cut line that moves most.

    The other cut line, if there is one, stays where the proposal puts it. A bar holds the episodes of one strength that
    pass it as it is in force; those weaker than the cut in force were seen and never flagged.
    """
    moved = [abs(to.at[k] - NOW[k]) for k in (0, 1)]
    axis = 1 if len(segment.axes) == 2 and moved[1] > moved[0] else 0
    other = 1 - axis
    line = segment.axes[axis]
    reach = sorted(at[axis] for at in verdicts if at[other] == to.at[other])
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
            "worth": [_worth(verdicts, _at(axis, step, to.at[other])) | {"step": step - 1} for step in reach],
        },
    }


def _at(axis: int, step: int, held: int) -> tuple[int, int]:
    return (step, held) if axis == 0 else (held, step)


def _worth(verdicts: Mapping[tuple[int, int], Verdict], at: tuple[int, int]) -> dict[str, Any]:
    return told_of(difference(verdicts[at].net, verdicts[NOW].net))


def _bars(cells: Sequence[Mapping[str, Any]], axis: int) -> list[dict[str, float]]:
    """Episodes by the strictest step they passed, counted from 0; what passes none is left out."""
    names = ("pi", "pj") if axis == 0 else ("pj", "pi")
    found = [dict.fromkeys(NAMES, 0.0) for _ in range(STEPS)]
    for c in cells:
        if c["i"] < 0 and c[names[0]] > 0 and c[names[1]] >= NOW[1]:
            name = {1: "real", 0: "false"}.get(int(c["label"]), "not_judged")
            found[c[names[0]] - 1][name] += float(c["n"])
    return [{name: round6(n) for name, n in bar.items()} for bar in found]
