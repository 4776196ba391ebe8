"""Create or rename an area used for availability."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import CONTROL
from customers.domain.texts import N_
from customers.models import Location
from customers.usecases.edit_customer import ChangedMeanwhile
from customers.usecases.note_activity import note_fact
from shared.bus.outbox import tell
from shared.contracts.customers import LocationChanged
from shared.errors import FieldError, Invalid
from shared.ids import new_id


def add_location(session: Session, *, name: str, location_id: str | None = None) -> Location:
    """
    Add a location and tell the others.

    :raises Invalid: if the name is empty, too long or taken
    """
    return _keep(session, Location(id=location_id or new_id("loc"), version=1), name)


def rename_location(session: Session, *, location_id: str, version: int, name: str) -> Location:
    """
    Rename the given version of a location and tell the others.

    :raises NotFound: if there is none
    :raises ChangedMeanwhile: if somebody saved another version first
    :raises Invalid: if the name is empty, too long or taken
    """
    location = queries.location(session, location_id)
    if location.version != version:
        raise ChangedMeanwhile
    location.version += 1
    return _keep(session, location, name)


def _keep(session: Session, location: Location, name: str) -> Location:
    clean = name.strip()
    if not clean or len(clean) > 80 or CONTROL.search(clean):
        raise Invalid(FieldError("#/name", "text", N_("Enter 1 to 80 characters")))
    with session.no_autoflush:
        owner = session.scalar(select(Location.id).where(Location.name == clean))
    if owner not in {None, location.id}:
        raise Invalid(FieldError("#/name", "taken", N_("Choose another name, this one is taken")))
    location.name = clean
    session.add(location)
    session.flush()
    fact = LocationChanged(location_id=location.id, version=location.version, name=location.name)
    note_fact(session, tell(session, fact))
    return location
