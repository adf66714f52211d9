"""`[planning]`: whether runs forecast, and what stock plans assume."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Positive, Section, Share


class PlanningSettings(Section):
    """`[planning]`: forecasts and stock plans; they need the extra `forecast`.

    With `on = true` every run makes them; `opswheel forecast` and `opswheel plan` do at any time. Models are chosen
    anew after `choose_after_days`. Assumed until you say better: stock shall last in 95 % of cases (`service`), one
    order is for 30 days (`order_days`), lead times vary by a fifth (`lead_sd_share`), a unit sent to a marketplace
    costs 1.00 and one taken back 0.80 of the reporting currency, a unit left over costs 2 % of its price a month,
    packing an order ourselves costs 5.00, an offer we ship ourselves costs 10.00 to make and to take down again (twenty
    minutes at 30 an hour), and half of those who would buy from the marketplace's own shelf buy it (`merchant_share`).
    """

    on: bool = False
    choose_after_days: Annotated[int, Field(ge=1, le=365)] = 7
    history_days: Annotated[int, Field(ge=84, le=1500)] = 760
    service: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    order_days: Annotated[int, Field(ge=1, le=365)] = 30
    lead_sd_share: Share = 0.2
    send_cost: Annotated[float, Field(ge=0)] = 1.0
    removal_cost: Annotated[float, Field(ge=0)] = 0.8
    leftover_share_per_month: Share = 0.02
    merchant_cost: Positive = 5.0
    offer_cost: Positive = 10.0
    merchant_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    workers: Annotated[int, Field(ge=1, le=16)] = 1
