"""A person gives up a refund the provider refuses: the money is the customer's credit again."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.document import CreditStatus, RefundStatus
from billing.models import CreditNote, Payment, Refund
from billing.usecases.lock_account import lock_account
from billing.usecases.post import post, tell_balance
from billing.usecases.write_audit import write_audit
from shared.errors import Conflict, NotFound


class RefundUnderWay(Conflict, code="refund_under_way", title="This refund is not stuck"):
    """
    It was paid, or the provider still works on it.
    """


def give_up_refund(
    session: Session, *, refund_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Refund:
    """
    Take a parked refund's promise back; its credit note is due again.

    :raises NotFound: if there is no such refund among *partner_ids* (None: all)
    :raises RefundUnderWay: if it is not parked
    """
    refund = session.get(Refund, refund_id)
    if refund is None or (partner_ids is not None and refund.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=refund.customer_id)
    session.refresh(refund)
    if refund.status is not RefundStatus.PARKED or refund.currency != account.currency:
        raise RefundUnderWay
    before = account.balance.minor
    refund.status = RefundStatus.GIVEN_UP
    _give_back(session, refund)
    entries = ledger.refund_given_up(account.customer_id, refund.amount_minor)
    post(session, account, kind="refund_given_up", ref=refund.id, entries=entries, now=now)
    write_audit(session, account, action="refund_given_up", target=refund.id, now=now, amount=refund.amount)
    tell_balance(session, account, before=before)
    session.flush()
    return refund


def _give_back(session: Session, refund: Refund) -> None:
    if refund.credit_note_id:
        note = session.get_one(CreditNote, refund.credit_note_id)
        note.left_minor += refund.amount_minor
        note.status = CreditStatus.REFUND_DUE
    else:
        session.get_one(Payment, refund.payment_id).left_minor += refund.amount_minor
