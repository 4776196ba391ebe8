"""What ending a service costs, before its contract ends and later."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"

FEES = ("cancellation_fee_minor", "early_end_fee_minor")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for fee in FEES:
        op.add_column("plans", sa.Column(fee, sa.BigInteger(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """
    Take it back.
    """
    for fee in FEES:
        op.drop_column("plans", fee)
