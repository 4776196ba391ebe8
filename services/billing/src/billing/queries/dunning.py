"""What decides about an account's standing: its open bills, its balance and the settings in force."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain import payment as payments
from billing.domain.document import InvoiceKind
from billing.domain.dunning import Case, Document, Dunning, Outlook, counted, outlook
from billing.models import Account, DunningEvent, Invoice, Payment
from billing.queries.settings import settings_of
from shared import clock
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    How an account stands on *today*, what is ahead, and which bills more time can be given for.
    """

    state: Dunning
    ahead: Outlook
    days: tuple[tuple[date, str], ...]
    owed: Money
    today: date
    extendable: tuple[Invoice, ...]
    history: tuple[DunningEvent, ...]


def standing_of(session: Session, account: Account) -> Standing:
    """
    Return how the account stands, as a screen shows it.
    """
    case = case_of(session, account)
    ahead = outlook(case)
    days = ((ahead.due_on, "due"), (ahead.blocked_on, "blocked"), (ahead.inactive_on, "inactive"))
    return Standing(
        state=account.dunning,
        ahead=ahead,
        days=tuple((on, code) for on, code in days if on),
        owed=Money(sum(each.open_minor for each in counted(case)), account.currency),
        today=clock.today(account.timezone),
        extendable=tuple(
            each for each in open_invoices(session, account.customer_id) if each.extended_to is None
        ),
        history=tuple(history_of(session, account.customer_id)),
    )


def case_of(session: Session, account: Account) -> Case:
    """
    Return all that decides about the account.
    """
    paying = paying_since(session, account.customer_id)
    return Case(
        documents=[
            document(invoice, paying.get(invoice.id))
            for invoice in open_invoices(session, account.customer_id)
        ],
        balance_minor=account.balance.minor,
        settings=settings_of(session, account),
        timezone=account.timezone,
        excused_on=account.excused_on,
    )


def open_invoices(session: Session, customer_id: str) -> list[Invoice]:
    """
    Return the unpaid bills of a customer, the oldest due first.
    """
    query = select(Invoice).where(Invoice.customer_id == customer_id, Invoice.open_minor > 0)
    return list(session.scalars(query.order_by(Invoice.due_on, Invoice.id)))


def paying_since(session: Session, customer_id: str) -> dict[str, datetime]:
    """
    Return the bills a payment is under way for, and since when.
    """
    query = select(Payment.invoice_ids, Payment.created_at).where(
        Payment.customer_id == customer_id, Payment.status.in_(payments.OPEN)
    )
    rows = session.execute(query.order_by(Payment.created_at.desc()))
    return {invoice_id: since for invoice_ids, since in rows for invoice_id in invoice_ids}


def document(invoice: Invoice, paying_since: datetime | None = None) -> Document:
    """
    Return an unpaid bill as dunning sees it.
    """
    return Document(
        issued_on=invoice.issued_on,
        due_on=invoice.payable_on,
        open_minor=invoice.open_minor,
        one_time=invoice.kind is InvoiceKind.ONE_TIME,
        paying_since=paying_since,
    )


def history_of(session: Session, customer_id: str) -> list[DunningEvent]:
    """
    Return the steps of an account, oldest first.
    """
    query = select(DunningEvent).where(DunningEvent.customer_id == customer_id)
    return list(session.scalars(query.order_by(DunningEvent.seq)))


def next_seq(session: Session, customer_id: str) -> int:
    """
    Return the number of the account's next step.
    """
    query = select(func.coalesce(func.max(DunningEvent.seq), 0)).filter_by(customer_id=customer_id)
    return int(session.execute(query).scalar_one()) + 1
