"""Bill what an account used and was not billed for yet, up to today, and every charge that waits."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.billing import Bill, Holding, Terms, bill
from billing.models import Account, Invoice
from billing.queries.rating import Rated, accounts_of
from billing.queries.settings import settings_of
from billing.queries.to_bill import holdings_of, waiting_of
from billing.usecases.allocate import use_credit
from billing.usecases.catch_up_accounts import catch_up_accounts
from billing.usecases.issue_bills import issue_bills, tell_bills
from shared import clock


def bill_so_far(session: Session, account: Account, *, now: datetime) -> None:
    """
    Issue one last bill to the locked account: each service up to today, today excluded, and what waits.

    Nothing happens where billing is off: the days stay unbilled and the charges wait, as they do there.
    """
    settings = settings_of(session, account)
    if not settings.billing_enabled:
        return
    today, customer_id = clock.local_date(now, account.timezone), account.customer_id
    catch_up_accounts(session, [customer_id], now=now)
    held = holdings_of(session, [customer_id])[customer_id]
    used = {id: each for id, each in held.holdings.items() if each.since < today}
    rated = Rated(
        account=accounts_of(session, [customer_id], lock=True)[0],
        settings=settings,
        bill=_bill(session, account, used.values(), today),
        subscriptions=tuple(used),
        members=held.members,
    )
    issued = issue_bills(session, [rated], cut_off=today, now=now, run_id=None)
    session.expire_all()
    if settings.use_credit:
        use_credit(session, account, now=now)
    open_now = {each.id: session.get_one(Invoice, each.id).open_minor for each in issued.get(customer_id, ())}
    tell_bills(session, [rated], issued, open_now=open_now)


def _bill(session: Session, account: Account, holdings: Iterable[Holding], today: date) -> Bill:
    ended = [replace(each, until=min(each.until or today, today)) for each in holdings]
    waiting = waiting_of(session, [account.customer_id]).get(account.customer_id, [])
    afterwards = Terms(anchor_day=account.billing_day, months=0)
    return bill(ended, waiting, terms=afterwards, first_on=today, cut_off=today)
