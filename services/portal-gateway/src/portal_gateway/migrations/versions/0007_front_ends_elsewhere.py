"""Which other sites' pages may call the public API, per partner."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("portal_settings", sa.Column("front_ends", sa.String(length=2000), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("portal_settings", "front_ends")
