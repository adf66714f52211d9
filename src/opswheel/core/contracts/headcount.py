"""`headcount`: how many people work issues, from when on; without it there is no revenue per operator."""

from .base import day, fact, number, text

HEADCOUNT = fact(
    "headcount",
    "snapshot",
    "one row per team and day from which a number holds; it belongs to no channel",
    ("account", "channel", "team", "from_day"),
    (
        day("day", "day the list was exported", required=True),
        text("team", "team, such as `catalog`; empty where there is one", required=True),
        day("from_day", "first day on which the number holds, until the team's next row", required=True),
        number("operators", "people who work issues, in full-time equivalents", unit="FTE", required=True),
    ),
)
