"""Services have contracts: how long, whether they begin again, and what ending costs."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision: str | None = "0029"

NOTHING = sa.text("0")
RENEWING = sa.text("contract_renews AND status IN ('active', 'paused')")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column(
        "plan_versions", sa.Column("contract_months", sa.Integer(), nullable=False, server_default=NOTHING)
    )
    op.add_column(
        "plan_versions", sa.Column("auto_renewal", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for fee in ("cancellation_fee_minor", "early_end_fee_minor"):
        op.add_column(
            "plan_versions", sa.Column(fee, sa.BigInteger(), nullable=False, server_default=NOTHING)
        )
    op.add_column("subscriptions", sa.Column("contract_ends_on", sa.Date(), nullable=True))
    op.add_column(
        "subscriptions", sa.Column("contract_renews", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "subscriptions", sa.Column("end_fee_minor", sa.BigInteger(), nullable=False, server_default=NOTHING)
    )
    op.create_index(
        "ix_subscriptions_renewing",
        "subscriptions",
        ["contract_ends_on"],
        sqlite_where=RENEWING,
        postgresql_where=RENEWING,
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_index("ix_subscriptions_renewing", table_name="subscriptions")
    for column in ("end_fee_minor", "contract_renews", "contract_ends_on"):
        op.drop_column("subscriptions", column)
    for column in ("early_end_fee_minor", "cancellation_fee_minor", "auto_renewal", "contract_months"):
        op.drop_column("plan_versions", column)
