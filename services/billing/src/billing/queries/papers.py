"""
Invoices, credit notes, statements and receipts as papers, in the words and amounts of the portal's pages.

An invoice and a credit note are on paper as they were issued, so their bytes never change.
"""

from datetime import UTC, datetime, time

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.domain.explanation import explain
from billing.domain.tax_table import Taxed
from billing.models import CreditNote, CreditNoteLine, Customer, Invoice, InvoiceLine, Partner, Payment
from billing.queries.statement import Row, Statement
from shared.money import Money
from shared.paper import Paper, Table
from shared.periods import Period
from shared.ui.bill_words import days, days_between, line_label, line_reason, paid_with, tax_words
from shared.ui.formats import day, money, said, vat_rate

RIGHT = frozenset({1})


def invoice_paper(invoice: Invoice, *, language: str) -> Paper:
    """
    Return the invoice on paper.
    """
    return Paper(
        title=_("Bill %(number)s", number=invoice.number),
        language=language,
        sender=invoice.seller.get("name", ""),
        receiver=_receiver(invoice.buyer),
        made_at=invoice.created_at,
        facts=[
            (_("Date"), day(invoice.issued_on, "full")),
            (_("Due"), day(invoice.due_on, "full")),
            (_("Customer"), invoice.buyer.get("number", "")),
        ],
        tables=[
            Table(
                title=_("Line by line"),
                columns=[(_("What"), 80), (_("Amount"), 20)],
                rows=[(_line(line), money(_amount(line))) for line in invoice.lines],
                total=(_("Total"), money(invoice.total)),
                right=RIGHT,
            ),
            _taxes(invoice.taxed),
        ],
        notes=[_("%(sum)s VAT included", sum=money(Money(invoice.tax_minor, invoice.currency)))],
    )


def credit_note_paper(session: Session, note: CreditNote, *, language: str) -> Paper:
    """
    Return the credit note on paper.
    """
    return Paper(
        title=_("Credit note %(number)s", number=note.number),
        language=language,
        sender=note.seller.get("name", ""),
        receiver=_receiver(note.buyer),
        made_at=note.created_at,
        facts=[
            (_("Date"), day(note.issued_on, "full")),
            (_("For bill"), session.get_one(Invoice, note.invoice_id).number),
            (_("Reason"), said(note.why, "full")),
        ],
        tables=[
            Table(
                title=_("Line by line"),
                columns=[(_("What"), 80), (_("Amount"), 20)],
                rows=[_credited(line, note.currency) for line in note.lines],
                total=(_("Total"), money(note.total)),
                right=RIGHT,
            ),
            _taxes(note.taxed),
        ],
        notes=[_("%(sum)s VAT included", sum=money(Money(note.tax_minor, note.currency)))],
    )


def receipt_paper(session: Session, payment: Payment, *, language: str) -> Paper:
    """
    Return the receipt of a payment that arrived.
    """
    paid_on = payment.received_on or payment.created_at.date()
    facts = [
        (_("Date"), day(paid_on, "full")),
        (_("Amount"), money(payment.amount)),
        (_("Paid with"), paid_with(payment.method_label)),
        (_("Reference"), payment.receipt_number or payment.id),
    ]
    return Paper(
        title=_("Receipt"),
        language=language,
        sender=_seller(session, payment.partner_id),
        receiver=_receiver(_buyer(session, payment.customer_id)),
        made_at=payment.settled_at or payment.created_at,
        facts=facts,
        notes=[_("We received this amount. Thank you.")],
    )


def statement_paper(
    session: Session, statement: Statement, *, customer_id: str, partner_id: str, language: str
) -> Paper:
    """
    Return the statement on paper.
    """
    first = (day(statement.from_on, "full"), _("Balance before"), "", money(statement.opening))
    rows = [
        (day(row.on, "full"), _posting(row), money(row.amount, signed=True), money(row.balance))
        for row in statement.rows
    ]
    return Paper(
        title=_("Statement"),
        language=language,
        sender=_seller(session, partner_id),
        receiver=_receiver(_buyer(session, customer_id)),
        made_at=datetime.combine(statement.to_on, time(), UTC),
        facts=[(_("From"), day(statement.from_on, "full")), (_("To"), day(statement.to_on, "full"))],
        tables=[
            Table(
                title="",
                columns=[(_("Date"), 26), (_("What"), 40), (_("Amount"), 17), (_("Balance"), 17)],
                rows=[first, *rows],
                total=(
                    day(statement.to_on, "full"),
                    _("Balance after"),
                    "",
                    money(statement.closing),
                ),
                right=frozenset({2, 3}),
            )
        ],
        notes=[_("Below zero is what you owe, above it is your credit.")],
    )


def language_of(session: Session, customer_id: str) -> str:
    """
    Return the language documents of the customer are in.
    """
    customer = session.get(Customer, customer_id)
    return (customer.language if customer else "") or "en"


def _receiver(buyer: dict[str, str]) -> list[str]:
    lines = [buyer.get("name", ""), *buyer.get("address", "").split(", ")]
    return [line for line in lines if line]


def _buyer(session: Session, customer_id: str) -> dict[str, str]:
    customer = session.get(Customer, customer_id)
    return {"name": customer.full_name, "address": customer.address} if customer else {}


def _seller(session: Session, partner_id: str) -> str:
    partner = session.get(Partner, partner_id)
    return partner.name if partner else ""


def _taxes(taxed: list[Taxed]) -> Table:
    title, columns = tax_words()
    return Table(
        title=title,
        columns=[(column, 25) for column in columns],
        rows=[(vat_rate(row.rate), money(row.net), money(row.tax), money(row.gross)) for row in taxed],
        right=frozenset({1, 2, 3}),
    )


def _line(line: InvoiceLine) -> str:
    label = line_label(line.label, line.code)
    return f"{label}\n{line_reason(vars(explain(line.line())), style='full')}"


def _amount(line: InvoiceLine) -> Money:
    return Money(line.amount_minor, line.currency)


def _credited(line: CreditNoteLine, currency: str) -> tuple[str, str]:
    what = line_label(line.label)
    if line.from_on and line.until_on:
        last = Period(line.from_on, line.until_on).last
        what = f"{what}\n{days(line.days)}, {days_between(line.from_on, last, style='full')}"
    return what, money(Money(line.amount_minor, currency))


def _posting(row: Row) -> str:
    words = {
        "invoice_issued": _("Bill %(number)s", number=row.label),
        "credit_note_issued": _("Credit note %(number)s", number=row.label),
        "payment_succeeded": _("Payment: %(method)s", method=paid_with(row.label)),
        "payment_reversed": _("Payment taken back by the bank"),
        "payment_restored": _("Payment given back by the bank"),
        "opening_balance": _("Opening balance"),
        "opening_undone": _("Opening balance taken back"),
        "invoice_written_off": _("Bill %(number)s written off", number=row.label),
        "write_off_undone": _("Bill %(number)s open again", number=row.label),
        "refund_agreed": _("Money sent back: %(reason)s", reason=said(row.label, "full")),
        "refund_given_up": _("Money not sent back after all"),
    }
    return str(words.get(row.kind) or row.kind.replace("_", " ").capitalize())
