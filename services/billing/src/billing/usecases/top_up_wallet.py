"""
A prepaid customer pays money onto the balance, by a saved card or on the provider's page.

It becomes credit only when the provider has it, as any payment does (``settle_payment``); paused services it
is enough for come back by themselves (``return_prepaid``). One is paid at a time, so that pressing
twice does not pay twice.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.domain.payment import Status
from billing.domain.top_up import TopUpNotPossible, check
from billing.models import Account, Customer, Payment
from billing.queries.prepaid import is_prepaid
from billing.queries.top_up import limits_of, may_try_again, running_top_up
from billing.usecases.lock_account import account_of, lock_account
from billing.usecases.open_payment import PayBy, begin_payment
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import NotFound
from shared.money import Money


def top_up_wallet(session: Session, *, customer_id: str, amount: Money, how: PayBy, now: datetime) -> Payment:
    """
    Begin to pay *amount* onto the customer's balance.

    :raises NotFound: if the customer pays bills and has no balance to top up
    :raises Invalid: if the amount is of another currency or outside the partner's limits
    :raises TopUpNotPossible: if another top-up is under way
    :raises PaymentMethodRejected: if the card named cannot be used
    """
    account = _wallet(session, customer_id)
    check(amount, limits_of(session, account, today=clock.local_date(now, account.timezone)))
    return _begin(session, account, amount, how, retry_of=None, now=now)


def retry_top_up(
    session: Session, *, customer_id: str, payment_id: str, how: PayBy, now: datetime
) -> Payment:
    """
    Begin to pay the same amount as a top-up that failed.

    :raises NotFound: if the customer has no such payment
    :raises TopUpNotPossible: if it did not fail, something else took its place, or another one is under way
    :raises PaymentMethodRejected: if the card named cannot be used
    """
    account = _wallet(session, customer_id)
    failed = session.get(Payment, payment_id)
    if failed is None or failed.customer_id != customer_id or failed.purpose is not Purpose.BALANCE:
        raise NotFound
    if not may_try_again(session, failed):
        raise TopUpNotPossible("There is nothing to try again with this payment.")
    return _begin(session, account, failed.amount, how, retry_of=failed.id, now=now)


def _wallet(session: Session, customer_id: str) -> Account:
    customer = session.get(Customer, customer_id)
    account = account_of(session, customer) if customer else lock_account(session, customer_id=customer_id)
    if not is_prepaid(account):
        raise NotFound
    return account


def _begin(
    session: Session, account: Account, amount: Money, how: PayBy, *, retry_of: str | None, now: datetime
) -> Payment:
    _make_way(session, account)
    payment = begin_payment(
        session,
        account,
        how,
        amount=amount,
        purpose=Purpose.BALANCE,
        retry_of=retry_of,
        now=now,
    )
    write_audit(session, account, action="top_up_begun", target=payment.id, now=now, amount=payment.amount)
    return payment


def _make_way(session: Session, account: Account) -> None:
    # One that waits for the customer is given up for the new one; one the bank works on has to end first.
    running = running_top_up(session, account.customer_id)
    if running is None:
        return
    if running.status is not Status.ACTION_REQUIRED or running.superseded:
        raise TopUpNotPossible(
            "Another top-up is under way. Wait for its outcome.", params={"payment_id": running.id}
        )
    running.superseded = True
