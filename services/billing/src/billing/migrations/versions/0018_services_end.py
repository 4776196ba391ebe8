"""What is about to end is found without looking at everything that works."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"

ENDING = sa.text("ends_on IS NOT NULL AND status IN ('active', 'paused')")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_index(
        "ix_subscriptions_ending",
        "subscriptions",
        ["ends_on"],
        sqlite_where=ENDING,
        postgresql_where=ENDING,
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_index("ix_subscriptions_ending", table_name="subscriptions")
