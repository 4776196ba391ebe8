"""What catalog does about the facts of other services."""

from sqlalchemy.orm import Session

from catalog.usecases.learn_name import learn_name
from shared.bus.handlers import Handlers
from shared.contracts import customers
from shared.web.sessions import revoke_session

handlers = Handlers("catalog")


@handlers.on(customers.PartnerChanged)
def remember_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Plans can be limited to partners, shown by name.
    """
    learn_name(session, id=fact.partner_id, kind="partner", name=fact.name, version=fact.version)


@handlers.on(customers.LocationChanged)
def remember_location(session: Session, fact: customers.LocationChanged) -> None:
    """
    Plans can be limited to locations, shown by name.
    """
    learn_name(
        session,
        id=fact.location_id,
        kind="location",
        name=fact.name,
        version=fact.version,
        deleted=fact.deleted,
    )


@handlers.on(customers.LabelChanged)
def remember_label(session: Session, fact: customers.LabelChanged) -> None:
    """
    Plans can be limited to labels, shown by name.
    """
    learn_name(
        session, id=fact.label_id, kind="label", name=fact.name, version=fact.version, deleted=fact.deleted
    )


@handlers.on(customers.StaffSignedOut)
def end_staff_session(session: Session, fact: customers.StaffSignedOut) -> None:
    """
    A staff member who signed out anywhere is signed out here.
    """
    revoke_session(session, fact)
