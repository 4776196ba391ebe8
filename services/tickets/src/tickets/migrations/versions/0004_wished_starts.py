"""Tickets of orders show the day the customer would like to start."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("known_orders", sa.Column("preferred_start_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("known_orders", "preferred_start_on")
