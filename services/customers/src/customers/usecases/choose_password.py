"""Let a customer choose their portal password."""

from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.domain.texts import N_
from customers.models import Credential
from customers.usecases.set_password import set_chosen_password
from shared.errors import FieldError, Invalid


def choose_password(session: Session, *, customer_id: str, present: str, password: str) -> None:
    """
    Set the password the customer chose; a temporary one is replaced without being asked for once more.

    :raises NotFound: if there is no such customer
    :raises Invalid: if *present* is not their password, or the new one cannot be taken
    """
    customer = queries.customer(session, customer_id, None)
    credential = session.get(Credential, customer_id)
    if credential is None or not credential.temporary:
        kept = credential.password_hash if credential else None
        if not hashing.matches(kept, present):
            raise Invalid(FieldError("#/present", "wrong", N_("This is not your present password")))
    set_chosen_password(session, customer, password=password)
