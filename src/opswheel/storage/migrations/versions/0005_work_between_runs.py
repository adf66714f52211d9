"""jobs, notices and webhooks"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# An event reaches the webhooks in the transaction that writes it, whoever writes it: no process can forget to.
WANTED = "EXISTS (SELECT 1 FROM webhooks WHERE removed_at IS NULL)"
SQLITE = f"""
CREATE TRIGGER feed_events AFTER INSERT ON issue_events WHEN {WANTED}
BEGIN INSERT OR IGNORE INTO event_feed (issue_id, version) VALUES (NEW.issue_id, NEW.version); END
"""
POSTGRES = (
    f"""CREATE FUNCTION feed_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {WANTED} THEN
    INSERT INTO event_feed (issue_id, version) VALUES (NEW.issue_id, NEW.version) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$""",
    "CREATE TRIGGER feed_events AFTER INSERT ON issue_events FOR EACH ROW EXECUTE FUNCTION feed_events()",
)


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("run_after", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column(
            "attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("leased_by", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("lease_until", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("last_error", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("changed_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_jobs_kind_key")),
    )
    op.create_index(op.f("ix_jobs_line_state"), "jobs", ["line", "state"], unique=False)
    op.create_index(op.f("ix_jobs_state_run_after"), "jobs", ["state", "run_after"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "told_to",
        sa.Column("person", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("urls", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("everything", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("daily_at", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("quiet", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_told_to")),
    )
    op.create_table(
        "notices",
        sa.Column("person", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=True),
        sa.Column("words", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("message", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("last_error", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("person", "key", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_at"), "notices", ["at"], unique=False)
    op.create_index(op.f("ix_notices_message"), "notices", ["message"], unique=False)
    op.create_index(op.f("ix_notices_state"), "notices", ["state"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("events", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("removed_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "event_feed",
        sa.Column(
            "issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "version", name=op.f("pk_event_feed")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "webhook_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column(
            "attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("status", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=True),
        sa.Column("last_error", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "key", name=op.f("uq_webhook_deliveries_webhook_id_key")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_state_made_at"), "webhook_deliveries", ["state", "made_at"], unique=False
    )
    op.create_index(
        op.f("ix_webhook_deliveries_webhook_id_state"), "webhook_deliveries", ["webhook_id", "state"], unique=False
    )
    for word in (SQLITE,) if op.get_bind().dialect.name == "sqlite" else POSTGRES:
        op.execute(word)


def downgrade() -> None:
    op.execute("DROP TRIGGER feed_events" + ("" if op.get_bind().dialect.name == "sqlite" else " ON issue_events"))
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION feed_events()")
    op.drop_table("webhook_deliveries")
    op.drop_table("event_feed")
    op.drop_table("webhooks")
    op.drop_table("notices")
    op.drop_table("told_to")
    op.drop_table("cursors")
    op.drop_table("jobs")
