"""Customers end services themselves, and undo that: an end knows whether its customer asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision: str | None = "0031"


def upgrade() -> None:
    """
    Bring the schema forward; ends booked until now are staff's.
    """
    op.add_column("subscriptions", sa.Column("cancellation_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("subscriptions", "cancellation_id")
