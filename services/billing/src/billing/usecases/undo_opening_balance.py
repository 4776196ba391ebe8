"""An opening balance that was wrong is taken back by entries of its own; then another can be entered."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.payment import Status
from billing.models import Account, Invoice, OpeningBalance, Payment
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.credit_lines import check_reason
from billing.usecases.issue_credit_note import issue_credit_note, whole
from billing.usecases.post import post, tell_balance
from billing.usecases.record_payment import account_for_staff
from billing.usecases.refund_payment import promised
from billing.usecases.set_opening_balance import audit_opening, standing_opening
from billing.usecases.take_back import take_back
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Conflict


class NoOpening(Conflict, code="no_opening", title="This opening balance cannot be taken back"):
    """
    There is none, or some of it was paid out.
    """


def undo_opening_balance(
    session: Session, *, customer_id: str, reason: str, partner_ids: frozenset[str] | None, now: datetime
) -> OpeningBalance:
    """
    Take the opening balance back: its bill is credited, or its money goes out of what it paid.

    :raises NotFound: if there is no such customer among *partner_ids* (None: all)
    :raises NoOpening: if none stands, or some of it was paid out
    :raises Invalid: if no reason is given
    """
    account = account_for_staff(session, customer_id, partner_ids)
    found = standing_opening(session, customer_id)
    if found is None:
        raise NoOpening("None stands.")
    check_reason(reason)
    before = account.balance.minor
    if found.amount_minor < 0:
        invoice = session.get_one(Invoice, found.target_id, populate_existing=True)
        if cuts := whole(invoice):
            today = clock.local_date(now, account.timezone)
            issue_credit_note(session, account, invoice, cuts, reason=reason.strip(), on=today, now=now)
    else:
        _take_out(
            session, account, session.get_one(Payment, found.target_id, populate_existing=True), now=now
        )
    found.undone_at = now
    use_credit_as_set(session, account, now=now)
    tell(
        session,
        facts.OpeningBalanceUndone(
            customer_id=customer_id,
            partner_id=account.partner_id,
            amount=found.amount,
            reason=reason.strip(),
        ),
    )
    audit_opening(session, account, found, "opening_balance_undone", reason.strip(), now=now)
    tell_balance(session, account, before=before)
    session.flush()
    return found


def _take_out(session: Session, account: Account, payment: Payment, *, now: datetime) -> None:
    if promised(session, payment.id) or payment.status is not Status.SUCCEEDED:
        raise NoOpening("Some of it was paid out.")
    take_back(session, account, payment, amount=payment.amount_minor - payment.left_minor, now=now)
    payment.left_minor, payment.status = 0, Status.REVERSED
    entries = ledger.opening_credit(account.customer_id, -payment.amount_minor)
    post(session, account, kind="opening_undone", ref=payment.id, entries=entries, now=now)
