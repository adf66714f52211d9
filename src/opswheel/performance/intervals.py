"""Times known only to lie between two ends: Turnbull's estimate of how they are spread, and its middle.

A problem began after the last look that found nothing and before the first that found it. Where no look found
nothing, all that is known is that it took at least so long.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, sqrt

from .survival import Z90, Compared, two_sided

ROUNDS = 300
CLOSE = 1e-7
TINY = 1e-12
HALF = 0.5
"""Share of spans that must have an end for two groups to be held against each other."""
Span = tuple[float, float]
"""From, to: the time lies after the first and not after the second; `inf` where only a least is known."""


@dataclass(frozen=True)
class Spread:
    """Pieces of the time line that can hold a time, in order, and the share of all times in each."""

    pieces: tuple[Span, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Middle:
    """The time within which a share lies: the ends of the piece it falls in, and an interval for sampling as well.

    `at_least` says that it falls in the piece without an end.
    """

    value: float
    low: float
    high: float | None
    at_least: bool


def turnbull(spans: Mapping[Span, int]) -> Spread:
    """The most likely spread of times of which only spans are known (Turnbull 1976), by self-consistency.

    Only pieces that begin where some span begins and end where some span ends, with nothing between, can hold any.
    """
    pieces = _pieces(spans)
    reach = [(_covered(span, pieces), n) for span, n in spans.items() if n > 0]
    total = sum(n for _, n in reach)
    shares = [1.0 / len(pieces)] * len(pieces)
    for _ in range(ROUNDS):
        fresh = [0.0] * len(pieces)
        sums = [0.0]
        for s in shares:
            sums.append(sums[-1] + s)
        weight = [0.0] * (len(pieces) + 1)  # a span spreads its rows over its pieces in proportion to their shares
        for (first, last), n in reach:
            inside = sums[last] - sums[first]
            if inside > 0:
                weight[first] += n / inside
                weight[last] -= n / inside
        running = 0.0
        for i, share in enumerate(shares):
            running += weight[i]
            fresh[i] = share * running / total
        moved = max(abs(a - b) for a, b in zip(fresh, shares, strict=True))
        shares = fresh
        if moved < CLOSE:
            break
    return Spread(tuple(pieces), tuple(shares))


def _pieces(spans: Mapping[Span, int]) -> list[Span]:
    ends = sorted({(low, 1) for low, _ in spans} | {(high, 0) for _, high in spans})
    return [(a[0], b[0]) for a, b in pairwise(ends) if a[1] == 1 and b[1] == 0]


def _covered(span: Span, pieces: list[Span]) -> tuple[int, int]:
    """The pieces a span holds, as a half-open range; pieces never cross the end of a span."""
    first = bisect_left([p[0] for p in pieces], span[0]) if pieces else 0
    last = bisect_right([p[1] for p in pieces], span[1])
    return first, last


def middle(spans: Mapping[Span, int], share: float = 0.5, z: float = Z90) -> Middle | None:
    """The time within which `share` of all lie; None where there are none.

    Inside the piece it falls in nothing tells where it lies, so the value is the piece's own middle. The interval
    reaches over the pieces that a share drawn from so many rows could fall in (binomial, so too narrow where spans are
    wide; the pieces' own ends are always inside it).
    """
    n = sum(spans.values())
    if n == 0:
        return None
    half = z * sqrt(share * (1 - share) / n)
    ended = sum(k for (_, high), k in spans.items() if high < inf) / n
    if ended < share:  # the likeliest spread would put the open-ended ones as early as it can: only a least is known
        return Middle(_least(spans, share), _least(spans, share - half), None, True)
    spread = turnbull(spans)
    here, low, high = (_piece(spread, q) for q in (share, share - half, share + half))
    if here[1] == inf:
        return Middle(here[0], low[0], None, True)
    open_ended = high[1] == inf or ended < min(1.0, share + half)
    return Middle((here[0] + here[1]) / 2, low[0], None if open_ended else high[1], False)


def compared(before: Mapping[Span, int], now: Mapping[Span, int]) -> Compared | None:
    """The log-rank test between two groups of which only spans are known; `z` > 0 where the second is shorter.

    Each span has the log-rank score of Turnbull's estimate on both groups together (Finkelstein 1986, Fay 1996); how
    far the second group's scores would be out by chance is that of drawing it from all (permutation). None where
    either is empty, or fewer than half of one have an end: a least alone does not tell which came first. Looks that
    grew more frequent between the two make spans narrower, which the test takes for chance.
    """
    groups = [{s: n for s, n in spans.items() if n > 0} for spans in (before, now)]
    for spans in groups:
        if sum(n for (_, high), n in spans.items() if high < inf) < HALF * sum(spans.values()) or not spans:
            return None
    both = {s: groups[0].get(s, 0) + groups[1].get(s, 0) for s in {*groups[0], *groups[1]}}
    scores = _scores(both)
    total, second = sum(both.values()), sum(groups[1].values())
    mean = sum(scores[s] * n for s, n in both.items()) / total
    surplus = sum((scores[s] - mean) * n for s, n in groups[1].items())
    spread = sum((scores[s] - mean) ** 2 * n for s, n in both.items())
    variance = spread * second * (total - second) / (total * (total - 1)) if total > 1 else 0.0
    if variance <= 0:
        return None
    z = surplus / sqrt(variance)
    return Compared(z, two_sided(z))


def _scores(spans: Mapping[Span, int]) -> dict[Span, float]:
    """How much sooner each span ends than is usual: 1 + log(share left) if it is short, log(share left) without end."""
    spread = turnbull(spans)
    left = [1.0]
    for share in spread.shares:
        left.append(max(0.0, left[-1] - share))
    pieces = list(spread.pieces)
    found = {}
    for span in spans:
        first, last = _covered(span, pieces)
        a, b = left[first], left[last]
        whole = [x * log(x) if x > TINY else 0.0 for x in (a, b)]
        found[span] = (whole[0] - whole[1]) / (a - b) if a - b > TINY else 1.0 + log(max(a, TINY))
    return found


def _least(spans: Mapping[Span, int], share: float) -> float:
    """The time within which `share` of all would lie if each were as short as it can be."""
    total, left = sum(spans.values()), 0.0
    for (low, _), n in sorted(spans.items()):
        left += n
        if left >= share * total:
            return low
    return max(low for low, _ in spans)


def _piece(spread: Spread, share: float) -> Span:
    total = 0.0
    for piece, part in zip(spread.pieces, spread.shares, strict=True):
        total += part
        if total >= share - 1e-9:
            return piece
    return spread.pieces[-1]
