"""New ratings of an item are far below its average, and the stars on its page fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ITEM_RATINGS, Contract
from ...core.contracts.prepared import ARRIVALS, BASELINES
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, left, newest, shift
from ..facts.surprise import rise_at_least
from .amounts import began, evidence_of
from .base import LOSS_FLOOR, Rule, sellable, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

APART_DAYS, LOOK_BACK_DAYS = 28, 180
FEWEST_NEW, FEWEST_BEFORE = 5, 10
WORST, BEST = 1.0, 5.0
LOST_PER_STAR = 0.07
"""Of sales, for each star the average falls: Luca 2016, 5 to 9 % of revenue per star, a regression discontinuity over
restaurants. As in the growth wheel's link from stars to conversion."""
SURE = 1.96
"""Normal quantile of 97.5 %. Rounding taken at its worst, and stars taken to vary as much as they can, leave chance to
reach the cut line in about one item of a thousand (simulated, with seven of ten ratings five stars, one of ten one)."""
_SOURCE = [*KEY, "report"]


class ItemStarsDrop(Rule):
    """The ratings an item got since a reading at least four weeks ago are far below its average, beyond chance.

    Why it costs money:
        Shoppers choose by the stars on the page. New ratings far below the old ones tell of a bad lot, another product
        under the same item or a page that promises too much, long before the average has followed them.
    Source:
        item_ratings.stars, ratings   Walmart ITEM `Average Rating`, `Reviews Count`; item_ratings.csv, read off the
                                      product page, elsewhere; never the feedback on us as a seller
    Blind spots:
        What the new ratings were follows from two averages and their numbers, and averages are shown rounded: the most
        they can have been is taken, so an item with thousands of ratings hides a fall until its stars move. A shown
        average that weighs ratings by age or trust, as Amazon's does, is followed only roughly. Ratings that were taken
        down count against the new ones. Where a person must read the page, an old reading stands until the next.
    """

    kind: ClassVar[str] = "item_stars_drop"
    title: ClassVar[str] = "Stars of the item fall"
    precedence: ClassVar[int] = PRECEDENCE["content"]
    spoke: ClassVar[str] = "experience"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (ITEM_RATINGS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_fall",
            value=0.3,
            unit="stars, at least, of the new ratings",
            fires="at or above",
            measures="observed",
            release=0.0,
            why="at the lower end of the interval: less is what one month differs from another by (assumed)",
        ),
        LOSS_FLOOR,
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings whose shown average fell and whose new ratings are lower than those before, at most."""
        rows = compared(_readings(facts))
        rows = rows.filter((rows.stars < rows.stars_before) & (rows.most < rows.usual))
        rows = left(rows, _began(facts, rows), KEY)
        rows = sellable(rows.join(facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day"), KEY), facts)
        lost = (rows.stars_before - rows.stars) * LOST_PER_STAR
        return observed(
            self.kind,
            rows,
            cause="new_ratings_lower",
            onset_day=ibis.coalesce(rows.bad_day, rows.day),
            last_good_day=rows.good_day,
            seen_day=rows.day,
            share_state="stars_fell",
            share_lost=lost,
            observed=rows.fall,
            baseline=rows.stars_before,
            loss_per_day=share_of(rows, lost),
            evidence=evidence(
                stars=rows.stars,
                ratings=rows.ratings,
                stars_before=rows.stars_before,
                ratings_before=rows.ratings_before,
                before_day=rows.before_day,
                new_ratings=rows.new,
                new_average=rows.likely.round(2),
                new_average_at_most=rows.most.round(2),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        most = f"{seen['new_average_at_most']:.2f} stars at most"
        return f"{int(seen['new_ratings']):,} new ratings average {most}, the item had {row['baseline']:.1f}"


def compared(rows: ir.Table) -> ir.Table:
    """Pairs of readings with enough ratings in and between them, and what the ratings between them were.

    `rows` have `stars` and `ratings`, now and `_before`. Added are `new`, their number; `likely` and `most`, their
    average, and that as high as rounding allows; `usual`, the one before at the same rounding; `fall`, by how many
    stars the new ones are surely lower.
    """
    rows = rows.mutate(new=rows.ratings - rows.ratings_before)
    rows = rows.filter((rows.new >= FEWEST_NEW) & (rows.ratings_before >= FEWEST_BEFORE))
    usual = rows.stars_before - _half_digit(rows.stars_before)
    most = ((rows.stars + _half_digit(rows.stars)) * rows.ratings - usual * rows.ratings_before) / rows.new
    likely = (rows.stars * rows.ratings - rows.stars_before * rows.ratings_before) / rows.new
    rows = rows.mutate(usual=usual, most=most.clip(WORST, BEST), likely=likely.clip(WORST, BEST))
    short, usual = _short_of_best(rows.most), _short_of_best(rows.usual)
    fall = rise_at_least(short, rows.new, usual, rows.ratings_before, sure=SURE)
    return rows.mutate(fall=(fall * (BEST - WORST)).round(6))


def _short_of_best(stars: Any) -> Any:
    """How far an average is from five stars, as a share of the whole way: 0 at five stars, 1 at one."""
    return (BEST - stars) / (BEST - WORST)


def _half_digit(stars: Any) -> Any:
    """Half of the last digit an average was shown with: what rounding may hide. 4.5 is taken for one digit."""
    tenths, hundredths = stars * 10.0, stars * 100.0
    one, two = (tenths - tenths.round(0)).abs() < 1e-6, (hundredths - hundredths.round(0)).abs() < 1e-6
    return ibis.cases((one, 0.05), (two, 0.005), else_=0.0)


def _told(facts: Facts) -> ir.Table:
    """Every reading with stars of the days looked at, with its report, and the newest day of each listing."""
    rows = facts.table(ITEM_RATINGS)
    rows = rows.filter(rows.stars.notnull())
    rows = rows.join(facts.table(ARRIVALS).select("delivery_id", "report", "precedence"), "delivery_id")
    rows = rows.mutate(newest_day=rows.day.max().over(ibis.window(group_by=[rows[k] for k in KEY])))
    return rows.filter(rows.day >= shift(rows.newest_day, -LOOK_BACK_DAYS))


def _readings(facts: Facts) -> ir.Table:
    """Each listing's newest reading beside the newest one at least four weeks older, else the oldest at hand.

    Two reports may count ratings differently: only readings of one are compared.
    """
    told = _told(facts)
    now = newest(told, told.day.desc(), told.precedence)
    earlier = told.filter(told.day < told.newest_day).semi_join(now, _SOURCE)
    old = earlier.day <= shift(earlier.newest_day, -APART_DAYS)
    age = earlier.newest_day.delta(earlier.day, unit="day")
    before = newest(earlier, old.desc(), old.ifelse(age, -age))
    before = before.select(*KEY, before_day="day", stars_before="stars", ratings_before="ratings")
    return now.join(before, KEY)


def _began(facts: Facts, rows: ir.Table) -> ir.Table:
    """The last reading at which the stars stood as before rather than as now, and the first one after it."""
    ends = rows.select(*_SOURCE, middle=(rows.stars + rows.stars_before) / 2)
    told = _told(facts).join(ends, _SOURCE)
    return began(told.select(*KEY, "day", bad=told.stars < told.middle), KEY)
