"""Copies of customers know the language, so that documents are in it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column(
        "customers", sa.Column("language", sa.String(length=8), nullable=False, server_default="en")
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("customers", "language")
