"""Give a customer a way to sign in to the portal."""

from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.domain import password as rules
from customers.domain.activity import Line
from customers.domain.texts import N_
from customers.models import Credential, Customer
from customers.usecases.note_activity import note_fact
from shared import clock
from shared.bus.outbox import tell
from shared.contracts.customers import PasswordChanged
from shared.errors import FieldError, Invalid


def set_temporary_password(session: Session, *, customer_id: str, scope: queries.Scope) -> str:
    """
    Replace the customer's portal password by a random one and return it; it is shown once and never kept.
    Whoever is signed in with the old one is signed out, and who signs in with it has to choose another.

    :raises NotFound: if there is no such customer in *scope*
    """
    customer = queries.customer(session, customer_id, scope)
    password = rules.temporary()
    _replace(session, customer, password, temporary=True)
    return password


def set_chosen_password(session: Session, customer: Customer, *, password: str) -> None:
    """
    Replace the customer's portal password by one they chose; other devices are signed out.

    :raises Invalid: if it is short, easy to guess, or the one they have
    """
    near = (customer.login, customer.full_name, *customer.emails)
    wrong = rules.problems(password, near=near)
    if not wrong and hashing.matches(queries.password_hash(session, customer.id), password):
        wrong = [FieldError("#/password", "unchanged", N_("Choose another password than the one you have"))]
    if wrong:
        raise Invalid(*wrong)
    _replace(session, customer, password, temporary=False)


def keep_hash(session: Session, *, customer_id: str, password_hash: str, temporary: bool = False) -> None:
    """
    Keep what a customer signs in to the portal against.
    """
    credential = session.get(Credential, customer_id) or Credential(customer_id=customer_id)
    credential.password_hash, credential.temporary = password_hash, temporary
    credential.changed_at = clock.real_now()
    session.add(credential)


def _replace(session: Session, customer: Customer, password: str, *, temporary: bool) -> None:
    password_hash = hashing.hash_password(password)
    keep_hash(session, customer_id=customer.id, password_hash=password_hash, temporary=temporary)
    fact = PasswordChanged(
        customer_id=customer.id, partner_id=customer.partner_id, at=clock.real_now(), temporary=temporary
    )
    line = None if temporary else Line(N_("The portal password was changed"), {})
    note_fact(session, tell(session, fact), line)
