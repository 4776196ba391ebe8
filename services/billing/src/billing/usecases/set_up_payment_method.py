"""Begin saving a card: the customer goes to the provider's own page, card data never comes near us."""

from billing.clients.provider import PaymentProvider, ProviderRefused, ProviderUnknown
from billing.usecases.lock_account import open_account, partner_of
from billing.usecases.quote_order import Buyer
from billing.usecases.refresh_payment_methods import expect_new_method
from shared.db import Database
from shared.errors import Unavailable


def set_up_payment_method(db: Database, provider: PaymentProvider, *, buyer: Buyer, return_url: str) -> str:
    """
    Return the address of the provider's page.

    :raises Unavailable: if the provider does not answer
    """
    with db.begin() as session:
        partner = partner_of(session, buyer.partner_id)
        account = open_account(
            session,
            customer_id=buyer.customer_id,
            partner_id=buyer.partner_id,
            currency=partner.currency if partner else "EUR",
            timezone=partner.timezone if partner else buyer.timezone,
            billing_type=buyer.billing_type,
        )
        expect_new_method(session, account)
    try:
        return provider.setup_page(customer_ref=buyer.customer_id, return_url=return_url)
    except (ProviderUnknown, ProviderRefused) as error:
        raise Unavailable("The payment provider does not answer.") from error
