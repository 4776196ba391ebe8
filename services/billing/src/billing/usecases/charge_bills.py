"""Staff has bills of one customer charged to the saved card, in one payment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.collection import InvoiceNotPayable
from billing.domain.many import CardNotAutomatic, NoCard
from billing.models import Payment
from billing.queries.cards import usable_cards
from billing.queries.settings import settings_of
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills, under_way
from shared import clock


def charge_bills(
    session: Session, *, customer_id: str, invoice_ids: Sequence[str], any_card: bool, now: datetime
) -> Payment:
    """
    Begin a payment of what is open on the bills by the customer's default card.

    :raises NotFound: if the customer has no such bill
    :raises InvoiceNotPayable: if nothing is open, or a payment for one of them is under way
    :raises NoCard: if there is no card that works
    :raises CardNotAutomatic: if bills are not charged to it unasked, and not *any_card*
    """
    account = lock_account(session, customer_id=customer_id)
    # A customer at the bank's page is not overtaken by us, as they could overtake themselves.
    running = under_way(session, customer_id, invoice_ids)
    if running:
        raise InvoiceNotPayable(
            "A payment for this bill is under way. Wait for its outcome.", params={"payment_id": running.id}
        )
    cards = usable_cards(session, [customer_id], now=now).get(customer_id)
    if not cards:
        raise NoCard("The customer has no saved card that works.")
    if not any_card and not settings_of(session, account).charge_card:
        raise CardNotAutomatic("Bills of this customer are not charged to the saved card automatically.")
    how = PayBy(method_id=cards[0].id, return_url="")
    payment = pay_bills(session, customer_id=customer_id, invoice_ids=invoice_ids, how=how, now=now)
    payment.ask_at = clock.real_now()  # behind those who wait for theirs
    return payment
