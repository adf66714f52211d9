"""forecast models and plans"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecasts",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("mean", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("p50", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("p90", sa.Double(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account", "channel", "sku", "day", name=op.f("pk_forecasts")),
    )
    op.create_table(
        "forecast_items",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("from_day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column(
            "known_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "clean_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "censored_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "sold_units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("models", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("per_day", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("total_p10", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("total_p50", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("total_p90", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("former_sku", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("account", "channel", "sku", "made_at", name=op.f("pk_forecast_items")),
    )
    op.create_index(op.f("ix_forecast_items_made_at"), "forecast_items", ["made_at"], unique=False)
    op.create_table(
        "forecast_models",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("chosen_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("models", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("weights", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("items", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("origins", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("error", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("best_alone", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("bias", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("evidence", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account", "channel", "segment", "chosen_at", name=op.f("pk_forecast_models")),
    )
    op.create_table(
        "forecast_accuracy",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("measured_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("items", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "item_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("forecast_units", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("sold_units", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("wape", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("bias", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("inside", sa.Double(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("account", "channel", "segment", "made_at", name=op.f("pk_forecast_accuracy")),
    )
    op.create_table(
        "plans",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("pool", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("skus", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("by_day", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("source_pool", sa.Text(), autoincrement=False, nullable=True),
        sa.Column(
            "held_units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "arriving_units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("per_day", sa.Double(), autoincrement=False, nullable=False),
        sa.Column(
            "reorder_point_units",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=True,
        ),
        sa.Column(
            "safety_stock_units",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=True,
        ),
        sa.Column("lead_days", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("lead_source", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("runs_out_day", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("runs_out_early", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("runs_out_late", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("p_out", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("lost_mean", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("lost_p10", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("lost_p90", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("committed_mean", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("avoidable_mean", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("currency", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account", "pool", "action", name=op.f("pk_plans")),
    )


def downgrade() -> None:
    for table in ("plans", "forecast_accuracy", "forecast_models", "forecast_items", "forecasts"):
        op.drop_table(table)
