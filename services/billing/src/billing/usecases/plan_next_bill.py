"""Decide when a billing run looks at an account next."""

from datetime import date

from sqlalchemy.orm import Session

from billing.domain.billing import planned_on
from billing.domain.dunning import Dunning
from billing.models import Account
from billing.queries.booked_changes import as_made
from billing.queries.rating import after_changes, earliest
from billing.queries.settings import settings_of
from billing.queries.to_bill import holdings_of, terms_in, waiting_of
from shared import clock

RECURRING = "recurring"


def plan_next_bill(session: Session, account: Account) -> date | None:
    """
    Set, and return, the account's next billing day after what it holds has changed; None means none is ahead.

    A day that has come already stays: that bill was missed and is still to be made.
    """
    session.flush()
    account.next_bill_on = _planned(session, account, clock.today(account.timezone))
    return account.next_bill_on


def _planned(session: Session, account: Account, today: date) -> date | None:
    settings = settings_of(session, account)
    bills = account.own_settings.get("billing_enabled", True) and account.billing_type == RECURRING
    if not bills or account.dunning is Dunning.INACTIVE:
        return None
    terms = terms_in(settings, billing_day=account.billing_day)
    held = holdings_of(session, [account.customer_id])[account.customer_id]
    waiting = bool(waiting_of(session, [account.customer_id]))
    holdings = list(held.holdings.values())
    planned = planned_on(holdings, charges=waiting, terms=terms, today=today, before=account.next_bill_on)
    return earliest(planned, after_changes(as_made(session, held.changes), terms=terms))
