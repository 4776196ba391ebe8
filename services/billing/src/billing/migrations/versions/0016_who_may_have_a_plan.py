"""Plans know which partners sell them, and settings which accounts could not follow them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"

NONE = sa.text("'[]'")


def upgrade() -> None:
    """
    Bring the schema forward. What was heard of a plan before names no partner: all sell it, as until now.
    """
    op.add_column("plan_versions", sa.Column("partner_ids", sa.JSON(), nullable=False, server_default=NONE))
    op.add_column(
        "partner_settings", sa.Column("left_behind", sa.JSON(), nullable=False, server_default=NONE)
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("partner_settings", "left_behind")
    op.drop_column("plan_versions", "partner_ids")
