"""Billing runs as staff see them: the list, one run with its counts, and its accounts by why they matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.domain.billing import Flag
from billing.domain.run import ItemState, Mode, Pace, RunState, pace
from billing.models import Account, BillingRun, Customer, Partner, RunItem
from billing.queries.settings import partner_settings
from billing.queries.staff import Scope
from shared import clock
from shared.errors import NotFound
from shared.money import Money

PAGE = 50
LOOK = (Flag.CATCH_UP_LIMITED, Flag.HELD_BACK, Flag.CHANGED_SINCE_PREVIEW, Flag.CAUGHT_UP)


class Group(StrEnum):
    """
    Which accounts of a run: those to look at come first.
    """

    LOOK = "look"
    DIFFERENT = "different"
    NEW = "new"
    GONE = "gone"
    FAILED = "failed"
    UNMAILED = "unmailed"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class RunView:
    """
    A run with its partner, and the issue before it for comparison; *mails*: the partner mails new bills.
    """

    run: BillingRun
    partner: Partner
    before: BillingRun | None
    issue: BillingRun | None
    mails: bool = True

    @property
    def took(self) -> timedelta:
        """
        How long it has worked, pauses left out.
        """
        since, until = self.run.started_at, self.run.finished_at or clock.real_now()
        return until - since if since else timedelta(0)

    @property
    def pace(self) -> Pace | None:
        """
        How fast it goes, once something is done.
        """
        return pace(done=self.run.done + self.run.failed, items=self.run.items, took=self.took)

    @property
    def total(self) -> Money:
        """
        What its bills come to.
        """
        return Money(self.run.total_minor, self.run.currency)

    @property
    def total_before(self) -> Money | None:
        """
        What the bills of the issue before came to.
        """
        return Money(self.before.total_minor, self.before.currency) if self.before else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    One account of a run.
    """

    customer_id: str
    customer: Customer | None
    flags: Sequence[str]
    lines: Sequence[dict[str, Any]]
    invoices: Sequence[Sequence[str]]
    error: str | None
    before: Money | None
    now: Money


def find_runs(session: Session, *, scope: Scope, before: str | None = None) -> list[RunView]:
    """
    Return a page of runs, newest first.
    """
    query = _within(select(BillingRun), scope).order_by(BillingRun.id.desc()).limit(PAGE)
    rows = session.scalars(query.where(BillingRun.id < before) if before else query).all()
    partners = {row.id: row for row in session.scalars(select(Partner))}
    return [
        RunView(run=row, partner=partners[row.partner_id], before=None, issue=None)
        for row in rows
        if row.partner_id in partners
    ]


def one_run(session: Session, run_id: str, *, scope: Scope) -> RunView:
    """
    Return the run.

    :raises NotFound: if there is none, or it is of a partner outside *scope*
    """
    run = session.scalar(_within(select(BillingRun), scope).where(BillingRun.id == run_id))
    if run is None:
        raise NotFound
    issue = session.scalar(select(BillingRun).where(BillingRun.preview_id == run.id))
    partner = session.get_one(Partner, run.partner_id)
    return RunView(
        run=run,
        partner=partner,
        before=_issue_before(session, run),
        issue=issue,
        mails=partner_settings(session, partner.id).mail_invoices,
    )


def counts_of(session: Session, view: RunView) -> dict[Group, int]:
    """
    Return how many accounts each group has.
    """
    found: dict[Group, int] = {
        group: session.scalar(
            select(func.count()).select_from(RunItem).where(RunItem.run_id == view.run.id, _is(group))
        )
        or 0
        for group in Group
        if group is not Group.GONE
    }
    gone = select(func.count()).select_from(_gone(view).subquery()) if view.before else None
    found[Group.GONE] = (session.scalar(gone) or 0) if gone is not None else 0
    return found


