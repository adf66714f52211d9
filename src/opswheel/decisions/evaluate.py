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
from ..core.settings.decisions import Aim
from .backtest import BELOW, STEPS
from .chance import Curve

DRAWS = 400
At = tuple[int, int, int]
"""A cut as (i, j, k): steps on both ladders, counted from 1 as 0 passes none, and steps of slope from today's."""
NOW: At = (BELOW + 1, BELOW + 1, 0)
"""The cut in force."""
BEFORE: At = (0, 0, 0)
"""The cut that was in force a quarter ago, whatever its steps."""


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

    at: At
    net: Floats
    alerts: Floats
    real: Floats
    caught: Floats
    missed: Floats
    minutes: Floats

    @property
    def noise(self) -> Floats:
        """False alarms per real one; a cut that flags nothing has none."""
        return np.asarray((self.alerts - self.real) / np.maximum(self.real, 1e-9))

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


def judge(
    cells: Sequence[Mapping[str, Any]], candidates: Sequence[At], curve: Curve, worth: Worth, seed: int
) -> dict[At, Verdict]:
    """Every candidate cut of one segment on the same draws, or none where nothing was seen.

    `cells` are the rows of `backtest.cells`; a candidate without any caught nothing.
    """
    rng = np.random.default_rng(seed)
    chance = curve.draws(DRAWS, rng)
    seen = [c for c in cells if c["i"] < 0]
    if not seen:
        return {}
    groups = sorted({(c["pi"], c["pj"], c["label"]) for c in seen})
    number = {g: k for k, g in enumerate(groups)}
    n, stake = np.zeros(len(groups)), np.zeros(len(groups))
    for c in seen:
        k = number[c["pi"], c["pj"], c["label"]]
        n[k], stake[k] = c["n"], c["dollars"]
    weight = rng.gamma(np.maximum(n, 1e-9), 1.0, (DRAWS, len(groups))) / np.maximum(n, 1e-9)
    right = weight * np.stack([_real(chance, g) for g in groups], axis=1)
    place = {at: k for k, at in enumerate(candidates)}
    counts, dollars = np.zeros((len(groups), len(place))), np.zeros((len(groups), len(place)))
    for c in cells:
        if c["i"] >= 0:
            at = number[c["pi"], c["pj"], c["label"]], place[c["i"], c["j"], c["k"]]
            counts[at] += c["n"]
            dollars[at] += c["dollars"]
    alerts, real, caught = (d.T / worth.weeks for d in (weight @ counts, right @ counts, right @ dollars))
    whole = right @ stake / worth.weeks
    return {at: _verdict(at, (alerts[k], real[k], caught[k]), whole, worth) for at, k in place.items()}


def _real(chance: Floats, group: tuple[int, int, int]) -> Floats:
    """Chance that episodes of a group are real, by draw: their label where they have one."""
    pi, pj, label = group
    return chance[:, pi, pj] if label < 0 else np.full(DRAWS, float(label))


def _verdict(at: At, sums: tuple[Floats, Floats, Floats], whole: Floats, worth: Worth) -> Verdict:
    alerts, real, caught = sums
    missed = whole - caught
    missed = np.where(missed > 1e-9 * whole, missed, 0.0)  # what is left of a sum of floats is nothing
    minutes = alerts * worth.minutes
    net = worth.margin * (caught - missed) - minutes * worth.wage_per_minute
    return Verdict(at, net, alerts, real, caught, missed, minutes)


def best(
    found: Mapping[At, Verdict], allowed: Sequence[At], minutes_a_week: float, *, aim: Aim = "money", sure: float = 0.5
) -> tuple[Verdict, float] | None:
    """The allowed cut that serves the aim best and the team has time for, and how likely it beats the one in force.

    Aim `money`: the highest mean net. Aim `quiet`: the fewest false alarms per real one among cuts that miss no more
    dollars than the one in force, or than that of a quarter ago where it missed more, in the mean over the draws: what
    one step saves another may spend; cuts that are quieter with chance `sure` come first. Of equals, the nearest.
    """
    now = found.get(NOW)
    if now is None:
        return None
    room = max(minutes_a_week, float(now.minutes.mean()))
    fits = [found[at] for at in allowed if at in found and float(found[at].minutes.mean()) <= room + 1e-9]
    if aim == "quiet":
        most = max((now, found.get(BEFORE, now)), key=lambda v: float(v.missed.mean()))
        fits = [v for v in fits if float(difference(v.missed, most.missed).mean()) <= 0.0]
        fits = [v for v in fits if float((v.noise < now.noise).mean()) >= sure] or fits
        chosen = min(fits, key=lambda v: (round6(float(v.noise.mean())), _far(v.at)), default=None)
        return None if chosen is None else (chosen, float((chosen.noise < now.noise).mean()))
    chosen = min(fits, key=lambda v: (-round6(float(v.net.mean())), _far(v.at)), default=None)
    return None if chosen is None else (chosen, float((chosen.net > now.net).mean()))


def _far(at: At) -> int:
    """How many steps a cut lies from the one in force."""
    return sum(abs(a - b) for a, b in zip(at, NOW, strict=True))


__all__ = ["DRAWS", "NOW", "STEPS", "At", "Verdict", "Worth", "best", "difference", "judge", "told_of"]
