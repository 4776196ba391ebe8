"""Payments for bills and payments staff records: an order is one purpose among others; chargebacks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"

OPEN = sa.text("status IN ('pending', 'action_required')")
NO, ONE, EMPTY = sa.false(), sa.text("1"), sa.text("'[]'")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    _order_may_be_missing(True)
    for column in _gained():
        op.add_column("payments", column)
    op.create_index("ix_payments_retry_on", "payments", ["retry_on"])
    op.add_column("refunds", sa.Column("way", sa.String(length=20), nullable=False, server_default="card"))
    op.add_column("allocations", sa.Column("reverses_id", sa.String(length=40)))
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("taken_from", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
    )
    op.create_index("ix_chargebacks_payment_id", "chargebacks", ["payment_id"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("chargebacks")
    op.drop_column("allocations", "reverses_id")
    op.drop_column("refunds", "way")
    op.drop_index("ix_payments_retry_on", "payments")
    for column in _gained():
        op.drop_column("payments", column.name)
    _order_may_be_missing(False)


def _gained() -> list[sa.Column[object]]:
    return [
        sa.Column("purpose", sa.String(length=20), nullable=False, server_default="order"),
        sa.Column("invoice_ids", sa.JSON(), nullable=False, server_default=EMPTY),
        sa.Column("superseded", sa.Boolean(), nullable=False, server_default=NO),
        sa.Column("automatic", sa.Boolean(), nullable=False, server_default=NO),
        sa.Column("round", sa.Integer(), nullable=False, server_default=ONE),
        sa.Column("tried_from_on", sa.Date()),
        sa.Column("retry_on", sa.Date()),
        sa.Column("received_on", sa.Date()),
        sa.Column("receipt_number", sa.String(length=60)),
        sa.Column("payer", sa.String(length=120)),
        sa.Column("comment", sa.String(length=500)),
    ]


def _order_may_be_missing(missing: bool) -> None:
    # SQLite cannot loosen a column; a new one takes its place, so that the table is never copied.
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("payments", "order_id", existing_type=sa.String(length=40), nullable=missing)
        return
    op.drop_index("ix_payments_order_id", "payments")
    op.drop_index("uq_payments_open", "payments")
    op.execute("ALTER TABLE payments RENAME COLUMN order_id TO order_id_was")
    default = None if missing else ""
    order_id = sa.Column("order_id", sa.String(length=40), nullable=missing, server_default=default)
    op.add_column("payments", order_id)
    op.execute("UPDATE payments SET order_id = order_id_was WHERE order_id_was IS NOT NULL")
    op.drop_column("payments", "order_id_was")
    op.create_index("ix_payments_order_id", "payments", ["order_id"])
    op.create_index("uq_payments_open", "payments", ["order_id"], unique=True, sqlite_where=OPEN)
