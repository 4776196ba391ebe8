"""What a person said about a status, what was told of the days ahead, and why a service is paused."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"

NO, NOTHING, EMPTY = sa.false(), sa.text("0"), sa.text("''")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for table, column in _gained():
        op.add_column(table, column)


def downgrade() -> None:
    """
    Take it back.
    """
    for table, column in _gained():
        op.drop_column(table, column.name)


def _gained() -> list[tuple[str, sa.Column[Any]]]:
    return [
        (
            "billing_accounts",
            sa.Column("steps_told", sa.String(length=200), nullable=False, server_default=EMPTY),
        ),
        ("billing_accounts", sa.Column("inactive_manually", sa.Boolean(), nullable=False, server_default=NO)),
        ("billing_accounts", sa.Column("excused_on", sa.Date())),
        (
            "billing_accounts",
            sa.Column("status_version", sa.Integer(), nullable=False, server_default=NOTHING),
        ),
        ("subscriptions", sa.Column("pause_reason", sa.String(length=20))),
    ]
