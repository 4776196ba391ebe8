"""
Staff credits lines of an invoice: an unpaid part is cancelled first, the rest is credit or is paid out.

Nothing of a line goes back twice: the account is locked, and a line knows what of it was credited.
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, Allocation, CreditNote, Invoice, InvoiceLine, Payment
from billing.queries.crediting import unused_from
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.issue_credit_note import Cut, issue_credit_note
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PROVIDER
from billing.usecases.post import tell_balance
from billing.usecases.return_money import CARD, LONGEST_REASON, pay_out, returnable
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.money import Money
from shared.texts import Text


class LineCredited(Conflict, code="line_credited", title="This was credited already"):
    """
    Less of a line is left than is to be credited.
    """


def credit_lines(
    session: Session,
    *,
    invoice_id: str,
    note_id: str,
    amounts: Mapping[str, int],
    reason: str,
    pay_back: bool = False,
    from_on: date | None = None,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> CreditNote:
    """
    Credit so many minor units of each line named; the same *note_id* again changes nothing.

    What was paid already stays as credit, or goes back the way it was paid (*pay_back*). With *from_on* the
    amounts are for the days from then on.

    :raises NotFound: if there is no such invoice among *partner_ids* (None: all), or a line is not of it
    :raises LineCredited: if less of a line is left
    :raises Invalid: if nothing, or nothing sensible, is to be credited, or no reason is given
    """
    invoice, account = lock_invoice(session, invoice_id, partner_ids)
    known = session.get(CreditNote, note_id)
    if known is not None and known.invoice_id == invoice.id:
        return known
    cuts = _cuts(invoice, amounts, from_on)
    check_reason(reason)
    before = account.balance.minor
    today = clock.local_date(now, account.timezone)
    note = issue_credit_note(
        session, account, invoice, cuts, reason=reason.strip(), on=today, now=now, note_id=note_id
    )
    if pay_back:
        _pay_back(session, account, note, now=now)
    use_credit_as_set(session, account, now=now)
    write_audit(session, account, action="credit_note_made", target=note.id, now=now, total=note.total)
    tell_balance(session, account, before=before)
    session.flush()
    return note


def lock_invoice(
    session: Session, invoice_id: str, partner_ids: frozenset[str] | None
) -> tuple[Invoice, Account]:
    """
    Lock the account of an invoice and return both as they are now.

    :raises NotFound: if there is no such invoice among *partner_ids* (None: all)
    """
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or (partner_ids is not None and invoice.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=invoice.customer_id)
    session.refresh(invoice)
    for line in invoice.lines:
        session.refresh(line)
    return invoice, account


def check_reason(reason: str) -> None:
    """
    Refuse a document without a reason.

    :raises Invalid: if there is none
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(FieldError("#/reason", "required", "Say why, in at most 500 letters."))


def payments_of_invoice(session: Session, invoice_id: str) -> list[Payment]:
    """
    Return the payments used for an invoice, newest first.
    """
    sources = select(Allocation.source_id).where(Allocation.invoice_id == invoice_id)
    query = select(Payment).where(Payment.id.in_(sources))
    return list(session.scalars(query.order_by(Payment.created_at.desc(), Payment.id.desc())))


def _cuts(invoice: Invoice, amounts: Mapping[str, int], from_on: date | None) -> list[Cut]:
    lines = {line.id: line for line in invoice.lines}
    if set(amounts) - set(lines):
        raise NotFound
    wanted = {line_id: amount for line_id, amount in amounts.items() if amount}
    if not wanted:
        raise Invalid(FieldError("#/lines", "required", "Choose what is to be credited."))
    return [_cut(lines[line_id], amount, from_on) for line_id, amount in wanted.items()]


def _cut(line: InvoiceLine, amount: int, from_on: date | None) -> Cut:
    if amount < 0:
        raise Invalid(FieldError(f"#/{line.id}", "out_of_range", "Enter an amount above zero."))
    if amount > line.left.minor:
        raise LineCredited(
            "Of %(line)s only %(left)s is left.", params={"line": line.label, "left": line.left}
        )
    part = unused_from(line, from_on) if from_on else None
    period = part.period if part and part.amount.minor == amount else None
    if amount == line.amount_minor:
        period = line.line().period
    return Cut(line=line, amount=Money(amount, line.currency), period=period)


def _pay_back(session: Session, account: Account, note: CreditNote, *, now: datetime) -> None:
    # Each payment gives back what it can; what came from credit stays credit.
    for payment in payments_of_invoice(session, note.invoice_id):
        most = min(note.left_minor, returnable(session, payment).minor)
        if most > 0:
            pay_out(
                session,
                account,
                payment=payment,
                source=note,
                amount=most,
                way=CARD if payment.provider == PROVIDER else payment.provider,
                reason=Text("Credit note %(number)s", {"number": note.number}),
                refund_id=new_id("ref"),
                now=now,
            )
