"""What staff does to many bills or payments at once: looked at first, then done row by row."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("any_card", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_acts")),
    )
    op.create_index(op.f("ix_bulk_acts_status"), "bulk_acts", ["status"])
    op.create_table(
        "bulk_act_items",
        sa.Column("bulk_id", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("made_id", sa.String(length=40), nullable=True),
        sa.Column("refusal", sa.String(length=60), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("because", sa.JSON(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_acts.id"], name=op.f("fk_bulk_act_items_bulk_id_bulk_acts")
        ),
        sa.PrimaryKeyConstraint("bulk_id", "target_id", name=op.f("pk_bulk_act_items")),
    )
    op.create_index("ix_bulk_act_items_waiting", "bulk_act_items", ["bulk_id", "status"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("bulk_act_items")
    op.drop_table("bulk_acts")
