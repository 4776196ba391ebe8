"""Say whether somebody is the customer they claim to be."""

from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.domain.texts import N_
from customers.models import Credential, Customer
from shared.errors import NotSignedIn


class CredentialsRejected(
    NotSignedIn, code="credentials_rejected", title=N_("Login or password is not right")
):
    """
    Nobody has this login with this password; which of the two is wrong is not told.
    """


def check_credentials(session: Session, *, login: str, password: str) -> Customer:
    """
    Return the customer with this login (or an address only they have) and password.

    :raises CredentialsRejected: if there is none; it takes as long for a login nobody has
    """
    customer = queries.customer_by_login(session, login)
    kept = queries.password_hash(session, customer.id) if customer else None
    if not hashing.matches(kept, password) or customer is None or kept is None:
        raise CredentialsRejected
    if hashing.is_outdated(kept):
        session.get_one(Credential, customer.id).password_hash = hashing.hash_password(password)
    return customer
