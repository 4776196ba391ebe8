"""
Book exactly what was quoted. Until its moment nothing is charged or posted, and it can be withdrawn.

A change for today takes effect when the time to undo it is over, a later one at the start of its day.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus, Source
from billing.domain.change_terms import Decided, Terms
from billing.domain.plan_quote import fingerprint
from billing.models import Account, PlanChange, PlanVersion, Quote, Subscription
from billing.queries.plan_change_guards import check_change, check_date, check_target
from billing.queries.plan_change_price import Case, check_balance, price, rules_of, terms_in_force
from billing.usecases.lock_account import lock_account
from billing.usecases.place_order import QuoteExpired, QuoteUsed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.quote_plan_change import Wanted, quote_plan_change, sold_version, undo_until
from billing.usecases.write_audit import write_audit
from shared import context
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import NotFound
from shared.ids import new_id
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Booking:
    """
    How a quote is confirmed: by whom it was wanted, for which ticket, and which card pays.
    """

    source: Source = Source.PORTAL
    ticket_id: str | None = None
    bulk_id: str | None = None
    payment_method_id: str | None = None


def book_plan_change(
    session: Session, *, customer_id: str, quote_id: str, booking: Booking, now: datetime
) -> PlanChange:
    """
    Book the quoted change.

    :raises NotFound: if the customer has no such quote
    :raises QuoteUsed: if it was booked before
    :raises QuoteExpired: if it is older than 15 minutes
    :raises QuoteChanged: if it would be priced differently now; ``quote_again`` makes the new quote
    :raises Conflict: if the subscription may not be changed (``domain/change.py``)
    :raises DateNotAllowed: if the day is no longer allowed
    """
    quote, account = _lock(session, customer_id, quote_id)
    _check_open(quote, now)
    case = _case(session, account, quote, booking.source)
    check_change(session, case.subscription, source=booking.source)
    check_target(session, case.subscription, case.sold, source=booking.source)
    check_date(case.effective_on, account, case.subscription, rules_of(case), now=now, source=booking.source)
    quoted = price(session, case)
    if fingerprint(case.subscription.id, quoted) != quote.fingerprint:
        raise QuoteChanged("The price has changed since you saw it. Look at the new one before you confirm.")
    check_balance(session, case, quoted, card=booking.payment_method_id is not None)
    change = _book(session, case, quote, booking, now=now)
    plan_next_bill(session, account)
    _tell(session, case.subscription, change)
    write_audit(session, account, action="plan_change_booked", target=change.id, now=now, **_audited(case))
    session.flush()
    return change


def quote_again(
    session: Session, *, customer_id: str, quote_id: str, source: Source = Source.PORTAL, now: datetime
) -> Quote:
    """
    Return a new quote for what an old one was about.
    """
    old = session.get_one(Quote, quote_id)
    assert old.subscription_id is not None
    assert old.to_plan_id is not None
    sold = session.get_one(PlanVersion, (old.to_plan_id, old.to_plan_version))
    wanted = Wanted(
        subscription_id=old.subscription_id,
        plan_id=sold.plan_id,
        version=sold.version,
        start_on=old.starts_on,
    )
    return quote_plan_change(
        session,
        customer_id=customer_id,
        wanted=wanted,
        now=now,
        source=source,
        decided=_decided(old, source),
    )


def _lock(session: Session, customer_id: str, quote_id: str) -> tuple[Quote, Account]:
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id or quote.kind != "plan_change":
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    # Two clicks meet at the account; the second must see what the first did to the quote.
    session.refresh(quote, ["change_id"])
    return quote, account


def _check_open(quote: Quote, now: datetime) -> None:
    if quote.change_id is not None:
        raise QuoteUsed("You have booked this already.", params={"change_id": quote.change_id})
    if now >= quote.expires_at:
        raise QuoteExpired("Ask for a new price; it takes a second.")


def _case(session: Session, account: Account, quote: Quote, source: Source) -> Case:
    subscription = session.get_one(Subscription, quote.subscription_id, populate_existing=True)
    wanted = Wanted(
        subscription_id=subscription.id,
        plan_id=quote.to_plan_id or "",
        version=quote.to_plan_version or 0,
        start_on=quote.starts_on,
    )
    return Case(
        account=account,
        subscription=subscription,
        sold=sold_version(session, wanted),
        effective_on=quote.starts_on,
        terms=terms_in_force(session, account, _decided(quote, source)),
    )


def _decided(quote: Quote, source: Source) -> Decided | None:
    if source is Source.PORTAL:
        return None
    terms = Terms(**quote.details["terms"])
    return Decided(
        fee=None if terms.fee_minor is None else Money(terms.fee_minor, quote.currency),
        refund=terms.decided_refund,
        reason=terms.reason,
        ignore_balance=terms.ignore_balance,
    )


def _book(session: Session, case: Case, quote: Quote, booking: Booking, *, now: datetime) -> PlanChange:
    change = PlanChange(
        id=new_id("chg"),
        customer_id=quote.customer_id,
        partner_id=quote.partner_id,
        version=1,
        subscription_id=case.subscription.id,
        from_plan_id=case.subscription.plan_id,
        to_plan_id=case.sold.plan_id,
        to_plan_version=case.sold.version,
        to_name=case.sold.name,
        quote_id=quote.id,
        fingerprint=quote.fingerprint,
        effective_on=case.effective_on,
        effective_at=undo_until(session, case.account, case.effective_on, now=now),
        status=ChangeStatus.BOOKED,
        source=booking.source.value,
        ticket_id=booking.ticket_id,
        bulk_id=booking.bulk_id,
        payment_method_id=booking.payment_method_id,
        terms=quote.details["terms"],
        actor=context.current().actor,
        created_at=now,
    )
    quote.change_id = change.id
    session.add(change)
    return change


def _tell(session: Session, subscription: Subscription, change: PlanChange) -> None:
    tell(
        session,
        facts.PlanChangeBooked(
            change_id=change.id,
            subscription_id=change.subscription_id,
            customer_id=change.customer_id,
            partner_id=change.partner_id,
            version=change.version,
            from_plan_name=subscription.name,
            to_plan_id=change.to_plan_id,
            to_plan_name=change.to_name,
            effective_on=change.effective_on,
            effective_at=change.effective_at,
            source=change.source,
            ticket_id=change.ticket_id,
        ),
    )


def _audited(case: Case) -> dict[str, object]:
    terms = case.terms
    noted: dict[str, object] = {"to": case.sold.name, "on": case.effective_on}
    if terms.fee_minor is not None:
        noted["fee"] = Money(terms.fee_minor, case.account.currency)
    if terms.decided_refund is not None:
        noted["refund"] = terms.decided_refund
    if terms.reason:
        noted["reason"] = terms.reason
    return noted
