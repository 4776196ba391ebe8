"""Create or edit a coloured word customers are sorted by."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import CONTROL
from customers.domain.texts import N_
from customers.models import Label
from customers.usecases.edit_customer import ChangedMeanwhile
from customers.usecases.note_activity import note_fact
from shared.bus.outbox import tell
from shared.contracts.customers import LabelChanged
from shared.errors import FieldError, Invalid
from shared.ids import new_id


def add_label(session: Session, *, name: str, hue: int, label_id: str | None = None) -> Label:
    """
    Add a label and tell the others; *hue* is an angle of 0 to 359 degrees.

    :raises Invalid: if the name is empty, too long or taken, or the hue is none
    """
    return _keep(session, Label(id=label_id or new_id("lab"), version=1), name, hue)


def edit_label(session: Session, *, label_id: str, version: int, name: str, hue: int) -> Label:
    """
    Save a name and hue over the given version of a label and tell the others.

    :raises NotFound: if there is none
    :raises ChangedMeanwhile: if somebody saved another version first
    :raises Invalid: if the name is empty, too long or taken, or the hue is none
    """
    label = queries.label(session, label_id)
    if label.version != version:
        raise ChangedMeanwhile
    label.version += 1
    return _keep(session, label, name, hue)


def _keep(session: Session, label: Label, name: str, hue: int) -> Label:
    clean = name.strip()
    with session.no_autoflush:
        owner = session.scalar(select(Label.id).where(Label.name == clean))
    errors = []
    if not clean or len(clean) > 80 or CONTROL.search(clean):
        errors.append(FieldError("#/name", "text", N_("Enter 1 to 80 characters")))
    if owner not in {None, label.id}:
        errors.append(FieldError("#/name", "taken", N_("Choose another name, this one is taken")))
    if not 0 <= hue <= 359:
        errors.append(FieldError("#/hue", "range", N_("Enter a hue of 0 to 359")))
    if errors:
        raise Invalid(*errors)
    label.name, label.hue = clean, hue
    session.add(label)
    session.flush()
    note_fact(
        session, tell(session, LabelChanged(label_id=label.id, version=label.version, name=clean, hue=hue))
    )
    return label
