"""How surprising a count is, in standard errors, by sums alone: the same on every engine."""

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
