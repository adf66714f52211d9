"""Orders by one shipping service leave late again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import OPEN_ORDERS, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left, shift
from ..facts.surprise import wilson_end
from .amounts import evidence_of, in_money, no_listing, place_key, with_money
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOW_DAYS = 14
FEWEST_LATE = 3
LATE_LOSES = 0.1
"""Of orders that leave late, those that end cancelled, refunded or sent back: assumed."""
HORIZON_DAYS = 30
SURE = 1.2816
"""Normal quantile of 90 %: the lower end of an interval that holds eight cases of ten."""
_LINE = ["account", "channel", "order_hash", "sku", "line"]
_PATH = ["account", "channel", "service"]


class LateShipments(Rule):
    """Of the orders of a shipping service due in the last two weeks, more left late than the marketplace tolerates.

    Why it costs money:
        Late orders are cancelled, refunded and rated badly, and over four in a hundred the marketplace may close
        merchant-fulfilled offers. It is the path that is fragile, not the single order: a cut-off too late, a carrier
        that does not come, a service promised that nobody packs for.
    Source:
        open_orders.ship_by_at, service   Amazon Unshipped Orders `promise-date`, `ship-service-level`, day after day
    Blind spots:
        A line is late if a list made after its last hour still names it: with a list a day, one that left in between is
        not seen, and one whose shipment nobody confirmed is. Of 10,423 lines handed over late on a real marketplace
        (Olist), a list at seven every morning would show 7,528. The day most left late on is not counted, for a
        holiday is no fragile path. The path is the service; what comes late, by carrier, is another rule's. Orders that
        wait now have their own rows.
    """

    kind: ClassVar[str] = "late_shipments"
    title: ClassVar[str] = "A shipping service runs late"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "delivery"
    reads: ClassVar[tuple[Contract, ...]] = (OPEN_ORDERS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_rate",
            value=0.04,
            unit="of the orders, at least (0…1)",
            fires="at or above",
            measures="observed",
            release=0.02,
            why="Amazon asks for a late shipment rate under 4 %; the lower end of the interval must reach it",
        ),
        Threshold(
            name="min_amount",
            value=15.0,
            unit="US dollars in 30 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="half an hour of work at a wage of 30 an hour: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Services with at least three late lines of those due in the last two weeks."""
        due = _due(facts)
        rows = due.group_by([*_PATH, "today"]).agg(
            lines=due.count(),
            late=due.late.sum(),
            worth=due.worth.sum(where=due.late).fill_null(0.0),
            first_late=due.due_day.min(where=due.late),
            day=due.day.max(),
        )
        rows = no_listing(rows.filter(rows.late >= FEWEST_LATE).join(_worst_day(due), _PATH))
        lines, late = rows.lines - rows.worst_lines, rows.late - rows.worst_late
        return observed(
            self.kind,
            rows,
            subject_type="path",
            subject_key=place_key(rows, rows.service),
            cause="left_late",
            onset_day=rows.first_late,
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=at_least((late / lines.nullif(0)).fill_null(0.0), lines.clip(lower=1)),
            baseline=rows.late / rows.lines,
            amount_at_risk=rows.worth * LATE_LOSES * HORIZON_DAYS / NOW_DAYS,
            evidence=evidence(
                service=rows.service,
                late=rows.late,
                orders=rows.lines,
                late_on_worst_day=rows.worst_late,
                worth_of_late=rows.worth.round(2),
                counts_against=ibis.literal("late shipment rate"),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        return f"{str(seen['service'])[:24]}: {int(seen['late']):,} of {int(seen['orders']):,} orders left late"


def _worst_day(due: ir.Table) -> ir.Table:
    """Per service: lines of the day most of them were late on, and late ones. One day is a holiday, not a path."""
    days = due.group_by([*_PATH, "due_day"]).agg(worst_lines=due.count(), worst_late=due.late.sum())
    order = [days.worst_late.desc(), days.due_day.desc()]
    worst = ibis.row_number().over(group_by=[days[k] for k in _PATH], order_by=order)
    return days.mutate(_n=worst).filter(ibis._["_n"] == 0).drop("_n", "due_day")


def _due(facts: Facts) -> ir.Table:
    """Each order line due in the last two weeks, its service, and whether a later list still named it.

    Only lines whose last hour lies before the newest list: of the others nobody knows yet.
    """
    told = facts.table(OPEN_ORDERS)
    told = told.filter(told.ship_by_at.notnull() & (told.open_units > 0))
    lines = told.group_by(_LINE).agg(
        ship_by_at=told.ship_by_at.max(),
        seen_at=told.known_at.max(),
        service=told.service.max().fill_null("service not told"),
        line_minor=told.line_minor.max(),
        units=told.units.max(),
        currency=told.currency.max(),
        day=told.day.max(),
    )
    newest = facts.table(OPEN_ORDERS).group_by(PLACE).agg(newest_at=ibis._.known_at.max())
    rows = lines.join(newest, PLACE).filter(lambda t: t.ship_by_at < t.newest_at)
    rows = with_money(rows, facts)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = left(rows, facts.table(BASELINES).select(*KEY, "price"), KEY)
    rows = rows.mutate(
        due_day=rows.ship_by_at.date(),
        late=rows.seen_at > rows.ship_by_at,
        worth=ibis.coalesce(in_money(rows, rows.line_minor), rows.price * rows.units).fill_null(0.0),
    )
    return rows.filter(rows.due_day >= shift(rows.today, -NOW_DAYS))


def at_least(rate: Any, n: Any) -> Any:
    """The lower end of Wilson's interval of a rate."""
    return wilson_end(rate, n, -1.0, sure=SURE).round(6)
