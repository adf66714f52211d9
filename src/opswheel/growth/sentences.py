"""What a calibrated wheel says, in sentences a person can act on: each with its interval and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from .fit import Estimate, Gain, Label
from .health import LEARNED_ENOUGH

if TYPE_CHECKING:
    from .health import LinkEstimate, Reliance, Restored
    from .leverage import Leverage, Path, Ranking
    from .momentum import Coast

SOURCES: dict[Label, str] = {
    "prior": "from literature",
    "data": "from your data",
    "test": "from your lift test",
    "identity": "by accounting",
}
DIRECTIONS = {
    "accelerating": "Momentum is building",
    "steady": "Momentum is steady",
    "slowing": "Momentum is fading",
}


@dataclass(frozen=True)
class Sentence:
    """One answer: what it is about, the words, and `prior`, `data`, `test` or `identity`."""

    about: str
    words: str
    source: Label

    @property
    def whole(self) -> str:
        """The words with where they come from."""
        return f"{self.words} ({SOURCES[self.source]})"


def between(estimate: Estimate, form: str = ".2f") -> str:
    """`0.41 (0.12 to 0.70)`."""
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def percent(log_points: float) -> float:
    """A change of a logarithm as a share: 0.0953 is 10 %."""
    return exp(log_points) - 1


def shares(estimate: Estimate, digits: int = 0) -> str:
    """`41% (12% to 70%)`."""
    return between(estimate, f".{digits}%")


def gain_source(gain: Gain) -> Label:
    """Where the loop gain comes from: data only where they removed enough of literature's doubt about it."""
    before, now = gain.prior.high - gain.prior.low, gain.gain.high - gain.gain.low
    learned = 1 - (now / before) ** 2 if before > 0 else 0.0
    return gain.gain.source if learned >= LEARNED_ENOUGH else "prior"


def of_gain(gain: Gain, period: str = "week", target: str = "sales") -> list[Sentence]:
    """How much of a push comes back, and what one unit of it is worth in the end."""
    low, back, high = (100 * v for v in (gain.gain.low, gain.gain.value, gain.gain.high))
    back_words = f"Of 100 {target} gained, {back:.0f} ({low:.0f} to {high:.0f}) come back within {gain.weeks} {period}s"
    whole = f"so a push is worth {between(gain.multiplier)} times what it brings directly"
    source = gain_source(gain)
    found = [Sentence("gain", f"{back_words}, {whole}.", source)]
    if source == "data":
        found.append(Sentence("gain", f"Literature alone would say {shares(gain.prior)}.", "prior"))
    if gain.p_runaway > 0.1:
        words = f"In {gain.p_runaway:.0%} of draws the wheel grows without end: believe no horizon beyond a year."
        found.append(Sentence("gain", words, source))
    return found


def of_momentum(coast: Coast, period: str = "week") -> Sentence:
    """Accelerating, steady, slowing, or why nobody can tell."""
    slope = f"{shares(coast.per_week, 2)} a {period} over {coast.weeks} {period}s with every lever left as it is"
    words = DIRECTIONS.get(coast.direction)
    if words is not None:
        chance = max(coast.p_up, coast.p_steady, coast.p_down)
        return Sentence("momentum", f"{words}: {slope}; {chance:.0%} of draws agree.", coast.per_week.source)
    chances = f"up {coast.p_up:.0%}, steady {coast.p_steady:.0%}, down {coast.p_down:.0%} of draws"
    known = f": {slope} ({chances})" if coast.p_up + coast.p_steady + coast.p_down > 0 else ""
    step = f" Next: {coast.next_step}." if coast.next_step else ""
    return Sentence("momentum", f"Cannot tell the momentum{known}; {coast.reason}.{step}", coast.per_week.source)


def of_link(link: LinkEstimate) -> Sentence:
    """One link with its elasticity, its status and why."""
    effect = f"10 % more {link.link.source} changes {link.link.target} by {10 * link.mean:+.1f} %"
    spread = f"{10 * min(link.low, link.high):+.1f} to {10 * max(link.low, link.high):+.1f} %"
    status = link.status.replace("_", " ")
    why = f": {link.reason}" if link.reason and link.status != "ok" else ""
    step = f"; {link.next_step}" if link.next_step else ""
    return Sentence("link", f"{link.link.words}: {effect}, {spread}. {status}{why}{step}.", link.source)


def of_broken(links: Iterable[LinkEstimate]) -> list[Sentence]:
    """The broken and suspect spokes, or that none shows. A policy is chosen, and never called broken."""
    told = [link for link in links if link.link.kind != "policy"]
    found = [
        Sentence(
            "broken spoke",
            f"{link.link.words} is {link.status}: {link.mean:+.2f} ({link.low:+.2f} to {link.high:+.2f}), usual is"
            f" {link.benchmark:+.2f}; below half of that in {link.p_weak:.0%} of draws.",
            link.source,
        )
        for status in ("broken", "suspect")
        for link in told
        if link.status == status
    ]
    if found:
        return found
    open_ones = [k for k in told if not k.link.fixed]
    judged = sum(k.status == "ok" for k in open_ones)
    words = f"No link shows as broken; {judged} of {len(open_ones)} could be judged, and not flagged is not healthy."
    return [Sentence("broken spoke", words, "data" if judged else "prior")]


