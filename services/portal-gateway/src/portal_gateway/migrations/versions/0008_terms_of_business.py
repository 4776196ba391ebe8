"""Where the terms of business are that customers agree to by ordering, per partner."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """
    Bring the schema forward; no terms are shown until a partner sets them.
    """
    op.add_column("portal_settings", sa.Column("terms_url", sa.String(length=500), nullable=True))
    op.add_column("portal_settings", sa.Column("terms_version", sa.String(length=60), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("portal_settings", "terms_version")
    op.drop_column("portal_settings", "terms_url")
