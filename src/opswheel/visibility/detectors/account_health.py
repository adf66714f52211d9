"""What keeps the seller account open is close to its bound, or past it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ACCOUNT_HEALTH, Contract
from ...core.contracts.prepared import CHANNELS
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import PLACE, left, shift
from .amounts import began, evidence_of, no_listing, place_key, sold_here
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAYS_CLOSED = 30
"""Days until a closed account is open again: assumed; appeals take from days to months."""
CHANCES = {"near": 0.005, "new": 0.01, "open": 0.01, "warning": 0.02, "over": 0.03, "rating": 0.05, "status": 0.10}
"""By how much each finding raises the chance that the account is closed within the horizon: assumed, on every
marketplace the same, since none publishes how often it closes accounts in which state."""
NEW_DAYS = 30
"""A violation is new for so long: time to answer it before it counts as known."""
WORSE = ("bad", "at_risk", "warned", "critical", "unhealthy")
LOOSE = 0.5
_MEASURE = ["account", "channel", "metric"]


class AccountHealth(Rule):
    """A measure that keeps the seller account open is at its bound or close to it, or a violation was added.

    Why it costs money:
        Past its bound the marketplace may close the account, and every listing with it. What stands here is a
        small chance of a large loss: chance × the channel's sales a day × 30 days until it is open again.
    Source:
        account_health.rate, target, state   Amazon GET_V2_SELLER_PERFORMANCE_REPORT, rates with `targetValue`
        account_health.counted               the same, violations by kind `defectsCount`
    Blind spots:
        The chances and the 30 days are assumed; only their order is to be trusted. Findings overlap: their sum
        is no forecast. The 0 to 1000 rating is in no report. Where the marketplace closes an account for a reason
        it does not measure here, nothing warns.
    """

    kind: ClassVar[str] = "account_health"
    title: ClassVar[str] = "Account health"
    precedence: ClassVar[int] = PRECEDENCE["account"]
    reads: ClassVar[tuple[Contract, ...]] = (ACCOUNT_HEALTH,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_used",
            value=0.8,
            unit="of the bound, the next defect counted in",
            fires="at or above",
            measures="observed",
            release=0.7,
            why="a fifth of the bound is what a bad week uses up: assumed",
        ),
        Threshold(
            name="min_amount",
            value=50.0,
            unit="US dollars",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="below this even a closed account is no loss worth an hour: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Measures that use up half of their bound or more, violations, and warnings; one row for each measure."""
        judged = _judged(facts.table(ACCOUNT_HEALTH))
        now = _newest(judged.semi_join(facts.now(ACCOUNT_HEALTH).select("delivery_id").distinct(), "delivery_id"))
        mornings = judged.select(*_MEASURE, "day", bad=judged.used >= LOOSE).semi_join(now, _MEASURE)
        rows = left(now, began(mornings, _MEASURE), _MEASURE)
        rows = left(rows, _before(judged, now), _MEASURE)
        new = (rows.rate.isnull() & (rows.counted > rows.least)).fill_null(False)
        rows = rows.mutate(new=new.ifelse(rows.counted - rows.least, 0))
        rows = rows.filter((rows.used >= LOOSE) | (rows.new > 0))
        rows = rows.mutate(cause=_cause(rows))
        rows = left(rows, sold_here(facts), PLACE)
        rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        chance = ibis.cases(*[(rows.cause == cause, value) for cause, value in CHANCES.items()], else_=0.0)
        rows = no_listing(rows)
        event = rows.cause == "new"
        return observed(
            self.kind,
            rows,
            subject_type="account",
            subject_key=place_key(rows, rows.metric),
            cause=rows.cause,
            onset_day=ibis.coalesce(event.ifelse(rows.new_day, rows.bad_day), rows.day),
            last_good_day=event.ifelse(rows.least_day, rows.good_day),
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=event.ifelse(rows.new.cast("float64"), rows.used),
            baseline=0.0,
            amount_at_risk=(chance * rows.channel_revenue * DAYS_CLOSED).fill_null(0.0),
            evidence=evidence(
                measure=rows.metric,
                state=rows.state,
                rate=rows.rate,
                target=rows.target,
                side=rows.target_side,
                headroom=rows.headroom,
                counted=rows.counted,
                new=rows.new,
                of=rows.base,
                chance_assumed=chance,
                sold_a_day=rows.channel_revenue.round(2),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong, with the headroom in orders."""
        seen = evidence_of(row)
        name = seen["measure"].replace("_", " ")
        if row["cause"] in ("near", "over"):
            side = "over" if seen.get("side") != "greater_than" else "under"
            start = f"{name.capitalize()} {seen['rate']:.1%}"
            if row["cause"] == "over":
                return f"{start}, {side} its bound of {seen['target']:.1%}"
            if "headroom" not in seen:
                return f"{start}, close to its bound of {seen['target']:.1%}"
            return f"{start}: {seen['headroom'] + 1:,} more and it is {side} {seen['target']:.1%}"
        words = {
            "new": f"{seen.get('new', 0)} new: {name}, {seen.get('counted', 0)} in all",
            "open": f"{seen.get('counted', 0)} open: {name}",
            "warning": f"{name.capitalize()}: the marketplace is not content",
            "rating": f"Account health rating: {seen.get('state', 'not good').replace('_', ' ')}",
            "status": "The account is at risk of being closed",
        }
        return words[row["cause"]]


def _judged(rows: ir.Table) -> ir.Table:
    """Every measure of every snapshot: the share of its bound that is used up, and how many more defects it bears.

    The next defect counts in: with 150 orders and a bound of 1 %, one defect is next to the bound, and none is not.
    """
    floor = rows.target_side == "greater_than"
    bad, bound = floor.ifelse(1 - rows.rate, rows.rate), floor.ifelse(1 - rows.target, rows.target)
    slack = (bound * rows.base - bad * rows.base).round(6)
    one_more = (1 / (bound * rows.base).nullif(0)).fill_null(0.0)
    used = (bad > 0).ifelse(bad / bound.nullif(0) + one_more, 0.0)
    worse = rows.state.isin(WORSE).fill_null(False)
    whole = (rows.metric == "account_status") & (rows.state == "deactivated")
    rated = rows.rate.notnull() & rows.target.notnull()
    return rows.mutate(
        worse=worse,
        over=(rated & (worse | (slack <= 0).fill_null(False) | (bad >= bound))).fill_null(False),
        used=rated.ifelse(ibis.greatest(used, worse.ifelse(1.0, 0.0)), worse.ifelse(1.0, 0.0)).fill_null(0.0),
        headroom=(slack.ceil() - 1).clip(lower=0).cast("int64"),
    ).filter(~whole.fill_null(False))


def _newest(rows: ir.Table) -> ir.Table:
    first = ibis.row_number().over(
        group_by=[rows[k] for k in _MEASURE], order_by=[rows.day.desc(), rows.delivery_id.desc()]
    )
    return rows.mutate(_n=first).filter(ibis._["_n"] == 0).drop("_n")


def _cause(rows: ir.Table) -> ir.Value:
    """What kind of finding it is."""
    return ibis.cases(
        (rows.metric == "account_status", "status"),
        (rows.metric == "account_health_rating", "rating"),
        (rows.metric.startswith("warning_"), "warning"),
        (rows.over, "over"),
        (rows.rate.notnull(), "near"),
        (rows.new > 0, "new"),
        else_="open",
    )


def _before(judged: ir.Table, now: ir.Table) -> ir.Table:
    """The least count of each measure on snapshots of the last 30 days before the newest, and when it rose."""
    told = judged.filter(judged.counted.notnull()).select(*_MEASURE, "day", "counted")
    told = told.join(now.select(*_MEASURE, last="day"), _MEASURE)
    told = told.filter((told.day <= told["last"]) & (told.day >= shift(told["last"], -NEW_DAYS)))
    earlier = told.filter(told.day < told["last"])
    least = earlier.group_by(_MEASURE).agg(least=earlier.counted.min())
    both = told.join(least, _MEASURE)
    days = both.group_by([*_MEASURE, "least"]).agg(least_day=both.day.max(where=both.counted <= both.least))
    rose = told.join(days, _MEASURE)
    return rose.group_by([*_MEASURE, "least", "least_day"]).agg(new_day=rose.day.min(where=rose.day > rose.least_day))
