"""
The janitor: ask the provider about payments that are not finished, after 2 s, 10 s, 1 min, 5 min, 1 h, then
daily, until it is certain.

It looks before it leaps: only when the provider has never heard of the payment is the call made again, with
the same reference. A customer's waiting payment is looked up the same way, should its webhook get lost.
"""

from billing.clients.provider import Outcome, PaymentProvider, ProviderRefused, ProviderUnknown
from billing.usecases.claim_payment import Intent, claim_payment, is_due
from billing.usecases.pay_order import ask, charge, record
from shared import clock
from shared.db import Database


def resolve_unknown_payments(db: Database, provider: PaymentProvider, *, worker: str) -> bool:
    """
    Ask about the next payment that is due; tell whether there was one.
    """
    if not is_due(db, fresh=False):
        return False
    with db.begin() as session:
        intent = claim_payment(session, fresh=False, worker=worker, now=clock.now())
    if intent is None:
        return False
    record(db, intent, ask(provider, intent, _look_then_charge))
    return True


def _look_then_charge(provider: PaymentProvider, intent: Intent) -> Outcome:
    try:
        found = provider.find(intent.payment_id)
    except ProviderRefused as refused:  # a refused question says nothing about the payment
        raise ProviderUnknown(refused.code) from refused
    return found or charge(provider, intent)
