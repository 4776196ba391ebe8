"""
Staff records money that came outside the provider: cash, a bank transfer, or another way.

It pays the bills named, then the oldest due, and what is left is the customer's credit; the form shows that
before it is sent. The payment's id comes from the form, so that sending it twice records once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.collection import Purpose, Use, uses
from billing.domain.payment import Status
from billing.models import Account, Customer, Invoice, Payment
from billing.usecases.lock_account import account_of
from billing.usecases.post import post, tell_balance
from billing.usecases.use_payment import open_invoices, owed, use_payment
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid, NotFound
from shared.money import Money

LONGEST_AGO = timedelta(days=3 * 366)
MOST = 100_000_000


class Way(StrEnum):
    """
    How money comes and goes outside the provider.
    """

    CASH = "cash"
    BANK = "bank"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """
    What the form says: *amount* came on *received_on*, *invoice_ids* are to be paid first.
    """

    way: Way
    amount: Money
    received_on: date
    method_label: str
    invoice_ids: Sequence[str] = ()
    number: str = ""
    payer: str = ""
    comment: str = ""


def record_payment(
    session: Session,
    *,
    payment_id: str,
    customer_id: str,
    receipt: Receipt,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Payment:
    """
    Take the money into the books and use it; the same id again changes nothing.

    :raises NotFound: if there is no such customer among *partner_ids* (None: all), or a bill is not theirs
    :raises Invalid: if the amount, its currency or the day cannot be
    """
    account = account_for_staff(session, customer_id, partner_ids)
    known = session.get(Payment, payment_id)
    if known is not None:
        return _same(known, customer_id)
    _check(session, account, receipt, now=now)
    before = account.balance.minor
    payment = _payment(account, payment_id, receipt, now=now)
    session.add(payment)
    entries = ledger.payment_succeeded(customer_id, payment.provider, payment.amount_minor)
    post(session, account, kind="payment_succeeded", ref=payment.id, entries=entries, now=now)
    paid = use_payment(session, account, payment, now=now)
    _tell(session, payment, paid, now=now)
    write_audit(
        session, account, action="payment_recorded", target=payment.id, now=now, amount=payment.amount
    )
    tell_balance(session, account, before=before)
    session.flush()
    return payment


def preview_payment(
    session: Session, *, customer_id: str, amount: Money, invoice_ids: Sequence[str]
) -> tuple[list[tuple[Invoice, Money]], Money]:
    """
    Return what a payment would pay, bill by bill, and what would stay as credit.
    """
    invoices = {each.id: each for each in open_invoices(session, customer_id)}
    plan: list[Use] = uses(amount.minor, owed(list(invoices.values())), named=invoice_ids)
    found = [(invoices[use.invoice_id], Money(use.minor, amount.currency)) for use in plan]
    return found, amount - Money(sum(use.minor for use in plan), amount.currency)


def account_for_staff(session: Session, customer_id: str, partner_ids: frozenset[str] | None) -> Account:
    """
    Lock the customer's account, opening it if this is their first business.

    :raises NotFound: if there is no such customer among *partner_ids* (None: all)
    """
    customer = session.get(Customer, customer_id)
    if customer is None or (partner_ids is not None and customer.partner_id not in partner_ids):
        raise NotFound
    return account_of(session, customer)


def _same(known: Payment, customer_id: str) -> Payment:
    if known.customer_id != customer_id:
        raise NotFound
    return known


def _check(session: Session, account: Account, receipt: Receipt, *, now: datetime) -> None:
    today = clock.local_date(now, account.timezone)
    if receipt.amount.currency != account.currency:
        params = {"currency": account.currency}
        raise Invalid(FieldError("#/amount", "currency", "This account is in %(currency)s.", params))
    if not 0 < receipt.amount.minor <= MOST:
        raise Invalid(FieldError("#/amount", "out_of_range", "Enter an amount above zero, below a million."))
    if not today - LONGEST_AGO <= receipt.received_on <= today:
        raise Invalid(FieldError("#/received_on", "out_of_range", "Choose a day until today."))
    for invoice_id in receipt.invoice_ids:
        invoice = session.get(Invoice, invoice_id)
        if invoice is None or invoice.customer_id != account.customer_id:
            raise NotFound


def _payment(account: Account, payment_id: str, receipt: Receipt, *, now: datetime) -> Payment:
    return Payment(
        id=payment_id,
        purpose=Purpose.ACCOUNT,
        invoice_ids=list(receipt.invoice_ids),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        currency=account.currency,
        amount_minor=receipt.amount.minor,
        left_minor=receipt.amount.minor,
        status=Status.SUCCEEDED,
        method_label=receipt.method_label,
        return_url="",
        provider=receipt.way.value,
        received_on=receipt.received_on,
        receipt_number=receipt.number or None,
        payer=receipt.payer or None,
        comment=receipt.comment or None,
        tries=0,
        created_at=now,
        settled_at=now,
    )


def _tell(session: Session, payment: Payment, paid: list[Invoice], *, now: datetime) -> None:
    tell(
        session,
        facts.PaymentSucceeded(
            payment_id=payment.id,
            order_id=None,
            customer_id=payment.customer_id,
            partner_id=payment.partner_id,
            amount=payment.amount,
            paid_at=now,
            method_label=payment.method_label,
            invoice_number=paid[0].number if paid else None,
            purpose=payment.purpose.value,
        ),
    )
