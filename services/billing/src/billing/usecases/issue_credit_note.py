"""
Give back part of a bill: each line at most once, with its tax, against its own debt first (billing.md B.5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.document import CreditStatus
from billing.domain.line import tax_of_credit
from billing.domain.reason import told_because, worded
from billing.models import Account, CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.usecases.allocate import set_off
from billing.usecases.issue_invoice import buyer_of, seller_of
from billing.usecases.post import post
from billing.usecases.take_number import document_number
from billing.usecases.undo_write_off import undo_write_off
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.ids import new_id
from shared.money import Money
from shared.periods import Period


@dataclass(frozen=True, kw_only=True)
class Cut:
    """
    What of an invoice line goes back: *amount* for *period* (None: the line has no period).
    """

    line: InvoiceLine
    amount: Money
    period: Period | None


def whole(invoice: Invoice) -> list[Cut]:
    """
    Return everything of *invoice* that was not credited yet.
    """
    return left_of(invoice.lines)


def left_of(lines: Iterable[InvoiceLine]) -> list[Cut]:
    """
    Return what of *lines* was not credited yet.
    """
    return [Cut(line=line, amount=line.left, period=line.line().period) for line in lines if line.left.minor]


def issue_credit_note(
    session: Session,
    account: Account,
    invoice: Invoice,
    cuts: list[Cut],
    *,
    reason: str,
    on: date,
    now: datetime,
    note_id: str | None = None,
) -> CreditNote:
    """
    Credit *cuts* of *invoice*: its open part is cancelled first, the rest becomes the customer's credit.
    """
    note = CreditNote(
        id=note_id or new_id("cn"),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        invoice_id=invoice.id,
        order_id=invoice.order_id,
        currency=account.currency,
        **worded(reason),
        issued_on=on,
        created_at=now,
        seller=seller_of(session, account),
        buyer=buyer_of(session, account),
        status=CreditStatus.REFUND_DUE,
        lines=[_line(i, cut) for i, cut in enumerate(cuts)],
    )
    note.total_minor = note.left_minor = sum(cut.amount.minor for cut in cuts)
    note.tax_minor = sum(line.tax_minor for line in note.lines)
    if invoice.written_off_minor:  # a note corrects what was given up; it never becomes credit
        undo_write_off(session, account, invoice, at_most=note.total_minor - invoice.open_minor, now=now)
    _post(session, account, note, invoice, cuts, now=now)
    note.number = document_number(session, series="credit_note", partner_id=account.partner_id, year=on.year)
    session.add(note)
    session.flush()
    _tell(session, note)
    return note


def _line(position: int, cut: Cut) -> CreditNoteLine:
    line = cut.line
    tax = tax_of_credit(
        tax=Money(line.tax_minor, line.currency),
        amount=Money(line.amount_minor, line.currency),
        before=Money(line.credited_minor, line.currency),
        now=cut.amount,
    )
    line.credited_minor += cut.amount.minor
    line.credited_tax_minor += tax.minor
    return CreditNoteLine(
        position=position,
        invoice_line_id=line.id,
        label=line.label,
        days=cut.period.days if cut.period else 0,
        from_on=cut.period.start if cut.period else None,
        until_on=cut.period.end if cut.period else None,
        amount_minor=cut.amount.minor,
        tax_minor=tax.minor,
    )


def _post(
    session: Session, account: Account, note: CreditNote, invoice: Invoice, cuts: list[Cut], *, now: datetime
) -> None:
    sold = [
        ledger.Sold(cut.line.kind, cut.line.vat_basis_points, cut.amount.minor, line.tax_minor)
        for cut, line in zip(cuts, note.lines, strict=True)
    ]
    entries = ledger.credit_note_issued(account.customer_id, sold, owed=invoice.open_minor)
    set_off(session, note, invoice, now=now)
    post(session, account, kind="credit_note_issued", ref=note.id, entries=entries, now=now)


def _tell(session: Session, note: CreditNote) -> None:
    tell(
        session,
        facts.CreditNoteIssued(
            credit_note_id=note.id,
            number=note.number,
            invoice_id=note.invoice_id,
            customer_id=note.customer_id,
            partner_id=note.partner_id,
            total=note.total,
            issued_on=note.issued_on,
            reason=note.reason,
            because=told_because(note.because),
        ),
    )
