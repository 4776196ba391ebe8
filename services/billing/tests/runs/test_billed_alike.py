"""What accounts share is worked out once: the rows are those of accounts billed alone."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.models import (
    Account,
    Allocation,
    Charge,
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalTx,
    NumberSeries,
    Outbox,
    Payment,
    Segment,
    Subscription,
)
from billing.queries import rating
from billing.usecases.bill_accounts import bill_accounts
from services.billing.tests.runs.conftest import PARTNER, customer

WRITTEN = (
    Invoice,
    InvoiceLine,
    JournalTx,
    JournalEntry,
    NumberSeries,
    Account,
    Subscription,
    Charge,
    Allocation,
)
DAY, NOW = date(2027, 2, 3), datetime(2027, 2, 3, 12, tzinfo=UTC)
OURS = re.compile(r"\b(inv|inl|jtx|evt|all)_[0-9A-Z]{26}")


def test_together_or_alone_the_rows_are_the_same(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = [customer(number) for number in range(1, 8)]
    with town.db.begin() as session:
        _make_them_differ(session)

    together = _billed(town, [everybody])
    monkeypatch.setattr(rating, "_alike", rating._alike.__wrapped__)
    alone = _billed(town, [[each] for each in everybody])

    assert together == alone
    totals = [row["total_minor"] for row in together["invoices"]]
    assert sorted(totals) == [1000, 3000, 3000, 3000, 8100, 9000, 9000, 9000, 11000]


def _make_them_differ(session: Any) -> None:
    """
    Those left as they are share a bill; the others have a discount, a charge, an end, credit, or bills apart.
    """
    session.get_one(Segment, "seg_3").discount_basis_points = 1000
    session.add(_charge(4))
    session.get_one(Subscription, "sub_5").ends_on = date(2026, 12, 11)
    session.get_one(Segment, "seg_5").price_minor = 2818
    session.get_one(Account, customer(6)).credit_minor = 5000
    session.add(_credit(6))
    session.get_one(Account, customer(7)).own_settings = {"separate_periods": True}


def _billed(town: Any, groups: Sequence[Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    """
    Bill the groups one after the other and return all that is then written, which is taken back.
    """
    with town.db.begin() as session:
        undo = session.begin_nested()
        for group in groups:
            bill_accounts(session, group, cut_off=DAY, now=NOW, run_id="run_1")
        session.expire_all()
        found = {each.__tablename__: _rows(session, each) for each in WRITTEN}
        payloads = [json.loads(_nameless(row.payload.decode())) for row in session.scalars(select(Outbox))]
        found["facts"] = sorted(({**each, "time": ""} for each in payloads), key=repr)
        undo.rollback()
        return found


def _rows(session: Any, record: Any) -> list[dict[str, Any]]:
    rows = session.execute(select(record.__table__)).mappings()
    made = [
        {name: _nameless(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in rows
    ]
    return sorted(made, key=repr)


def _nameless(text: str) -> str:
    return OURS.sub(r"\1", text)


def _charge(number: int) -> Charge:
    return Charge(
        id="chg_waiting",
        customer_id=customer(number),
        partner_id=PARTNER,
        status="pending",
        source="staff:waiting",
        created_at=NOW,
        code="price_of_change",
        plan_id="plan_fibre",
        plan_version=1,
        kind="internet",
        label="Price of change",
        quantity=1,
        currency="EUR",
        price_minor=2000,
        nominal_days=0,
        amount_minor=2000,
        vat_basis_points=2300,
    )


def _credit(number: int) -> Payment:
    return Payment(
        id="pay_credit",
        customer_id=customer(number),
        partner_id=PARTNER,
        currency="EUR",
        amount_minor=5000,
        left_minor=5000,
        status="succeeded",
        method_label="",
        return_url="",
        provider="cash",
        created_at=NOW,
    )
