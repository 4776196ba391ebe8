"""All that a look at accounts for late payment needs, read for many at once: nothing asks for each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain import dunning
from billing.domain.dunning import Case, Document, Dunning
from billing.domain.reminders import Trail
from billing.models import Account, DunningEvent, Invoice, Payment, Reminder
from billing.queries.dunning import DOCUMENT, document, paying_since
from billing.queries.to_bill import KnownSettings
from shared import clock
from shared.bulk import among


@dataclass(frozen=True, kw_only=True)
class Look:
    """
    What decides about one account, what it was reminded of, and how many *steps* its history holds.
    """

    case: Case
    trail: Trail
    steps: int


def look_at(session: Session, account: Account) -> Look:
    """
    Return the look at one account.
    """
    return looks_at(session, [account])[account.customer_id]


def last_day_of_service(session: Session, account: Account, *, now: datetime) -> date:
    """
    Return today, or the day before it on which the account should have become inactive.
    """
    today = clock.local_date(now, account.timezone)
    if account.dunning_next_on is None or account.dunning_next_on > today:
        return today
    ends_on = dunning.outlook(look_at(session, account).case).inactive_on
    return min(today, ends_on) if ends_on else today


def looks_at(session: Session, accounts: Sequence[Account]) -> dict[str, Look]:
    """
    Return the look at each of *accounts*, by customer; what the session has not written yet is written first.
    """
    session.flush()
    ids = [account.customer_id for account in accounts]
    known = KnownSettings(session)
    unpaid, steps = _unpaid(session, ids), _steps(session, ids)
    given_up = _given_up(
        session, [each.customer_id for each in accounts if each.dunning is not Dunning.CLEAR]
    )
    trails = _trails(session, [each.invoice_id for documents in unpaid.values() for each in documents])
    return {
        account.customer_id: Look(
            case=Case(
                documents=unpaid[account.customer_id],
                balance_minor=account.balance.minor,
                settings=known.of(account),
                timezone=account.timezone,
                excused_on=account.excused_on,
                written_off=given_up[account.customer_id],
            ),
            trail=trail(row for each in unpaid[account.customer_id] for row in trails[each.invoice_id]),
            steps=steps.get(account.customer_id, 0),
        )
        for account in accounts
    }


def trail(rows: Iterable[Reminder]) -> Trail:
    """
    Return what these reminders say an account was told.
    """
    taken = list(rows)
    return Trail(
        done={(row.invoice_id, row.step) for row in taken},
        told_on=max((row.told_on for row in taken if row.told_on), default=None),
    )


def _unpaid(session: Session, customer_ids: Sequence[str]) -> dict[str, list[Document]]:
    paying = paying_since(session, among(Payment.customer_id, customer_ids))
    rows = session.execute(
        select(Invoice.customer_id, *DOCUMENT)
        .where(among(Invoice.customer_id, customer_ids), Invoice.open_minor > 0)
        .order_by(Invoice.due_on, Invoice.id)
    )
    found: dict[str, list[Document]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(document(row, paying.get(row.id)))
    return found


def _given_up(session: Session, customer_ids: Sequence[str]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = defaultdict(list)
    if customer_ids:
        written_off = among(Invoice.customer_id, customer_ids), Invoice.written_off_minor > 0
        for row in session.execute(select(Invoice.customer_id, *DOCUMENT).where(*written_off)):
            found[row.customer_id].append(document(row))
    return found


def _steps(session: Session, customer_ids: Sequence[str]) -> dict[str, int]:
    last = select(DunningEvent.customer_id, func.max(DunningEvent.seq)).group_by(DunningEvent.customer_id)
    return dict(session.execute(last.where(among(DunningEvent.customer_id, customer_ids))).tuples().all())


def _trails(session: Session, invoice_ids: Sequence[str]) -> dict[str, list[Reminder]]:
    found: dict[str, list[Reminder]] = defaultdict(list)
    if invoice_ids:
        for row in session.scalars(select(Reminder).where(among(Reminder.invoice_id, invoice_ids))):
            found[row.invoice_id].append(row)
    return found
