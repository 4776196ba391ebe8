"""Keep our list of a customer's saved cards like the provider's."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.clients.provider import PaymentProvider, SavedMethod
from billing.models import Account, PaymentMethod
from billing.usecases.lock_account import lock_account
from shared import clock
from shared.db import Database
from shared.ids import new_id

SETUP_WINDOW = timedelta(hours=1)


def refresh_payment_methods(db: Database, provider: PaymentProvider, *, customer_id: str) -> None:
    """
    Add the cards the provider has for the customer and we have not.

    :raises ProviderUnknown: if the provider does not answer
    """
    saved = provider.methods(customer_id)
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        known = {
            method.token: method
            for method in session.scalars(
                select(PaymentMethod).where(PaymentMethod.customer_id == customer_id)
            )
        }
        new = [card for card in saved if card.token not in known]
        for card in new:
            session.add(_method(account, card, provider.name, first=not _usable(session, customer_id)))
            session.flush()
        if new:
            account.card_setup_until = None


def expect_new_method(session: Session, account: Account) -> None:
    """
    Note that the customer is on the provider's page, so that lists look at the provider for an hour.
    """
    account.card_setup_until = clock.real_now() + SETUP_WINDOW


def _usable(session: Session, customer_id: str) -> bool:
    query = select(PaymentMethod.id).where(
        PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def _method(account: Account, card: SavedMethod, provider: str, *, first: bool) -> PaymentMethod:
    return PaymentMethod(
        id=new_id("pm"),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        provider=provider,
        token=card.token,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        is_default=first,
        created_at=clock.now(),
    )
