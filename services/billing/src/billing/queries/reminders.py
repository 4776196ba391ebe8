"""What accounts were reminded of, and who would be reminded tomorrow."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import Case, Dunning, counted, moment, outlook
from billing.domain.reminders import HOUR, come
from billing.domain.settings import BillingSettings
from billing.models import Account, Customer, Partner, Reminder
from billing.queries.dunning import Threatened, cases_of_partner
from billing.queries.looks import trail
from shared import clock
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Reminded(Threatened):
    """
    An account that would get a reminder, and the furthest *step* of its bills.
    """

    step: int


def reminded_tomorrow(session: Session, partner: Partner, settings: BillingSettings) -> list[Reminded]:
    """
    Return who would be reminded tomorrow by the partner's *settings*; customers' own values stay over them.
    """
    rows: dict[str, list[Reminder]] = {}
    for row in session.scalars(select(Reminder).where(Reminder.partner_id == partner.id)):
        rows.setdefault(row.customer_id, []).append(row)
    found = []
    for account, case in cases_of_partner(session, partner, settings):
        tomorrow = clock.today(account.timezone) + timedelta(days=1)
        before = trail(rows.get(account.customer_id, ()))
        steps = come(case, moment(tomorrow, HOUR, account.timezone), before)
        told = [each.step for each in steps if each.told]
        if told and account.dunning is not Dunning.INACTIVE:
            found.append(_reminded(session, account, case, max(told)))
    return sorted(found, key=lambda each: each.full_name)


def _reminded(session: Session, account: Account, case: Case, step: int) -> Reminded:
    customer = session.get(Customer, account.customer_id)
    return Reminded(
        customer_id=account.customer_id,
        full_name=customer.full_name if customer else "",
        number=customer.number if customer else 0,
        state=account.dunning,
        owed=Money(sum(each.open_minor for each in counted(case)), account.currency),
        due_on=outlook(case).due_on,
        step=step,
    )
