"""What was sent to be ordered, and the price as shown: a lost answer leads to the order, not to a second."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("basket", sa.Column("quote", sa.JSON(), nullable=True))
    op.add_column("basket", sa.Column("sent_quote_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("basket", "sent_quote_id")
    op.drop_column("basket", "quote")
