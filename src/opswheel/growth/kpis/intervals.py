"""Intervals from sufficient statistics: pure functions of counts, sums and sums of squares."""

from __future__ import annotations

from math import exp, inf, sqrt

LEVEL = 0.95


def normal_quantile(level: float = LEVEL) -> float:
    """The z of a two-sided interval: 1.96 at 95 %."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def t_quantile(degrees: float, level: float = LEVEL) -> float:
    """The t of a two-sided interval; infinite without a degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + level / 2)) if degrees > 0 else inf


def wilson(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927); 0 … 1 where nothing was counted.

    112 of 400 gives 0.238 … 0.326.
    """
    if n <= 0:
        return 0.0, 1.0
    z = normal_quantile(level)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_t(n: int, total: float, squares: float, level: float = LEVEL) -> tuple[float, float, float]:
    """A mean with its t interval, from the count, the sum and the sum of squares.

    Three values 1, 2, 3 give 2 ± 4.303 · 1/√3. One value alone has no interval: −∞ … ∞.
    """
    mean = total / n
    if n < 2:
        return mean, -inf, inf
    variance = max(0.0, (squares - n * mean * mean) / (n - 1))
    half = t_quantile(n - 1, level) * sqrt(variance / n)
    return mean, mean - half, mean + half


def ratio_t(tops: list[float], bottoms: list[float], level: float = LEVEL) -> tuple[float, float, float]:
    """Σ tops ÷ Σ bottoms over days or weeks, with a t interval from the days' own spread (linearised).

    Days are the unit, not visits: visits of one day share its weather, and counting them as independent would
    make the interval too narrow.
    """
    n, whole = len(tops), sum(bottoms)
    ratio = sum(tops) / whole
    if n < 2:
        return ratio, -inf, inf
    apart = sum((a - ratio * b) ** 2 for a, b in zip(tops, bottoms, strict=True))
    half = t_quantile(n - 1, level) * sqrt(n / (n - 1) * apart) / whole
    return ratio, ratio - half, ratio + half


def change(now: float, now_se: float, before: float, before_se: float) -> tuple[float, float, float]:
    """The change from before to now, now ÷ before − 1, with its 95 % interval on the log scale.

    Both must be above 0; standard errors are absolute.
    """
    half = normal_quantile() * sqrt((now_se / now) ** 2 + (before_se / before) ** 2)
    ratio = now / before
    return ratio - 1, ratio * exp(-half) - 1, ratio * exp(half) - 1


def net_share(up: int, down: int, n: int, level: float = LEVEL) -> tuple[float, float, float]:
    """(up − down) ÷ n with its interval: the trinomial variance after half an answer is added to each side.

    The added answers keep the interval from closing when all answer alike (Agresti and Min 2005).
    """
    value = (up - down) / n
    p, q, m = (up + 0.5) / (n + 2), (down + 0.5) / (n + 2), n + 2
    half = normal_quantile(level) * sqrt((p + q - (p - q) ** 2) / m)
    return value, max(-1.0, (p - q) - half), min(1.0, (p - q) + half)
