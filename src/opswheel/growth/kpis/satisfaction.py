"""Net Promoter Score from surveys, and from stars where nobody was asked: a proxy, and called one."""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Figure, unseen
from .intervals import mean_t, net_share

NAME, TITLE = "net_promoter_score", "Net Promoter Score"


def from_answers(channel: str, scores: Sequence[int]) -> Figure:
    """Share answering 9 or 10 less the share answering 0 to 6, in points."""
    n = len(scores)
    value, low, high = net_share(sum(s >= 9 for s in scores), sum(s <= 6 for s in scores), n)
    return Figure(
        NAME,
        TITLE,
        channel,
        "points",
        100 * value,
        100 * low,
        100 * high,
        n,
        "answers",
        "trinomial, Agresti–Min",
        note="only those who answered",
    )


def from_stars(channel: str, stars: Sequence[int]) -> Figure:
    """Share of five stars less the share of three or fewer: who writes a review is not who would answer a survey."""
    n = len(stars)
    value, low, high = net_share(sum(s == 5 for s in stars), sum(s <= 3 for s in stars), n)
    mean = mean_t(n, float(sum(stars)), float(sum(s * s for s in stars)))[0]
    return Figure(
        NAME,
        TITLE,
        channel,
        "points",
        100 * value,
        100 * low,
        100 * high,
        n,
        "reviews",
        "trinomial, Agresti–Min",
        proxy="five stars less three or fewer; no survey",
        note=f"a proxy from stars, mean {mean:.2f}; the mark for surveys does not hold for it",
    )


def unasked(channel: str) -> Figure:
    """No survey and no stars."""
    return unseen(
        NAME,
        TITLE,
        channel,
        "points",
        because="no survey and no star ratings are given",
        would_be="if answers from 0 to 10, or stars, are given: --surveys FILE",
    )
