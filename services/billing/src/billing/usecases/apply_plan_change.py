"""
A booked change takes effect, all of it in one transaction: credit notes, bill or waiting charges, the old
subscription ended, the new one active. Priced again first; a cent of difference and nothing happens.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus, Source
from billing.domain.plan_quote import PlanQuote, fingerprint
from billing.domain.subscription import Status
from billing.models import Account, Invoice, PlanChange, Subscription
from billing.queries.booked_changes import case_of
from billing.queries.plan_change_guards import check_holds
from billing.queries.plan_change_price import Case, check_balance, price
from billing.queries.prepaid import is_prepaid
from billing.queries.settings import settings_of
from billing.usecases.allocate import use_credit
from billing.usecases.carry_data import carry_data
from billing.usecases.collect_bills import collect_bills
from billing.usecases.issue_invoice import tell_invoice
from billing.usecases.keep_contract import keep_contract
from billing.usecases.keep_segments import end_segments, open_segment
from billing.usecases.open_subscriptions import activate, tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.renew_prepaid import renew_before
from billing.usecases.settle_plan_change import charge_new_plan, give_back
from billing.usecases.write_audit import write_audit
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Refusal
from shared.failpoint import failpoint
from shared.ids import new_id


def apply_plan_change(session: Session, account: Account, change: PlanChange, *, now: datetime) -> None:
    """
    Make the booked change, on the terms it was booked on; *account* is locked. One that cannot be made fails.

    What fails leaves the plan as it was, and is told with a code. Doing it twice does it once.
    """
    session.refresh(change)
    if change.status is not ChangeStatus.BOOKED:
        return
    case = case_of(session, account, change)
    if is_prepaid(account):
        renew_before(session, account, change.effective_on, now=now)
    try:
        quoted = _as_promised(session, case, change)
    except Refusal as refusal:
        _fail(session, account, change, refusal.code, now=now)
        return
    _apply(session, case, change, quoted, now=now)
    failpoint("billing.apply_plan_change.before_commit")


def _as_promised(session: Session, case: Case, change: PlanChange) -> PlanQuote:
    # Who is blocked meanwhile keeps what was booked: services of blocked customers stay active and charged.
    check_holds(session, case.subscription, source=Source.ADMIN)
    quoted = price(session, case)
    if fingerprint(case.subscription.id, quoted) != change.fingerprint:
        raise QuoteChanged
    check_balance(session, case, quoted, card=change.payment_method_id is not None)
    return quoted


def _apply(session: Session, case: Case, change: PlanChange, quoted: PlanQuote, *, now: datetime) -> None:
    account, before = case.account, case.account.balance.minor
    new = _replace(session, case, quoted, now=now)
    carry_data(session, case, new, quoted, change_id=change.id, now=now)
    give_back(session, account, quoted.refunds, case.subscription, now=now)
    failpoint("billing.apply_plan_change.inside")
    invoice = charge_new_plan(session, account, new, quoted, change_id=change.id, now=now)
    change.status, change.applied_at, change.new_subscription_id = ChangeStatus.APPLIED, now, new.id
    plan_next_bill(session, account)
    if case.terms.use_credit:
        use_credit(session, account, now=now)
    if invoice:
        tell_invoice(session, invoice)
        _collect(session, account, change, invoice, now=now)
    change.invoice_id = invoice.id if invoice else None
    change.version += 1
    _tell_changed(session, case.subscription, change, quoted)
    write_audit(
        session,
        account,
        action="plan_changed",
        target=change.id,
        now=now,
        to=change.to_name,
        credited=quoted.credited,
        charged=quoted.invoice_total,
    )
    tell_balance(session, account, before=before)
    session.flush()


def _collect(
    session: Session, account: Account, change: PlanChange, invoice: Invoice, *, now: datetime
) -> None:
    if change.payment_method_id or settings_of(session, account).charge_card:
        collect_bills(session, account, [invoice], method_id=change.payment_method_id, now=now)


def _replace(session: Session, case: Case, quoted: PlanQuote, *, now: datetime) -> Subscription:
    """
    End the old subscription the day before, archived if it began the same day; open the new one.
    """
    old, day = case.subscription, case.effective_on
    new = _successor(case, quoted, now=now)
    session.add(new)
    session.flush()
    open_segment(session, new)
    keep_contract(session, new, starts_on=day)
    end_segments(session, old, day)
    old.ends_on = day - timedelta(days=1)
    if old.charged_through is not None:
        old.charged_through = min(old.charged_through, day)
    old.status = Status.ARCHIVED if old.starts_on == day else Status.DISABLED
    tell_changed(session, old)
    activate(session, new, starts_on=day)
    return new


def _successor(case: Case, quoted: PlanQuote, *, now: datetime) -> Subscription:
    old, sold = case.subscription, case.sold
    return Subscription(
        id=new_id("sub"),
        customer_id=old.customer_id,
        partner_id=old.partner_id,
        version=1,
        order_id=old.order_id,
        plan_id=sold.plan_id,
        plan_version=sold.version,
        name=sold.name,
        kind=sold.kind,
        quantity=old.quantity,
        currency=sold.currency,
        price_minor=sold.price_minor,
        interval_months=sold.interval_months,
        vat_basis_points=sold.vat_basis_points,
        status=Status.PENDING,
        on_approve=old.on_approve,
        starts_on=case.effective_on,
        charged_through=quoted.charged_through,
        anchor_day=case.effective_on.day,
        parent_id=old.id,
        created_at=now,
    )


def _tell_changed(session: Session, old: Subscription, change: PlanChange, quoted: PlanQuote) -> None:
    tell(
        session,
        facts.PlanChanged(
            change_id=change.id,
            subscription_id=change.subscription_id,
            new_subscription_id=change.new_subscription_id or "",
            customer_id=change.customer_id,
            partner_id=change.partner_id,
            version=change.version,
            from_plan_name=old.name,
            to_plan_id=change.to_plan_id,
            to_plan_name=change.to_name,
            effective_on=change.effective_on,
            charged=quoted.invoice_total,
            credited=quoted.credited,
            ticket_id=change.ticket_id,
        ),
    )


def _fail(session: Session, account: Account, change: PlanChange, code: str, *, now: datetime) -> None:
    change.status, change.failure_code = ChangeStatus.FAILED, code
    change.version += 1
    plan_next_bill(session, account)  # the old plan goes on, beyond the day it was to end
    write_audit(session, account, action="plan_change_failed", target=change.id, now=now, code=code)
    tell(
        session,
        facts.PlanChangeFailed(
            change_id=change.id,
            subscription_id=change.subscription_id,
            customer_id=change.customer_id,
            partner_id=change.partner_id,
            version=change.version,
            to_plan_name=change.to_name,
            code=code,
            from_plan_name=session.get_one(Subscription, change.subscription_id).name,
            effective_on=change.effective_on,
        ),
    )
    session.flush()
