"""Services pause: from a day, until another or until somebody says so."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision: str | None = "0025"

OPEN = sa.text("state IN ('booked', 'running')")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "service_pauses",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("billed", sa.Boolean(), nullable=False),
        sa.Column("charged_to", sa.Date(), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_service_pauses_subscription_id_subscriptions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_pauses")),
    )
    op.create_index("ix_service_pauses_customer_id", "service_pauses", ["customer_id"])
    op.create_index(
        "uq_service_pauses_open",
        "service_pauses",
        ["subscription_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("service_pauses")
