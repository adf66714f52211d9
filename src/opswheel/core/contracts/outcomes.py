"""`outcomes` and `posteriors`: what closing taught, and what the next run ranks with because of it."""

from .base import Contract, flag, integer, moment, number, text

OUTCOMES = Contract(
    name="outcomes",
    kind="ledger",
    grain="one row per close of an issue",
    writer="learning",
    key=("issue_id", "version"),
    columns=(
        integer("issue_id", "the issue", required=True),
        integer("version", "the issue's version at the close", required=True),
        moment("at", "when", required=True),
        text("by", "who closed it", required=True),
        text("kind", "the issue's kind", required=True),
        integer("tier", "the issue's tier"),
        text("resolution", "how it ended", required=True),
        text("root_cause", "why it had happened"),
        text("reason", "why it was a false alarm"),
        number("minutes", "minutes of work", unit="minutes"),
        text("minutes_source", "`measured`, `typed` or `default`; defaults never teach"),
        flag(
            "supported",
            "whether facts bear the resolution out; an unsupported false alarm does not teach",
            required=True,
        ),
        number("age_days", "days from onset to the close", unit="days"),
        number("cleared", "avoidable at the close: would have been lost if ignored", unit="reporting currency"),
        number("loss_stopped_per_day", "exposure at the close", unit="reporting currency/day"),
        number("lost_to_date", "already lost at the close", unit="reporting currency"),
        text("currency", "reporting currency"),
        text("share_state", "state that set the share of sales lost, where one listing and one cause were behind it"),
        number("units_since", "units sold since onset, settled days", unit="units"),
        number("healthy_since", "units it would have sold on those days if healthy", unit="units"),
        moment("booked_at", "when the clear was verified by facts; empty while provisional"),
    ),
    indexes=(("at",), ("kind",)),
)

POSTERIORS = Contract(
    name="posteriors",
    kind="ledger",
    grain="one row per learned parameter, kind and segment as of a run",
    writer="learning",
    key=("parameter", "kind", "segment", "known_at"),
    columns=(
        text("parameter", "`precision`, `fix_works`, `minutes`, `natural_life`", required=True),
        text("kind", "the detector's kind", required=True),
        text("segment", "such as `tier=1`; empty for the whole kind", required=True),
        moment("known_at", "as_of of the run that learned it", required=True),
        integer("n", "how many outcomes stand behind it", required=True),
        number("mean", "its mean", required=True),
        number("var", "its variance", required=True),
        text("detail", "what else the parameter needs, JSON", required=True),
        text("source", "prior and evidence, in words", required=True),
    ),
)
