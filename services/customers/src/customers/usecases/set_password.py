"""Give a customer a way to sign in to the portal."""

from sqlalchemy.orm import Session

from customers import queries
from customers.clients.hashing import hash_password
from customers.domain import password as rules
from customers.models import Credential
from customers.usecases.note_activity import note_fact
from shared import clock
from shared.bus.outbox import tell
from shared.contracts.customers import PasswordChanged


def set_temporary_password(session: Session, *, customer_id: str, scope: queries.Scope) -> str:
    """
    Replace the customer's portal password by a random one and return it; it is shown once and never kept.
    Whoever is signed in with the old one is signed out.

    :raises NotFound: if there is no such customer in *scope*
    """
    customer = queries.customer(session, customer_id, scope)
    password = rules.temporary()
    keep_hash(session, customer_id=customer_id, password_hash=hash_password(password))
    fact = PasswordChanged(customer_id=customer_id, partner_id=customer.partner_id, at=clock.real_now())
    note_fact(session, tell(session, fact))
    return password


def keep_hash(session: Session, *, customer_id: str, password_hash: str) -> None:
    """
    Keep what a customer signs in to the portal against.
    """
    credential = session.get(Credential, customer_id) or Credential(customer_id=customer_id)
    credential.password_hash = password_hash
    credential.changed_at = clock.real_now()
    session.add(credential)
