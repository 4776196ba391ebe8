"""Who a plan is for, where a customer lives, and how partners let plans be changed, to say why one cannot."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision: str | None = "0027"

COPIES = {
    "plan_versions": ("location_ids", "categories", "label_ids"),
    "customers": ("label_ids",),
}


def upgrade() -> None:
    """
    Bring the schema forward; what was copied before is not known until it is told again.
    """
    for table, names in COPIES.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("customers", sa.Column("location_id", sa.String(length=40), nullable=True))
    op.create_table(
        "portal_modes",
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_kind", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_portal_modes")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("portal_modes")
    op.drop_column("customers", "location_id")
    for table, names in COPIES.items():
        for name in names:
            op.drop_column(table, name)
