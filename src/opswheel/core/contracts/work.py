"""`jobs`, `cursors`, `told_to`, `notices`, `webhooks` …: work between runs, who is told what, and what is sent out."""

from .base import Contract, flag, integer, moment, text

JOBS = Contract(
    name="jobs",
    kind="ledger",
    grain="one row per piece of work that must be done even if the machine stops in the middle",
    writer="wheel",
    key=("id",),
    columns=(
        integer("id", "number of the job", required=True),
        text("kind", "`run`, `keep`, `notice`, `webhook` or `forget`", required=True),
        text("key", "what it is about: the same work is never queued twice", required=True),
        text("line", "jobs of one line are done one at a time; empty: beside any other", required=True),
        text("payload", "what it needs, JSON", required=True),
        text("state", "`waiting`, `working`, `done` or `dead`", required=True),
        moment("run_after", "machine time before which it is not begun", required=True),
        integer("attempts", "how often it was begun", required=True),
        text("leased_by", "machine, process and a random word of who works on it"),
        moment("lease_until", "machine time at which that counts as abandoned"),
        text("last_error", "why the last attempt failed"),
        moment("made_at", "machine time it was queued", required=True),
        moment("changed_at", "machine time it last changed", required=True),
    ),
    indexes=(("state", "run_after"), ("line", "state")),
    unique=(("kind", "key"),),
)

CURSORS = Contract(
    name="cursors",
    kind="ledger",
    grain="one row per thing that goes on from where it stopped: a schedule, a person's daily message",
    writer="wheel",
    key=("name",),
    columns=(
        text("name", "such as `schedule run`", required=True),
        moment("at", "the moment it has got to", required=True),
    ),
)

TOLD_TO = Contract(
    name="told_to",
    kind="ledger",
    grain="one row per person who wants to be told, and how",
    writer="resolution",
    key=("person",),
    columns=(
        text("person", "the owner's name", required=True),
        text("urls", "where to: secret addresses, JSON list; shown only in part", required=True),
        flag(
            "everything", "also what belongs to nobody or to all: blind sources, issues without an owner", required=True
        ),
        text("daily_at", "wall time of the daily message, `08:00`; empty: none", required=True),
        text("quiet", "wall hours in which nothing is sent, `19:00-07:00`; empty: none", required=True),
        moment("since", "what was known before is not told", required=True),
        moment("at", "when it was said", required=True),
        text("by", "who said it", required=True),
    ),
)

NOTICES = Contract(
    name="notices",
    kind="ledger",
    grain="one row per person and thing they are told; never twice the same",
    writer="resolution",
    key=("person", "key"),
    columns=(
        text("person", "whom", required=True),
        text("key", "what it is about, so that it is told once", required=True),
        text("kind", "`broken`, `assigned`, `blind`, `unowned`, `daily` or `test`", required=True),
        integer("issue_id", "the issue, where it is about one"),
        text("words", "what is told", required=True),
        text(
            "state",
            "`held` (quiet hours), `later` (until the daily message), `sending`, `sent` or `dead`",
            required=True,
        ),
        text("message", "the message it went out with: a job's key"),
        moment("at", "when it became known, business time", required=True),
        moment("sent_at", "when the message was handed over"),
        text("last_error", "why the last attempt failed"),
    ),
    indexes=(("state",), ("message",), ("at",)),
)

WEBHOOKS = Contract(
    name="webhooks",
    kind="ledger",
    grain="one row per address that is told of events",
    writer="wheel",
    key=("id",),
    columns=(
        integer("id", "number of the webhook", required=True),
        text("url", "where to", required=True),
        text("events", "which events, JSON list", required=True),
        text("secret", "what the signatures are made with; shown once, when it is added", required=True),
        moment("made_at", "events before this are not told", required=True),
        text("by", "who added it", required=True),
        moment("removed_at", "since when nothing is sent there any more"),
    ),
)

EVENT_FEED = Contract(
    name="event_feed",
    kind="ledger",
    grain="one row per event of an issue that is not yet handed to the webhooks; the database itself adds them",
    writer="resolution",
    key=("issue_id", "version"),
    columns=(
        integer("issue_id", "the issue", required=True),
        integer("version", "the event", required=True),
    ),
)

WEBHOOK_DELIVERIES = Contract(
    name="webhook_deliveries",
    kind="ledger",
    grain="one row per webhook and event",
    writer="wheel",
    key=("id",),
    columns=(
        integer("id", "number of the delivery", required=True),
        integer("webhook_id", "the webhook", required=True),
        text("key", "the event, such as `issue 12 v3` or `run 7`: it is handed over once", required=True),
        text(
            "event",
            "`opened`, `assigned`, `breached`, `closed`, `verified`, `regressed`, `run_finished` …",
            required=True,
        ),
        text("body", "what is sent, JSON", required=True),
        text("state", "`waiting`, `sent` or `dead`", required=True),
        integer("attempts", "how often it was tried", required=True),
        integer("status", "HTTP status of the last answer"),
        text("last_error", "why the last attempt failed"),
        moment("at", "when the event happened, business time", required=True),
        moment("made_at", "machine time it was queued", required=True),
        moment("sent_at", "machine time it was taken"),
    ),
    indexes=(("webhook_id", "state"), ("state", "made_at")),
    unique=(("webhook_id", "key"),),
)

WORK: tuple[Contract, ...] = (JOBS, CURSORS, TOLD_TO, NOTICES, WEBHOOKS, EVENT_FEED, WEBHOOK_DELIVERIES)
