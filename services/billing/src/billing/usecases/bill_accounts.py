"""Bill accounts until a day, many in one transaction: documents, postings, cursors and facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.domain.billing import Bill
from billing.models import Account, Invoice
from billing.queries.rating import Rated, accounts_of, rate
from billing.queries.to_bill import KnownSettings
from billing.usecases.allocate import use_credit
from billing.usecases.catch_up_accounts import catch_up_accounts
from billing.usecases.collect_issued import collect_issued
from billing.usecases.issue_bills import IssuedBill, issue_bills, tell_bills
from billing.usecases.lock_account import lock_accounts
from billing.usecases.review_dunning import BY_MONEY, review_many
from shared import clock
from shared.failpoint import failpoint


@dataclass(slots=True, kw_only=True)
class Billed:
    """
    What became of one account: its new documents, none when there was nothing to charge.
    """

    customer_id: str
    issued: Sequence[IssuedBill]
    bill: Bill

    @property
    def total_minor(self) -> int:
        """
        What its documents come to.
        """
        return sum(each.total_minor for each in self.issued)


def bill_account(
    session: Session, *, customer_id: str, cut_off: date, now: datetime, run_id: str | None = None
) -> Billed | None:
    """
    Bill one account for every billing day that has come until *cut_off*; None when none has.
    """
    found = bill_accounts(session, [customer_id], cut_off=cut_off, now=now, run_id=run_id)
    return found[0] if found else None


def bill_accounts(
    session: Session,
    customer_ids: Sequence[str],
    *,
    cut_off: date,
    now: datetime,
    run_id: str | None = None,
    known: KnownSettings | None = None,
) -> list[Billed]:
    """
    Bill these accounts; what was billed before, or is not due, is left out, so doing it twice does it once.
    """
    known = known or KnownSettings(session)
    session.flush()
    locked = accounts_of(session, customer_ids, lock=True)
    moved = catch_up_accounts(session, customer_ids, now=now)
    if _review_late(session, locked, now=now) or moved:
        locked = accounts_of(session, customer_ids, lock=True)
    rated = rate(session, locked, cut_off=cut_off, known=known)
    failpoint("billing.run.rated")
    issued = issue_bills(session, rated, cut_off=cut_off, now=now, run_id=run_id)
    session.expire_all()
    open_now = _use_credit(session, rated, issued, now=now)
    collect_issued(session, rated, issued, open_now=open_now, now=now)
    failpoint("billing.run.issued")
    tell_bills(session, rated, issued, open_now=open_now)
    return [_billed(each, issued.get(each.account.customer_id, ())) for each in rated]


def _review_late(session: Session, accounts: Sequence[Row[Any]], *, now: datetime) -> bool:
    """
    Take the steps of late payment that are due, so that nobody is billed beyond; tell if there were any.
    """
    due = [
        each.customer_id
        for each in accounts
        if each.dunning_next_on and each.dunning_next_on <= clock.local_date(now, each.timezone)
    ]
    if due:
        review_many(session, lock_accounts(session, due), now=now, cause=BY_MONEY)
    session.flush()
    return bool(due)


def _use_credit(
    session: Session, rated: Sequence[Rated], issued: Mapping[str, Sequence[IssuedBill]], *, now: datetime
) -> dict[str, int]:
    """
    Let credit pay what is open, oldest money first; return what is open now of the new bills it touched.
    """
    wanted = [each.account.customer_id for each in rated if each.settings.use_credit and _has_both(each)]
    for customer_id in wanted:
        use_credit(session, session.get_one(Account, customer_id), now=now)
    session.flush()
    bills = [bill.id for customer_id in wanted for bill in issued.get(customer_id, ())]
    return {id: session.get_one(Invoice, id).open_minor for id in bills}


def _has_both(rated: Rated) -> bool:
    return rated.account.credit_minor > 0 and bool(rated.bill.documents)


def _billed(rated: Rated, issued: Sequence[IssuedBill]) -> Billed:
    return Billed(
        customer_id=rated.account.customer_id,
        issued=issued,
        bill=rated.bill,
    )
