"""Change what is written down about a customer."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.activity import Line
from customers.domain.customer import Details
from customers.domain.texts import N_
from customers.models import Customer
from customers.usecases.keep_details import check_details, keep_details
from customers.usecases.note_activity import note_fact
from customers.usecases.tell_customer import tell_customer
from shared.errors import Conflict

FIELDS = {
    "login": N_("Portal login"),
    "full_name": N_("Full name"),
    "partner_id": N_("Partner"),
    "location_id": N_("Location"),
    "category": N_("Category"),
    "billing_type": N_("Billing type"),
    "emails": N_("Email"),
    "billing_emails": N_("Billing email"),
    "phones": N_("Phone"),
    "street": N_("Street"),
    "zip_code": N_("ZIP code"),
    "city": N_("City"),
    "language": N_("Language"),
    "label_ids": N_("Labels"),
}


class ChangedMeanwhile(Conflict, code="changed_meanwhile", title=N_("Somebody else saved this first")):
    """
    The record is newer than the one that was edited.
    """


def edit_customer(
    session: Session, *, customer_id: str, version: int, details: Details, scope: queries.Scope
) -> Customer:
    """
    Save *details* over the given version of the customer, and tell the others; saving no change does nothing.

    :raises NotFound: if there is no such customer in *scope*
    :raises ChangedMeanwhile: if somebody saved another version first
    :raises Invalid: if a field breaks a rule
    """
    customer = queries.customer(session, customer_id, scope, lock=True)
    if customer.version != version:
        raise ChangedMeanwhile(params={"version": customer.version})
    clean = check_details(session, details, scope=scope, customer_id=customer_id)
    changes = list(_changes(session, queries.details(session, customer), clean))
    if changes:
        keep_details(session, customer, clean)
        customer.version += 1
        line = Line(N_("Changed %(changes)s"), {"changes": changes})
        note_fact(session, tell_customer(session, customer), line)
    return customer


def _changes(session: Session, old: Details, new: Details) -> Iterator[dict[str, Any]]:
    for name, title in FIELDS.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after and not (name == "label_ids" and set(before) == set(after)):
            shown = (queries.shown(session, name, before), queries.shown(session, name, after))
            yield {"field": title, "old": shown[0], "new": shown[1]}