def of_bottleneck(restored: Sequence[Restored], most: int = 3) -> list[Sentence]:
    """The links whose repair would add most to the multiplier, as an ordered list with intervals."""
    found = []
    for place, row in enumerate((r for r in restored if r.adds.value > 0.005), start=1):
        if place > most:
            break
        words = (
            f"{'Bottleneck' if place == 1 else f'Number {place}'}: {row.link.words} is {max(0.0, row.below):.0%} below"
            f" its benchmark; bringing it there adds {between(row.adds)} to the multiplier."
        )
        found.append(Sentence("bottleneck", words, row.source))
    if not found:
        found = [Sentence("bottleneck", "No link is far enough below its benchmark to hold the wheel back.", "prior")]
    return found


def of_reliance(reliance: Reliance, period: str = "week") -> Sentence:
    """What the levers' lift rests on."""
    if reliance.reason:
        return Sentence("reliance", f"What growth rests on cannot be told: {reliance.reason}.", "prior")
    name, top = max(reliance.shares.items(), key=lambda item: item[1].value)
    words = (
        f"Over the last {reliance.weeks} {period}s {name} made {shares(top)} of what the levers added;"
        f" that is {reliance.effective_pushes:.1f} pushes of equal weight."
    )
    if reliance.over:
        words += f" Growth rests on {reliance.over}."
    return Sentence("reliance", words, top.source)


def literal_links(links: Iterable[LinkEstimate], driver: str) -> list[str]:
    """The links out of a driver that are literature still: whatever data say of the rest, the push begins with them."""
    return [k.link.words for k in links if k.link.source == driver and k.source == "prior"]


def rests_on(links: Iterable[LinkEstimate], driver: str) -> str:
    """Where the effect of a push comes from: its own first links, not the wheel behind them."""
    told = [k for k in links if k.link.source == driver]
    literal = literal_links(told, driver)
    if not literal:
        tested = any(k.source == "test" for k in told)
        return f" ({SOURCES['test' if tested else 'data']})"
    if len(literal) == len(told):
        return f" ({SOURCES['prior']})"
    return f" ({SOURCES['data']}; {', '.join(literal)} {SOURCES['prior']})"


def of_push(row: Leverage, period: str = "week") -> Sentence:
    """One push of a ranking."""
    cost = f"{1000 * row.per_cost.value:.3g} ({1000 * row.per_cost.low:.3g} to {1000 * row.per_cost.high:.3g})"
    words = (
        f"{row.push.label}: {between(row.gain_weeks)} usual {period}s of sales, {cost} per 1,000 spent;"
        f" best in {row.p_best:.0%} of draws; half of it works by {period} {row.half_weeks.value:.0f}"
        f" ({row.half_weeks.low:.0f} to {row.half_weeks.high:.0f}), nine tenths by {period} {row.most_weeks.value:.0f}"
        f" ({row.most_weeks.low:.0f} to {row.most_weeks.high:.0f})."
    )
    if row.beyond_range:
        words += " Beyond what this lever has ever done: do not trust it."
    return Sentence("push", words, row.gain_weeks.source)


def of_ranking(ranking: Ranking) -> Sentence:
    """The best push, or the set no honest answer can narrow down."""
    words = ranking.sentence
    if ranking.best is None:
        words += f" Taking the first gives up {ranking.regret:.0%} of the best one's gain on average."
    return Sentence("leverage", words, ranking.pushes[0].gain_weeks.source)


def of_path(path: Path, stop: int | None, period: str = "week") -> list[Sentence]:
    """What a push does over time, and what is left when it stops."""
    last = len(path.quantiles) - 1
    low, _, middle, _, high = (percent(v) for v in path.quantiles[last])
    source = path.total_weeks.source
    found = [
        Sentence(
            "push",
            f"{path.push.label} brings {between(path.total_weeks)} usual {period}s of sales in {last} {period}s.",
            source,
        )
    ]
    if stop is None:
        words = (
            f"By {period} {last} sales stand {middle:+.1%} ({low:+.1%} to {high:+.1%}); half of that is there by"
            f" {period} {path.half_weeks.value:.0f} ({path.half_weeks.low:.0f} to {path.half_weeks.high:.0f}),"
            f" {path.share_late:.0%} of the gain comes after {period} 13."
        )
    else:
        at = percent(path.quantiles[max(0, stop - 1)][2])
        words = (
            f"Fed until {period} {stop}, sales stand {at:+.1%}; {last - stop} {period}s after feeding stops"
            f" {middle:+.1%} ({low:+.1%} to {high:+.1%}) is left."
        )
    found.append(Sentence("push", words, source))
    if path.beyond_range:
        words = "This is beyond 1.5 times what the lever has ever done: elasticities are local, do not trust it."
        found.append(Sentence("push", words, source))
    return found
