"""Whether customers pause and end services themselves, how early, how long and how often, per partner."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"

FLAGS = ("may_pause", "may_cancel")
NUMBERS = ("pause_notice_days", "longest_pause_days", "pauses_a_year", "cancel_notice_days")


def upgrade() -> None:
    """
    Bring the schema forward; both are off until a partner allows them.
    """
    for name in FLAGS:
        op.add_column("portal_settings", sa.Column(name, sa.Boolean(), nullable=True))
    for name in NUMBERS:
        op.add_column("portal_settings", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("portal_settings", sa.Column("equipment_note", sa.String(length=500), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    for name in ("equipment_note", *NUMBERS, *FLAGS):
        op.drop_column("portal_settings", name)
