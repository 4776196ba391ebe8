"""A payment remembers the request it belongs to, so that one order can be followed across services."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("payments", sa.Column("correlation_id", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("payments", "correlation_id")
