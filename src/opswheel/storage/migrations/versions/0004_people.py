"""people, tokens, sessions and the audit log"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FORBIDDEN = "the audit log is never changed"


def _text(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), autoincrement=False, nullable=nullable)


def _moment(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(), autoincrement=False, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "users",
        _text("name", False),
        _text("email"),
        _text("role", False),
        _text("accounts", False),
        _text("password", False),
        _moment("disabled_at"),
        _moment("created_at", False),
        _text("created_by", False),
        _moment("changed_at", False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "tokens",
        _text("id", False),
        _text("hash", False),
        _text("name", False),
        _text("person", False),
        _text("scopes", False),
        _moment("created_at", False),
        _text("created_by", False),
        _moment("expires_at", False),
        _moment("revoked_at"),
        _moment("seen_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
    op.create_index(op.f("ix_tokens_person"), "tokens", ["person"])
    op.create_table(
        "sessions",
        _text("hash", False),
        _text("person", False),
        _moment("since", False),
        _moment("seen_at", False),
        _moment("ends_at", False),
        _text("address"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_person"), "sessions", ["person"])
    op.create_table(
        "attempts",
        _text("subject", False),
        sa.Column("wrong", INT, autoincrement=False, nullable=False),
        _moment("last_at", False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempts")),
    )
    op.create_table(
        "audit_log",
        _text("id", False),
        _moment("at", False),
        _text("who"),
        _text("via"),
        _text("what", False),
        _text("subject"),
        _text("address"),
        _text("detail", False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_what_id"), "audit_log", ["what", "id"])
    op.create_index(op.f("ix_audit_log_who_id"), "audit_log", ["who", "id"])
    op.create_table(
        "kept_answers",
        _text("who", False),
        _text("key", False),
        _text("request", False),
        _moment("at", False),
        sa.Column("status", INT, autoincrement=False, nullable=True),
        _text("answer"),
        sa.PrimaryKeyConstraint("who", "key", name=op.f("pk_kept_answers")),
    )
    op.create_index(op.f("ix_kept_answers_at"), "kept_answers", ["at"])
    _forbid_change()


def _forbid_change() -> None:
    """No statement changes or deletes a row of the audit log, whoever sends it."""
    if op.get_bind().dialect.name == "sqlite":
        for word in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{word.lower()} BEFORE {word} ON audit_log"
                f" BEGIN SELECT RAISE(ABORT, '{FORBIDDEN}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{FORBIDDEN}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_kept()"
    )


def downgrade() -> None:
    for name in ("kept_answers", "audit_log", "attempts", "sessions", "tokens", "users"):
        op.drop_table(name)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_log_is_kept()")
