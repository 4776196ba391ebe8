"""How an account stands, as screens show it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning, Outlook, counted, outlook
from billing.models import Account, DunningEvent, Invoice
from billing.queries.dunning import history_of, open_invoices
from billing.queries.looks import look_at
from billing.queries.pauses import pause_days
from shared import clock
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    How an account stands on *today*, what is ahead, and which bills more time can be given for; the *strip*
    has the days services pause and work again, too.
    """

    state: Dunning
    ahead: Outlook
    days: tuple[tuple[date, str], ...]
    owed: Money
    today: date
    extendable: tuple[Invoice, ...]
    history: tuple[DunningEvent, ...]
    strip: tuple[tuple[date, str], ...]


def standing_of(session: Session, account: Account) -> Standing:
    """
    Return how the account stands, as a screen shows it.
    """
    case = look_at(session, account).case
    ahead, today = outlook(case), clock.today(account.timezone)
    pauses = [(on, code) for on, code, _name in pause_days(session, account.customer_id, today=today)]
    return Standing(
        state=account.dunning,
        ahead=ahead,
        days=ahead.days,
        owed=Money(sum(each.open_minor for each in counted(case)), account.currency),
        today=today,
        extendable=tuple(
            each for each in open_invoices(session, account.customer_id) if each.extended_to is None
        ),
        history=tuple(history_of(session, account.customer_id)),
        strip=tuple(sorted([*ahead.days, *dict.fromkeys(pauses)], key=lambda each: each[0])),
    )
