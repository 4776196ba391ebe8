"""Reasons we give ourselves are kept as texts with their parameters, to be said in each reader's language."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"


def upgrade() -> None:
    """
    Bring the schema forward; older reasons stay as they were written.
    """
    for table in ("credit_notes", "refunds"):
        op.add_column(table, sa.Column("because", sa.JSON(), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    for table in ("refunds", "credit_notes"):
        op.drop_column(table, "because")
