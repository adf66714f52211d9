"""proposals, decisions, prevention"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subject_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("observed", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("loss_per_day", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("verdict", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("why", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("kind", "account", "channel", "subject_key", "seen_at", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_at"), "labels", ["at"], unique=False)
    op.create_table(
        "root_causes",
        sa.Column("code", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("merged_into", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_root_causes")),
    )
    op.create_table(
        "repeats",
        sa.Column("root_cause", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("dimension", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "recurrences", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at_risk_days", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("rate", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("rate_p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("rate_p90", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("dollars_a_year", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("dollars_p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("dollars_p90", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("hours_a_year", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("hours_p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("hours_p90", sa.Double(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("root_cause", "kind", "dimension", "value", name=op.f("pk_repeats")),
    )
    op.create_table(
        "grades",
        sa.Column(
            "issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=True),
        sa.Column("claimed", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("claimed_p10", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("claimed_p90", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("measured", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("measured_p10", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("measured_p90", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("from_day", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("to_day", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("expected_units", sa.Double(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_grades")),
    )
    op.create_table(
        "missed",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("from_day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("to_day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("lost", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("lost_p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("lost_p90", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("expected_units", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("units", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("seen_by", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("account", "channel", "sku", name=op.f("pk_missed")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("from_value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("to_value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("backtest", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("gain_a_year", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("decided_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("decided_by", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_status_made_at"), "proposals", ["status", "made_at"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "proposal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=True
        ),
        sa.Column("undoes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=True),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("from_value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("to_value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("expected", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("measured", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("judged_90_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("judged_180_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_at"), "decisions", ["at"], unique=False)
    op.create_table(
        "prevention",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("root_cause", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("dimension", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("cost", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("planned_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("done_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_prevention")),
    )


def downgrade() -> None:
    op.drop_table("prevention")
    op.drop_table("decisions")
    op.drop_table("proposals")
    op.drop_table("missed")
    op.drop_table("grades")
    op.drop_table("repeats")
    op.drop_table("root_causes")
    op.drop_table("labels")
