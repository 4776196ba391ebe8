"""
Staff enter once what an account had when it came from elsewhere (``undo_opening_balance`` takes it back).

A debt becomes a bill with numbers of its own and no VAT, that is paid and chased like any other; credit
becomes money that pays bills like any other. Both stand against the account ``opening`` of the journal.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.collection import Purpose
from billing.domain.document import InvoiceKind
from billing.domain.line import Code, Line
from billing.domain.payment import Status
from billing.models import Account, OpeningBalance, Payment
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.credit_lines import check_reason
from billing.usecases.issue_invoice import Charged, issue_invoice
from billing.usecases.post import post, tell_balance
from billing.usecases.record_payment import MOST, account_for_staff
from billing.usecases.use_payment import use_payment
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id
from shared.money import Money

LABEL = "Opening balance"
LATEST = timedelta(days=366)


class OpeningStands(Conflict, code="opening_stands", title="This account has an opening balance"):
    """
    One at a time: take that one back first.
    """


@dataclass(frozen=True, kw_only=True)
class Opening:
    """
    What the form says: *amount* is credit, or below zero owed and due on *due_on*.
    """

    amount: Money
    reason: str
    due_on: date | None = None


def set_opening_balance(
    session: Session,
    *,
    customer_id: str,
    opening_id: str,
    opening: Opening,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> OpeningBalance:
    """
    Put the opening balance into the books; the same id again changes nothing.

    :raises NotFound: if there is no such customer among *partner_ids* (None: all)
    :raises OpeningStands: if one was entered before and not taken back
    :raises Invalid: if amount, currency, day or reason cannot be
    """
    account = account_for_staff(session, customer_id, partner_ids)
    standing = standing_opening(session, customer_id)
    if standing is not None:
        if standing.id == opening_id:
            return standing
        raise OpeningStands("Take the opening balance that stands back first.")
    _check(account, opening, now=now)
    before = account.balance.minor
    carry = _owe if opening.amount.minor < 0 else _credit
    found = OpeningBalance(
        id=opening_id,
        customer_id=customer_id,
        partner_id=account.partner_id,
        currency=account.currency,
        amount_minor=opening.amount.minor,
        target_id=carry(session, account, opening, now=now),
        reason=opening.reason.strip(),
        created_at=now,
    )
    session.add(found)
    use_credit_as_set(session, account, now=now)
    tell(
        session,
        facts.OpeningBalanceSet(
            customer_id=customer_id,
            partner_id=account.partner_id,
            amount=found.amount,
            reason=found.reason,
        ),
    )
    audit_opening(session, account, found, "opening_balance_set", found.reason, now=now)
    tell_balance(session, account, before=before)
    session.flush()
    return found


def standing_opening(session: Session, customer_id: str) -> OpeningBalance | None:
    """
    Return the opening balance that was not taken back.
    """
    mine = OpeningBalance.customer_id == customer_id, OpeningBalance.undone_at.is_(None)
    return session.scalar(select(OpeningBalance).where(*mine))


def _check(account: Account, opening: Opening, *, now: datetime) -> None:
    check_reason(opening.reason)
    if opening.amount.currency != account.currency:
        params = {"currency": account.currency}
        raise Invalid(FieldError("#/amount", "currency", "This account is in %(currency)s.", params))
    if not 0 < abs(opening.amount.minor) <= MOST:
        raise Invalid(FieldError("#/amount", "out_of_range", "Enter an amount above zero, below a million."))
    today = clock.local_date(now, account.timezone)
    if opening.amount.minor < 0 and not (opening.due_on and today <= opening.due_on <= today + LATEST):
        words = "Choose a day from today to a year ahead."
        raise Invalid(FieldError("#/due_on", "out_of_range", words))


def _owe(session: Session, account: Account, opening: Opening, *, now: datetime) -> str:
    assert opening.due_on is not None
    amount = -opening.amount
    line = Line(
        code=Code.ONE_TIME,
        plan_id="",
        plan_version=0,
        kind=ledger.OPENING,
        label=LABEL,
        quantity=1,
        price=amount,
        period=None,
        nominal_days=0,
        amount=amount,
        vat_basis_points=0,
    )
    invoice = issue_invoice(
        session,
        account,
        [Charged(line=line, subscription_id=None)],
        issued_on=clock.local_date(now, account.timezone),
        due_on=opening.due_on,
        kind=InvoiceKind.OPENING,
        now=now,
    )
    assert invoice is not None
    return invoice.id


def _credit(session: Session, account: Account, opening: Opening, *, now: datetime) -> str:
    payment = Payment(
        id=new_id("pay"),
        purpose=Purpose.OPENING,
        invoice_ids=[],
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        currency=account.currency,
        amount_minor=opening.amount.minor,
        left_minor=opening.amount.minor,
        status=Status.SUCCEEDED,
        method_label=LABEL,
        return_url="",
        provider="other",
        received_on=clock.local_date(now, account.timezone),
        comment=opening.reason.strip(),
        tries=0,
        created_at=now,
        settled_at=now,
    )
    session.add(payment)
    entries = ledger.opening_credit(account.customer_id, payment.amount_minor)
    post(session, account, kind="opening_balance", ref=payment.id, entries=entries, now=now)
    use_payment(session, account, payment, now=now)
    return payment.id


def audit_opening(
    session: Session, account: Account, found: OpeningBalance, action: str, reason: str, *, now: datetime
) -> None:
    """
    Note in the account's trail that an opening balance was entered or taken back, and why.
    """
    write_audit(session, account, action=action, target=found.id, now=now, amount=found.amount, reason=reason)
