"""
The one lock of billing: the account row. Every command that moves money or states takes it first, then
documents, then number series.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.models import Account, Customer, Partner
from billing.queries.settings import partner_settings
from billing.usecases.insert_once import insert_once
from shared.bulk import among
from shared.errors import NotFound


def open_account(
    session: Session,
    *,
    customer_id: str,
    partner_id: str,
    currency: str,
    timezone: str,
    billing_type: str,
) -> Account:
    """
    Lock the customer's account, opening it first if this is the customer's first business with us.
    """
    if session.get(Account, customer_id) is None:
        _open(
            session,
            customer_id=customer_id,
            partner_id=partner_id,
            currency=currency,
            timezone=timezone,
            billing_type=billing_type,
        )
    account = lock_account(session, customer_id=customer_id)
    if account.partner_id != partner_id:
        raise NotFound
    return account


def lock_account(session: Session, *, customer_id: str) -> Account:
    """
    Lock the account and count the command about to be done on it.

    :raises NotFound: if the customer never had business with us
    """
    account = session.get(Account, customer_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound
    account.version += 1
    return account


def lock_accounts(session: Session, customer_ids: Sequence[str]) -> Sequence[Account]:
    """
    Lock these accounts in the order all commands do, and count the command about to be done on each.
    """
    mine = select(Account).where(among(Account.customer_id, customer_ids)).order_by(Account.customer_id)
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    accounts = session.scalars(fresh).all()
    for account in accounts:
        account.version += 1
    return accounts


def account_of(session: Session, customer: Customer) -> Account:
    """
    Lock the account of a customer we know, opening it if this is their first business.
    """
    if session.get(Account, customer.id) is not None:
        return lock_account(session, customer_id=customer.id)
    partner = partner_of(session, customer.partner_id)
    return open_account(
        session,
        customer_id=customer.id,
        partner_id=customer.partner_id,
        currency=partner.currency if partner else "EUR",
        timezone=partner.timezone if partner else "UTC",
        billing_type=customer.billing_type,
    )


def partner_of(session: Session, partner_id: str) -> Partner | None:
    """
    Return our copy of the partner, if it has reached us.
    """
    return session.scalar(select(Partner).where(Partner.id == partner_id))


def _open(session: Session, **whose: str) -> None:
    # Before there is an account no rule could have set the status: it is a person's word.
    customer = session.get(Customer, whose["customer_id"])
    status = customer.status if customer else None
    insert_once(
        session,
        Account,
        **whose,
        version=1,
        billing_day=partner_settings(session, whose["partner_id"]).billing_day,
        own_settings={},
        dunning=Dunning.CLEAR,
        blocked_manually=status == "blocked",
        inactive_manually=status == "inactive",
        steps_told="",
        status_version=0,
        credit_minor=0,
        owed_minor=0,
        audit_count=0,
        audit_hash="",
    )
