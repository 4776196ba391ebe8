"""Which items the menu of the portal has, per partner."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"

ITEMS = ("menu_services", "menu_bills", "menu_support")


def upgrade() -> None:
    """
    Bring the schema forward; everything is in the menu until a partner takes it out.
    """
    for item in ITEMS:
        op.add_column("portal_settings", sa.Column(item, sa.Boolean(), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    for item in reversed(ITEMS):
        op.drop_column("portal_settings", item)
