"""A ticket can ask for another plan, and follows what becomes of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("tickets", sa.Column("subscription_id", sa.String(length=40), nullable=True))
    op.add_column("tickets", sa.Column("plan_change", sa.JSON(), nullable=True))
    op.add_column("tickets", sa.Column("change_id", sa.String(length=40), nullable=True))
    op.add_column("tickets", sa.Column("change_state", sa.String(length=20), nullable=True))
    op.create_index("ix_tickets_change_id", "tickets", ["change_id"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_index("ix_tickets_change_id", "tickets")
    for column in ("change_state", "change_id", "plan_change", "subscription_id"):
        op.drop_column("tickets", column)
