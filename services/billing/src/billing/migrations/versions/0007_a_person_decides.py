"""A payment keeps what the provider says it took instead, and what a person decided about it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("payments", sa.Column("reported_minor", sa.BigInteger(), nullable=True))
    op.add_column("payments", sa.Column("reported_currency", sa.String(length=3), nullable=True))
    decision = sa.Enum("accept", "refund", name="decision", native_enum=False, length=20)
    op.add_column("payments", sa.Column("decision", decision, nullable=True))


def downgrade() -> None:
    """
    Take it back.
    """
    for name in ("decision", "reported_currency", "reported_minor"):
        op.drop_column("payments", name)
