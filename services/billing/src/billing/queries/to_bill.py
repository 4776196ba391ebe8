"""What a bill is made from, read for many accounts at once: nothing here asks per account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from shared.bulk import among
from shared.money import Money
from shared.periods import REMEMBERED

CHARGED = (Status.ACTIVE, Status.PAUSED, Status.DISABLED)
PRICE = (
    *(Subscription.kind, Subscription.interval_months, Subscription.vat_basis_points),
    *(Segment.plan_id, Segment.plan_version, Segment.name, Segment.currency, Segment.price_minor),
    *(Segment.quantity, Segment.discount_basis_points, Segment.from_on, Segment.until_on),
)


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """
    What one account is charged for; *members* are the parts of a bundle, by its head.

    *changes* are the changes of plan that are booked: nothing here goes beyond them.
    """

    holdings: list[Holding] = field(default_factory=list)
    members: Mapping[str, list[str]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


class KnownSettings:
    """
    The settings in force, each partner's read once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of_partner: dict[str, BillingSettings] = {}

    def of(self, account: Account | Row[Any]) -> BillingSettings:
        """
        Return how *account* is billed.
        """
        partner_id = account.partner_id
        if partner_id not in self._of_partner:
            self._of_partner[partner_id] = partner_settings(self._session, partner_id)
        inherited = self._of_partner[partner_id]
        return layered(inherited, account.own_settings) if account.own_settings else inherited


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
    found: dict[str, Holdings] = {each: Holdings(members=defaultdict(list)) for each in customer_ids}
    for rows in _by_subscription(session, customer_ids):
        first, mine = rows[0], found[rows[0].customer_id]
        if first.bundle_id:
            mine.members[first.bundle_id].append(first.id)
            continue
        if first.change_id:
            mine.changes.append(first.change_id)
        if holding := _holding(rows):
            mine.holdings.append(holding)
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


def _by_subscription(session: Session, customer_ids: Sequence[str]) -> Iterable[list[Row[Any]]]:
    sub, seg = Subscription, Segment
    charged = func.coalesce(sub.charged_through, seg.from_on)
    rows = session.execute(
        select(
            *(sub.id, sub.customer_id, sub.bundle_id, sub.parent_id, sub.status, sub.starts_on),
            *(sub.ends_on, sub.charged_through, sub.pause_reason),
            *(PlanChange.id.label("change_id"), PlanChange.effective_on.label("changes_on")),
            *PRICE,
        )
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
        .order_by(sub.id, seg.from_on)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return found.values()


def _holding(rows: list[Row[Any]]) -> Holding | None:
    head = rows[0]
    # Who asked for a pause is charged by the segments, which leave its days out.
    asked_for = head.pause_reason is PauseReason.ASKED_FOR
    status = Status.ACTIVE if asked_for else head.status
    end = end_of_charge(status, ends_on=head.ends_on, segments_end=rows[-1].until_on)
    # Nobody pays the present plan beyond a booked change: from its day on the new one is charged.
    until = min((day for day in (end, head.changes_on) if day), default=None)
    since: date = head.charged_through or head.starts_on
    if until is not None and until <= since:
        return None
    return Holding(
        subscription_id=head.id,
        prices=tuple([_price(row[-len(PRICE) :]) for row in rows]),
        months=head.interval_months,
        since=since,
        until=until,
        fresh=head.charged_through is None,
        replaces=head.parent_id is not None,
    )


@lru_cache(REMEMBERED)
def _price(values: tuple[Any, ...]) -> Price:
    """
    Return the price of a row; most customers share theirs with a thousand others.
    """
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
