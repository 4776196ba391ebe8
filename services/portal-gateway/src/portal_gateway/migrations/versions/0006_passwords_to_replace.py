"""Sessions begun with a temporary password: they open nothing but the choice of another."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column(
        "portal_session", sa.Column("must_choose", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("portal_session", "must_choose")
