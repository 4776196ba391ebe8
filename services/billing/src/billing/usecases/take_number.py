"""Gapless numbers: the row is touched late in the transaction, and a rollback gives the number back."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing.domain import document
from billing.models import NumberSeries, Partner
from billing.usecases.insert_once import insert_once

FIRST = {"order": 10_001}


def take_number(session: Session, *, series: str, partner_id: str = "", year: int = 0) -> int:
    """
    Return the next number of the series.
    """
    return take_numbers(session, series=series, partner_id=partner_id, year=year, count=1)


def take_numbers(session: Session, *, series: str, partner_id: str, year: int, count: int) -> int:
    """
    Return the first of *count* consecutive numbers of the series.
    """
    key = {"partner_id": partner_id, "series": series, "year": year}
    taken = (
        update(NumberSeries)
        .filter_by(**key)
        .values(next=NumberSeries.next + count)
        .returning(NumberSeries.next)
        .execution_options(synchronize_session=False)
    )
    following = session.execute(taken).scalar()
    if following is None:
        insert_once(session, NumberSeries, **key, next=FIRST.get(series, 1))
        following = session.execute(taken).scalar_one()
    return following - count


def document_number(session: Session, *, series: str, partner_id: str, year: int) -> str:
    """
    Return the next document number of the partner in that year.
    """
    partner = session.scalar(select(Partner.number).where(Partner.id == partner_id)) or 0
    count = take_number(session, series=series, partner_id=partner_id, year=year)
    return document.number(year=year, partner=partner, count=count)
