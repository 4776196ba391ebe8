"""How customers may change a plan, per partner and type of service; empty inherits from Default."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

FIELDS = ("internet_change", "voice_change", "recurring_change")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for field in FIELDS:
        op.add_column("portal_settings", sa.Column(field, sa.String(length=20), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    for field in FIELDS:
        op.drop_column("portal_settings", field)
