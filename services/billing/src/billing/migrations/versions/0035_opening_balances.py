"""What customers owed, or had as credit, when their accounts came from elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision: str | None = "0034"

STANDING = sa.text("undone_at IS NULL")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "opening_balances",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_balances")),
    )
    op.create_index(
        "uq_opening_balances_standing",
        "opening_balances",
        ["customer_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("opening_balances")
