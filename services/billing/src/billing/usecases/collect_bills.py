"""Charge a card for bills without being asked: the card a change named, or the customer's default one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.models import Account, Invoice, Payment
from billing.queries.cards import usable_cards
from billing.usecases.open_payment import PayBy, begin_payment
from billing.usecases.pay_bills import under_way
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.money import Money


def collect_bills(
    session: Session,
    account: Account,
    invoices: Sequence[Invoice],
    *,
    method_id: str | None = None,
    now: datetime,
    failed: Payment | None = None,
) -> Payment | None:
    """
    Begin one automatic payment of what is open; None if nothing is, one is under way, or there is no card.

    A failure is tried again by ``retry_collections``; *failed* is the try this one follows.
    """
    session.flush()
    owed = [each for each in invoices if each.open_minor > 0 and not _under_way(session, each)]
    card = _card(session, account.customer_id, method_id, now=now) if owed else None
    if card is None:
        return None
    payment = begin_payment(
        session,
        account,
        PayBy(method_id=card, return_url=""),
        amount=Money(sum(each.open_minor for each in owed), account.currency),
        purpose=Purpose.BILLS,
        invoice_ids=[each.id for each in owed],
        retry_of=failed.id if failed else None,
        now=now,
    )
    payment.automatic, payment.ask_at = True, clock.real_now()
    payment.round = failed.round + 1 if failed else 1
    payment.tried_from_on = (failed and failed.tried_from_on) or clock.local_date(now, account.timezone)
    write_audit(
        session, account, action="collection_begun", target=payment.id, now=now, amount=payment.amount
    )
    session.flush()
    return payment


def _under_way(session: Session, invoice: Invoice) -> bool:
    return under_way(session, invoice.customer_id, [invoice.id]) is not None


def _card(session: Session, customer_id: str, method_id: str | None, *, now: datetime) -> str | None:
    usable = [each.id for each in usable_cards(session, [customer_id], now=now).get(customer_id, ())]
    return method_id if method_id in usable else next(iter(usable), None)
