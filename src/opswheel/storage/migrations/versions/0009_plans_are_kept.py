"""plans stay after the next one is made, so that a past morning finds what it was told"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = ["account", "pool", "action"]


def upgrade() -> None:
    with op.batch_alter_table("plans") as table:
        table.add_column(sa.Column("replaced_at", sa.DateTime(), autoincrement=False, nullable=True))
        table.drop_constraint("pk_plans", type_="primary")
        table.create_primary_key("pk_plans", [*_KEY, "made_at"])
    op.create_index(op.f("ix_plans_made_at"), "plans", ["made_at"], unique=False)
    op.create_index(op.f("ix_plans_replaced_at"), "plans", ["replaced_at"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM plans WHERE replaced_at IS NOT NULL")
    op.drop_index(op.f("ix_plans_replaced_at"), table_name="plans")
    op.drop_index(op.f("ix_plans_made_at"), table_name="plans")
    with op.batch_alter_table("plans") as table:
        table.drop_constraint("pk_plans", type_="primary")
        table.create_primary_key("pk_plans", _KEY)
        table.drop_column("replaced_at")