def rows_of(session: Session, view: RunView, group: Group, *, after: str = "") -> list[Row]:
    """
    Return a page of the group's accounts, by customer id after *after*.
    """
    if group is Group.GONE and view.before is None:
        return []
    mine = select(RunItem).where(RunItem.run_id == view.run.id, _is(group))
    query = _gone(view) if group is Group.GONE else mine
    items = session.scalars(
        query.where(RunItem.customer_id > after).order_by(RunItem.customer_id).limit(PAGE)
    ).all()
    ids = [item.customer_id for item in items]
    named = {row.id: row for row in session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    return [_row(item, view, named.get(item.customer_id), gone=group is Group.GONE) for item in items]


def partners_to_bill(session: Session, *, scope: Scope) -> list[tuple[Partner, int, date | None]]:
    """
    Return each partner with how many accounts have a billing day ahead, and the earliest of these days.
    """
    ahead = {
        partner_id: (count, first)
        for partner_id, count, first in session.execute(
            select(Account.partner_id, func.count(), func.min(Account.next_bill_on))
            .where(Account.next_bill_on.is_not(None))
            .group_by(Account.partner_id)
        )
    }
    partners = session.scalars(select(Partner).order_by(Partner.name))
    return [
        (partner, *ahead.get(partner.id, (0, None)))
        for partner in partners
        if scope is None or partner.id in scope
    ]


def is_live(run: BillingRun) -> bool:
    """
    Tell whether workers are at it.
    """
    return run.state in (RunState.FILLING, RunState.RUNNING)


def _row(item: RunItem, view: RunView, customer: Customer | None, *, gone: bool) -> Row:
    last = item.result.get("last_minor")
    now = Money(0 if gone else item.total_minor, view.run.currency)
    before = item.total_minor if gone else last
    return Row(
        customer_id=item.customer_id,
        customer=customer,
        flags=["gone"] if gone else item.flags,
        lines=[] if gone else item.result.get("lines", []),
        invoices=item.result.get("invoices", []),
        error=None if gone else item.error,
        before=Money(before, view.run.currency) if before is not None else None,
        now=now,
    )


def _is(group: Group) -> ColumnElement[bool]:
    if group is Group.FAILED:
        return RunItem.state == ItemState.FAILED
    if group is Group.UNMAILED:
        nobody = select(Customer.id).where(~Customer.has_email)
        return RunItem.customer_id.in_(nobody) & (RunItem.total_minor > 0)
    if group is Group.NEW:
        return _flagged(Flag.FIRST_INVOICE)
    if group is Group.DIFFERENT:
        return _flagged(Flag.VERY_DIFFERENT)
    if group is Group.LOOK:
        return or_(RunItem.state == ItemState.FAILED, *(_flagged(flag) for flag in LOOK))
    return RunItem.state.in_([ItemState.DONE, ItemState.FAILED])


def _flagged(flag: Flag) -> ColumnElement[bool]:
    return cast(RunItem.flags, String).like(f'%"{flag.value}"%')


def _gone(view: RunView) -> Select[tuple[RunItem]]:
    assert view.before is not None
    here = aliased(RunItem)
    still = exists().where(here.run_id == view.run.id, here.customer_id == RunItem.customer_id)
    return select(RunItem).where(RunItem.run_id == view.before.id, RunItem.state == ItemState.DONE, ~still)


def _issue_before(session: Session, run: BillingRun) -> BillingRun | None:
    return session.scalars(
        select(BillingRun)
        .where(
            BillingRun.partner_id == run.partner_id,
            BillingRun.mode == Mode.ISSUE,
            BillingRun.state == RunState.DONE,
            BillingRun.cut_off_on < run.cut_off_on,
            BillingRun.invoices > 0,
        )
        .order_by(BillingRun.cut_off_on.desc(), BillingRun.id.desc())
    ).first()


def _within(query: Select[Any], scope: Scope) -> Select[Any]:
    return query if scope is None else query.where(BillingRun.partner_id.in_(scope))
