"""What the rules for money lost at one stroke share: floors, subjects that are no listing, values of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import COSTS
from ...core.contracts.prepared import BASELINES, CHANNELS
from ...core.detector import Facts
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left, newest

if TYPE_CHECKING:
    import ibis.expr.types as ir

CASH_FLOOR = Threshold(
    name="min_amount",
    value=15.0,
    unit="US dollars",
    fires="at or above",
    measures="amount_at_risk",
    money=True,
    why="half an hour of work at a wage of 30 an hour: assumed",
)
CLAIM_DAYS = 60
"""Days after a loss was booked, or a shipment closed, in which Amazon takes a claim, in every country: policy pages
"FBA lost and damaged inventory" and "FBA inventory reimbursement" as of 23 October 2024. Other windows, such as those
of a 3PL, belong into deadlines.csv."""
COST_SHARE = 0.4
"""What a unit costs us of the price asked, where no cost is loaded: assumed, on the low side of most catalogs."""


def evidence_of(row: dict[str, Any]) -> dict[str, Any]:
    """The evidence of an observation, for its sentence."""
    import json

    found: dict[str, Any] = json.loads(row["evidence"], strict=False)
    return found


def place_key(rows: ir.Table, *parts: ir.Value) -> ir.Value:
    """The subject key of something on a channel that is no listing: account, channel, and what tells it apart."""
    key = rows.account + "|" + rows.channel
    for part in parts:
        key = key + "|" + part.cast("string")
    return key


def no_listing(rows: ir.Table) -> ir.Table:
    """Rows that speak of no listing, in the shape an observation asks for."""
    return rows.mutate(sku=ibis.literal(""), item_id=ibis.null().cast("string"))


def midnight(day: ir.Value) -> ir.Value:
    """00:00 of a day, as a deadline."""
    return day.cast("timestamp").cast("timestamp(6)")


def began(told: ir.Table, key: list[str]) -> ir.Table:
    """Per key: the last day it was well (`good_day`) and the first bad one after it (`bad_day`).

    `told` has the key, `day` and `bad`, one row for every morning on which a report spoke of it.
    """
    last = told.group_by(key).agg(good_day=told.day.max(where=~told.bad))
    both = told.join(last, key)
    after = both.good_day.isnull() | (both.day > both.good_day)
    return both.group_by([*key, "good_day"]).agg(bad_day=both.day.min(where=both.bad & after))


def days_later(day: ir.Value, days: ir.Value) -> ir.Value:
    """A day as many days later as a column says, still a day on every engine."""
    return (day + days * ibis.interval(days=1)).cast("timestamp").cast("date")


def sold_here(facts: Facts) -> ir.Table:
    """What each channel sells a day when healthy (`channel_revenue`), of listings meant to sell."""
    rows = facts.table(BASELINES)
    rows = rows.filter(rows.intent.isin(["sell", "sell_through"]))
    return rows.group_by(PLACE).agg(channel_revenue=rows.revenue_per_day.sum())


def in_money(rows: ir.Table, minor: ir.Value) -> ir.Value:
    """Minor units of the row's currency in reporting currency; null where it is not the channel's.

    `rows` must have `currency`, `place_currency` and `unit_rate`: see `with_money`.
    """
    here = rows.currency.isnull() | (rows.currency == rows.place_currency)
    return here.ifelse(minor * rows.unit_rate, ibis.null().cast("float64"))


def with_money(rows: ir.Table, facts: Facts, *columns: str) -> ir.Table:
    """Rows with the currency of their channel, what a minor unit of it is worth, and other columns of the channel."""
    channels = facts.table(CHANNELS).select(*PLACE, "unit_rate", *columns, place_currency="currency")
    return left(rows, channels, PLACE)


def with_cost(rows: ir.Table, facts: Facts) -> ir.Table:
    """Rows with their listing's item, price, and what a unit costs us to replace, in reporting currency.

    `unit_value` is our own list's cost, else part of the price; `unit_from` says which.
    """
    return left(rows, _unit_costs(rows, facts), KEY)


def _unit_costs(wanted: ir.Table, facts: Facts) -> ir.Table:
    known = facts.table(BASELINES).semi_join(wanted, KEY).select(*KEY, "item_id", "price")
    costs = facts.now(COSTS)
    costs = newest(costs, costs.day.desc()).select(*KEY, "currency", "unit_cost_minor")
    rows = with_money(left(known, costs, KEY), facts)
    cost = ibis.coalesce(in_money(rows, rows.unit_cost_minor), rows.price * COST_SHARE)
    source = in_money(rows, rows.unit_cost_minor).notnull().ifelse("costs.csv", "40 % of the price, assumed")
    return rows.select(*KEY, "item_id", "price", unit_value=cost, unit_from=source)
