"""Units on their way that should be here by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import INBOUND, INBOUND_SHIPMENTS, Contract
from ...core.contracts.prepared import CHANNELS
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, NO_DAY, PLACE, shift
from .amounts import CASH_FLOOR, days_later, evidence_of, place_key, with_cost
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEVER_COMES = 0.1
"""Of the units of a late or stuck shipment, those that never become stock of ours: assumed; most come in the end."""
STUCK_DAYS = 14
"""A shipment whose received units have not moved for so long is stuck: the marketplace looks into it from then on."""
_SHIPMENT = ["account", "channel", "shipment_id"]


class InboundLate(Rule):
    """A shipment or purchase order is past its day of arrival, or being received and no unit moved for two weeks.

    Why it costs money:
        Stock that is counted on does not come: listings sell out with units somewhere on a dock. The longer nobody
        asks, the harder the units are found; some are lost for good.
    Source:
        inbound.eta                                   our own inbound.csv: the day we expected it
        inbound_shipments.received_units, sent_day    our own inbound_shipments.csv, from Seller Central's list
    Blind spots:
        A line that arrived and was not taken off inbound.csv looks the same. Where no list names the day of arrival,
        the usual days from sent to sellable are assumed (settings). That one unit in ten never comes is assumed; sales
        lost for lack of stock stand under out of stock and stockout ahead. Closed short is a rule of its own.
    """

    kind: ClassVar[str] = "inbound_late"
    title: ClassVar[str] = "Inbound late or stuck"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = "availability"
    reads: ClassVar[tuple[Contract, ...]] = (INBOUND, INBOUND_SHIPMENTS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_late",
            value=3.0,
            unit="days late",
            fires="at or above",
            measures="observed",
            why="two days are within what carriers and docks need: assumed",
        ),
        Threshold(
            name="min_value",
            value=10 * CASH_FLOOR.value,
            unit="US dollars of units on the way",
            fires="at or above",
            measures="stock_value",
            money=True,
            why="of which a tenth is taken to be lost: the floor of all cash rules",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Lines past their day in the newest lists; one issue for each shipment or order number."""
        rows = _past_eta(facts).union(_unmoved(facts))
        rows = with_cost(rows, facts)
        rows = rows.mutate(value=(rows.units * rows.unit_value).fill_null(0.0))
        whole = ibis.window(group_by=[rows.account, rows.channel, rows.reference])
        rows = rows.mutate(
            all_value=rows.value.sum().over(whole),
            all_units=rows.units.sum().over(whole),
            late=rows.late_days.max().over(whole),
            due=rows.due_day.min().over(whole),
        )
        return observed(
            self.kind,
            rows,
            subject_type="shipment",
            subject_key=place_key(rows, rows.reference),
            cause=rows.why,
            onset_day=shift(rows.due, 1),
            last_good_day=rows.due,
            seen_day=rows.day,
            share_state="cash",
            observed=rows.late.cast("float64"),
            baseline=0.0,
            stock_value=rows.all_value,
            amount_at_risk=rows.value * NEVER_COMES,
            evidence=evidence(
                shipment=rows.reference,
                units=rows.units,
                units_in_all=rows.all_units,
                expected_on=rows.due,
                unit_value=rows.unit_value.round(2),
                value_from=rows.unit_from,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        units, days = int(seen["units_in_all"]), int(row["observed"])
        how = "has not moved for" if row["cause"] == "stuck" else "is late by"
        return f"Shipment {seen['shipment'][:20]} {how} {days:,} days: {units:,} unit{'s' * (units != 1)}"


def _past_eta(facts: Facts) -> ir.Table:
    """Lines of our own list whose day has passed and that are still on it."""
    rows = facts.now(INBOUND).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.filter((rows.units > 0) & (rows.eta < rows.today) & rows.reference.notnull())
    return rows.group_by([*KEY, "reference"]).agg(
        units=rows.units.sum(),
        due_day=rows.eta.min(),
        late_days=rows.today.max().delta(rows.eta.min(), unit="day"),
        day=rows.day.max(),
        why=ibis.literal("past_its_day"),
    )


def _unmoved(facts: Facts) -> ir.Table:
    """Lines of open shipments: sent longer ago than shipments take, or received in part and unmoved for two weeks.

    A shipment our own list names under the same number is told there.
    """
    columns = ("today", "shipped_arrives_days", "assumed_receive_days")
    now = facts.now(INBOUND_SHIPMENTS)
    now = now.filter(now.status.isin(["shipped", "receiving"]) & (now.expected_units > now.received_units))
    told = facts.now(INBOUND).select(*PLACE, shipment_id="reference").filter(lambda t: t.shipment_id.notnull())
    now = now.anti_join(told, _SHIPMENT)
    history = facts.table(INBOUND_SHIPMENTS).select(*KEY, "shipment_id", "day", had="received_units")
    line = [*KEY, "shipment_id"]
    same = now.select(*line, "received_units").join(history, line).filter(lambda t: t.had == t.received_units)
    same = same.group_by(line).agg(since=same.day.min())
    rows = now.join(same, line).join(facts.table(CHANNELS).select(*PLACE, *columns), PLACE)
    take = rows.shipped_arrives_days + rows.assumed_receive_days
    due = rows.sent_day.notnull().ifelse(days_later(rows.sent_day, take), NO_DAY)
    stuck_due = (rows.status == "receiving").ifelse(shift(rows.since, STUCK_DAYS), NO_DAY)
    stuck = (stuck_due < rows.today).fill_null(False)
    rows = rows.mutate(due_day=stuck.ifelse(stuck_due, due), stuck=stuck)
    rows = rows.filter((rows.due_day < rows.today).fill_null(False))
    late = rows.today.delta(rows.stuck.ifelse(rows.since, rows.due_day), unit="day")
    return rows.select(
        *KEY,
        reference=rows.shipment_id,
        units=rows.expected_units - rows.received_units,
        due_day=rows.due_day,
        late_days=late,
        day=rows.day,
        why=rows.stuck.ifelse("stuck", "past_its_day"),
    )
