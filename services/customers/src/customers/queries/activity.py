"""The activity log, and the names of those in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from customers.models import Activity, Customer, StaffMember
from customers.queries.directory import Scope


@dataclass(frozen=True, kw_only=True)
class Lines:
    """
    Some lines of the log, newest first; *older* is the cursor of the next ones.
    """

    items: list[Activity]
    older: int | None


def activity_of(
    session: Session,
    scope: Scope,
    *,
    customer_id: str | None = None,
    source: str = "",
    since: datetime | None = None,
    technical: bool = False,
    before: int | None = None,
    limit: int = 25,
) -> Lines:
    """
    Return lines about one customer, or about everything in *scope* when none is named.
    """
    wanted = select(Activity).order_by(Activity.id.desc()).limit(limit + 1)
    if customer_id is not None:
        wanted = wanted.where(Activity.customer_id == customer_id)
    if scope is not None:
        wanted = wanted.where(or_(Activity.partner_id.in_(scope), Activity.partner_id.is_(None)))
    if source:
        wanted = wanted.where(Activity.source == source)
    if since is not None:
        wanted = wanted.where(Activity.at >= since)
    if not technical:
        wanted = wanted.where(Activity.technical.is_(False))
    if before is not None:
        wanted = wanted.where(Activity.id < before)
    rows = list(session.scalars(wanted))
    return Lines(items=rows[:limit], older=rows[limit - 1].id if len(rows) > limit else None)


def people(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """
    Return the names of those *actors* (``staff:stf_...``, ``customer:cus_...``) who have one.
    """
    by_kind: dict[str, list[str]] = {"staff": [], "customer": []}
    for actor in set(actors):
        kind, _, name = actor.partition(":")
        by_kind.setdefault(kind, []).append(name)
    staff = select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(by_kind["staff"]))
    customers = select(Customer.id, Customer.full_name).where(Customer.id.in_(by_kind["customer"]))
    return {
        **{f"staff:{key}": name for key, name in session.execute(staff)},
        **{f"customer:{key}": name for key, name in session.execute(customers)},
    }
