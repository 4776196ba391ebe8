"""Copies say whether the limits of a plan bind staff, too: Hide tariff on Admin portal."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision: str | None = "0028"


def upgrade() -> None:
    """
    Bring the schema forward; what is known already binds nobody until its next fact.
    """
    op.add_column(
        "plan_versions", sa.Column("hidden_on_admin", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("plan_versions", "hidden_on_admin")
