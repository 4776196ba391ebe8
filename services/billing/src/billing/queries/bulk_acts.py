"""What staff does to many bills, payments or orders at once: the list, and one with its rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.domain.change import ItemStatus
from billing.domain.many import Act
from billing.models import BulkAct, BulkActItem, BulkActPaper, Customer, Payment
from billing.queries.bulk_changes import MOST_ROWS, NEEDS_A_LOOK, Scope
from shared.db import Database
from shared.errors import NotFound
from shared.money import Money

PAPERS_AT_ONCE = 25


@dataclass(frozen=True, kw_only=True)
class ActTotals:
    """
    How many rows stand where, what those that wait or were done come to in each currency, and how many were
    left out because cards are not charged unasked.
    """

    counts: dict[ItemStatus, int]
    sums: list[Money]
    not_automatic: int

    def count(self, name: str) -> int:
        """
        Return how many rows stand at *name*.
        """
        return self.counts.get(ItemStatus(name), 0)

    @property
    def mark(self) -> str:
        """
        What a person who confirms has seen.
        """
        return " ".join([str(self.count("waiting")), *(str(each) for each in self.sums)])


def find_act(session: Session, bulk_id: str, *, scope: Scope, lock: bool = False) -> BulkAct:
    """
    Return one thing done to many.

    :raises NotFound: if there is none, or it concerns other partners than those in *scope*
    """
    found = session.get(BulkAct, bulk_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or (scope is not None and session.execute(_foreign(scope, bulk_id)).first()):
        raise NotFound
    return found


def acts(session: Session, *, scope: Scope, kinds: Collection[Act], limit: int = 50) -> Sequence[BulkAct]:
    """
    Return what was done to many, newest first; only of *kinds*.
    """
    query = select(BulkAct).where(BulkAct.act.in_(kinds)).order_by(BulkAct.id.desc()).limit(limit)
    if scope is not None:
        query = query.where(~_foreign(scope, BulkAct.id).exists())
    return session.scalars(query).all()


def act_totals(session: Session, bulk_id: str) -> ActTotals:
    """
    Return the counts of all rows, and the sums of those that wait or were done.
    """
    mine = BulkActItem.bulk_id == bulk_id
    counts = select(BulkActItem.status, func.count()).where(mine).group_by(BulkActItem.status)
    meant = BulkActItem.status.in_([ItemStatus.WAITING, ItemStatus.DONE])
    sums = (
        select(BulkActItem.currency, func.sum(BulkActItem.amount_minor))
        .where(mine, meant)
        .group_by(BulkActItem.currency)
        .order_by(BulkActItem.currency)
    )
    unasked = select(func.count()).where(
        mine, BulkActItem.status == ItemStatus.REFUSED, BulkActItem.refusal == "card_not_automatic"
    )
    return ActTotals(
        counts=dict(session.execute(counts).tuples().all()),
        sums=[Money(int(minor), currency) for currency, minor in session.execute(sums)],
        not_automatic=session.execute(unasked).scalar_one(),
    )


def act_rows(
    session: Session, bulk_id: str, *, only: str = ""
) -> Sequence[Row[tuple[BulkActItem, Customer, Payment]]]:
    """
    Return the rows with their customers and the payments begun, those that need a look first.
    """
    query: Select[tuple[BulkActItem, Customer, Payment]] = (
        select(BulkActItem, Customer, Payment)
        .outerjoin(Customer, Customer.id == BulkActItem.customer_id)
        .outerjoin(Payment, Payment.id == BulkActItem.made_id)
        .where(BulkActItem.bulk_id == bulk_id)
        .order_by(
            or_(*(BulkActItem.status == each for each in NEEDS_A_LOOK)).desc(), BulkActItem.target_id.desc()
        )
        .limit(MOST_ROWS)
    )
    if only in set(ItemStatus):
        query = query.where(BulkActItem.status == ItemStatus(only))
    return session.execute(query).all()


def has_papers(session: Session, bulk_id: str) -> bool:
    """
    Tell whether printed bills of it are still kept.
    """
    return (
        session.scalar(select(BulkActPaper.bulk_id).where(BulkActPaper.bulk_id == bulk_id).limit(1))
        is not None
    )


def papers_of(db: Database, bulk_id: str) -> Iterator[tuple[str, bytes]]:
    """
    Yield the printed bills, each with its name, in the order of their numbers; a few are held at a time.
    """
    last = ""
    while True:
        query = select(BulkActPaper.name, BulkActPaper.content, BulkActPaper.target_id).where(
            BulkActPaper.bulk_id == bulk_id, BulkActPaper.target_id > last
        )
        with db.read() as session:
            rows = session.execute(query.order_by(BulkActPaper.target_id).limit(PAPERS_AT_ONCE)).all()
        for name, content, _target_id in rows:
            yield name, content
        if len(rows) < PAPERS_AT_ONCE:
            return
        last = rows[-1].target_id


def partners_of(session: Session, bulk_id: str) -> list[str]:
    """
    Return the partners one thing done to many concerns.
    """
    query = select(BulkActItem.partner_id).where(BulkActItem.bulk_id == bulk_id).distinct()
    return sorted(session.scalars(query))


def _foreign(
    scope: Collection[str], bulk_id: ColumnElement[str] | InstrumentedAttribute[str] | str
) -> Select[tuple[str]]:
    mine = (BulkActItem.bulk_id == bulk_id, BulkActItem.partner_id.not_in(scope))
    return select(BulkActItem.target_id).where(*mine).limit(1)
