"""Each partner has an audit trail of its own; its settings row knows where it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    count = sa.Column("audit_count", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("partner_settings", count)
    end = sa.Column("audit_hash", sa.String(length=64), nullable=False, server_default="")
    op.add_column("partner_settings", end)


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("partner_settings", "audit_hash")
    op.drop_column("partner_settings", "audit_count")
