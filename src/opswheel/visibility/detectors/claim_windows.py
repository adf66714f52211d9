"""Until when a claim may be filed: days after the loss was booked, by what was lost, with their source.

Amazon shortened its windows step by step (policy pages "FBA lost and damaged inventory" and "FBA inventory
reimbursement"; last on 23 October 2024 for units lost in fulfilment centres and on the way in). They change: what
stands here is what holds on the day named, and `since` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Window:
    """Days from the loss until the last day of its claim, on the marketplaces of one country or on all (`""`)."""

    what: str
    country: str
    days: int
    since: date


WINDOWS = (
    Window("lost", "", 60, date(2024, 10, 23)),
    Window("inbound", "", 60, date(2024, 10, 23)),
    Window("removal", "", 75, date(2024, 10, 23)),
    Window("return", "", 105, date(2024, 10, 23)),
    Window("return", "US", 120, date(2024, 10, 23)),
)


def window_days(what: str, channel: ir.StringValue) -> ir.Value:
    """The days of a window by channel, `amazon:US` by its country."""
    usual = next(w.days for w in WINDOWS if w.what == what and not w.country)
    own = [(channel.endswith(":" + w.country), w.days) for w in WINDOWS if w.what == what and w.country]
    days = ibis.literal(usual, type="int64")
    return ibis.cases(*own, else_=usual).cast("int64") if own else days
