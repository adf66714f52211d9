"""`repeats`, `grades` and `missed`: what comes again, whether our claims held, and what no rule saw."""

from .base import PLACE, Contract, day, integer, moment, number, text

REPEATS = Contract(
    name="repeats",
    kind="ledger",
    grain="one row per group of closes with the same cause, as of the last run that counted",
    writer="learning",
    key=("root_cause", "kind", "dimension", "value"),
    columns=(
        text("root_cause", "the cause closes gave, merged ones under the one that counts", required=True),
        text("kind", "the detector's kind", required=True),
        text("dimension", "`all`, `brand`, `category`, `channel` or `item`", required=True),
        text("value", "which one; empty for all", required=True),
        moment("known_at", "as_of of the run that counted", required=True),
        integer("n", "closes", required=True),
        integer("recurrences", "closes after the first, in the window", required=True),
        number("at_risk_days", "days the group was at risk", unit="days", required=True),
        number("rate", "recurrences a day, shrunk to all groups of the kind", unit="1/day", required=True),
        number("rate_p10", "its 10th percentile", unit="1/day", required=True),
        number("rate_p90", "its 90th percentile", unit="1/day", required=True),
        number("dollars_a_year", "sales lost a year if it goes on", unit="reporting currency/year", required=True),
        number("dollars_p10", "its 10th percentile", unit="reporting currency/year", required=True),
        number("dollars_p90", "its 90th percentile", unit="reporting currency/year", required=True),
        number("hours_a_year", "hours of work a year if it goes on", unit="hours/year", required=True),
        number("hours_p10", "its 10th percentile", unit="hours/year", required=True),
        number("hours_p90", "its 90th percentile", unit="hours/year", required=True),
    ),
)

GRADES = Contract(
    name="grades",
    kind="ledger",
    grain="one row per verified fix whose claim was held against what was measured afterwards",
    writer="learning",
    key=("issue_id",),
    columns=(
        integer("issue_id", "the issue", required=True),
        text("kind", "its kind", required=True),
        moment("at", "as_of of the run that graded it", required=True),
        text("verdict", "`held`, `too_high`, `too_low` or `cannot_tell`", required=True),
        text("why", "why it cannot be told; else what the comparison rests on", required=True),
        integer("days", "days of the episode the claim covers", unit="days"),
        number("claimed", "exposure claimed on each of those days, added up", unit="reporting currency"),
        number("claimed_p10", "10th percentile, count noise included", unit="reporting currency"),
        number("claimed_p90", "90th percentile, count noise included", unit="reporting currency"),
        number("measured", "what those days lost against sales after recovery", unit="reporting currency"),
        number("measured_p10", "10th percentile", unit="reporting currency"),
        number("measured_p90", "90th percentile", unit="reporting currency"),
        day("from_day", "first clean day after recovery that was used"),
        day("to_day", "last one"),
        number("expected_units", "units those days would have sold", unit="units"),
    ),
)

MISSED = Contract(
    name="missed",
    kind="ledger",
    grain="one row per fall of a listing's sales that no issue explains, as of the last audit",
    writer="learning",
    key=("account", "channel", "sku"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        moment("known_at", "as_of of the run that looked", required=True),
        day("from_day", "first day of the fall", required=True),
        day("to_day", "last day looked at", required=True),
        number("lost", "sales missed against the expectation", unit="reporting currency", required=True),
        number("lost_p10", "10th percentile", unit="reporting currency", required=True),
        number("lost_p90", "90th percentile", unit="reporting currency", required=True),
        number("expected_units", "units expected", unit="units", required=True),
        number("units", "units sold", unit="units", required=True),
        text("seen_by", "the rule that saw something below its cut; empty where none did"),
    ),
)
