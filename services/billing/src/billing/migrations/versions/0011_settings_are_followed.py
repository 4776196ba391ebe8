"""Settings know up to which version every account has followed them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    followed = sa.Column("followed_version", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("partner_settings", followed)


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("partner_settings", "followed_version")
