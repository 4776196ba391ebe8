"""
Credit a whole invoice and bill chosen lines of it again, in one action: for a wrong address, name or line.

The new bill shows the buyer as known now. What was paid for the old one pays the new one.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing.models import Account, CreditNote, Invoice
from billing.queries.settings import settings_of
from billing.usecases.allocate import allocate, use_credit
from billing.usecases.collect_bills import collect_bills
from billing.usecases.credit_lines import check_reason, lock_invoice
from billing.usecases.issue_credit_note import issue_credit_note, whole
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from billing.usecases.pay_bills import under_way
from billing.usecases.post import tell_balance
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import Conflict, FieldError, Invalid


class PartlyCredited(Conflict, code="partly_credited", title="Part of this invoice was credited"):
    """
    What is left of its lines is no price of a plan, so it cannot be billed again.
    """


def credit_and_reissue(
    session: Session,
    *,
    invoice_id: str,
    note_id: str,
    line_ids: Collection[str],
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> tuple[CreditNote, Invoice | None]:
    """
    Credit all of the invoice and bill the lines named again; the same *note_id* again changes nothing.

    :raises NotFound: if there is no such invoice among *partner_ids* (None: all)
    :raises PartlyCredited: if anything of it was credited before
    :raises Invalid: if a line is not of it, or no reason is given
    """
    invoice, account = lock_invoice(session, invoice_id, partner_ids)
    known = session.get(CreditNote, note_id)
    if known is not None and known.invoice_id == invoice.id:
        return known, None
    _check(invoice, line_ids, reason)
    before, today = account.balance.minor, clock.local_date(now, account.timezone)
    note = issue_credit_note(
        session, account, invoice, whole(invoice), reason=reason.strip(), on=today, now=now, note_id=note_id
    )
    again = _bill_again(session, account, invoice, line_ids, now=now)
    if again:
        allocate(session, account, source=note, invoice=again, now=now)
    settings = settings_of(session, account)
    if settings.use_credit:
        use_credit(session, account, now=now)
    if again:
        tell_invoice(session, again)
    if again and settings.charge_card and not _is_being_paid(session, invoice):
        collect_bills(session, account, [again], now=now)
    write_audit(
        session,
        account,
        action="invoice_reissued",
        target=invoice.id,
        now=now,
        credit_note=note.id,
        invoice=again.id if again else "",
    )
    tell_balance(session, account, before=before)
    session.flush()
    return note, again


def _is_being_paid(session: Session, invoice: Invoice) -> bool:
    # Money on its way for the old bill pays the new one; a payment nobody has asked for yet comes to nothing.
    payment = under_way(session, invoice.customer_id, [invoice.id])
    return payment is not None and payment.tries > 0


def _check(invoice: Invoice, line_ids: Collection[str], reason: str) -> None:
    if any(line.credited_minor for line in invoice.lines):
        raise PartlyCredited
    if set(line_ids) - {line.id for line in invoice.lines}:
        raise Invalid(FieldError("#/lines", "unknown", "Choose lines of this invoice."))
    check_reason(reason)


def _bill_again(
    session: Session, account: Account, invoice: Invoice, line_ids: Collection[str], *, now: datetime
) -> Invoice | None:
    session.flush()  # the old lines are credited before the new ones charge the same days
    today = clock.local_date(now, account.timezone)
    charged = [
        Charged(line=line.line(), subscription_id=line.subscription_id)
        for line in invoice.lines
        if line.id in line_ids
    ]
    later = today + timedelta(days=settings_of(session, account).due_days)
    due = invoice.due_on if invoice.due_on > today else later
    return issue_invoice(
        session, account, charged, order_id=invoice.order_id, issued_on=today, due_on=due, now=now
    )
