"""`case_files`, `case_issues` and `case_events`: tickets at the marketplace as the team works them."""

from .base import PLACE, Contract, integer, moment, text

CASE_FILES = Contract(
    name="case_files",
    kind="ledger",
    grain="one row per ticket at the marketplace: the projection of its events",
    writer="resolution",
    key=("id",),
    columns=(
        integer("id", "number people use", required=True),
        *PLACE,
        text("external_id", "the marketplace's number of the case; empty until it is known", required=True),
        text("type", "what it is about, such as `suppression_appeal`", required=True),
        text("title", "in a few words"),
        text("status", "`open` or `closed`", required=True),
        integer("version", "goes up with every event", required=True),
        text("opened_by", "who opened it", required=True),
        moment("opened_at", "when", required=True),
        text("last_from", "who wrote last: `us` or `them`", required=True),
        moment("last_at", "when", required=True),
        moment("seen_at", "when its status was last looked at", required=True),
        integer("reopened", "how often it was opened again", required=True),
        text("evidence", "items of the checklist that are there, JSON list", required=True),
        moment("closed_at", "when it ended"),
        text("outcome", "how it ended"),
    ),
    indexes=(("account", "channel", "external_id"), ("status",)),
)

CASE_ISSUES = Contract(
    name="case_issues",
    kind="ledger",
    grain="one row per case and issue it is about",
    writer="resolution",
    key=("case_id", "issue_id"),
    columns=(
        integer("case_id", "the case", required=True),
        integer("issue_id", "the issue", required=True),
    ),
    indexes=(("issue_id",),),
)

CASE_EVENTS = Contract(
    name="case_events",
    kind="ledger",
    grain="one row per thing that happened to a case; never changed",
    writer="resolution",
    key=("case_id", "version"),
    columns=(
        integer("case_id", "the case", required=True),
        integer("version", "the case's version after this event", required=True),
        moment("at", "when", required=True),
        text("event", "`opened`, `wrote`, `answered`, `closed`, `reopened`, `linked`, `seen` …", required=True),
        text("by", "who told it: a person, or a file", required=True),
        text("payload", "what else belongs to it, JSON", required=True),
    ),
)
