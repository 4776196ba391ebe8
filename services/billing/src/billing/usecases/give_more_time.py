"""A person gives more time for a bill, once: all that follows from it moves along."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.dunning import check_more_time
from billing.models import Invoice
from billing.queries.dunning import document
from billing.usecases.lock_account import lock_account
from billing.usecases.review_dunning import review_dunning
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import FieldError, Invalid, NotFound

BY_MORE_TIME = "more_time"
LONGEST_REASON = 200


def give_more_time(
    session: Session,
    *,
    customer_id: str,
    invoice_id: str,
    until: date,
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Invoice:
    """
    Let the bill be due on *until* only; who was blocked by it alone has access again.

    :raises NotFound: if the customer has no such bill, or is of a partner outside *partner_ids* (None: all)
    :raises NoMoreTime: if the bill is paid, or it was done before
    :raises Invalid: if the day or the reason cannot be
    """
    account = lock_account(session, customer_id=customer_id)
    invoice = session.get(Invoice, invoice_id, populate_existing=True)
    if invoice is None or invoice.customer_id != customer_id:
        raise NotFound
    if partner_ids is not None and account.partner_id not in partner_ids:
        raise NotFound
    if len(reason) > LONGEST_REASON:
        raise Invalid(FieldError("#/reason", "too_long", "Use at most 200 characters."))
    today = clock.local_date(now, account.timezone)
    check_more_time(document(invoice), until, granted=invoice.extended_to, today=today)
    invoice.extended_to = until
    review_dunning(session, account, now=now, cause=BY_MORE_TIME)
    write_audit(
        session,
        account,
        action="more_time_given",
        target=invoice.id,
        now=now,
        until=until,
        before=invoice.due_on,
        reason=reason.strip(),
    )
    session.flush()
    return invoice
