"""How each month went for a partner, so that the overview need not count it again."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision: str | None = "0024"


def upgrade() -> None:
    """
    Bring the schema forward; the worker counts the last twelve months.
    """
    op.create_table(
        "month_figures",
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("monthly_minor", sa.BigInteger(), nullable=False),
        sa.Column("new_minor", sa.BigInteger(), nullable=False),
        sa.Column("expansion_minor", sa.BigInteger(), nullable=False),
        sa.Column("contraction_minor", sa.BigInteger(), nullable=False),
        sa.Column("churn_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_bills", sa.Integer(), nullable=False),
        sa.Column("paid_on_time", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "currency", "month_on", name=op.f("pk_month_figures")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("month_figures")
