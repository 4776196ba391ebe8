"""Lines know their discount, so that a credit gives back what was really charged."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

TABLES = ("quote_lines", "order_lines", "invoice_lines", "charges")
DISCOUNT = "discount_basis_points"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for table in TABLES:
        op.add_column(table, sa.Column(DISCOUNT, sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """
    Take it back.
    """
    for table in TABLES:
        op.drop_column(table, DISCOUNT)
