"""More customers rate us badly as a seller than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import FEEDBACK, Contract
from ...core.contracts.prepared import CHANNELS
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import PLACE, left, shift
from ..facts.surprise import rise_at_least
from .amounts import CASH_FLOOR, evidence_of, no_listing, place_key, sold_here
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOW_DAYS, BEFORE_DAYS = 30, 365
BAD = 3
"""So many stars or fewer are bad: 1 and 2 count as negative on Amazon, 3 keeps nobody."""
FEWEST_BAD, FEWEST_BEFORE = 3, 20
UNHAPPY_LOSES = 0.1
"""Of orders whose customer is unhappy, those refunded, or not followed by the next they would have made: assumed, and
that those who do not rate are as unhappy as those who do."""
HORIZON_DAYS = 30
SURE = 1.96
"""Normal quantile of 97.5 %: a channel is looked at every morning, so chance gets many tries."""


class RatingDrop(Rule):
    """Of the last 30 days' seller ratings more have three stars or fewer than of those of the year before.

    Why it costs money:
        Something began to make customers unhappy: late parcels, broken goods, a wrong answer. Some want their money
        back, some do not come again, and on Amazon one and two stars count in the order defect rate, which over one in
        a hundred can close the account.
    Source:
        feedback.rating, day   Amazon GET_SELLER_FEEDBACK_DATA `Rating`, `Date`; feedback.csv elsewhere
    Blind spots:
        Ratings of the seller, not of products: stars of items and customer experience (NCX) have rules and lists of
        their own. Ratings the marketplace took back stay as they were loaded. Few customers rate. Reports that ended
        over 200 days ago are not looked at, so the year before is whole only where one report tells it.
    """

    kind: ClassVar[str] = "rating_drop"
    title: ClassVar[str] = "Seller ratings got worse"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "delivery"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (FEEDBACK,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_rise",
            value=0.03,
            unit="of the ratings, at least (0…1)",
            fires="at or above",
            measures="observed",
            release=0.0,
            why="three more in a hundred, at the lower end of the interval of the rise: assumed",
        ),
        CASH_FLOOR,
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Channels with three bad ratings lately and a larger share of them than before."""
        rows = _rated(facts)
        rows = rows.mutate(rate=rows.bad_now / rows.all_now, usual=rows.bad_before / rows.all_before)
        rows = rows.filter((rows.bad_now >= FEWEST_BAD) & (rows.all_before >= FEWEST_BEFORE) & (rows.rate > rows.usual))
        rows = no_listing(left(rows, sold_here(facts), PLACE))
        rise = rows.rate - rows.usual
        return observed(
            self.kind,
            rows,
            subject_type="account",
            subject_key=place_key(rows, ibis.literal("seller_rating")),
            cause="rated_worse",
            onset_day=rows.first_bad,
            seen_day=rows.last_day,
            share_state="sales_at_once",
            observed=rise_at_least(rows.rate, rows.all_now, rows.usual, rows.all_before, sure=SURE),
            baseline=rows.usual,
            amount_at_risk=(rows.channel_revenue * HORIZON_DAYS * rise * UNHAPPY_LOSES).fill_null(0.0),
            evidence=evidence(
                bad=rows.bad_now,
                ratings=rows.all_now,
                bad_before=rows.bad_before,
                ratings_before=rows.all_before,
                before_since=rows.first_day,
                one_star=rows.worst_now,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        bad, of = int(seen["bad"]), int(seen["ratings"])
        return f"{bad:,} of {of:,} seller ratings had 3 stars or fewer, {row['baseline']:.0%} is usual"


def _rated(facts: Facts) -> ir.Table:
    """Per channel: ratings, and bad ones, of the last 30 days and of the year before them."""
    told = facts.table(FEEDBACK)
    newest = ibis.row_number().over(
        group_by=["account", "channel", "order_hash"],
        order_by=[told.updated_at.desc(), told.known_at.desc(), told.delivery_id.desc()],
    )
    rows = told.mutate(_n=newest).filter(ibis._["_n"] == 0)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    since = shift(rows.today, -NOW_DAYS)
    now = (rows.day > since) & (rows.day <= rows.today)
    before = (rows.day <= since) & (rows.day > shift(since, -BEFORE_DAYS))
    bad = rows.rating <= BAD
    return rows.group_by(PLACE).agg(
        all_now=now.sum(),
        bad_now=(now & bad).sum(),
        worst_now=(now & (rows.rating == 1)).sum(),
        all_before=before.sum(),
        bad_before=(before & bad).sum(),
        first_bad=rows.day.min(where=now & bad),
        first_day=rows.day.min(where=before),
        last_day=rows.day.max(where=now),
    )
