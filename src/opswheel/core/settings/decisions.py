"""`[decisions]`: what a proposal reckons with, and what it may never do by itself."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from .base import Positive, Section, Share

Aim = Literal["money", "quiet"]
AIMS: tuple[Aim, ...] = get_args(Aim)
"""What cut lines may be for."""


class DecisionSettings(Section):
    """`[decisions]`: how the weekly proposals are made. All numbers are assumed; a team knows its own.

    `wage_per_hour` is in the reporting currency. `minimum_labels` closes must say whether the alarm was right before a
    cut is moved, `max_step` is the most a cut moves in one decision (1.5: by half, or by a third down), and no cut goes
    below `lowest` or above `highest` times the rule's own. `sure` is how likely a gain must be. Of what lies below
    the cuts, `exploration` is put up for a look, never more than that share of the team's time. `automatic` names the
    kinds whose cut proposals are accepted without a person: none, until a lead writes one here; with `forecast_model`
    closer models are, too. `prevention_hours` is what removing a cause costs where nobody said better. `aim` is what
    cut lines are for: `money`, the highest net a week, or `quiet`, the fewest false alarms per real one among cuts that
    miss no more dollars than the one in force.
    """

    aim: Aim = "money"
    wage_per_hour: Positive = 30.0
    minimum_labels: Annotated[int, Field(ge=10)] = 30
    max_step: Annotated[float, Field(gt=1.0, le=3.0)] = 1.5
    lowest: Annotated[float, Field(gt=0.0, le=1.0)] = 0.25
    highest: Annotated[float, Field(ge=1.0)] = 4.0
    sure: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.8
    exploration: Share = 0.02
    automatic: tuple[str, ...] = ()
    prevention_hours: Positive = 6.0
