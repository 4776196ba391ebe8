"""Bills of a billing run are mailed after everything else, and the next mail is found at once among many."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("messages", sa.Column("bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_messages_lane", "messages", ["state", "bulk", "next_at"])
    op.drop_index("ix_messages_state_next_at", "messages")


def downgrade() -> None:
    """
    Take it back.
    """
    op.create_index("ix_messages_state_next_at", "messages", ["state", "next_at"])
    op.drop_index("ix_messages_lane", "messages")
    op.drop_column("messages", "bulk")
