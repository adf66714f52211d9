"""How surprising a count or a share is, by sums alone: the same on every engine."""

from __future__ import annotations

from typing import Any


def too_few(seen: Any, expected: Any, *, ratio: Any = 0.0, lumps: Any = 1.0, wobble: Any = 0.0) -> Any:
    """By how many standard errors a count lies below what was expected of it; negative where it lies above.

    The square root of a count varies by a half whatever the count. `ratio` is the exposure of the count ÷ that behind
    the expectation, `lumps` how much more than chance it varies because it comes in lumps, `wobble` the relative
    variance of the yardstick.
    """
    apart = 2.0 * ((expected + 0.375).sqrt() - (seen + 0.375).sqrt())
    return apart / (lumps * (1.0 + ratio) + wobble * expected).sqrt()


_EDGE = 1e-9


def fell_apart(trials: Any, hits: Any, trials_before: Any, hits_before: Any) -> Any:
    """The log likelihood ratio of two shares against one: how much better two explain the hits than their mean does.

    For binomial counts a difference so large, in one direction, comes by chance with a probability of at most e to the
    minus this (Chernoff's bound where the share before is known well). Half a hit and half a miss are added to what
    came before, so that a share of 1 seen on few trials is not taken for certain.
    """
    before, whole = (
        (hits_before + 0.5) / (trials_before + 1.0),
        (hits + hits_before + 0.5) / (trials + trials_before + 1.0),
    )
    return trials * _divergence(hits / trials, whole) + trials_before * _divergence(before, whole)


def _divergence(share: Any, of: Any) -> Any:
    """Kullback and Leibler's, of one yes or no from another."""
    yes, no = share.clip(_EDGE, 1.0), (1.0 - share).clip(_EDGE, 1.0)
    return yes * (yes / of).ln() + no * (no / (1.0 - of)).ln()


def rise_at_least(rate: Any, n: Any, rate_before: Any, n_before: Any, *, sure: float) -> Any:
    """The lower end of the interval of how much a share rose, out of Wilson's for both shares (Newcombe's).

    `sure` is the normal quantile, two-sided. It holds for means of anything between 0 and 1, too: none varies more than
    a yes or no of the same mean.
    """
    low_now = wilson_end(rate, n, -1.0, sure=sure)
    high_before = wilson_end(rate_before, n_before, 1.0, sure=sure)
    apart = (rate - low_now) * (rate - low_now) + (high_before - rate_before) * (high_before - rate_before)
    return (rate - rate_before - apart.sqrt()).round(6)


def wilson_end(rate: Any, n: Any, side: float, *, sure: float) -> Any:
    """One end of Wilson's interval of a rate: the lower at `side` -1, the upper at 1."""
    z2 = sure * sure
    spread = sure * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt()
    return (rate + z2 / (2.0 * n) + side * spread) / (1.0 + z2 / n)
