"""Who pays late and what of: the pages say so, wherever one is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "late_payer",
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_late_payer")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("late_payer")
