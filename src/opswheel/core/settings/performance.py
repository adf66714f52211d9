"""`[performance]`: what the verdict and the diagnosis hold a team against."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Section


class PerformanceSettings(Section):
    """`[performance]`: what health figures and the diagnosis are held against.

    `workflows` put kinds into workflows of your own, as `"ads_stopped" = "Marketing"`; the others keep the shipped
    ones. `minutes_lost_per_handoff` 120 is assumed: what passing an issue on costs in waiting, used only to say what
    one hand-off less would free where no hand-off was seen yet.
    """

    workflows: dict[str, str] = Field(default_factory=dict)
    minutes_lost_per_handoff: Annotated[float, Field(ge=0)] = 120.0
