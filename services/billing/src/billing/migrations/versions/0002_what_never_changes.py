"""The journal, the audit trail and issued documents refuse changes, whoever asks."""

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

# Columns of issued documents that are not caches.
FIXED = {
    "journal_tx": None,
    "journal_entries": None,
    "audit_events": None,
    "invoices": "number, customer_id, partner_id, currency, total_minor, tax_minor, issued_on, due_on",
    "invoice_lines": "invoice_id, price_minor, quantity, from_on, until_on, amount_minor, tax_minor",
    "credit_notes": "number, customer_id, invoice_id, currency, total_minor, tax_minor, issued_on",
    "credit_note_lines": None,
    "allocations": "source_id, invoice_id, currency, amount_minor",
}


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% never changes', TG_TABLE_NAME; END $$"
        )
    for table, columns in FIXED.items():
        refuse = (
            f"BEGIN SELECT RAISE(ABORT, '{table} never changes'); END"
            if sqlite
            else "EXECUTE FUNCTION refuse_change()"
        )
        of = f"OF {columns} " if columns else ""
        each = "FOR EACH ROW"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE {of}ON {table} {each} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {each} {refuse}")


def downgrade() -> None:
    """
    Take it back.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FIXED:
        for what in ("update", "delete"):
            on = "" if sqlite else f" ON {table}"
            op.execute(f"DROP TRIGGER {table}_no_{what}{on}")
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")
