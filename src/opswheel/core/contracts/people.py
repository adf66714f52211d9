"""People at the server: who they are, how they are known again, what they did, and answers kept for a retry."""

from .base import Contract, integer, moment, text

USERS = Contract(
    name="users",
    kind="ledger",
    grain="one row per person who may sign in; nobody is ever deleted, only disabled",
    writer="interfaces",
    key=("name",),
    columns=(
        text("name", "as owners are named", required=True),
        text("email", "their e-mail address"),
        text("role", "`viewer`, `operator`, `lead` or `admin`", required=True),
        text("accounts", "seller accounts they see, a JSON list; empty: all", required=True),
        text("password", "argon2 hash", required=True),
        moment("disabled_at", "since when they may not sign in"),
        moment("created_at", "machine time", required=True),
        text("created_by", "who added them", required=True),
        moment("changed_at", "the last change of role, accounts or password", required=True),
    ),
)

TOKENS = Contract(
    name="tokens",
    kind="ledger",
    grain="one row per API token; revoked ones stay",
    writer="interfaces",
    key=("id",),
    columns=(
        text("id", "the part of the token that is no secret", required=True),
        text("hash", "SHA-256 of the secret part", required=True),
        text("name", "what it is for", required=True),
        text("person", "the user it acts for, with no more than their role and accounts", required=True),
        text("scopes", "what it may do, a JSON list of `read`, `write`, `load`, `run`, `admin`", required=True),
        moment("created_at", "machine time", required=True),
        text("created_by", "who made it", required=True),
        moment("expires_at", "when it ends", required=True),
        moment("revoked_at", "when somebody ended it"),
        moment("seen_at", "about when it was used last"),
    ),
    indexes=(("person",),),
)

SESSIONS = Contract(
    name="sessions",
    kind="ledger",
    grain="one row per signed-in browser; deleted at sign-out",
    writer="interfaces",
    key=("hash",),
    columns=(
        text("hash", "SHA-256 of the cookie", required=True),
        text("person", "the user", required=True),
        moment("since", "when they signed in", required=True),
        moment("seen_at", "about when they were seen last", required=True),
        moment("ends_at", "when it ends however busy they are", required=True),
        text("address", "where from"),
    ),
    indexes=(("person",),),
)

ATTEMPTS = Contract(
    name="attempts",
    kind="ledger",
    grain="one row per name or address that gave wrong passwords lately",
    writer="interfaces",
    key=("subject",),
    columns=(
        text("subject", "`person:NAME` or `from:ADDRESS`", required=True),
        integer("wrong", "wrong passwords in a row", required=True),
        moment("last_at", "the last of them", required=True),
    ),
)

AUDIT_LOG = Contract(
    name="audit_log",
    kind="ledger",
    grain="one row per thing done or refused at the server; the database itself forbids change and deletion",
    writer="interfaces",
    key=("id",),
    columns=(
        text("id", "rises with time", required=True),
        moment("at", "machine time", required=True),
        text("who", "the person; empty where nobody was known"),
        text("via", "`session`, `token ID`, `local` or `command`"),
        text("what", "`sign_in`, `refused`, `issue.close`, `user.role` …", required=True),
        text("subject", "what it was done to, such as `issue/14`"),
        text("address", "where from"),
        text("detail", "what was said, without secrets, JSON", required=True),
    ),
    indexes=(("what", "id"), ("who", "id")),
)

KEPT_ANSWERS = Contract(
    name="kept_answers",
    kind="ledger",
    grain="one row per Idempotency-Key of a person: the answer a retry gets; deleted after a day",
    writer="interfaces",
    key=("who", "key"),
    columns=(
        text("who", "whose key", required=True),
        text("key", "the key they sent", required=True),
        text("request", "SHA-256 of method, path and body", required=True),
        moment("at", "when it came first", required=True),
        integer("status", "HTTP status of the answer; empty while it is being worked on"),
        text("answer", "the answer, JSON"),
    ),
    indexes=(("at",),),
)
