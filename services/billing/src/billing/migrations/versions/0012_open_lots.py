"""Lots of data that are over are found without looking at all."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"

OPEN = sa.text("NOT closed")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_index(
        "ix_data_lots_open", "data_lots", ["expires_on"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_index("ix_data_lots_open", "data_lots")
