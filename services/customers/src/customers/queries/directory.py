"""Partners, locations and labels."""

from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from customers.models import Customer, CustomerLabel, Label, Location, Partner
from shared.errors import NotFound

Scope = frozenset[str] | None

T = TypeVar("T")


def partners(session: Session, scope: Scope) -> list[Partner]:
    """
    Return the partners in *scope*, the default one first.
    """
    wanted = select(Partner).order_by(Partner.default.desc(), Partner.name)
    if scope is not None:
        wanted = wanted.where(Partner.id.in_(scope))
    return list(session.scalars(wanted))


def partner_or_none(session: Session, partner_id: str, scope: Scope) -> Partner | None:
    """
    Return the partner, or None when there is none in *scope*.
    """
    return session.get(Partner, partner_id) if scope is None or partner_id in scope else None


def partner(session: Session, partner_id: str, scope: Scope) -> Partner:
    """
    Return the partner.

    :raises NotFound: if there is none in *scope*
    """
    found = partner_or_none(session, partner_id, scope)
    if found is None:
        raise NotFound
    return found


def locations(session: Session) -> list[Location]:
    """
    Return every location by name.
    """
    return list(session.scalars(select(Location).order_by(Location.name)))


def location(session: Session, location_id: str) -> Location:
    """
    Return the location.

    :raises NotFound: if there is none
    """
    return _found(session.get(Location, location_id))


def labels(session: Session) -> list[Label]:
    """
    Return every label by name.
    """
    return list(session.scalars(select(Label).order_by(Label.name)))


def label(session: Session, label_id: str) -> Label:
    """
    Return the label.

    :raises NotFound: if there is none
    """
    return _found(session.get(Label, label_id))


def customers_in(session: Session, column: str, scope: Scope) -> dict[str, int]:
    """
    Count the customers of *scope* by ``partner_id``, ``location_id`` or ``label_id``.
    """
    key = CustomerLabel.label_id if column == "label_id" else getattr(Customer, column)
    counted = select(key, func.count()).select_from(Customer).group_by(key)
    if column == "label_id":
        counted = counted.join(CustomerLabel, CustomerLabel.customer_id == Customer.id)
    if scope is not None:
        counted = counted.where(Customer.partner_id.in_(scope))
    return {value: count for value, count in session.execute(counted) if value}


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row
