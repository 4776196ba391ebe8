"""What late payment does to a status, and what billing says is ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    no, nothing = sa.false(), sa.text("0")
    op.add_column("customers", sa.Column("blocked_manually", sa.Boolean(), nullable=False, server_default=no))
    op.add_column(
        "customers", sa.Column("dunning_version", sa.Integer(), nullable=False, server_default=nothing)
    )
    op.execute(
        "UPDATE customers SET blocked_manually = (1 = 1) "
        "WHERE status = 'blocked' AND status_reason = 'manual'"
    )
    op.create_table(
        "aheads",
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_aheads")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("aheads")
    for column in ("dunning_version", "blocked_manually"):
        op.drop_column("customers", column)
