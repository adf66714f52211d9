"""Parcels of one carrier, on one path, come late again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import PARCELS, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left, shift
from .amounts import evidence_of, in_money, no_listing, place_key, with_money
from .base import Rule
from .late_shipments import FEWEST_LATE, HORIZON_DAYS, LATE_LOSES, at_least

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOW_DAYS = 28
"""Parcels come later than they leave, and there are fewer of one path than of a service."""
NOT_TOLD = "not told"
_GROUP = ["account", "channel", "carrier", "path"]


class LateDeliveries(Rule):
    """Of a carrier's parcels on one path promised in the last four weeks, more came late than marketplaces tolerate.

    Why it costs money:
        Customers who wait give bad ratings, send back and do not return, and under nine in ten on time the marketplace
        may hide merchant-fulfilled offers. It is the path that is fragile: a carrier, a lane, a season.
    Source:
        parcels.promised_at, delivered_at, carrier, path   our own list, a carrier's or shipping tool's: no marketplace
                                                           report tells them
    Blind spots:
        A parcel that left after its last hour is left to late shipments, where the list tells that hour. One that is
        overdue and has not come counts as late; a list not loaded again says so of all. On Olist, real orders of a
        marketplace, 6,534 of 96,470 came after the day promised (6.77 %). Without a path told, a carrier is judged as
        one.
    """

    kind: ClassVar[str] = "late_deliveries"
    title: ClassVar[str] = "Deliveries come late"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "delivery"
    reads: ClassVar[tuple[Contract, ...]] = (PARCELS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_rate",
            value=0.1,
            unit="of the parcels, at least (0…1)",
            fires="at or above",
            measures="observed",
            release=0.05,
            why="Amazon asks for 90 % of deliveries on time; the lower end of the interval must reach it",
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
        """Carriers and paths with at least three late parcels of those promised in the last four weeks."""
        rows = _judged(facts)
        rows = rows.group_by(_GROUP).agg(
            parcels=rows.count(),
            late=rows.late.sum(),
            missing=(rows.late & rows.delivered_day.isnull()).sum(),
            days_late=rows.days_late.mean(where=rows.late),
            worth=rows.worth.sum(where=rows.late).fill_null(0.0),
            first_late=rows.promised_day.min(where=rows.late),
            told_day=rows.told_day.max(),
            whole=rows.whole.max(),
        )
        rows = no_listing(rows.filter(rows.late >= FEWEST_LATE))
        return observed(
            self.kind,
            rows,
            subject_type="path",
            subject_key=place_key(rows, rows.carrier, rows.path),
            cause="came_late",
            onset_day=rows.first_late,
            seen_day=rows.told_day,
            share_state="sales_at_once",
            observed=at_least(rows.late / rows.parcels, rows.parcels),
            baseline=rows.late / rows.parcels,
            amount_at_risk=rows.worth * LATE_LOSES * HORIZON_DAYS / NOW_DAYS,
            evidence=evidence(
                carrier=rows.carrier,
                path=rows.path,
                late=rows.late,
                parcels=rows.parcels,
                not_come_yet=rows.missing,
                days_late=rows.days_late.round(1),
                worth_of_late=rows.worth.round(2),
                share_of_all_parcels=(rows.parcels / rows.whole).round(2),
                counts_against=ibis.literal("on-time delivery rate"),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        who = " ".join(str(seen[part])[:20] for part in ("carrier", "path") if seen[part] != NOT_TOLD)
        who = who or "Parcels"
        return f"{who}: {int(seen['late']):,} of {int(seen['parcels']):,} came after the day promised"


def _judged(facts: Facts) -> ir.Table:
    """Each parcel promised in the last four weeks that left in time, and whether it came by the day promised.

    A parcel that has not come is judged once a list still says so two days after: carriers report late.
    """
    told = facts.table(PARCELS)
    told = told.mutate(sku=told.sku.fill_null(""))
    one = [*PLACE, "order_hash", "parcel"]
    newest = ibis.row_number().over(
        group_by=[told[k] for k in one],
        order_by=[told.updated_at.desc(), told.known_at.desc(), told.delivery_id.desc()],
    )
    rows = told.mutate(_n=newest).filter(ibis._["_n"] == 0).drop("_n")
    lists = facts.table(PARCELS).group_by(PLACE).agg(told_day=ibis._.known_at.max().date())
    rows = rows.join(lists, PLACE).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.filter((rows.promised_day >= shift(rows.today, -NOW_DAYS)) & (rows.promised_day < rows.today))
    rows = rows.filter(rows.ship_by_at.isnull() | (rows["at"] <= rows.ship_by_at))
    rows = rows.filter(rows.delivered_day.notnull() | (rows.promised_day < shift(rows.told_day, -1)))
    rows = with_money(rows, facts)
    rows = left(rows, facts.table(BASELINES).select(*KEY, "price"), KEY)
    until = rows.delivered_day.fill_null(rows.told_day)
    return rows.mutate(
        carrier=rows.carrier.fill_null(NOT_TOLD),
        path=rows.path.fill_null(NOT_TOLD),
        late=until > rows.promised_day,
        days_late=until.delta(rows.promised_day, unit="day"),
        worth=ibis.coalesce(in_money(rows, rows.value_minor), rows.price * rows.units.fill_null(1)).fill_null(0.0),
        whole=rows.count().over(ibis.window(group_by=[rows.account, rows.channel])),
    )
