"""
What a change of plan would cost as things are: the terms in force, or others, applied to one subscription.

Read-only: the quote, the booking, the change itself, a change of many and the simulator all ask here.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.domain import plan_change as rules
from billing.domain.basket import PREPAID
from billing.domain.change import BalanceTooLow
from billing.domain.change_terms import Decided, Terms, decided_on, rules_for, terms_of
from billing.domain.charging import Price
from billing.domain.plan_quote import PlanQuote, Rules
from billing.models import Account, PlanVersion, Subscription
from billing.queries.plan_changes import held_price, prepaid_days, standing_of, target_price
from billing.queries.settings import change_settings, settings_of
from shared.money import Money


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
    Return the partner's terms for the account, with what staff *decided* instead.
    """
    changes, billing = change_settings(session, account.partner_id), settings_of(session, account)
    terms = terms_of(changes, billing, account.billing_type)
    return decided_on(terms, decided) if decided else terms


def rules_of(case: Case) -> Rules:
    """
    Return the case's terms as the pure rules take them.
    """
    return rules_for(
        case.terms,
        currency=case.account.currency,
        anchor_day=case.account.billing_day,
        period_days=case.sold.prepaid_days,
    )


def price(session: Session, case: Case) -> PlanQuote:
    """
    Return what the change does as things are now.
    """
    held, target = prices_of(session, case)
    return rules.quote(
        held,
        target,
        case.effective_on,
        standing=standing_of(session, case.subscription, case.effective_on),
        rules=rules_of(case),
        open_from=case.subscription.charged_through or date.max,
    )


def prices_of(session: Session, case: Case) -> tuple[Price, Price]:
    """
    Return what the subscription costs now, and what it is to cost.
    """
    old, sold = case.subscription, case.sold
    held_days = prepaid_days(session, case.account, old.plan_id, old.plan_version)
    days = prepaid_days(session, case.account, sold.plan_id, sold.version)
    target = target_price(sold, quantity=old.quantity, from_on=case.effective_on, days=days)
    return held_price(old, days=held_days), target


def check_balance(session: Session, case: Case, quoted: PlanQuote, *, card: bool = False) -> None:
    """
    Refuse what would take the balance below its minimum, unless that is to be ignored (decision D43).

    Prepaid customers have to have the money, or a *card* that pays the rest.

    :raises BalanceTooLow: if it does
    """
    if case.terms.ignore_balance or (card and case.terms.billing_type in PREPAID):
        return
    minimum = Money(settings_of(session, case.account).min_balance_minor, case.account.currency)
    after = case.account.balance + quoted.credited - quoted.invoice_total
    if after < minimum:
        raise BalanceTooLow(
            "The balance would fall below its minimum.",
            params={"after": after.amount, "minimum": minimum.amount},
        )
