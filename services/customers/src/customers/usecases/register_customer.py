"""Take in a new customer."""

from dataclasses import replace

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.activity import Line
from customers.domain.customer import BillingType, Category, Details
from customers.domain.status import FIRST
from customers.domain.texts import N_
from customers.models import Customer
from customers.usecases.keep_details import check_details, keep_details, next_number
from customers.usecases.note_activity import note_fact
from customers.usecases.tell_customer import tell_customer
from shared import clock
from shared.ids import new_id


def register_customer(
    session: Session, *, details: Details, scope: queries.Scope, customer_id: str | None = None
) -> Customer:
    """
    Register a customer with the next number and the status New, and tell the others.

    Without a login the number becomes the login.

    :raises Invalid: if a field breaks a rule, names what does not exist, or the login is taken
    """
    number = next_number(session)
    clean = check_details(session, replace(details, login=details.login or f"{number:06d}"), scope=scope)
    customer = Customer(
        id=customer_id or new_id("cus"),
        version=1,
        number=number,
        status=FIRST.status,
        status_reason=FIRST.reason,
        category=Category(clean.category),
        billing_type=BillingType(clean.billing_type),
        added_on=clock.today(queries.partner(session, clean.partner_id, scope).timezone),
    )
    session.add(customer)
    keep_details(session, customer, clean)
    note_fact(session, tell_customer(session, customer), Line(N_("Customer was added"), {}))
    return customer
