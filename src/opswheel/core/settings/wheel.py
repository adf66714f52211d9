"""`[wheel]`: what each stage of the operations wheel is held to in the picture of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Section

Goal = Annotated[float, Field(gt=0, le=1)]


class WheelSettings(Section):
    """`[wheel]`: the goals behind the arcs of the wheel, over the last `days`; all of them are assumed.

    `fresh`: share of sources that are fresh and whole in the mornings. `in_order`: share of work begun in the queue's
    order. `in_time`: share of issues fixed within their promise. `taught`: share of closes that name a cause and
    minutes somebody measured or typed. `decided`: share of weeks in which a cut line or a route was decided.
    `saved`: of what could be saved, the share that was, verified by facts. `stale_hours` without a run is a break.
    """

    days: Annotated[int, Field(ge=7, le=90)] = 28
    fresh: Goal = 0.98
    in_order: Goal = 0.8
    in_time: Goal = 0.9
    taught: Goal = 0.95
    decided: Goal = 1.0
    saved: Goal = 0.5
    stale_hours: Annotated[int, Field(ge=1)] = 48
