"""Which mails went out about a bill, and what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision: str | None = "0032"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "bill_mails",
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("subject_line", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_bill_mails")),
    )
    op.create_index(op.f("ix_bill_mails_invoice_id"), "bill_mails", ["invoice_id"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("bill_mails")
