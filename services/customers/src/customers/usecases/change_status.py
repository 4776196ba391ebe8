"""Move a customer from one status to another: by a person, by the first service, or by what billing found."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain import status as rules
from customers.domain.activity import Line
from customers.domain.status import Reason, Standing, Status
from customers.domain.texts import N_
from customers.models import Customer
from customers.usecases.note_activity import note_fact
from customers.usecases.tell_customer import tell_customer
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import customers as facts

WITHOUT_REASON = N_("Status went from %(old)s to %(new)s")
WITH_REASON = N_("Status went from %(old)s to %(new)s: %(why)s")


def change_status(
    session: Session, *, customer_id: str, to: Status, why: str, scope: queries.Scope
) -> Customer:
    """
    Set the status a person chose, with the words they gave for it; the present status again does nothing.

    :raises NotFound: if there is no such customer in *scope*
    :raises NotFromHere: if that status cannot follow
    """
    customer = queries.customer(session, customer_id, scope, lock=True)
    _move(session, customer, rules.set_by_person(customer.standing, to), why.strip())
    if customer.status_reason is Reason.MANUAL:
        customer.blocked_manually = customer.status is Status.BLOCKED
    return customer


def follow_billing(session: Session, *, customer_id: str, word: rules.Word, version: int) -> Customer:
    """
    Do to the status what billing found out about late payment; an older word than the last changes nothing.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, customer_id, None, lock=True)
    if customer.dunning_version < version:
        customer.dunning_version = version
        held = customer.blocked_manually
        _move(session, customer, rules.after_billing(customer.standing, word, blocked_manually=held), "")
    return customer


def activate_by_first_service(session: Session, *, customer_id: str) -> Customer:
    """
    Make a new customer active; whoever has any other status keeps it.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, customer_id, None, lock=True)
    _move(session, customer, rules.after_first_service(customer.standing), "")
    return customer


def _move(session: Session, customer: Customer, standing: Standing, why: str) -> None:
    old = customer.standing
    if standing == old:
        return
    customer.status, customer.status_reason = standing.status, standing.reason
    customer.version += 1
    tell_customer(session, customer)
    envelope = tell(
        session,
        facts.StatusChanged(
            customer_id=customer.id,
            partner_id=customer.partner_id,
            version=customer.version,
            old=old.status.value,
            new=standing.status.value,
            reason=standing.reason.value,
            on=clock.today(queries.partner(session, customer.partner_id, None).timezone),
        ),
    )
    words = WITH_REASON if why else WITHOUT_REASON
    params = {"old": old.status.value, "new": standing.status.value}
    note_fact(session, envelope, Line(words, params | ({"why": why} if why else {})))
