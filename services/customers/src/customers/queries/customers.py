"""Customers: one, or a page of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select, tuple_
from sqlalchemy.orm import Session

from customers.domain.customer import Details, normal_login
from customers.models import (
    Ahead,
    Balance,
    Credential,
    Customer,
    CustomerEmail,
    CustomerLabel,
    Label,
    Location,
)
from customers.queries.directory import Scope, location, partner_or_none
from shared.errors import NotFound

LONGEST_SEARCH = 100

# Asked for with every page of the portal: made once, and without a record for each row.
FACTS = (
    select(
        *(
            Customer.__table__.c[name]
            for name in (
                *("id", "number", "full_name", "login", "emails", "status", "category", "billing_type"),
                *("partner_id", "location_id", "street", "zip_code", "city", "language", "version"),
            )
        ),
        Location.__table__.c.name.label("location"),
        CustomerLabel.__table__.c.label_id,
    )
    .select_from(Customer.__table__)
    .outerjoin(Location.__table__)
    .outerjoin(CustomerLabel.__table__)
    .where(Customer.__table__.c.id == bindparam("wanted"))
    .order_by(CustomerLabel.__table__.c.label_id)
)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """
    What a list of customers is narrowed to; empty text does not narrow.
    """

    search: str = ""
    status: str = ""
    partner: str = ""
    location: str = ""
    category: str = ""
    label: str = ""

    @property
    def any(self) -> bool:
        """
        True when at least one filter is set.
        """
        return any((self.search, self.status, self.partner, self.location, self.category, self.label))


@dataclass(frozen=True, kw_only=True)
class Page:
    """
    Some rows of a list; *newer* and *older* are the cursors of the pages beside it, None where there is none.
    """

    items: list[Customer]
    newer: int | None
    older: int | None


def customer(session: Session, customer_id: str, scope: Scope, *, lock: bool = False) -> Customer:
    """
    Return the customer; with *lock* nobody else changes them until the transaction ends.

    :raises NotFound: if there is none in *scope*
    """
    wanted = select(Customer).where(Customer.id == customer_id, _within(scope))
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def customer_by_login(session: Session, login: str) -> Customer | None:
    """
    Return whom *login* names: a portal login, or an address that only one customer has.
    """
    folded = normal_login(login)
    by_login = session.scalar(select(Customer).where(Customer.login == folded))
    if by_login is not None or "@" not in folded:
        return by_login
    owners = select(CustomerEmail.customer_id).where(CustomerEmail.email == folded).limit(2)
    found = session.scalars(owners).all()
    return session.get(Customer, found[0]) if len(found) == 1 else None


def password_hash(session: Session, customer_id: str) -> str | None:
    """
    Return the hash the customer signs in against, or None when they cannot.
    """
    return session.scalar(select(Credential.password_hash).where(Credential.customer_id == customer_id))


def is_temporary(session: Session, customer_id: str) -> bool:
    """
    Tell whether the customer's password was set for them and has to be replaced.
    """
    return bool(session.scalar(select(Credential.temporary).where(Credential.customer_id == customer_id)))


def customer_page(
    session: Session,
    filters: Filters,
    scope: Scope,
    *,
    sort: str = "-number",
    after: int | None = None,
    before: int | None = None,
    limit: int = 25,
) -> Page:
    """
    Return the customers that pass *filters*, sorted by ``number`` or ``name``, ``-`` first for downwards.

    *after* and *before* are numbers of customers the page begins after or ends before.
    """
    wanted = select(Customer).where(_within(scope), *_narrowing(filters))
    cursor, backwards = (before, True) if before is not None else (after, False)
    rows = list(session.scalars(_sorted(wanted, sort, cursor, backwards=backwards).limit(limit + 1)))
    more, items = len(rows) > limit, rows[:limit]
    if backwards:
        items.reverse()
    newer = items[0].number if items and (more if backwards else after is not None) else None
    older = items[-1].number if items and (backwards or more) else None
    return Page(items=items, newer=newer, older=older)


def label_ids(session: Session, customer_id: str) -> tuple[str, ...]:
    """
    Return the ids of the labels a customer wears.
    """
    worn = select(CustomerLabel.label_id).where(CustomerLabel.customer_id == customer_id)
    return tuple(session.scalars(worn.order_by(CustomerLabel.label_id)))


def labels_of(session: Session, customer_ids: list[str]) -> dict[str, list[Label]]:
    """
    Return the labels each of these customers wears.
    """
    worn = (
        select(CustomerLabel.customer_id, Label)
        .join(Label, Label.id == CustomerLabel.label_id)
        .where(CustomerLabel.customer_id.in_(customer_ids))
        .order_by(Label.name)
    )
    result: dict[str, list[Label]] = {customer_id: [] for customer_id in customer_ids}
    for customer_id, label in session.execute(worn):
        result[customer_id].append(label)
    return result


def balance(session: Session, customer_id: str) -> Balance | None:
    """
    Return what billing last said about the balance.
    """
    return session.get(Balance, customer_id)


def ahead(session: Session, customer_id: str) -> Ahead | None:
    """
    Return what billing last said about the days ahead, if an unpaid bill has any.
    """
    known = session.get(Ahead, customer_id)
    return known if known and known.steps else None


def balances(session: Session, customer_ids: list[str]) -> dict[str, Balance]:
    """
    Return the balances billing told of these customers.
    """
    wanted = select(Balance).where(Balance.customer_id.in_(customer_ids))
    return {row.customer_id: row for row in session.scalars(wanted)}


def details(session: Session, row: Customer) -> Details:
    """
    Return what is written down about a customer.
    """
    return Details(
        full_name=row.full_name,
        login=row.login,
        partner_id=row.partner_id,
        location_id=row.location_id,
        category=row.category.value,
        billing_type=row.billing_type.value,
        emails=tuple(row.emails),
        billing_emails=tuple(row.billing_emails),
        phones=tuple(row.phones),
        street=row.street,
        zip_code=row.zip_code,
        city=row.city,
        language=row.language,
        label_ids=label_ids(session, row.id),
    )


def facts(session: Session, customer_id: str) -> dict[str, Any]:
    """
    Return a customer as the gateway gets it, with the name of the location and the labels.

    :raises NotFound: if there is none
    """
    rows = session.execute(FACTS, {"wanted": customer_id}).mappings().all()  # one for each label
    if not rows:
        raise NotFound
    row = rows[0]
    return {
        **row,
        "number": f"{row['number']:06d}",
        "status": row["status"].value,
        "category": row["category"].value,
        "billing_type": row["billing_type"].value,
        "label_ids": [each["label_id"] for each in rows if each["label_id"]],
    }


def shown(session: Session, field: str, value: Any) -> str:
    """
    Return the value of a field of a customer the way people read it.
    """
    if field == "partner_id":
        found = partner_or_none(session, value, None)
        return found.name if found else value
    if field == "location_id":
        return location(session, value).name if value else ""
    if field == "label_ids":
        names = session.scalars(select(Label.name).where(Label.id.in_(value)).order_by(Label.name))
        return ", ".join(names)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _within(scope: Scope) -> ColumnElement[bool]:
    return Customer.id.is_not(None) if scope is None else Customer.partner_id.in_(scope)


def _narrowing(filters: Filters) -> list[ColumnElement[bool]]:
    exact = {
        Customer.status: filters.status,
        Customer.partner_id: filters.partner,
        Customer.location_id: filters.location,
        Customer.category: filters.category,
    }
    words = filters.search[:LONGEST_SEARCH].casefold().replace("#", " ").split()
    narrowing = [column == value for column, value in exact.items() if value]
    narrowing += [Customer.search.contains(word, autoescape=True) for word in words]
    if filters.label:
        wearing = select(CustomerLabel.customer_id).where(CustomerLabel.label_id == filters.label)
        narrowing.append(Customer.id.in_(wearing))
    return narrowing


def _sorted(
    wanted: Select[tuple[Customer]], sort: str, cursor: int | None, *, backwards: bool
) -> Select[tuple[Customer]]:
    columns = (Customer.full_name, Customer.number) if sort.lstrip("-") == "name" else (Customer.number,)
    downwards = sort.startswith("-") != backwards
    if cursor is not None:
        place = tuple_(*columns)
        edge = select(*columns).where(Customer.number == cursor).scalar_subquery()
        wanted = wanted.where(place < edge if downwards else place > edge)
    return wanted.order_by(*(column.desc() if downwards else column.asc() for column in columns))
