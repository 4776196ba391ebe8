"""The money of a change of plan: credit notes for unused days, and the bill of the new plan or what waits."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.charge import ChargeStatus
from billing.domain.line import Line
from billing.domain.plan_change import used_parts
from billing.domain.plan_quote import PlanQuote, Refund
from billing.models import Account, Charge, Invoice, InvoiceLine, Subscription, columns
from billing.queries.settings import settings_of
from billing.usecases.await_bill import await_bill
from billing.usecases.issue_credit_note import Cut, issue_credit_note
from billing.usecases.issue_invoice import Charged, issue_invoice
from shared import clock
from shared.ids import new_id
from shared.texts import Text


def give_back(
    session: Session,
    account: Account,
    refunds: Iterable[Refund],
    old: Subscription,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """
    Credit what bills charged for unused days, one note for each bill; what still waits is cut instead.
    """
    cuts: dict[str, list[Cut]] = defaultdict(list)
    for refund in refunds:
        if refund.source.waiting:
            _cut_waiting(session, refund, now=now)
        else:
            line = session.get_one(InvoiceLine, refund.source.id)
            cuts[line.invoice_id].append(
                Cut(line=line, amount=-refund.line.amount, period=refund.line.period)
            )
    for invoice_id, parts in cuts.items():
        issue_credit_note(
            session,
            account,
            session.get_one(Invoice, invoice_id),
            parts,
            reason=reason or Text("Unused days of %(plan)s", {"plan": old.name}),
            on=clock.local_date(now, account.timezone),
            now=now,
        )


def charge_new_plan(
    session: Session,
    account: Account,
    new: Subscription,
    quoted: PlanQuote,
    *,
    change_id: str,
    now: datetime,
) -> Invoice | None:
    """
    Bill the new plan's first days and the price of the change, or let them wait for the next bill.
    """
    if not quoted.billed:
        for position, line in enumerate(quoted.charges):
            source = f"change:{change_id}:{position}"
            await_bill(session, account, line, subscription_id=new.id, source=source, now=now)
        session.flush()
        return None
    today = clock.local_date(now, account.timezone)
    return issue_invoice(
        session,
        account,
        [Charged(line=line, subscription_id=new.id if line.period else None) for line in quoted.charges],
        issued_on=today,
        due_on=today + timedelta(days=settings_of(session, account).due_days),
        now=now,
    )


def _cut_waiting(session: Session, refund: Refund, *, now: datetime) -> None:
    charge = session.get_one(Charge, refund.source.id)
    charge.status = ChargeStatus.DROPPED
    session.flush()
    for position, used in enumerate(used_parts(refund)):
        session.add(_again(charge, used, position, now=now))


def _again(charge: Charge, used: Line, position: int, *, now: datetime) -> Charge:
    return Charge(
        id=new_id("chr"),
        customer_id=charge.customer_id,
        partner_id=charge.partner_id,
        subscription_id=charge.subscription_id,
        status=ChargeStatus.PENDING,
        source=f"{charge.source}:used{position or ''}",
        created_at=now,
        **columns(used),
    )
