"""A shipment that was closed with fewer units than we sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import INBOUND_SHIPMENTS, Contract
from ...core.contracts.prepared import CHANNELS
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import PLACE, shift
from .amounts import CASH_FLOOR, CLAIM_DAYS, evidence_of, midnight, place_key, with_cost
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ShipmentShort(Rule):
    """The marketplace closed a shipment of ours with fewer units received than we sent.

    Why it costs money:
        The units are paid for and cannot be sold; the marketplace pays only for what is claimed in time, with
        proof of what was sent.
    Source:
        inbound_shipments.expected_units, received_units, status, closed_day   our own inbound_shipments.csv, from
                                                                               Seller Central's list of shipments
        costs.unit_cost                                                        our own list, else 40 % of the price
                                                                               (assumed)
    Blind spots:
        Amazon's shipment items tell no status: a shipment that only they name is never taken for closed. Where no
        list names the day it was closed, the day of the list that first shows it closed counts. Units we
        packed short ourselves look the same. What was already claimed shows only once the units are booked.
    """

    kind: ClassVar[str] = "shipment_short"
    title: ClassVar[str] = "Shipment closed short"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (INBOUND_SHIPMENTS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_short",
            value=0.01,
            unit="of the units sent",
            fires="at or above",
            measures="observed",
            why="one unit in a hundred is miscounted on either side: assumed",
        ),
        Threshold(
            name="min_value",
            value=CASH_FLOOR.value,
            unit="US dollars of missing units",
            fires="at or above",
            measures="stock_value",
            money=True,
            why=CASH_FLOOR.why,
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings short on a closed shipment whose window is open; one issue for each shipment."""
        rows = facts.now(INBOUND_SHIPMENTS)
        rows = rows.filter((rows.status == "closed") & (rows.expected_units > 0))
        closed = facts.table(INBOUND_SHIPMENTS).filter(ibis._.status == "closed")
        closed = closed.group_by([*PLACE, "shipment_id"]).agg(first_seen=closed.day.min())
        rows = rows.join(closed, [*PLACE, "shipment_id"]).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        rows = rows.mutate(since=ibis.coalesce(rows.closed_day, rows.first_seen))
        rows = rows.mutate(ends=shift(rows.since, CLAIM_DAYS))
        rows = rows.filter(rows.ends >= rows.today)
        rows = rows.mutate(short=(rows.expected_units - rows.received_units).clip(lower=0))
        rows = with_cost(rows, facts)
        rows = rows.mutate(value=(rows.short * rows.unit_value).fill_null(0.0))
        whole = ibis.window(group_by=[rows.account, rows.channel, rows.shipment_id])
        rows = rows.mutate(
            all_value=rows.value.sum().over(whole),
            all_short=rows.short.sum().over(whole),
            all_sent=rows.expected_units.sum().over(whole),
            since=rows.since.min().over(whole),
            ends=rows.ends.min().over(whole),
        )
        rows = rows.filter(rows.short > 0)
        return observed(
            self.kind,
            rows,
            subject_type="shipment",
            subject_key=place_key(rows, rows.shipment_id),
            cause="closed_short",
            onset_day=rows.since,
            seen_day=rows.day,
            share_state="cash",
            observed=rows.all_short / rows.all_sent,
            baseline=0.0,
            stock_value=rows.all_value,
            amount_at_risk=rows.value,
            deadline_at=midnight(shift(rows.ends, 1)),
            evidence=evidence(
                shipment=rows.shipment_id,
                sent=rows.expected_units,
                received=rows.received_units,
                short_in_all=rows.all_short,
                unit_value=rows.unit_value.round(2),
                value_from=rows.unit_from,
                window_ends=rows.ends,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        units = int(seen["short_in_all"])
        return f"Shipment {seen['shipment']}: {units:,} unit{'s' * (units != 1)} short; claim by {seen['window_ends']}"
