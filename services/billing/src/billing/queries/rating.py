"""What accounts would be billed until a day, computed in bulk and without writing anything."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing.domain.billing import Bill, Waiting, bill
from billing.domain.dunning import Dunning
from billing.domain.settings import BillingSettings
from billing.models import Account
from billing.queries.to_bill import Holdings, KnownSettings, holdings_of, terms_in, waiting_of

ACCOUNT = (
    *(Account.customer_id, Account.partner_id, Account.version, Account.currency, Account.timezone),
    *(Account.billing_type, Account.billing_day, Account.own_settings, Account.next_bill_on),
    *(Account.dunning, Account.dunning_next_on, Account.credit_minor, Account.owed_minor),
)


class ForeignCurrency(ValueError):
    """
    Something is priced in another currency than the account: a record a person has to put right.
    """


@dataclass(frozen=True, kw_only=True)
class Rated:
    """
    One account with what is to be billed; *members* follow the cursor of their bundle's head.
    """

    account: Row[Any]
    settings: BillingSettings
    bill: Bill
    members: Mapping[str, list[str]]


def accounts_of(session: Session, customer_ids: Sequence[str], *, lock: bool) -> list[Row[Any]]:
    """
    Return the accounts of these customers in the order every command locks them.
    """
    query = select(*ACCOUNT).where(Account.customer_id.in_(customer_ids)).order_by(Account.customer_id)
    return list(session.execute(query.with_for_update() if lock else query))


def rate(
    session: Session, accounts: Sequence[Row[Any]], *, cut_off: date, known: KnownSettings
) -> list[Rated]:
    """
    Return what each of *accounts* is to be billed until *cut_off*; those that are not billed are left out.
    """
    due = [each for each in accounts if _is_due(each, known.of(each), cut_off)]
    ids = [each.customer_id for each in due]
    held, waiting = holdings_of(session, ids), waiting_of(session, ids)
    return [
        _rated(each, known.of(each), held[each.customer_id], waiting.get(each.customer_id, ()), cut_off)
        for each in due
    ]


def fingerprint(bill: Bill) -> str:
    """
    Return what two ratings share when they would bill the same.
    """
    content = [
        (item.subscription_id, item.charge_id, item.line.code.value, item.line.amount.minor, item.line.period)
        for items in bill.documents
        for item in items
    ]
    return hashlib.blake2b(repr((content, bill.next_on)).encode(), digest_size=16).hexdigest()


def _is_due(account: Row[Any], settings: BillingSettings, cut_off: date) -> bool:
    awake = settings.billing_enabled and account.dunning is not Dunning.INACTIVE
    return bool(awake and account.next_bill_on and account.next_bill_on <= cut_off)


def _rated(
    account: Row[Any],
    settings: BillingSettings,
    held: Holdings,
    waiting: Sequence[Waiting],
    cut_off: date,
) -> Rated:
    found = bill(
        held.holdings,
        waiting,
        terms=terms_in(settings, billing_day=account.billing_day),
        first_on=account.next_bill_on,
        cut_off=cut_off,
    )
    for item in (item for items in found.documents for item in items):
        if item.line.price.currency != account.currency:
            raise ForeignCurrency(
                f"{item.line.label} is in {item.line.price.currency}, account in {account.currency}"
            )
    return Rated(account=account, settings=settings, bill=found, members=held.members)
