"""
Charge the saved cards for the bills a batch has just issued: one payment for each account, begun in the same
transaction and made by a worker afterwards, like any other (``collect_bills`` does it for one account).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.domain.payment import Status
from billing.models import Payment, PaymentMethod
from billing.queries.cards import usable_cards
from billing.queries.rating import Rated
from billing.usecases.issue_bills import IssuedBill
from billing.usecases.open_payment import PROVIDER
from billing.usecases.write_audit import Note, write_audits
from shared import clock, context
from shared.bulk import insert_rows
from shared.bus.outbox import wake
from shared.ids import new_ids
from shared.money import Money

PAYMENT = (
    *("id", "customer_id", "partner_id", "currency", "amount_minor", "left_minor", "purpose", "invoice_ids"),
    *("method_id", "method_token", "method_label", "save_card", "return_url", "provider", "status", "tries"),
    *("automatic", "round", "superseded", "tried_from_on", "correlation_id", "ask_at", "created_at"),
)
AMOUNT = PAYMENT.index("amount_minor")


def collect_issued(
    session: Session,
    rated: Sequence[Rated],
    issued: Mapping[str, Sequence[IssuedBill]],
    *,
    open_now: Mapping[str, int],
    now: datetime,
) -> None:
    """
    Begin the payments of those who have their card charged; *open_now* says what credit has paid already.

    A bill made in this transaction cannot have another payment, so none is looked for.
    """
    owed = dict(_owed(rated, issued, open_now))
    cards = usable_cards(session, list(owed), now=now) if owed else {}
    paying = [each for each in rated if each.account.customer_id in cards]
    if not paying:
        return
    rows = []
    for payment_id, each in zip(new_ids("pay", len(paying)), paying, strict=True):
        customer_id = each.account.customer_id
        rows.append(_payment(payment_id, each, cards[customer_id][0], owed[customer_id], now=now))
    insert_rows(session, Payment, PAYMENT, rows)
    write_audits(session, [_note(row) for row in rows], action="collection_begun", now=now)
    session.expire_all()
    wake(session)


def _owed(
    rated: Sequence[Rated], issued: Mapping[str, Sequence[IssuedBill]], open_now: Mapping[str, int]
) -> Iterator[tuple[str, dict[str, int]]]:
    """
    Yield each customer who wants it with what is open on which of the new bills.
    """
    for each in rated:
        customer_id = each.account.customer_id
        if each.settings.charge_card:
            bills = {bill.id: open_now.get(bill.id, bill.total_minor) for bill in issued.get(customer_id, ())}
            if owed := {id: minor for id, minor in bills.items() if minor > 0}:
                yield customer_id, owed


def _payment(
    payment_id: str, rated: Rated, card: PaymentMethod, owed: Mapping[str, int], *, now: datetime
) -> tuple[Any, ...]:
    account = rated.account
    return (
        *(payment_id, account.customer_id, account.partner_id, account.currency, sum(owed.values()), 0),
        *(Purpose.BILLS, list(owed), card.id, card.token, card.label, False, "", PROVIDER),
        *(Status.PENDING, 0, True, 1, False, clock.local_date(now, account.timezone)),
        *(context.current().correlation_id, clock.real_now(), now),
    )


def _note(row: tuple[Any, ...]) -> Note:
    payment_id, customer_id, partner_id, currency = row[:4]
    amount = Money(row[AMOUNT], currency)
    return Note(
        customer_id=customer_id, partner_id=partner_id, target=payment_id, details={"amount": str(amount)}
    )
