"""What all customers of a partner would be billed until a day ahead: nothing is written, nobody is told."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.models import Account, Customer, Partner, PlanChange
from billing.queries.along_the_way import Step, along_the_way
from billing.queries.next_invoice import FARTHEST_DAYS
from billing.queries.rating import Rated, accounts_of, bills_of, rate
from billing.queries.to_bill import KnownSettings
from shared.errors import FieldError, Invalid, NotFound
from shared.money import Money, total

PAGE = 25
AT_ONCE = 500
MOST_SUMMED = 2_000


@dataclass(frozen=True, kw_only=True)
class CustomerAhead:
    """
    What one customer would be billed, by so many *bills*, and what happens on the way if nothing is paid.
    """

    customer: Customer
    bills: int
    total: Money
    along: list[Step]


@dataclass(frozen=True, kw_only=True)
class PartnerAhead:
    """
    A page of customers, *older* leads on; *accounts* are billed until *on*. How many *bills* that makes and
    what they come to is worked out for up to MOST_SUMMED accounts; beyond, a preview of a run does it (None).
    """

    on: date
    accounts: int
    bills: int | None
    sums: list[Money]
    rows: list[CustomerAhead]
    older: str | None


def partner_in(session: Session, partner_id: str, *, scope: frozenset[str] | None) -> Partner:
    """
    Return the partner.

    :raises NotFound: if there is none in *scope* (None: all)
    """
    found = session.get(Partner, partner_id)
    if found is None or (scope is not None and partner_id not in scope):
        raise NotFound
    return found


def next_day(session: Session, partner: Partner, *, today: date) -> date:
    """
    Return the day the next of the partner's customers is billed; today if none is ahead.
    """
    first = session.scalar(select(func.min(Account.next_bill_on)).where(Account.partner_id == partner.id))
    return max(first or today, today)


def partner_ahead(
    session: Session, partner: Partner, *, on: date, today: date, after: str | None = None
) -> PartnerAhead:
    """
    Return what the partner's customers would be billed until *on*, a page of them after customer *after*.

    :raises Invalid: if *on* has passed or is more than three years ahead
    """
    if not 0 <= (on - today).days <= FARTHEST_DAYS:
        raise Invalid(FieldError("#/on", "out_of_range", "Choose a day from today to three years ahead."))
    mine = _billed_until(partner, on)
    accounts = session.execute(select(func.count()).select_from(Account).where(*mine)).scalar_one()
    shown = session.scalars(
        select(Account.customer_id)
        .where(*mine, Account.customer_id > (after or ""))
        .order_by(Account.customer_id)
        .limit(PAGE + 1)
    ).all()
    summed = _summed(session, mine, on=on) if accounts <= MOST_SUMMED else None
    return PartnerAhead(
        on=on,
        accounts=accounts,
        bills=summed[0] if summed else None,
        sums=summed[1] if summed else [],
        rows=_rows(session, shown[:PAGE], on=on, today=today),
        older=shown[PAGE - 1] if len(shown) > PAGE else None,
    )


def _billed_until(partner: Partner, on: date) -> tuple[ColumnElement[bool], ...]:
    changes = (
        select(PlanChange.id)
        .where(
            PlanChange.customer_id == Account.customer_id,
            PlanChange.status == ChangeStatus.BOOKED,
            PlanChange.effective_on <= on,
        )
        .exists()
    )
    ahead = Account.next_bill_on.is_not(None)
    return Account.partner_id == partner.id, ahead, or_(Account.next_bill_on <= on, changes)


def _summed(session: Session, mine: tuple[ColumnElement[bool], ...], *, on: date) -> tuple[int, list[Money]]:
    bills, sums = 0, defaultdict[str, int](int)
    for rated in _rated(session, mine, on=on):
        lines = bills_of(rated)
        bills += len(lines)
        sums[rated.account.currency] += sum(line.amount.minor for each in lines for line in each)
    return bills, [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _rated(session: Session, mine: tuple[ColumnElement[bool], ...], *, on: date) -> Iterator[Rated]:
    known, last = KnownSettings(session), ""
    while True:
        query = select(Account.customer_id).where(*mine, Account.customer_id > last)
        ids = session.scalars(query.order_by(Account.customer_id).limit(AT_ONCE)).all()
        if not ids:
            return
        last = ids[-1]
        yield from rate(session, accounts_of(session, ids, lock=False), cut_off=on, known=known, ahead=True)


def _rows(session: Session, ids: Sequence[str], *, on: date, today: date) -> list[CustomerAhead]:
    known = KnownSettings(session)
    found = rate(session, accounts_of(session, ids, lock=False), cut_off=on, known=known, ahead=True)
    rated = {each.account.customer_id: each for each in found}
    rows = select(Account, Customer).join(Customer, Customer.id == Account.customer_id)
    return [
        _row(session, account, customer, rated.get(account.customer_id), on=on, today=today)
        for account, customer in session.execute(
            rows.where(Account.customer_id.in_(ids)).order_by(Account.customer_id)
        )
    ]


def _row(
    session: Session, account: Account, customer: Customer, rated: Rated | None, *, on: date, today: date
) -> CustomerAhead:
    bills = bills_of(rated) if rated else []
    return CustomerAhead(
        customer=customer,
        bills=len(bills),
        total=total([line.amount for lines in bills for line in lines], account.currency),
        along=along_the_way(session, account, until=on, today=today),
    )
