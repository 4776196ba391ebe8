"""What is different about a bill, compared with the one before it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.comparison import Charge, compare
from billing.domain.document import InvoiceKind
from billing.models import Invoice, InvoiceLine, Subscription
from shared.errors import NotFound
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """
    One service that costs more or less than before; *code* says why.
    """

    code: str
    label: str
    before: Money
    now: Money
    difference: Money
    days_before: int
    days_now: int


@dataclass(frozen=True, kw_only=True)
class EarlierView:
    """
    The bill compared with.
    """

    id: str
    number: str
    total: Money


@dataclass(frozen=True, kw_only=True)
class ComparisonView:
    """
    The differences; *earlier* is None for a first bill. They sum to *difference*.
    """

    earlier: EarlierView | None
    difference: Money
    changes: list[ChangeView]


def comparison_of(session: Session, *, customer_id: str, invoice_id: str) -> ComparisonView:
    """
    Compare a bill of the customer with the recurring bill before it.

    :raises NotFound: if they have no such bill
    """
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.customer_id != customer_id:
        raise NotFound
    earlier = _before(session, invoice)
    if earlier is None:
        return ComparisonView(earlier=None, difference=Money.zero(invoice.currency), changes=[])
    roots = _roots(session, customer_id)
    differences = compare(
        [_charge(line, roots) for line in earlier.lines],
        [_charge(line, roots) for line in invoice.lines],
        currency=invoice.currency,
    )
    return ComparisonView(
        earlier=EarlierView(id=earlier.id, number=earlier.number, total=earlier.total),
        difference=invoice.total - earlier.total,
        changes=[
            ChangeView(
                code=each.why.value,
                label=each.label,
                before=each.before,
                now=each.now,
                difference=each.amount,
                days_before=each.days_before,
                days_now=each.days_now,
            )
            for each in differences
        ],
    )


def _before(session: Session, invoice: Invoice) -> Invoice | None:
    if invoice.kind is not InvoiceKind.RECURRING:
        return None
    query = select(Invoice).where(
        Invoice.customer_id == invoice.customer_id,
        Invoice.kind == InvoiceKind.RECURRING,
        Invoice.id < invoice.id,
    )
    return session.scalar(query.order_by(Invoice.id.desc()).limit(1))


def _charge(line: InvoiceLine, roots: dict[str, str]) -> Charge:
    service = line.subscription_id
    return Charge(roots.get(service, service) if service else f"{line.code}:{line.label}", line.line())


def _roots(session: Session, customer_id: str) -> dict[str, str]:
    """
    Return for each subscription the first one of its line: what it was before plans changed.
    """
    rows = session.execute(
        select(Subscription.id, Subscription.parent_id).where(Subscription.customer_id == customer_id)
    )
    parents = {row.id: row.parent_id for row in rows}
    return {each: _first(each, parents) for each in parents}


def _first(subscription_id: str, parents: dict[str, str | None]) -> str:
    seen = {subscription_id}
    while (parent := parents.get(subscription_id)) and parent not in seen:
        seen.add(parent)
        subscription_id = parent
    return subscription_id
