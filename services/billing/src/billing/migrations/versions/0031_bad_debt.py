"""What will not be paid is written off, and stays with its bill."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision: str | None = "0030"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "write_offs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("written_off_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_write_offs_invoice_id_invoices")
        ),
    )
    op.create_index(op.f("ix_write_offs_invoice_id"), "write_offs", ["invoice_id"])
    op.create_index(op.f("ix_write_offs_customer_id"), "write_offs", ["customer_id"])
    op.add_column(
        "invoices",
        sa.Column("written_off_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_column("invoices", "written_off_minor")
    op.drop_table("write_offs")
