"""the axle"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "multipliers",
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column(
            "age_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("known_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("mean", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("p90", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "age_days", "known_at", name=op.f("pk_multipliers")),
    )


def downgrade() -> None:
    op.drop_table("multipliers")
