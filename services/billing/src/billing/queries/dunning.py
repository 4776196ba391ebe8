"""What decides about an account's standing: its open bills, its balance and the settings in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session, lazyload

from billing.domain import payment as payments
from billing.domain.document import InvoiceKind
from billing.domain.dunning import (
    SEVERITY,
    Case,
    Document,
    Dunning,
    counted,
    moment,
    outlook,
    verdict,
)
from billing.domain.reminders import plan
from billing.domain.settings import BillingSettings, layered
from billing.models import Account, Customer, DunningEvent, Invoice, Partner, Payment
from shared import clock
from shared.money import Money

DOCUMENT = (
    *(Invoice.id, Invoice.issued_on, Invoice.due_on, Invoice.extended_to, Invoice.open_minor, Invoice.kind),
)


@dataclass(frozen=True, kw_only=True)
class Threatened:
    """
    An account that is about to be blocked or deactivated.
    """

    customer_id: str
    full_name: str
    number: int
    state: Dunning
    owed: Money
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class TodaysBill:
    """
    What a bill issued *today* would lead to.
    """

    today: date
    days: tuple[tuple[date, str], ...]


def bill_of_today(partner: Partner, settings: BillingSettings) -> TodaysBill:
    """
    Return the days a bill of today, over more than any minimum, would lead to by *settings*.
    """
    today = clock.today(partner.timezone)
    bill = Document(issued_on=today, due_on=today + timedelta(days=settings.due_days), open_minor=1)
    lowest = settings.min_balance_minor - 1
    case = Case(documents=[bill], balance_minor=lowest, settings=settings, timezone=partner.timezone)
    reminders = tuple((on, "reminder") for _step, on in plan(bill, settings.reminders))
    days = sorted((*reminders, *outlook(case).days), key=lambda each: each[0])
    return TodaysBill(today=today, days=((today, "issued"), *days))


def threatened(session: Session, partner: Partner, settings: BillingSettings) -> list[Threatened]:
    """
    Return who would be worse off tomorrow than now by the partner's *settings*, the most severe first.

    Customers' own values stay over them, as always.
    """
    found = []
    for account, case in cases_of_partner(session, partner, settings):
        tomorrow = clock.today(account.timezone) + timedelta(days=1)
        then = verdict(case, moment(tomorrow, 23, account.timezone), present=account.dunning)
        if SEVERITY.index(then) > SEVERITY.index(account.dunning):
            found.append(_threat(session, account, case, then))
    return sorted(found, key=lambda each: (-SEVERITY.index(each.state), each.full_name))


def cases_of_partner(
    session: Session, partner: Partner, settings: BillingSettings
) -> Iterator[tuple[Account, Case]]:
    """
    Yield every account of the partner that owes, with its case as the partner's *settings* would have it.
    """
    paying = paying_since(session, Payment.partner_id == partner.id)
    for account, invoices in _owing(session, partner):
        yield (
            account,
            Case(
                documents=[document(each, paying.get(each.id)) for each in invoices],
                balance_minor=account.balance.minor,
                settings=layered(settings, account.own_settings),
                timezone=account.timezone,
                excused_on=account.excused_on,
            ),
        )


def _owing(session: Session, partner: Partner) -> list[tuple[Account, list[Invoice]]]:
    mine = select(Account).where(Account.partner_id == partner.id, Account.owed_minor > 0)
    accounts = {account.customer_id: account for account in session.scalars(mine)}
    owing: dict[str, list[Invoice]] = {}
    query = select(Invoice).where(Invoice.partner_id == partner.id, Invoice.open_minor > 0)
    for invoice in session.scalars(query.options(lazyload(Invoice.lines))):
        owing.setdefault(invoice.customer_id, []).append(invoice)
    return [(accounts[customer_id], found) for customer_id, found in owing.items() if customer_id in accounts]


def _threat(session: Session, account: Account, case: Case, then: Dunning) -> Threatened:
    customer = session.get(Customer, account.customer_id)
    return Threatened(
        customer_id=account.customer_id,
        full_name=customer.full_name if customer else "",
        number=customer.number if customer else 0,
        state=then,
        owed=Money(sum(each.open_minor for each in counted(case)), account.currency),
        due_on=outlook(case).due_on,
    )


def open_invoices(session: Session, customer_id: str) -> list[Invoice]:
    """
    Return the unpaid bills of a customer, the oldest due first.
    """
    query = select(Invoice).where(Invoice.customer_id == customer_id, Invoice.open_minor > 0)
    return list(session.scalars(query.order_by(Invoice.due_on, Invoice.id)))


def document(invoice: Invoice | Row[Any], paying_since: datetime | None = None) -> Document:
    """
    Return an unpaid bill, or a row of its columns DOCUMENT, as dunning sees it.
    """
    return Document(
        issued_on=invoice.issued_on,
        due_on=invoice.extended_to or invoice.due_on,
        open_minor=invoice.open_minor,
        one_time=invoice.kind is InvoiceKind.ONE_TIME,
        paying_since=paying_since,
        invoice_id=invoice.id,
    )


def history_of(session: Session, customer_id: str) -> list[DunningEvent]:
    """
    Return the steps of an account, oldest first.
    """
    query = select(DunningEvent).where(DunningEvent.customer_id == customer_id)
    return list(session.scalars(query.order_by(DunningEvent.seq)))


def paying_since(session: Session, whose: ColumnElement[bool]) -> dict[str, datetime]:
    """
    Return the bills a payment is under way for, and since when.
    """
    query = select(Payment.invoice_ids, Payment.created_at).where(whose, Payment.status.in_(payments.OPEN))
    rows = session.execute(query.order_by(Payment.created_at.desc()))
    return {invoice_id: since for invoice_ids, since in rows for invoice_id in invoice_ids}
