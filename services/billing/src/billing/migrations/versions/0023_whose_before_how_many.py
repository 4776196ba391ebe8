"""One customer's rows of a state are found by both: a state alone is shared by a whole town."""

from alembic import op

revision = "0023"
down_revision: str | None = "0022"

TABLES = ("subscriptions", "payments")


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for table in TABLES:
        op.drop_index(f"ix_{table}_status", table)
        op.create_index(f"ix_{table}_status", table, ["status", "customer_id"])


def downgrade() -> None:
    """
    Take it back.
    """
    for table in TABLES:
        op.drop_index(f"ix_{table}_status", table)
        op.create_index(f"ix_{table}_status", table, ["status"])
