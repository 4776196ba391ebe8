"""Prepaid: where periods begin, since when a service is short of credit, and from when data can be used."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"

NOTHING, NO = sa.text("0"), sa.false()
INDEXES = {
    "ix_subscriptions_due": ("charged_through", "status = 'active'"),
    "ix_subscriptions_short": ("short_since_on", "short_since_on IS NOT NULL"),
}


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for table, columns in _gained().items():
        for column in columns:
            op.add_column(table, column)
    for name, (column_name, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "subscriptions", [column_name], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """
    Take it back.
    """
    for name in INDEXES:
        op.drop_index(name, "subscriptions")
    for table, columns in _gained().items():
        for column in columns:
            op.drop_column(table, column.name)


def _gained() -> dict[str, list[sa.Column[Any]]]:
    return {
        "billing_accounts": [sa.Column("prepaid_inactive_on", sa.Date())],
        "subscriptions": [sa.Column("anchor_day", sa.Integer()), sa.Column("short_since_on", sa.Date())],
        "data_lots": [
            sa.Column("from_on", sa.Date(), nullable=False, server_default="2026-01-01"),
            sa.Column("closed", sa.Boolean(), nullable=False, server_default=NO),
            sa.Column("moves", sa.Integer(), nullable=False, server_default=NOTHING),
        ],
        "quotes": [sa.Column("then_days", sa.Integer(), nullable=False, server_default=NOTHING)],
        "orders": [sa.Column("then_days", sa.Integer(), nullable=False, server_default=NOTHING)],
    }
