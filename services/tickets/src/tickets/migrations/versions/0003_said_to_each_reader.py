"""What we say in tickets of orders is kept by its code, to be said in each reader's language."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """
    Bring the schema forward; what was said before stays as it was written.
    """
    op.add_column("tickets", sa.Column("said", sa.JSON(), nullable=True))
    op.add_column("messages", sa.Column("said", sa.JSON(), nullable=True))
    op.add_column("known_orders", sa.Column("then_every", sa.String(length=10), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("known_orders", "then_every")
    op.drop_column("messages", "said")
    op.drop_column("tickets", "said")
