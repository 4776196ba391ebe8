"""What a basket's price was checked against: while that has not changed, it need not be checked again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """
    Bring the schema forward; what was quoted before is checked when it is ordered, as ever.
    """
    op.add_column("basket", sa.Column("checked", sa.String(length=60), nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("basket", "checked")
