"""Issue a bill: lines, tax per rate, posting, number. From then on it never changes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain import document, ledger
from billing.domain.basket import with_tax
from billing.domain.line import Line
from billing.models import Account, Customer, Invoice, InvoiceLine, columns
from billing.queries.settings import settings_of
from billing.usecases.lock_account import partner_of
from billing.usecases.post import post
from billing.usecases.take_number import document_number
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Charged:
    """
    A line to be billed, and the subscription it is for.
    """

    line: Line
    subscription_id: str | None


def issue_invoice(
    session: Session,
    account: Account,
    charged: list[Charged],
    *,
    order_id: str | None = None,
    run_id: str | None = None,
    issued_on: date,
    due_on: date,
    kind: document.InvoiceKind | None = None,
    now: datetime,
) -> Invoice | None:
    """
    Bill *charged*, unpaid; return None when there is nothing to pay (no document over zero).
    """
    taxes = [tax.minor for tax in with_tax([item.line for item in charged])]
    total = sum(item.line.amount.minor for item in charged)
    if total == 0:
        return None
    invoice = Invoice(
        id=new_id("inv"),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        order_id=order_id,
        run_id=run_id,
        kind=kind or _kind(charged),
        currency=account.currency,
        total_minor=total,
        tax_minor=sum(taxes),
        open_minor=total,
        issued_on=issued_on,
        due_on=due_on,
        created_at=now,
        seller=seller_of(session, account),
        buyer=buyer_of(session, account),
        lines=[_line(i, item, tax) for i, (item, tax) in enumerate(zip(charged, taxes, strict=True))],
    )
    sold = [
        ledger.Sold(line.kind, line.vat_basis_points, line.amount_minor, line.tax_minor)
        for line in invoice.lines
    ]
    entries = ledger.invoice_issued(account.customer_id, sold)
    post(session, account, kind="invoice_issued", ref=invoice.id, entries=entries, now=now)
    invoice.number = _number(session, invoice)
    session.add(invoice)
    return invoice


def tell_invoice(session: Session, invoice: Invoice) -> None:
    """
    Tell the others that a bill was issued, and whether it is paid already: then its receipt says all.
    """
    status = document.invoice_status(
        total=invoice.total, open_amount=invoice.open, due_on=invoice.due_on, today=invoice.issued_on
    )
    tell(
        session,
        facts.InvoiceIssued(
            invoice_id=invoice.id,
            number=invoice.number,
            customer_id=invoice.customer_id,
            partner_id=invoice.partner_id,
            total=invoice.total,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            status=status.value,
            open=invoice.open,
            mail=invoice.open_minor > 0 and _is_mailed(session, invoice),
        ),
    )


def _is_mailed(session: Session, invoice: Invoice) -> bool:
    account = session.get_one(Account, invoice.customer_id)
    return settings_of(session, account).mail_invoices


def seller_of(session: Session, account: Account) -> dict[str, str]:
    """
    Return the seller as the document will always show it.
    """
    partner = partner_of(session, account.partner_id)
    return {"name": partner.name if partner else ""}


def buyer_of(session: Session, account: Account) -> dict[str, str]:
    """
    Return the buyer as the document will always show it.
    """
    customer = session.get(Customer, account.customer_id)
    if customer is None:
        return {"name": "", "number": "", "address": ""}
    return {
        "name": customer.full_name,
        "number": f"{customer.number:06d}",
        "address": customer.address,
    }


def _number(session: Session, invoice: Invoice) -> str:
    of_its_own = invoice.kind is document.InvoiceKind.OPENING
    series = "opening" if of_its_own else "invoice"
    year = invoice.issued_on.year
    number = document_number(session, series=series, partner_id=invoice.partner_id, year=year)
    return f"O{number}" if of_its_own else number


def _kind(charged: list[Charged]) -> document.InvoiceKind:
    recurring = any(item.line.period for item in charged)
    return document.InvoiceKind.RECURRING if recurring else document.InvoiceKind.ONE_TIME


def _line(position: int, item: Charged, tax: int) -> InvoiceLine:
    return InvoiceLine(
        id=new_id("inl"),
        position=position,
        subscription_id=item.subscription_id,
        tax_minor=tax,
        credited_minor=0,
        credited_tax_minor=0,
        **columns(item.line),
    )
