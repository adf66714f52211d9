"""`cases`: what was written in tickets at the marketplace, by whom and when; never the letters themselves.

How a case stands is told by its latest row: a letter speaks of the moment it was written (`at`), a log or list of the
morning it was taken (`known_at`). Where `them` wrote last and the case is not closed, it waits on us.
"""

from .base import day, fact, moment, text

CASES = fact(
    "cases",
    "event",
    "one row per letter of a case, or per look at it in a case log",
    ("account", "channel", "case_id", "told", "at", "direction"),
    (
        text("case_id", "the marketplace's number of the case", required=True),
        text("told", "what tells it: `letter`, `log` or `list`", required=True),
        moment("at", "when it was written; of a log or list, when the case last changed", required=True),
        day("day", "that day in the channel's zone", required=True),
        moment("updated_at", "the same moment", required=True),
        text("direction", "`us` or `them`: who wrote; empty where it is not said"),
        text("status", "`open`, `waiting_on_us`, `waiting_on_them` or `closed`; empty where it is not said"),
        day("opened_day", "day the case was opened, where a log or list says it"),
        text("item_id", "the first item it names"),
        text("excerpt", "its first 200 characters with addresses, numbers and greetings masked"),
        text("message_hash", "keyed hash of the letter's own id; empty where it has none"),
    ),
)
