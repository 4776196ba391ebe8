"""
Pay the next period of prepaid services from the credit: bill, payment, cursor and data, all or nothing.

One bill for what an account pays on one day, paid at once (docs/decisions/0006-prepaid-days-are-bills.md).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import charging
from billing.domain.line import Code, Line
from billing.models import Account, Invoice
from billing.queries.prepaid import Held, members
from billing.usecases.allocate import pay_from_credit
from billing.usecases.grant_data import grant_included
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from shared import clock
from shared.failpoint import failpoint


class CreditMissing(RuntimeError):
    """
    The account's credit has no payment or credit note behind it: a fault, so nothing of this is booked.
    """


def charge_prepaid(session: Session, account: Account, due: Sequence[Held], *, now: datetime) -> None:
    """
    Bill the next step of each of *due* and pay it from the credit, which is known to be enough.

    :raises CreditMissing: if there is less money than the account says
    """
    charged = [Charged(line=line_of(held), subscription_id=held.subscription.id) for held in due]
    today = clock.local_date(now, account.timezone)
    invoice = issue_invoice(session, account, charged, issued_on=today, due_on=today, now=now)
    if invoice:
        _pay(session, account, invoice, now=now)
    failpoint("billing.prepaid.inside")
    for held in due:
        _move_on(session, held, now=now)


def line_of(held: Held) -> Line:
    """
    Return the line of what *held* pays next.
    """
    step = held.step
    first = held.subscription.charged_through in (None, held.price.from_on)
    code = Code.FIRST_PERIOD if first else Code.RECURRING
    return replace(charging.line(held.price, step.period, step.whole, code=code), amount=step.amount)


def _pay(session: Session, account: Account, invoice: Invoice, *, now: datetime) -> None:
    pay_from_credit(session, account, invoice, now=now)
    if invoice.open_minor:
        raise CreditMissing(account.customer_id)
    tell_invoice(session, invoice)


def _move_on(session: Session, held: Held, *, now: datetime) -> None:
    step, head = held.step, held.subscription
    for subscription in (head, *members(session, head)):
        subscription.charged_through = step.period.end
        subscription.anchor_day = held.service.anchor_day
        grant_included(session, subscription, step.whole if held.service.daily else step.period, now=now)
