"""Begin saving a card: the customer goes to the provider's own page, card data never comes near us."""

from billing.clients.provider import PaymentProvider, ProviderRefused, ProviderUnknown
from billing.models import Customer
from billing.usecases.lock_account import open_account, partner_of
from billing.usecases.refresh_payment_methods import expect_new_method
from shared.db import Database
from shared.errors import Unavailable


def set_up_payment_method(
    db: Database, provider: PaymentProvider, *, customer_id: str, partner_id: str, return_url: str
) -> str:
    """
    Return the address of the provider's page.

    :raises Unavailable: if the provider does not answer
    """
    with db.begin() as session:
        partner, customer = partner_of(session, partner_id), session.get(Customer, customer_id)
        account = open_account(
            session,
            customer_id=customer_id,
            partner_id=partner_id,
            currency=partner.currency if partner else "EUR",
            timezone=partner.timezone if partner else "UTC",
            billing_type=customer.billing_type if customer else "recurring",
        )
        expect_new_method(session, account)
    try:
        return provider.setup_page(customer_ref=customer_id, return_url=return_url)
    except (ProviderUnknown, ProviderRefused) as error:
        raise Unavailable("The payment provider does not answer.") from error
