"""
Take the money for an order in three steps: record the attempt, ask the provider, record the answer.

The provider is asked between two transactions, never inside one: dying anywhere leaves a row that
``resolve_unknown_payments`` finds, and the same reference makes every repetition harmless.
"""

from collections.abc import Callable

import structlog

from billing.clients.provider import (
    Charge,
    HostedPage,
    Outcome,
    OutcomeStatus,
    PaymentProvider,
    ProviderRefused,
    ProviderUnknown,
)
from billing.domain.payment import OPEN
from billing.usecases.claim_payment import Intent, claim_payment, end_attempt, is_due
from billing.usecases.settle_payment import ask_again, lock_payment, settle_payment
from shared import clock
from shared.context import use
from shared.db import Database
from shared.failpoint import failpoint

log = structlog.get_logger(__name__)

Ask = Callable[[PaymentProvider, Intent], Outcome]


def pay_order(db: Database, provider: PaymentProvider, *, worker: str) -> bool:
    """
    Pay the next placed order; tell whether there was one.
    """
    if not is_due(db, fresh=True):
        return False
    with db.begin() as session:
        intent = claim_payment(session, fresh=True, worker=worker, now=clock.now())
    if intent is None:
        return False
    failpoint("billing.pay.before_provider")
    outcome = ask(provider, intent, charge)
    failpoint("billing.pay.after_provider")
    record(db, intent, outcome)
    failpoint("billing.settle.after_commit")
    return True


def ask(provider: PaymentProvider, intent: Intent, question: Ask) -> Outcome | str:
    """
    Ask *question*; return the outcome, or in a word why it is not known.
    """
    try:
        return question(provider, intent)
    except ProviderUnknown as unknown:
        log.warning("provider_unknown", payment_id=intent.payment_id, why=str(unknown))
        return f"unknown: {unknown}"[:80]


def charge(provider: PaymentProvider, intent: Intent) -> Outcome:
    """
    Charge the saved card, or open the provider's page; a refused call is a failed payment.
    """
    try:
        return _charge(provider, intent) if intent.token else _open_page(provider, intent)
    except ProviderRefused as refused:
        return Outcome(
            reference=intent.payment_id,
            status=OutcomeStatus.FAILED,
            amount=intent.amount,
            external_ref="",
            failure_code=refused.code,
        )


def record(db: Database, intent: Intent, outcome: Outcome | str) -> None:
    """
    Store what came of *intent*; without an outcome the payment waits for the next question.
    """
    with use(correlation_id=intent.correlation_id), db.begin() as session:
        if isinstance(outcome, str):
            payment, _, _ = lock_payment(session, intent.payment_id)
            if payment.status in OPEN:
                ask_again(payment)
            end_attempt(session, intent, result=outcome)
            return
        payment = settle_payment(session, payment_id=intent.payment_id, outcome=outcome, now=clock.now())
        end_attempt(session, intent, result=payment.parked or outcome.status.value)


def _charge(provider: PaymentProvider, intent: Intent) -> Outcome:
    return provider.charge(
        Charge(
            reference=intent.payment_id,
            amount=intent.amount,
            method_token=intent.token or "",
            customer_ref=intent.customer_ref,
            return_url=intent.return_url,
            key=intent.payment_id,
        )
    )


def _open_page(provider: PaymentProvider, intent: Intent) -> Outcome:
    url = provider.hosted_page(
        HostedPage(
            reference=intent.payment_id,
            amount=intent.amount,
            customer_ref=intent.customer_ref,
            return_url=intent.return_url,
            save_card=intent.save_card,
            key=intent.payment_id,
        )
    )
    return Outcome(
        reference=intent.payment_id,
        status=OutcomeStatus.ACTION_REQUIRED,
        amount=intent.amount,
        external_ref="",
        redirect_url=url,
    )
