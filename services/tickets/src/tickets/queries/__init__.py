"""What tickets can be asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from shared.errors import NotFound
from tickets.domain import ticket as rules
from tickets.models import KnownCustomer as KnownCustomer
from tickets.models import KnownOrder as KnownOrder
from tickets.models import KnownPartner as KnownPartner
from tickets.models import Message as Message
from tickets.models import Ticket as Ticket

PAGE = 50

OWN = (  # asked for with every Home: made once
    select(Ticket)
    .where(Ticket.customer_id == bindparam("customer"))
    .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
    .limit(bindparam("most"))
)


class TicketNotFound(NotFound, code="ticket_not_found", title="There is no such ticket"):
    """
    The ticket does not exist, or belongs to somebody else.
    """


class CustomerNotFound(NotFound, code="customer_not_found", title="There is no such customer"):
    """
    The customer does not exist, or belongs to another partner.
    """


@dataclass(frozen=True, kw_only=True)
class Scope:
    """
    Whose tickets may be seen: one customer's, or those of some partners; None does not limit.
    """

    customer_id: str | None = None
    partner_ids: Collection[str] | None = None

    def allows(self, *, customer_id: str, partner_id: str) -> bool:
        """
        Say whether something of this customer and partner may be seen.
        """
        return self.customer_id in (None, customer_id) and (
            self.partner_ids is None or partner_id in self.partner_ids
        )


EVERYTHING = Scope()


@dataclass(frozen=True, kw_only=True)
class Filters:
    """
    What a list of tickets is narrowed to; empty means not narrowed. *after* is where the last page ended.
    """

    statuses: Collection[rules.Status] = ()
    type: rules.Type | None = None
    customer_id: str = ""
    assignee_id: str = ""
    unassigned: bool = False
    search: str = ""
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    A ticket in a list, with the name of its customer.
    """

    ticket: Ticket
    customer_name: str


def ticket(session: Session, ticket_id: str, *, scope: Scope, lock: bool = False) -> Ticket:
    """
    Return one ticket, locked until the transaction ends when *lock*.

    :raises TicketNotFound: if there is none within *scope*
    """
    found = session.get(Ticket, ticket_id, with_for_update=lock or None)
    if found is None or not scope.allows(customer_id=found.customer_id, partner_id=found.partner_id):
        raise TicketNotFound
    return found


def of_order(session: Session, order_id: str) -> Ticket | None:
    """
    Return the ticket of an order, if it has one.
    """
    return session.scalar(select(Ticket).where(Ticket.order_id == order_id).with_for_update())


def messages(session: Session, ticket_id: str, *, public_only: bool) -> Sequence[Message]:
    """
    Return what was written, oldest first; *public_only* leaves out what is for agents.
    """
    query = select(Message).where(Message.ticket_id == ticket_id).order_by(Message.position)
    if public_only:
        query = query.where(Message.kind.in_(rules.PUBLIC))
    return session.scalars(query).all()


def tickets(session: Session, *, scope: Scope, filters: Filters, limit: int = PAGE) -> list[Row]:
    """
    Return up to *limit* tickets within *scope*, last touched first.
    """
    query = (
        select(Ticket, KnownCustomer.full_name)
        .outerjoin(KnownCustomer, KnownCustomer.id == Ticket.customer_id)
        .where(*_within(scope), *_narrowed(filters))
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(limit)
    )
    return [Row(ticket=row, customer_name=name or "") for row, name in session.execute(query)]


def own_tickets(
    session: Session, *, customer_id: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Ticket]:
    """
    Return up to *limit* tickets of a customer, last touched first, from where the last page ended.
    """
    query = OWN.where(*_narrowed(Filters(after=after))) if after else OWN
    return session.scalars(query, {"customer": customer_id, "most": limit}).all()


