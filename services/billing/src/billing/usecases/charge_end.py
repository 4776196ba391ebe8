"""What ending a service costs: on the last bill, or at once where credit pays for everything."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.line import Line
from billing.models import Account, Subscription
from billing.queries.ending import fee_of
from billing.queries.prepaid import is_prepaid
from billing.usecases.await_bill import await_bill
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from shared import clock


def charge_end(session: Session, account: Account, head: Subscription, *, now: datetime) -> None:
    """
    Charge what was booked with the end of *head* (nothing where the fee was waived).
    """
    if not head.end_fee_minor or head.ends_on is None:
        return
    line = fee_of(session, head, head.ends_on)
    if line is None:
        return
    if is_prepaid(account):
        _bill(session, account, head, line, now=now)
        return
    await_bill(session, account, line, subscription_id=head.id, source=f"end:{head.id}", now=now)


def _bill(session: Session, account: Account, head: Subscription, line: Line, *, now: datetime) -> None:
    today = clock.local_date(now, account.timezone)
    charged = [Charged(line=line, subscription_id=head.id)]
    invoice = issue_invoice(session, account, charged, issued_on=today, due_on=today, now=now)
    if invoice:
        tell_invoice(session, invoice)
