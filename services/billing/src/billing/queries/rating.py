"""What accounts would be billed until a day, computed in bulk and without writing anything."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing.domain.billing import Bill, Holding, Terms, Waiting, bill, planned_on
from billing.domain.dunning import Dunning
from billing.domain.line import Line
from billing.domain.settings import BillingSettings
from billing.models import Account
from billing.queries.booked_changes import Booked, as_made
from billing.queries.to_bill import Holdings, KnownSettings, holdings_of, waiting_of
from shared.bulk import among, plain_rows
from shared.periods import REMEMBERED

ACCOUNT = (
    *(Account.customer_id, Account.partner_id, Account.version, Account.currency, Account.timezone),
    *(Account.billing_type, Account.billing_day, Account.own_settings, Account.next_bill_on),
    *(Account.dunning, Account.dunning_next_on, Account.credit_minor, Account.owed_minor),
)


class ForeignCurrency(ValueError):
    """
    Something is priced in another currency than the account: a record a person has to put right.

    Says what, its currency, and the account's.
    """


@dataclass(slots=True, kw_only=True)
class Rated:
    """
    One account with what is to be billed, for *subscriptions* by their place in the bill.

    *members* follow the cursor of their bundle's head; *changes* are the booked changes of plan that were
    rated as made.
    """

    account: Account | Row[Any]
    settings: BillingSettings
    bill: Bill
    subscriptions: Sequence[str]
    members: Mapping[str, list[str]]
    changes: Sequence[Booked] = ()


def accounts_of(session: Session, customer_ids: Sequence[str], *, lock: bool) -> list[Row[Any]]:
    """
    Return the accounts of these customers in the order every command locks them.
    """
    query = select(*ACCOUNT).where(among(Account.customer_id, customer_ids)).order_by(Account.customer_id)
    return list(plain_rows(session, query.with_for_update() if lock else query))


def rate(
    session: Session,
    accounts: Sequence[Account | Row[Any]],
    *,
    cut_off: date,
    known: KnownSettings,
    ahead: bool = False,
) -> list[Rated]:
    """
    Return what each of *accounts* is to be billed until *cut_off*; those that are not billed are left out.

    A run bills what is. Whoever looks *ahead* sees the booked changes of plan until *cut_off* as made: they
    will be by then.
    """
    due = [each for each in accounts if _is_due(each, known.of(each), date.max if ahead else cut_off)]
    ids = [each.customer_id for each in due]
    held, waiting = holdings_of(session, ids), waiting_of(session, ids)
    found = []
    for each in due:
        mine = held[each.customer_id]
        changes = as_made(session, mine.changes)
        charged = _with_changes(
            mine, waiting.get(each.customer_id, ()), changes, until=cut_off if ahead else None
        )
        if rated := _rated(each, charged, known, cut_off):
            found.append(rated)
    return found


def rate_each_day(
    session: Session, account: Account | Row[Any], *, until: date, known: KnownSettings
) -> Iterator[tuple[date, Rated]]:
    """
    Yield each day until *until* on which bills are made, with all that is billed from now to that day.
    """
    id = account.customer_id
    held, waiting = holdings_of(session, [id])[id], waiting_of(session, [id]).get(id, ())
    changes = as_made(session, held.changes)
    of_changes = [each.effective_on for each in changes if each.billed]
    day = earliest(account.next_bill_on, *of_changes)
    while day and day <= until:
        charged = _with_changes(held, waiting, changes, until=day)
        rated = _rated(account, charged, known, day)
        if rated is None:
            return
        yield day, rated
        following = [rated.bill.next_on, *of_changes]
        day = earliest(*(each for each in following if each and each > day))


def bills_of(rated: Rated) -> list[list[Line]]:
    """
    Return the lines of each bill: those of runs, and those that changes of plan make themselves.
    """
    of_runs = [[item.line for item in each.items] for each in rated.bill.documents]
    return [*of_runs, *(list(each.billed) for each in rated.changes if each.billed)]


@dataclass(slots=True, kw_only=True)
class _Charged:
    """
    What one account is charged for, with the changes of plan that were *made*; others come *later*.
    """

    held: Holdings
    holdings: tuple[Holding, ...]
    waiting: Sequence[Waiting]
    made: Sequence[Booked] = ()
    later: Sequence[Booked] = ()


def _with_changes(
    held: Holdings, waiting: Sequence[Waiting], changes: Sequence[Booked], *, until: date | None
) -> _Charged:
    holdings = tuple(held.holdings.values())
    if not changes:
        return _Charged(held=held, holdings=holdings, waiting=waiting)
    made = [each for each in changes if until and each.effective_on <= until]
    dropped = {id for each in made for id in each.dropped}
    kept = [each for each in waiting if each.charge_id not in dropped]
    return _Charged(
        held=held,
        holdings=(*holdings, *(each.holding for each in made)),
        waiting=[*kept, *(each for change in made for each in change.waiting)],
        made=made,
        later=[each for each in changes if each not in made],
    )


def after_changes(changes: Sequence[Booked], *, terms: Terms) -> date | None:
    """
    Return the first billing day after booked changes are made; None when there is none.
    """
    days = [
        planned_on(
            [each.holding], charges=bool(each.waiting), terms=terms, today=each.effective_on, before=None
        )
        for each in changes
    ]
    return earliest(*days)


def earliest(*days: date | None) -> date | None:
    """
    Return the first of the days that are known.
    """
    return min((day for day in days if day), default=None)


@lru_cache(REMEMBERED)
def fingerprint(bill: Bill) -> str:
    """
    Return what two ratings share when they would bill the same.
    """
    # Without the ids of services and charges: what a booked change opens has none before it is made.
    content = [sorted(repr(_content(item.line)) for item in each.items) for each in bill.documents]
    return hashlib.blake2b(repr((content, bill.next_on)).encode(), digest_size=16).hexdigest()


def _content(line: Line) -> tuple[object, ...]:
    return line.code.value, line.plan_id, line.plan_version, line.label, line.amount.minor, line.period


def _is_due(account: Account | Row[Any], settings: BillingSettings, cut_off: date) -> bool:
    awake = settings.billing_enabled and account.dunning is not Dunning.INACTIVE
    return bool(awake and account.next_bill_on and account.next_bill_on <= cut_off)


def _rated(account: Account | Row[Any], mine: _Charged, known: KnownSettings, cut_off: date) -> Rated | None:
    terms = known.terms(account)
    first_on = _first_on(account, mine, terms)
    found = Bill(documents=(), cursors={}, next_on=first_on, flags=())
    if first_on and first_on <= cut_off:
        found = _bill(mine, account.currency, terms, first_on, cut_off)
    elif not mine.made:
        return None
    if mine.later:
        following = earliest(found.next_on, after_changes(mine.later, terms=terms))
        found = replace(found, next_on=following)
    return Rated(
        account=account,
        settings=known.of(account),
        bill=found,
        subscriptions=tuple(mine.held.holdings),
        members=mine.held.members,
        changes=mine.made,
    )


def _bill(mine: _Charged, currency: str, terms: Terms, first_on: date, cut_off: date) -> Bill:
    if not mine.waiting:
        return _alike(mine.holdings, currency, terms, first_on, cut_off)
    found = bill(mine.holdings, mine.waiting, terms=terms, first_on=first_on, cut_off=cut_off)
    return _checked(found, currency)


@lru_cache(REMEMBERED)
def _alike(holdings: tuple[Holding, ...], currency: str, terms: Terms, first_on: date, cut_off: date) -> Bill:
    """
    Return the bill of everybody who holds the same and for whom nothing waits, worked out for the first.
    """
    return _checked(bill(holdings, (), terms=terms, first_on=first_on, cut_off=cut_off), currency)


def _first_on(account: Account | Row[Any], mine: _Charged, terms: Terms) -> date | None:
    first_on: date | None = account.next_bill_on
    for change in mine.made:  # each plans the account again, on its day
        first_on = planned_on(
            mine.holdings,
            charges=bool(mine.waiting),
            terms=terms,
            today=change.effective_on,
            before=first_on,
        )
    return first_on


def _checked(found: Bill, currency: str) -> Bill:
    for item in (item for each in found.documents for item in each.items):
        if item.line.price.currency != currency:
            raise ForeignCurrency(f"{item.line.label}, {item.line.price.currency}, {currency}")
    return found