def counts(session: Session, *, scope: Scope, customer_id: str = "") -> dict[rules.Status, int]:
    """
    Return how many tickets within *scope* are in each status.
    """
    query = (
        select(Ticket.status, func.count())
        .where(*_within(scope), *_narrowed(Filters(customer_id=customer_id)))
        .group_by(Ticket.status)
    )
    found = {status: count for status, count in session.execute(query)}  # noqa: C416 - a row is no pair to mypy
    return {status: found.get(status, 0) for status in rules.Status}


def customer(session: Session, customer_id: str, *, scope: Scope) -> KnownCustomer:
    """
    Return our copy of a customer.

    :raises CustomerNotFound: if none is known within *scope*
    """
    found = session.get(KnownCustomer, customer_id)
    if found is None or not scope.allows(customer_id=found.id, partner_id=found.partner_id):
        raise CustomerNotFound
    return found


def known_customer(session: Session, customer_id: str) -> KnownCustomer | None:
    """
    Return our copy of a customer, or None while nothing was heard of them.
    """
    return session.get(KnownCustomer, customer_id)


def find_customers(
    session: Session, *, scope: Scope, search: str, limit: int = 20
) -> Sequence[KnownCustomer]:
    """
    Return customers whose name, login or number begins with or holds *search*.
    """
    limits: list[ColumnElement[bool]] = [KnownCustomer.deleted.is_(False)]
    if scope.partner_ids is not None:
        limits.append(KnownCustomer.partner_id.in_(scope.partner_ids))
    if search.strip():
        limits.append(_named_like(search.strip()))
    return session.scalars(
        select(KnownCustomer).where(*limits).order_by(KnownCustomer.number).limit(limit)
    ).all()


def order(session: Session, order_id: str | None) -> KnownOrder | None:
    """
    Return our copy of an order, or None.
    """
    return session.get(KnownOrder, order_id) if order_id else None


def partner(session: Session, partner_id: str) -> KnownPartner | None:
    """
    Return our copy of a partner, or None while nothing was heard of it.
    """
    return session.get(KnownPartner, partner_id)


def agents(session: Session, *, scope: Scope) -> dict[str, str]:
    """
    Return everybody who has a ticket within *scope*, name by id.
    """
    query = (
        select(Ticket.assignee_id, func.max(Ticket.assignee_name))
        .where(*_within(scope), Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id)
    )
    return {id_: name for id_, name in session.execute(query) if id_}


def _within(scope: Scope) -> list[ColumnElement[bool]]:
    limits = []
    if scope.customer_id is not None:
        limits.append(Ticket.customer_id == scope.customer_id)
    if scope.partner_ids is not None:
        limits.append(Ticket.partner_id.in_(scope.partner_ids))
    return limits


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.statuses:
        wanted.append(Ticket.status.in_(filters.statuses))
    if filters.type is not None:
        wanted.append(Ticket.type == filters.type)
    if filters.customer_id:
        wanted.append(Ticket.customer_id == filters.customer_id)
    if filters.unassigned:
        wanted.append(Ticket.assignee_id.is_(None))
    if filters.assignee_id:
        wanted.append(Ticket.assignee_id == filters.assignee_id)
    if filters.search.strip():
        wanted.append(_holds(filters.search.strip()))
    if filters.after is not None:
        at, id_ = filters.after
        wanted.append(or_(Ticket.updated_at < at, and_(Ticket.updated_at == at, Ticket.id < id_)))
    return wanted


def _holds(search: str) -> ColumnElement[bool]:
    number = search.removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        return Ticket.number == int(number)
    return or_(
        func.lower(Ticket.subject).contains(search.lower(), autoescape=True),
        func.lower(KnownCustomer.full_name).contains(search.lower(), autoescape=True),
    )


def _named_like(search: str) -> ColumnElement[bool]:
    number = search.removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        return KnownCustomer.number == int(number)
    return or_(
        func.lower(KnownCustomer.full_name).contains(search.lower(), autoescape=True),
        func.lower(KnownCustomer.login).contains(search.lower(), autoescape=True),
    )
