"""Keep a copy of who the customers are; never an older one than we have, in whatever order they arrive."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, Customer
from billing.usecases.insert_once import insert_once
from billing.usecases.lock_account import lock_account
from billing.usecases.move_account import move_account
from billing.usecases.switch_billing_type import switch_billing_type
from shared.contracts import customers


def keep_customer(session: Session, fact: customers.CustomerChanged, *, now: datetime) -> None:
    """
    Store what billing shows of a customer; their account follows to another partner or way of billing.

    :raises OtherCurrency: if they moved to a partner that bills in another currency
    """
    insert_once(session, Customer, id=fact.customer_id, version=-1, **_shown(fact))
    copy = session.get_one(Customer, fact.customer_id, with_for_update=True, populate_existing=True)
    if copy.version > fact.version:
        return
    copy.version = fact.version
    for name, value in _shown(fact).items():
        setattr(copy, name, value)
    account = session.get(Account, fact.customer_id)
    if account and (account.partner_id, account.billing_type) != (fact.partner_id, fact.billing_type):
        account = lock_account(session, customer_id=fact.customer_id)
        move_account(session, account, partner_id=fact.partner_id, now=now)
        switch_billing_type(session, account, billing_type=fact.billing_type, now=now)


def _shown(fact: customers.CustomerChanged) -> dict[str, object]:
    return {
        "partner_id": fact.partner_id,
        "number": fact.number,
        "full_name": fact.full_name,
        "login": fact.login,
        "status": fact.status,
        "category": fact.category,
        "billing_type": fact.billing_type,
        "address": ", ".join(filter(None, (fact.street, f"{fact.zip_code} {fact.city}".strip()))),
        "language": fact.language,
        "has_email": bool(fact.emails or fact.billing_emails),
        "location_id": fact.location_id,
        "label_ids": list(fact.label_ids),
        "deleted": fact.deleted,
    }
