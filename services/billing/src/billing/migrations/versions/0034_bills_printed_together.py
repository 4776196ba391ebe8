"""Bills as PDF, made one by one for a file that holds many."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision: str | None = "0033"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "bulk_act_papers",
        sa.Column("bulk_id", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_acts.id"], name=op.f("fk_bulk_act_papers_bulk_id_bulk_acts")
        ),
        sa.PrimaryKeyConstraint("bulk_id", "target_id", name=op.f("pk_bulk_act_papers")),
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("bulk_act_papers")
