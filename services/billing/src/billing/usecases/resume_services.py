"""Services that were paused for lack of credit work again; the days of the pause cost nothing."""

from datetime import date

from sqlalchemy.orm import Session

from billing.domain.subscription import Status
from billing.models import Account
from billing.queries.prepaid import Held, members, short
from billing.usecases.keep_segments import reopen_segment
from billing.usecases.open_subscriptions import change


def resume(session: Session, held: Held) -> None:
    """
    Let a paused service and the members of its bundle go on from the day it is paid until.
    """
    start = held.service.paid_until
    for subscription in (held.subscription, *members(session, held.subscription)):
        subscription.short_since_on = None
        subscription.charged_through = start
        reopen_segment(session, subscription, start)
        change(session, subscription, status=Status.ACTIVE, starts_on=subscription.starts_on)


def resume_unpaid(session: Session, account: Account, *, on: date) -> None:
    """
    Let every such service go on from *on*: the account is billed afterwards and needs no credit.
    """
    for held in short(session, account):
        again = held.starting(on, billing_day=account.billing_day)
        if not again.service.ended:
            resume(session, again)
