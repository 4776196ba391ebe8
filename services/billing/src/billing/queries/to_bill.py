"""What a bill is made from, read for many accounts at once: nothing here asks per account."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from billing.domain.billing import Holding, Terms, Waiting, end_of_charge, terms_of
from billing.domain.change import ChangeStatus
from billing.domain.charge import ChargeStatus
from billing.domain.charging import Price
from billing.domain.document import InvoiceKind
from billing.domain.settings import BillingSettings, layered
from billing.domain.subscription import PauseReason, Status
from billing.models import Account, Charge, Invoice, PlanChange, Segment, Subscription
from billing.queries.settings import partner_settings
from shared.bulk import among, plain_rows
from shared.money import Money
from shared.periods import REMEMBERED

CHARGED = (Status.ACTIVE, Status.PAUSED, Status.DISABLED)
IDS = 4  # columns that say whose a row is
# What a holding is made from: whoever shares it holds the same.
HELD = (
    *(Subscription.status, Subscription.starts_on, Subscription.ends_on, Subscription.charged_through),
    *(Subscription.pause_reason, Subscription.parent_id.is_not(None), PlanChange.effective_on),
)
PRICE = (
    *(Subscription.kind, Subscription.interval_months, Subscription.vat_basis_points),
    *(Segment.plan_id, Segment.plan_version, Segment.name, Segment.currency, Segment.price_minor),
    *(Segment.quantity, Segment.discount_basis_points, Segment.from_on, Segment.until_on),
)


@dataclass(slots=True, kw_only=True)
class Holdings:
    """
    What one account is charged for, by subscription; *members* are the parts of a bundle, by its head.

    *changes* are the changes of plan that are booked: nothing here goes beyond them.
    """

    holdings: dict[str, Holding] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


class KnownSettings:
    """
    The settings in force, each partner's read once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of_partner: dict[str, BillingSettings] = {}
        self._terms: dict[tuple[str, int], Terms] = {}

    def of(self, account: Account | Row[Any]) -> BillingSettings:
        """
        Return how *account* is billed.
        """
        inherited = self._of_partner.get(partner_id := account.partner_id)
        if inherited is None:
            inherited = self._of_partner[partner_id] = partner_settings(self._session, partner_id)
        return layered(inherited, account.own_settings) if account.own_settings else inherited

    def terms(self, account: Account | Row[Any]) -> Terms:
        """
        Return the terms of *account*'s bills: the same object for all who inherit theirs.
        """
        key = account.partner_id, account.billing_day
        if account.own_settings or key not in self._terms:
            found = terms_in(self.of(account), billing_day=account.billing_day)
            return found if account.own_settings else self._terms.setdefault(key, found)
        return self._terms[key]


def terms_in(settings: BillingSettings, *, billing_day: int) -> Terms:
    """
    Return how an account with these settings and this billing day is billed.
    """
    return terms_of(
        collection=settings.collection,
        prepay_months=settings.prepay_months,
        anchor_day=billing_day,
        apart=settings.separate_periods,
        zero=settings.zero_invoices,
    )


def holdings_of(session: Session, customer_ids: Sequence[str]) -> dict[str, Holdings]:
    """
    Return what each of the customers is charged for; heads of bundles are charged, their members are not.
    """
    found = {each: Holdings() for each in customer_ids}
    for id, rows in _by_subscription(session, customer_ids):
        _, customer_id, bundle_id, change_id, *_ = rows[0]
        mine = found[customer_id]
        if bundle_id:
            mine.members.setdefault(bundle_id, []).append(id)
            continue
        if change_id:
            mine.changes.append(change_id)
        if holding := _holding(tuple([row[IDS:] for row in rows])):
            mine.holdings[id] = holding
    return found


def waiting_of(session: Session, customer_ids: Sequence[str]) -> dict[str, list[Waiting]]:
    """
    Return the charges of each customer that wait for a bill, oldest first.
    """
    rows = session.scalars(
        select(Charge)
        .where(among(Charge.customer_id, customer_ids), Charge.status == ChargeStatus.PENDING)
        .order_by(Charge.id)
    )
    found = defaultdict(list)
    for row in rows:
        waiting = Waiting(charge_id=row.id, line=row.line(), subscription_id=row.subscription_id)
        found[row.customer_id].append(waiting)
    return found


def last_bills(session: Session, customer_ids: Sequence[str]) -> dict[str, int]:
    """
    Return what each customer's latest recurring bill came to; those who never had one are missing.
    """
    latest = (
        select(func.max(Invoice.id))
        .where(among(Invoice.customer_id, customer_ids), Invoice.kind == InvoiceKind.RECURRING)
        .group_by(Invoice.customer_id)
    )
    rows = session.execute(select(Invoice.customer_id, Invoice.total_minor).where(Invoice.id.in_(latest)))
    return dict(rows.tuples().all())


def _by_subscription(session: Session, customer_ids: Sequence[str]) -> Iterable[tuple[str, list[Row[Any]]]]:
    sub, seg = Subscription, Segment
    charged = func.coalesce(sub.charged_through, seg.from_on)
    rows = plain_rows(
        session,
        select(sub.id, sub.customer_id, sub.bundle_id, PlanChange.id, *HELD, *PRICE)
        .join(seg, seg.subscription_id == sub.id)
        .outerjoin(
            PlanChange,
            (PlanChange.subscription_id == sub.id) & (PlanChange.status == ChangeStatus.BOOKED),
        )
        .where(
            among(sub.customer_id, customer_ids),
            sub.status.in_(CHARGED),
            sub.interval_months > 0,
            (seg.until_on.is_(None)) | (seg.until_on >= charged),
        )
        .order_by(sub.id, seg.from_on),
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found.items()


@lru_cache(REMEMBERED)
def _holding(rows: tuple[tuple[Any, ...], ...]) -> Holding | None:
    """
    Return what rows of ``HELD`` and ``PRICE`` say of a subscription: one object for all who hold the same.
    """
    status, starts_on, ends_on, charged_through, pause_reason, replaces, changes_on = rows[0][: len(HELD)]
    prices = tuple([_price(row[len(HELD) :]) for row in rows])
    # Who asked for a pause is charged by the segments, which leave its days out.
    asked_for = pause_reason is PauseReason.ASKED_FOR
    end = end_of_charge(
        Status.ACTIVE if asked_for else status, ends_on=ends_on, segments_end=prices[-1].until_on
    )
    # Nobody pays the present plan beyond a booked change: from its day on the new one is charged.
    until = min((day for day in (end, changes_on) if day), default=None)
    since: date = charged_through or starts_on
    if until is not None and until <= since:
        return None
    return Holding(
        prices=prices,
        months=prices[0].months,
        since=since,
        until=until,
        fresh=charged_through is None,
        replaces=replaces,
    )


def _price(values: tuple[Any, ...]) -> Price:
    kind, months, vat_basis_points, plan_id, plan_version, name, currency, minor, *rest = values
    quantity, discount, from_on, until_on = rest
    return Price(
        plan_id=plan_id,
        plan_version=plan_version,
        name=name,
        kind=kind,
        amount=Money(minor, currency),
        quantity=quantity,
        months=months,
        vat_basis_points=vat_basis_points,
        from_on=from_on,
        until_on=until_on,
        discount_basis_points=discount,
    )
