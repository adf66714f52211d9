"""a choice of forecast models is in force once it was decided on; listings that break a catalog rule"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("forecast_models", sa.Column("in_force_at", sa.DateTime(), autoincrement=False, nullable=True))
    op.execute("UPDATE forecast_models SET in_force_at = chosen_at")
    op.create_table(
        "rule_breaks",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("attribute", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("seen_in", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "account", "channel", "sku", name=op.f("pk_rule_breaks")),
    )
    op.create_index(
        op.f("ix_rule_breaks_account_channel_sku"), "rule_breaks", ["account", "channel", "sku"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_rule_breaks_account_channel_sku"), table_name="rule_breaks")
    op.drop_table("rule_breaks")
    with op.batch_alter_table("forecast_models") as table:
        table.drop_column("in_force_at")
