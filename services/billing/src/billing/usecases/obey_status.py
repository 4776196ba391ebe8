"""
Do what a person said about a customer's status: a word of theirs is lifted by a person only (D18).

Statuses the rules set came from here; hearing them must change nothing, or the two services would never rest.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.models import Account
from billing.usecases.deactivate_account import deactivate_account
from billing.usecases.lock_account import lock_account
from billing.usecases.reactivate_account import reactivate_account
from billing.usecases.review_dunning import review_dunning
from billing.usecases.write_audit import write_audit
from shared.contracts import customers

BY_PERSON = "person"


def obey_status(session: Session, fact: customers.StatusChanged, *, now: datetime) -> None:
    """
    Block, deactivate or reactivate the account as a person, or a plan of one, wants it.
    """
    if fact.reason == "auto" or session.get(Account, fact.customer_id) is None:
        return
    account = lock_account(session, customer_id=fact.customer_id)
    if account.status_version >= fact.version:
        return
    account.status_version = fact.version
    account.blocked_manually = fact.new == "blocked"
    account.inactive_manually = fact.new == "inactive"
    if fact.new == "inactive":
        deactivate_account(session, account, on=fact.on, since_on=None, now=now)
    if fact.new == "active":
        _activate(session, account, on=fact.on, now=now)
    write_audit(
        session, account, action="status_obeyed", target=account.customer_id, now=now, status=fact.new
    )


def _activate(session: Session, account: Account, *, on: date, now: datetime) -> None:
    if account.dunning is not Dunning.CLEAR:
        account.excused_on = on
    review_dunning(session, account, now=now, cause=BY_PERSON)
    reactivate_account(session, account, on=on, now=now)
