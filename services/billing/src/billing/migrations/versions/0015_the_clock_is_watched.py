"""Clock work remembers when it last ran, and waits for a person when the clock jumps ahead."""

import sqlalchemy as sa
from alembic import op

from shared.db import ID, Instant

revision = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.create_table(
        "clock_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_seen")),
    )
    op.create_table(
        "clock_holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ahead_at", Instant(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_holds")),
    )
    op.create_index(op.f("ix_clock_holds_ended_at"), "clock_holds", ["ended_at"])


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_table("clock_holds")
    op.drop_table("clock_seen")
