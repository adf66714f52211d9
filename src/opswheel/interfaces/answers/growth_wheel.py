"""A growth wheel before any data, in the public JSON form: drivers, links, loops, and what each rests on.

Ranges hold 9 in 10 draws from the priors; `at_means` is the figure at the prior means.
"""

from __future__ import annotations

from typing import Any

from ...growth.algebra import HORIZON, return_ratio
from ...growth.drawing import brings
from ...growth.loops import Loop, find_loops, rests_on, unmeasured_share
from ...growth.prior import Range, loop_gain, prior_draws, prior_return_ratio, summary
from ...growth.wheel import Claim, Link, Node, Wheel


def wheel_answer(wheel: Wheel) -> dict[str, Any]:
    """Drivers with what measures them, links, loops, and the optional parts that are off."""
    told = loops_answer(wheel)
    return {
        "wheel": wheel.name,
        "about": wheel.about,
        "period": wheel.period,
        "target": wheel.target,
        "drivers": [_driver(node) for node in wheel.nodes],
        "links": [_link(wheel, link) for link in wheel.links],
        "loops": told["loops"],
        "return_ratio": told["return_ratio"],
        "unmeasured_share": told["unmeasured_share"],
        "sentence": told["sentence"],
        "parts": [_part(part.name, part.about, part.nodes) for part in wheel.parts],
        "claims": [_claim(claim) for claim in wheel.claims],
    }


def links_answer(wheel: Wheel) -> dict[str, Any]:
    """Every link with its sign, delay, size and range, and where that comes from."""
    return {
        "wheel": wheel.name,
        "period": wheel.period,
        "links": [_link(wheel, link) for link in wheel.links],
        "claims": [_claim(claim) for claim in wheel.claims],
    }


def loops_answer(wheel: Wheel) -> dict[str, Any]:
    """Every loop, the largest first, and what comes back to the target within half a year of weeks."""
    values = prior_draws(wheel)
    found = find_loops(wheel)
    back = summary(prior_return_ratio(wheel, values))
    share = unmeasured_share(found)
    return {
        "wheel": wheel.name,
        "period": wheel.period,
        "target": wheel.target,
        "loops": [_loop(loop, summary(loop_gain(loop, values))) for loop in found],
        "return_ratio": {"periods": HORIZON, "at_means": _at_means(wheel), **_range(back), "source": "literature"},
        "unmeasured_share": share,
        "sentence": _sentence(wheel, found, back, share),
    }


def _at_means(wheel: Wheel) -> float:
    return float(return_ratio(wheel.coefficients(), wheel.index[wheel.target]))


def _driver(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "label": node.label,
        "measure": node.measure,
        "unmeasured": node.unmeasured,
        "lever": node.lever,
        "demand": node.demand,
        "own": {"mean": node.own_mean, "sd": node.own_sd, "fixed": node.own_fixed},
        "part": node.part,
    }


def _link(wheel: Wheel, link: Link) -> dict[str, Any]:
    """A link with the 9-in-10 range of its prior, cut to its sign."""
    low, high = (link.mean, link.mean) if link.fixed else _cut_range(link)
    return {
        "from": link.source,
        "to": link.target,
        "sign": "+" if link.sign > 0 else "-",
        "lag": link.lag_periods,
        "kind": link.kind,
        "mean": link.mean,
        "sd": link.sd,
        "tau": link.tau,
        "low": low,
        "high": high,
        "brings": brings(wheel, link, link.mean),
        "brings_low": brings(wheel, link, low),
        "brings_high": brings(wheel, link, high),
        "source": link.origin,
        "assumed": link.assumed,
        "seed": link.seed,
        "part": link.part,
    }


def _cut_range(link: Link) -> tuple[float, float]:
    """The 5th and 95th percentile of the prior, a normal without the part of the wrong sign."""
    from scipy.special import ndtr, ndtri

    wrong = ndtr(-abs(link.mean) / link.sd)
    sizes = [float(abs(link.mean) + link.sd * ndtri(wrong + q * (1 - wrong))) for q in (0.05, 0.95)]
    low, high = sorted(link.sign * size for size in sizes)
    return low, high


def _loop(loop: Loop, gain: Range) -> dict[str, Any]:
    return {
        "name": loop.name,
        "kind": "reinforcing" if loop.reinforcing else "balancing",
        "drivers": list(loop.drivers),
        "words": loop.words,
        "gain": {"at_means": loop.gain, **_range(gain)},
        "delay": loop.delay_periods,
        "modal_score": loop.modal_score,
        "share": loop.share,
        "unmeasured": list(loop.unmeasured),
        "rests_on": rests_on(loop),
    }


def _range(values: Range) -> dict[str, float]:
    return {
        "mean": values.mean,
        "p5": values.p5,
        "p10": values.p10,
        "p50": values.p50,
        "p90": values.p90,
        "p95": values.p95,
    }


def _part(name: str, about: str, nodes: tuple[Node, ...]) -> dict[str, Any]:
    return {"name": name, "about": about, "drivers": [_driver(node) for node in nodes]}


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "series": claim.series,
        "number": claim.number,
        "words": claim.words,
        "links": [f"{source} -> {target}" for source, target in claim.links],
        "measure": claim.measure,
        "unmeasured": claim.unmeasured,
    }


def _sentence(wheel: Wheel, loops: tuple[Loop, ...], back: Range, share: float) -> str:
    """What the loops together say about a loss, with its range and what it rests on."""
    names = f"{len(loops)} loop{'s' * (len(loops) != 1)}"
    low, high = (100 / (1 - ratio) for ratio in (back.p5, back.p95))
    grows = f"a one-off drop of 100 in {wheel.node(wheel.target).label.lower()} adds up to {low:,.0f} – {high:,.0f}"
    blind = f" {share:.0%} of the loops' strength runs through drivers no data give." if share else ""
    return f"{names}. By literature and assumptions alone, {grows} within {HORIZON} {wheel.period}s (9 in 10).{blind}"
