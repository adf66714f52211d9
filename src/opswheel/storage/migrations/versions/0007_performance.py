"""habits, overrides of maturity"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "habits",
        sa.Column("habit", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("habit", "day", "by", name=op.f("pk_habits")),
    )
    op.create_index(op.f("ix_habits_day"), "habits", ["day"], unique=False)
    op.create_table(
        "removed_handoffs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("workflow", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("since_day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_handoffs")),
    )
    op.create_table(
        "maturity_overrides",
        sa.Column("workflow", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("until_day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("workflow", "at", name=op.f("pk_maturity_overrides")),
    )


def downgrade() -> None:
    op.drop_table("maturity_overrides")
    op.drop_table("removed_handoffs")
    op.drop_index(op.f("ix_habits_day"), table_name="habits")
    op.drop_table("habits")
