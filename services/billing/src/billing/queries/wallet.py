"""The wallet: the one account of a prepaid customer, and how long its credit lasts (decision D32)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.domain.prepaid import charges, lasting
from billing.queries.lines import every
from billing.queries.prepaid import Held, restarting, running
from billing.queries.top_up import TopUpOffer, needed_for, offer_of, wallet_account
from shared import clock
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class WalletService:
    """
    A service paid from the wallet: *renews_on* is when *amount* is taken next; None while it is *paused*.
    """

    subscription_id: str
    amount: Money
    every: str
    renews_on: date | None
    paused: bool


@dataclass(frozen=True, kw_only=True)
class Payment:
    """
    What is taken next.
    """

    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class WalletView:
    """
    *days_left* counts today and is None when nothing is to be paid; with *more* it lasts beyond a year.
    *needed* is what is missing to bring the paused services back (None: none is paused), *owed* what bills
    ask for besides.
    """

    balance: Money
    days_left: int | None
    lasts_until_on: date | None
    more: bool
    next_payment: Payment | None
    needed: Money | None
    owed: Money
    top_up: TopUpOffer
    services: list[WalletService]


def wallet_of(session: Session, *, customer_id: str) -> WalletView | None:
    """
    Return the customer's wallet; None for accounts that pay bills instead.
    """
    account = wallet_account(session, customer_id)
    if account is None:
        return None
    today, held = clock.today(account.timezone), running(session, account)
    credit = Money(account.credit_minor, account.currency)
    lasts = lasting([each.service for each in held], credit, today=today)
    again = restarting(session, account, today)
    needed = needed_for(again, account)
    following = next(charges([each.service for each in held], account.currency), None)
    return WalletView(
        balance=account.balance,
        days_left=lasts.days if lasts else None,
        lasts_until_on=lasts.until_on if lasts else None,
        more=bool(lasts and lasts.more),
        next_payment=Payment(on=following[0], amount=following[1]) if following else None,
        needed=needed,
        owed=Money(account.owed_minor, account.currency),
        top_up=offer_of(session, account, needed=needed),
        services=[*(_service(each) for each in held), *(_service(each, paused=True) for each in again)],
    )


def _service(held: Held, *, paused: bool = False) -> WalletService:
    service = held.service
    return WalletService(
        subscription_id=service.id,
        amount=held.step.amount,
        every="P1D" if service.daily else every(service.months, service.days),
        renews_on=None if paused else service.paid_until,
        paused=paused,
    )
