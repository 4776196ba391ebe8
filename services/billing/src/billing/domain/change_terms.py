"""
What a change is priced by: the settings of the day, kept with the quote and with the booking (decision D21).
"""

from dataclasses import dataclass, replace

from billing.domain.basket import BY_THE_DAY, PREPAID
from billing.domain.change_settings import ROLLOVER_END_OF_PERIOD, ChangeSettings, Refund, Timing
from billing.domain.plan_quote import Ahead, Rules
from billing.domain.settings import BillingSettings, Collection
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    The partner's settings for an account's kind of billing, or what staff decided instead, with the *reason*.

    *use_credit*: what unused days give back pays the new bill; otherwise it stays on the balance.
    Money is in minor units; *fee_minor* replaces both fees, *decided_refund* notes that a person chose.
    """

    refund: str
    fee_up_minor: int
    fee_down_minor: int
    timing: str
    minimum_invoice_minor: int
    postpay: bool
    prepay_months: int
    billing_type: str = "recurring"
    rollover_expiry: str = ROLLOVER_END_OF_PERIOD
    fee_minor: int | None = None
    decided_refund: str | None = None
    reason: str = ""
    ignore_balance: bool = True
    use_credit: bool = True


@dataclass(frozen=True, kw_only=True)
class Decided:
    """
    What staff decide differently from the settings; None keeps what is set.
    """

    fee: Money | None = None
    refund: str | None = None
    reason: str = ""
    ignore_balance: bool = False


def terms_of(changes: ChangeSettings, billing: BillingSettings, billing_type: str) -> Terms:
    """
    Return the terms of accounts billed as *billing_type*: both groups of the settings have their own.
    """
    common = Terms(
        refund=changes.refund,
        fee_up_minor=changes.fee_up_minor,
        fee_down_minor=changes.fee_down_minor,
        timing=changes.timing,
        minimum_invoice_minor=changes.minimum_invoice_minor,
        postpay=billing.collection == Collection.POSTPAY,
        prepay_months=billing.prepay_months,
        use_credit=billing.use_credit,
    )
    if billing_type not in PREPAID:
        return common
    return replace(
        common,
        refund=changes.prepaid_refund,
        fee_up_minor=changes.prepaid_fee_up_minor,
        fee_down_minor=changes.prepaid_fee_down_minor,
        minimum_invoice_minor=0,
        postpay=False,
        billing_type=billing_type,
        rollover_expiry=changes.rollover_expiry,
        ignore_balance=False,
        use_credit=True,  # they pay from nothing else
    )


def decided_on(terms: Terms, decided: Decided) -> Terms:
    """
    Return *terms* with what staff decided instead.
    """
    return replace(
        terms,
        refund=decided.refund or terms.refund,
        decided_refund=decided.refund,
        fee_minor=decided.fee.minor if decided.fee is not None else None,
        reason=decided.reason,
        ignore_balance=decided.ignore_balance,
    )


def rules_for(terms: Terms, *, currency: str, anchor_day: int, period_days: int = 0) -> Rules:
    """
    Return *terms* as the rules take them; *period_days* is how long a prepaid period of the new plan is.
    """
    daily, fee = terms.billing_type == BY_THE_DAY, terms.fee_minor
    return Rules(
        refund=terms.refund == Refund.UNUSED_MONEY,
        fee_up=Money(terms.fee_up_minor if fee is None else fee, currency),
        fee_down=Money(terms.fee_down_minor if fee is None else fee, currency),
        timing=Timing(terms.timing),
        minimum=Money(terms.minimum_invoice_minor, currency),
        anchor_day=anchor_day,
        postpay=terms.postpay,
        prepay_months=terms.prepay_months,
        use_credit=terms.use_credit,
        prepaid=Ahead(daily=daily, days=0 if daily else period_days)
        if terms.billing_type in PREPAID
        else None,
    )
