"""Whether a customer has an address: the pages promise mail only to who gets it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column(
        "customer_copy", sa.Column("has_email", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("customer_copy", "has_email")
