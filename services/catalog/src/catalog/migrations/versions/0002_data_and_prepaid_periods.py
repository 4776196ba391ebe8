"""Plans include data, and a prepaid period of a plan may last a number of days."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

NOTHING = sa.text("0")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("plans", sa.Column("included_mb", sa.BigInteger(), nullable=False, server_default=NOTHING))
    op.add_column("plans", sa.Column("prepaid_days", sa.Integer(), nullable=False, server_default=NOTHING))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("plans", "prepaid_days")
    op.drop_column("plans", "included_mb")
