"""Subscriptions know up to which day their data was given, so that each period's is given when it begins."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"

ACTIVE = sa.text("status = 'active'")
GIVEN = sa.text(
    "UPDATE subscriptions SET data_last_on = (SELECT MAX(expires_on) FROM data_lots"
    " WHERE data_lots.subscription_id = subscriptions.id AND data_lots.kind = 'included')"
)
NEVER = sa.text(
    "UPDATE subscriptions SET data_last_on = '9999-12-31' WHERE NOT EXISTS (SELECT 1 FROM plan_versions"
    " WHERE plan_versions.plan_id = subscriptions.plan_id"
    " AND plan_versions.version = subscriptions.plan_version AND plan_versions.included_mb > 0)"
)


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    op.add_column("subscriptions", sa.Column("data_last_on", sa.Date()))
    op.execute(GIVEN)
    op.execute(NEVER)
    op.create_index(
        "ix_subscriptions_data",
        "subscriptions",
        ["partner_id", "data_last_on"],
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def downgrade() -> None:
    """
    Take it back.
    """
    op.drop_index("ix_subscriptions_data", "subscriptions")
    op.drop_column("subscriptions", "data_last_on")
