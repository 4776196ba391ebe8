"""Orders know the day the customer would like to start, and the terms they agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"


def upgrade() -> None:
    """
    Bring the schema forward; nothing was wished for or recorded before.
    """
    op.add_column("orders", sa.Column("preferred_start_on", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("terms_version", sa.String(length=60), nullable=True))
    op.add_column("orders", sa.Column("terms_url", sa.String(length=500), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("orders", "terms_url")
    op.drop_column("orders", "terms_version")
    op.drop_column("orders", "preferred_start_on")
