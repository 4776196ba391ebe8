"""Reminders of unpaid bills: which steps were taken, and when an account's next one comes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("billing_accounts", sa.Column("remind_next_on", sa.Date(), nullable=True))
    op.create_index("ix_billing_accounts_remind", "billing_accounts", ["remind_next_on"])
    # The worker finds out whether a step of theirs is near.
    op.execute(
        "UPDATE billing_accounts SET remind_next_on = CURRENT_DATE "
        "WHERE owed_minor > 0 AND dunning <> 'inactive'"
    )
    op.create_table(
        "reminders",
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("invoice_id", "step", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_partner", "reminders", ["partner_id", "customer_id"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("reminders")
    op.drop_index("ix_billing_accounts_remind", "billing_accounts")
    op.drop_column("billing_accounts", "remind_next_on")
