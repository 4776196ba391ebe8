"""What accounts, documents and copies gained for the billing engine; every subscription gets its segment."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"

JSON_OBJECT, JSON_LIST = sa.text("'{}'"), sa.text("'[]'")
NO, NOTHING = sa.false(), sa.text("0")

INDEXES = (
    ("ix_billing_accounts_due", "billing_accounts", ["partner_id", "next_bill_on"], False),
    ("ix_billing_accounts_dunning", "billing_accounts", ["dunning_next_on"], False),
    ("ix_invoices_run_id", "invoices", ["run_id"], False),
    ("uq_quotes_change_id", "quotes", ["change_id"], True),
)
STANDS = "subscription_id IS NOT NULL AND {} AND credited_minor < amount_minor"
BY_CODE, BY_DAY = (
    STANDS.format("from_on IS NOT NULL"),
    STANDS.format("code IN ('first_period', 'recurring')"),
)

FIRST_SEGMENTS = """
INSERT INTO segments (
    id, subscription_id, plan_id, plan_version, name, currency, price_minor, quantity,
    discount_basis_points, from_on, until_on
)
SELECT replace(id, 'sub_', 'seg_'), id, plan_id, plan_version, name, currency, price_minor, quantity,
    0, starts_on, NULL
FROM subscriptions
"""
OVERLAP = """
    SELECT 1 FROM segments other
    WHERE other.subscription_id = NEW.subscription_id AND other.id <> NEW.id
      AND (other.until_on IS NULL OR NEW.from_on < other.until_on)
      AND (NEW.until_on IS NULL OR other.from_on < NEW.until_on)
"""


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    for table, columns in _gained().items():
        for column in columns:
            op.add_column(table, column)
    op.drop_column("billing_accounts", "due_days")
    for name, table, indexed, unique in INDEXES:
        op.create_index(name, table, indexed, unique=unique)
    _one_live_line_per(["subscription_id", "from_on"], BY_DAY)
    op.execute(FIRST_SEGMENTS)
    _refuse_overlaps()


def downgrade() -> None:
    """
    Take it back.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    for when in ("insert", "update"):
        op.execute(f"DROP TRIGGER segments_apart_{when}{'' if sqlite else ' ON segments'}")
    if not sqlite:
        op.execute("DROP FUNCTION refuse_overlap()")
    op.execute("DELETE FROM segments")
    _one_live_line_per(["subscription_id", "code", "from_on"], BY_CODE)
    for name, table, _indexed, _unique in INDEXES:
        op.drop_index(name, table)
    op.add_column(
        "billing_accounts", sa.Column("due_days", sa.Integer(), nullable=False, server_default="15")
    )
    for table, columns in _gained().items():
        for column in columns:
            op.drop_column(table, column.name)


def _gained() -> dict[str, list[sa.Column[Any]]]:
    # Added in place, never by copying a table: documents are referred to, and triggers would be lost.
    return {
        "billing_accounts": [
            sa.Column("own_settings", sa.JSON(), nullable=False, server_default=JSON_OBJECT),
            sa.Column("next_bill_on", sa.Date()),
            sa.Column("dunning", sa.String(length=20), nullable=False, server_default="clear"),
            sa.Column("dunning_since_on", sa.Date()),
            sa.Column("dunning_next_on", sa.Date()),
            sa.Column("blocked_manually", sa.Boolean(), nullable=False, server_default=NO),
        ],
        "invoices": [
            sa.Column("kind", sa.String(length=20), nullable=False, server_default="recurring"),
            sa.Column("run_id", sa.String(length=40)),
            sa.Column("extended_to", sa.Date()),
        ],
        "partners": [sa.Column("is_default", sa.Boolean(), nullable=False, server_default=NO)],
        "plan_versions": [
            sa.Column("billing_types", sa.JSON(), nullable=False, server_default=JSON_LIST),
            sa.Column("change_target_ids", sa.JSON(), nullable=False, server_default=JSON_LIST),
            sa.Column("included_mb", sa.BigInteger(), nullable=False, server_default=NOTHING),
            sa.Column("prepaid_days", sa.Integer(), nullable=False, server_default=NOTHING),
        ],
        "quotes": [
            sa.Column("change_id", sa.String(length=40)),
            sa.Column("subscription_id", sa.String(length=40)),
            sa.Column("to_plan_id", sa.String(length=40)),
            sa.Column("to_plan_version", sa.Integer()),
            sa.Column("fingerprint", sa.String(length=64)),
            sa.Column("details", sa.JSON(), nullable=False, server_default=JSON_OBJECT),
        ],
    }


def _one_live_line_per(columns: list[str], condition: str) -> None:
    op.drop_index("uq_invoice_lines_live", "invoice_lines")
    op.create_index(
        "uq_invoice_lines_live",
        "invoice_lines",
        columns,
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def _refuse_overlaps() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF EXISTS ({OVERLAP}) THEN RAISE EXCEPTION 'segments overlap'; END IF; RETURN NEW; END $$"
        )
    for when in ("insert", "update"):
        refuse = (
            f"WHEN EXISTS ({OVERLAP}) BEGIN SELECT RAISE(ABORT, 'segments overlap'); END"
            if sqlite
            else "EXECUTE FUNCTION refuse_overlap()"
        )
        op.execute(f"CREATE TRIGGER segments_apart_{when} BEFORE {when} ON segments FOR EACH ROW {refuse}")
