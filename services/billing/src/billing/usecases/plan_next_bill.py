"""Decide when a billing run looks at an account next."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing.domain.billing import Terms, next_on
from billing.domain.dunning import Dunning
from billing.models import Account
from billing.queries.settings import settings_of
from billing.queries.to_bill import holdings_of, terms_in, waiting_of
from shared import clock
from shared.periods import nominal

RECURRING = "recurring"


def plan_next_bill(session: Session, account: Account) -> date | None:
    """
    Set, and return, the account's next billing day after what it holds has changed; None means none is ahead.

    A day that has come already stays: that bill was missed and is still to be made.
    """
    session.flush()
    today = clock.today(account.timezone)
    planned = _planned(session, account, today)
    missed = account.next_bill_on if account.next_bill_on and account.next_bill_on <= today else None
    account.next_bill_on = min(missed, planned) if missed and planned else planned
    return account.next_bill_on


def _planned(session: Session, account: Account, today: date) -> date | None:
    settings = settings_of(session, account)
    bills = account.own_settings.get("billing_enabled", True) and account.billing_type == RECURRING
    if not bills or account.dunning is Dunning.INACTIVE:
        return None
    terms = terms_in(settings, billing_day=account.billing_day)
    holdings = holdings_of(session, [account.customer_id])[account.customer_id].holdings
    days = [next_on(holdings, terms=terms, since=today), _for_charges(session, account, terms, today)]
    return min((day for day in days if day), default=None)


def _for_charges(session: Session, account: Account, terms: Terms, today: date) -> date | None:
    if not waiting_of(session, [account.customer_id]):
        return None
    return nominal(terms.anchor_day, today + timedelta(days=-1)).end
