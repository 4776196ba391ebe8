"""
A customer belongs to another partner from now on: the account, what they hold and what is under way go along.

Documents and postings stay with the partner that issued them: their numbers and their seller are its own.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing.models import (
    Account,
    Charge,
    Order,
    Pause,
    Payment,
    PaymentMethod,
    PlanChange,
    Quote,
    Subscription,
)
from billing.usecases.follow_settings import follow
from billing.usecases.lock_account import partner_of
from billing.usecases.write_audit import write_audit
from shared.errors import Conflict

MOVING = (Subscription, Charge, PlanChange, Pause, Order, Payment, PaymentMethod, Quote)


class OtherCurrency(Conflict, code="other_currency", title="This partner bills in another currency"):
    """
    An account keeps its currency: the customer cannot move to this partner.
    """


class PartnerUnknown(RuntimeError):
    """
    The partner has not reached us yet; trying again later helps.
    """


def move_account(session: Session, account: Account, *, partner_id: str, now: datetime) -> None:
    """
    Give the locked account to the partner, whose days and settings hold from now on.

    :raises PartnerUnknown: if we have not heard of the partner
    :raises OtherCurrency: if it bills in another currency than the account's
    """
    old = account.partner_id
    if old == partner_id:
        return
    partner = partner_of(session, partner_id)
    if partner is None:
        raise PartnerUnknown(partner_id)
    if partner.currency != account.currency:
        raise OtherCurrency(
            "The account is in %(own)s, %(partner)s bills in %(other)s.",
            params={"own": account.currency, "partner": partner.name, "other": partner.currency},
        )
    account.partner_id = partner.id
    for record in MOVING:
        session.execute(
            update(record).where(record.customer_id == account.customer_id).values(partner_id=partner.id)
        )
    follow(session, account, now=now)
    write_audit(
        session,
        account,
        action="partner_changed",
        target=account.customer_id,
        now=now,
        old=old,
        new=partner.id,
    )
