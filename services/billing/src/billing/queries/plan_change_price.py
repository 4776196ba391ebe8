"""
What a change of plan would cost as things are: the terms in force, or others, applied to one subscription.

Read-only: the quote, the booking, the change itself, a change of many and the simulator all ask here.
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from billing.domain import plan_change as rules
from billing.domain.change import BalanceTooLow
from billing.domain.change_settings import Refund, Timing
from billing.domain.plan_quote import PlanQuote, Rules
from billing.domain.settings import Collection
from billing.models import Account, PlanVersion, Subscription
from billing.queries.plan_changes import held_price, standing_of, target_price
from billing.queries.settings import change_settings, settings_of
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    What a change is priced by: the partner's settings, or what staff decided instead, with the *reason*.

    Money is in minor units; *fee_minor* replaces both fees, *decided_refund* notes that a person chose.
    """

    refund: str
    fee_up_minor: int
    fee_down_minor: int
    timing: str
    minimum_invoice_minor: int
    postpay: bool
    prepay_months: int
    fee_minor: int | None = None
    decided_refund: str | None = None
    reason: str = ""
    ignore_balance: bool = True


@dataclass(frozen=True, kw_only=True)
class Decided:
    """
    What staff decide differently from the settings; None keeps what is set.
    """

    fee: Money | None = None
    refund: str | None = None
    reason: str = ""
    ignore_balance: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Everything a change is priced from.
    """

    account: Account
    subscription: Subscription
    sold: PlanVersion
    effective_on: date
    terms: Terms


def terms_in_force(session: Session, account: Account, decided: Decided | None = None) -> Terms:
    """
    Return the partner's terms, with what staff *decided* instead.
    """
    changes, billing = change_settings(session, account.partner_id), settings_of(session, account)
    terms = Terms(
        refund=changes.refund,
        fee_up_minor=changes.fee_up_minor,
        fee_down_minor=changes.fee_down_minor,
        timing=changes.timing,
        minimum_invoice_minor=changes.minimum_invoice_minor,
        postpay=billing.collection == Collection.POSTPAY,
        prepay_months=billing.prepay_months,
    )
    if decided is None:
        return terms
    return replace(
        terms,
        refund=decided.refund or terms.refund,
        decided_refund=decided.refund,
        fee_minor=decided.fee.minor if decided.fee is not None else None,
        reason=decided.reason,
        ignore_balance=decided.ignore_balance,
    )


def rules_of(case: Case) -> Rules:
    """
    Return the case's terms as the pure rules take them.
    """
    return rules_for(case.terms, case.account)


def rules_for(terms: Terms, account: Account) -> Rules:
    """
    Return *terms* as the pure rules take them.
    """
    currency, both = account.currency, terms.fee_minor
    return Rules(
        refund=terms.refund == Refund.UNUSED_MONEY,
        fee_up=Money(terms.fee_up_minor if both is None else both, currency),
        fee_down=Money(terms.fee_down_minor if both is None else both, currency),
        timing=Timing(terms.timing),
        minimum=Money(terms.minimum_invoice_minor, currency),
        anchor_day=account.billing_day,
        postpay=terms.postpay,
        prepay_months=terms.prepay_months,
    )


def price(session: Session, case: Case) -> PlanQuote:
    """
    Return what the change does as things are now.
    """
    held = held_price(case.subscription)
    target = target_price(case.sold, quantity=held.quantity, from_on=case.effective_on)
    return rules.quote(
        held,
        target,
        case.effective_on,
        standing=standing_of(session, case.subscription, case.effective_on),
        rules=rules_of(case),
        open_from=case.subscription.charged_through or date.max,
    )


def check_balance(session: Session, case: Case, quoted: PlanQuote) -> None:
    """
    Refuse what would take the balance below its minimum, unless that is to be ignored (decision D43).

    :raises BalanceTooLow: if it does
    """
    if case.terms.ignore_balance:
        return
    minimum = Money(settings_of(session, case.account).min_balance_minor, case.account.currency)
    after = case.account.balance + quoted.credited - quoted.invoice_total
    if after < minimum:
        raise BalanceTooLow(
            f"The balance would be {after}, below {minimum}.",
            params={"after": after.amount, "minimum": minimum.amount},
        )
