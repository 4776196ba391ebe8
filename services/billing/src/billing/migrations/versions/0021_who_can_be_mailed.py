"""Whether mail about bills reaches a customer: a billing run says how many it does not reach."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("customers", sa.Column("has_email", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("customers", "has_email")
