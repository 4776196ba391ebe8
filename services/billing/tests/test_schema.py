"""The tables: as the models say, and closed to changes where nothing may ever change."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from billing.models import Allocation, CreditNote, Invoice, JournalEntry, Record
from shared.migrations import drift

FIBRE = "plan_fibre"


def test_the_migrations_make_what_the_models_say(database: Any) -> None:
    assert drift(database, "billing", Record.metadata) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entries SET amount_minor = 1",
        "DELETE FROM journal_tx",
        "UPDATE invoices SET total_minor = 1",
        "DELETE FROM invoice_lines",
        "UPDATE invoice_lines SET amount_minor = 1",
        "DELETE FROM allocations",
        "UPDATE audit_events SET actor = 'nobody'",
    ],
)
def test_what_is_booked_never_changes(shop: Any, statement: str) -> None:
    shop.order(FIBRE)
    shop.work()

    with pytest.raises(DBAPIError, match="never changes"), shop.db.begin() as session:
        session.execute(text(statement))

    with shop.db.read() as session:
        for record in (JournalEntry, Invoice, Allocation):
            assert session.scalars(select(record)).first() is not None
        assert session.scalars(select(CreditNote)).all() == []
