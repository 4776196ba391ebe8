"""Passwords customers choose themselves: temporary ones are marked, forgotten ones replaced by a code."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column(
        "credentials", sa.Column("temporary", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "reset_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_reset_codes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_codes")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_reset_codes_customer_id")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("reset_codes")
    op.drop_column("credentials", "temporary")
