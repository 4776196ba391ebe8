"""The wallet: the one account of a prepaid customer, and how long its credit lasts (decision D32)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.domain.prepaid import charges, lasting
from billing.models import Account
from billing.queries.lines import every
from billing.queries.prepaid import Held, is_prepaid, running, short
from shared import clock
from shared.money import Money, total


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
    *needed* is what is missing to bring the paused services back (None: none is paused).
    """

    balance: Money
    days_left: int | None
    lasts_until_on: date | None
    more: bool
    next_payment: Payment | None
    needed: Money | None
    services: list[WalletService]


def wallet_of(session: Session, *, customer_id: str) -> WalletView | None:
    """
    Return the customer's wallet; None for accounts that pay bills instead.
    """
    account = session.get(Account, customer_id)
    if account is None or not is_prepaid(account):
        return None
    today, held, paused = clock.today(account.timezone), running(session, account), short(session, account)
    credit = Money(account.credit_minor, account.currency)
    lasts = lasting([each.service for each in held], credit, today=today)
    again = [each.starting(today, billing_day=account.billing_day) for each in paused]
    following = next(charges([each.service for each in held], account.currency), None)
    return WalletView(
        balance=account.balance,
        days_left=lasts.days if lasts else None,
        lasts_until_on=lasts.until_on if lasts else None,
        more=bool(lasts and lasts.more),
        next_payment=Payment(on=following[0], amount=following[1]) if following else None,
        needed=_needed(again, credit) if again else None,
        services=[*(_service(each) for each in held), *(_service(each, paused=True) for each in again)],
    )


def _needed(paused: list[Held], credit: Money) -> Money:
    costs = total([each.step.amount for each in paused], credit.currency)
    return costs - credit if credit < costs else Money.zero(credit.currency)


def _service(held: Held, *, paused: bool = False) -> WalletService:
    service = held.service
    return WalletService(
        subscription_id=service.id,
        amount=held.step.amount,
        every="P1D" if service.daily else every(service.months, service.days),
        renews_on=None if paused else service.paid_until,
        paused=paused,
    )
