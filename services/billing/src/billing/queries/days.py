"""Which day it is at each partner: its time zone turns the moment into a date (decision D41)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, case, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.models import Partner
from shared import clock


@dataclass(frozen=True)
class Todays:
    """
    The date of today by partner; *otherwise* is the Default partner's.
    """

    by_partner: Mapping[str, date]
    otherwise: date

    def of(self, partner_id: str) -> date:
        """
        Return today's date at the partner.
        """
        return self.by_partner.get(partner_id, self.otherwise)

    def within(self, scope: frozenset[str] | None) -> date:
        """
        Return today's date for somebody who sees the partners of *scope*: the Default partner's if several.
        """
        return self.of(next(iter(scope))) if scope and len(scope) == 1 else self.otherwise

    def sql(self, partner_id: InstrumentedAttribute[str]) -> ColumnElement[date]:
        """
        Return the same as an expression over the rows of many partners.
        """
        found: dict[date, list[str]] = defaultdict(list)
        for partner, day in self.by_partner.items():
            if day != self.otherwise:
                found[day].append(partner)
        usual = literal(self.otherwise, Date)
        if not found:
            return usual
        return case(*((partner_id.in_(ids), literal(day, Date)) for day, ids in found.items()), else_=usual)


def todays(session: Session) -> Todays:
    """
    Return the date of today at every partner.
    """
    rows = session.execute(select(Partner.id, Partner.timezone, Partner.is_default)).all()
    default = next((zone for _, zone, is_default in rows if is_default), "UTC")
    return Todays({id: clock.today(zone) for id, zone, _ in rows}, clock.today(default))
