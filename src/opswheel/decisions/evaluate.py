"""Which cut of a ladder is worth most: money caught and missed against the team's time, with intervals.

    net = m · dollars caught · P(real)  −  minutes · wage  −  m · dollars missed · P(real)      a week

m is the contribution margin (1 for cash). Caught and missed add up to the same sum for every cut, so a dollar missed
weighs as much as one caught: the team would rather look once too often than once too little (decision 0026). What is
uncertain is drawn 400 times: the curve of P(real), and how many episodes of each strength a year brings. Every cut is
judged on the same draws, so that two cuts differ by what they do and not by luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.money import Floats, round6
from .backtest import BELOW, STEPS
from .chance import Curve

DRAWS = 400
NOW = (BELOW + 1, BELOW + 1)
"""The cut in force as (i, j): steps are counted from 1, 0 is what passes none."""


@dataclass(frozen=True)
class Worth:
    """What turns counts into money: margin on a dollar of loss, minutes an alarm takes, what a minute costs."""

    margin: float
    minutes: float
    wage_per_minute: float
    weeks: float


@dataclass(frozen=True)
class Verdict:
    """A cut on the same draws as all others, each an array of draws a week."""

    at: tuple[int, int]
    net: Floats
    alerts: Floats
    real: Floats
    caught: Floats
    missed: Floats
    minutes: Floats

    def told(self) -> dict[str, Any]:
        """Means with their P10 and P90."""
        out: dict[str, Any] = {
            "alerts_a_week": told_of(self.alerts),
            "false_alarms_a_week": told_of(self.alerts - self.real),
            "dollars_caught_a_week": told_of(self.caught),
            "dollars_missed_a_week": told_of(self.missed),
            "minutes_a_week": told_of(self.minutes),
            "net_a_week": told_of(self.net),
        }
        return out

    def change_from(self, now: Verdict) -> dict[str, Any]:
        """The same figures less those of another cut, draw by draw: luck they share takes no part."""
        names = ("net", "alerts", "real", "caught", "missed", "minutes")
        less = {name: difference(getattr(self, name), getattr(now, name)) for name in names}
        return Verdict(self.at, **less).told()


def difference(these: Floats, those: Floats) -> Floats:
    """One less the other, draw by draw; what is left of a sum of floats is nothing."""
    less = these - those
    return np.where(np.abs(less) > 1e-9 * np.abs(those), less, 0.0)


def told_of(draws: Floats) -> dict[str, float]:
    """The mean of draws with their P10 and P90."""
    low, high = np.quantile(draws, [0.1, 0.9])
    return {"mean": round6(float(draws.mean())), "p10": round6(float(low)), "p90": round6(float(high))}


def judge(cells: Sequence[Mapping[str, Any]], curve: Curve, worth: Worth, seed: int) -> dict[tuple[int, int], Verdict]:
    """Every candidate cut of one segment on the same draws. `cells` are the rows of `backtest.cells`."""
    rng = np.random.default_rng(seed)
    chance = curve.draws(DRAWS, rng)
    groups = sorted({(c["pi"], c["pj"], c["label"]) for c in cells if c["i"] < 0})
    number = {g: k for k, g in enumerate(groups)}
    n, stake = np.zeros(len(groups)), np.zeros(len(groups))
    for c in cells:
        if c["i"] < 0:
            k = number[c["pi"], c["pj"], c["label"]]
            n[k], stake[k] = c["n"], c["dollars"]
    weight = rng.gamma(np.maximum(n, 1e-9), 1.0, (DRAWS, len(groups))) / np.maximum(n, 1e-9)
    real = np.stack([_real(chance, g) for g in groups], axis=1) if groups else np.zeros((DRAWS, 0))
    whole = (weight * real) @ stake
    caught: dict[tuple[int, int], list[Floats]] = {}
    for c in cells:
        if c["i"] >= 0:
            sums = caught.setdefault((c["i"], c["j"]), [np.zeros(len(groups)), np.zeros(len(groups))])
            k = number[c["pi"], c["pj"], c["label"]]
            sums[0][k] += c["n"]
            sums[1][k] += c["dollars"]
    return {at: _verdict(at, counts, dollars, (weight, real, whole), worth) for at, (counts, dollars) in caught.items()}


def _real(chance: Floats, group: tuple[int, int, int]) -> Floats:
    """Chance that episodes of a group are real, by draw: their label where they have one."""
    pi, pj, label = group
    return chance[:, pi, pj] if label < 0 else np.full(DRAWS, float(label))


def _verdict(
    at: tuple[int, int], counts: Floats, dollars: Floats, drawn: tuple[Floats, Floats, Floats], worth: Worth
) -> Verdict:
    weight, real, whole = drawn
    alerts = weight @ counts / worth.weeks
    right = (weight * real) @ counts / worth.weeks
    caught = (weight * real) @ dollars / worth.weeks
    missed = whole / worth.weeks - caught
    missed = np.where(missed > 1e-9 * whole / worth.weeks, missed, 0.0)  # what is left of a sum of floats is nothing
    minutes = alerts * worth.minutes
    net = worth.margin * (caught - missed) - minutes * worth.wage_per_minute
    return Verdict(at, net, alerts, right, caught, missed, minutes)


def best(
    found: Mapping[tuple[int, int], Verdict], allowed: Sequence[tuple[int, int]], minutes_a_week: float
) -> tuple[Verdict, float] | None:
    """The allowed cut of the highest mean net that the team has time for, and how likely it beats the one in force."""
    now = found.get(NOW)
    if now is None:
        return None
    room = max(minutes_a_week, float(now.minutes.mean()))
    fits = [found[at] for at in allowed if at in found and float(found[at].minutes.mean()) <= room + 1e-9]
    if not fits:
        return None
    chosen = max(fits, key=lambda v: (round6(float(v.net.mean())), -abs(v.at[0] - NOW[0]) - abs(v.at[1] - NOW[1])))
    return chosen, float((chosen.net > now.net).mean())


def nothing_caught(cells: Sequence[Mapping[str, Any]], at: tuple[int, int]) -> list[dict[str, Any]]:
    """A cell of nothing for a cut that caught no episode, so that it can be compared."""
    if any((c["i"], c["j"]) == at for c in cells):
        return []
    some = next((c for c in cells if c["i"] < 0), None)
    return [] if some is None else [{**some, "i": at[0], "j": at[1], "n": 0, "dollars": 0.0}]


__all__ = ["DRAWS", "NOW", "STEPS", "Verdict", "Worth", "best", "difference", "judge", "nothing_caught", "told_of"]
