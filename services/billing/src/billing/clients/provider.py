"""
Who takes the money: the payment provider as billing sees it.

* Our payment id is the *reference*: the provider knows at most one charge for it, whatever we send.
* ``key`` is the provider's idempotency key. It may be forgotten there after a while, so an unclear call is
  answered by ``find`` first and only then repeated, with the same reference and key.
* No card data comes near us: ``hosted_page`` and ``setup_page`` are the provider's own pages; ``token``
  stands for a saved card.
* Two ways a call can go wrong: ProviderRefused (certainly nothing happened) and ProviderUnknown (anything may
  have happened: ask later, never charge anew).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shared.money import Money


class OutcomeStatus(StrEnum):
    """
    What the provider says about a payment or refund.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ACTION_REQUIRED = "action_required"
    PENDING = "pending"


class ProviderUnknown(Exception):
    """
    No answer, or none that can be understood: the outcome is not known.
    """


class ProviderRefused(Exception):
    """
    The provider did not take the call at all, so certainly nothing was moved; *code* is its reason.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Charge:
    """
    A saved card to be charged; *return_url* is where 3-D Secure sends the browser back to.
    """

    reference: str
    amount: Money
    method_token: str
    customer_ref: str
    return_url: str
    key: str


@dataclass(frozen=True, kw_only=True)
class HostedPage:
    """
    A payment the customer makes on the provider's own page.
    """

    reference: str
    amount: Money
    customer_ref: str
    return_url: str
    save_card: bool
    key: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    What the provider knows about *reference*: *amount* is what was (or would be) taken, *refunded* what went
    back so far. *failure_code*: card_declined, insufficient_funds, expired_card, authentication_failed,
    abandoned, processing_error, cancelled.
    """

    reference: str
    status: OutcomeStatus
    amount: Money
    external_ref: str
    redirect_url: str | None = None
    failure_code: str | None = None
    refunded: Money | None = None
    method_label: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefundOutcome:
    """
    What the provider says about money going back.
    """

    status: OutcomeStatus
    external_ref: str
    failure_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class SavedMethod:
    """
    A card the provider keeps for a customer; *token* is all we may charge with.
    """

    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class PaymentProvider(Protocol):
    """
    Takes money and gives it back. Every method may raise ProviderUnknown or ProviderRefused.
    """

    name: str

    def charge(self, charge: Charge) -> Outcome:
        """
        Charge a saved card, once per reference and key however often it is called.
        """

    def find(self, reference: str) -> Outcome | None:
        """
        Return what became of *reference*; None when the provider has never heard of it.
        """

    def cancel(self, reference: str) -> Outcome | None:
        """
        Stop an unfinished payment; the outcome says whether it was too late (succeeded) or not (failed,
        ``cancelled``). None when the provider has never heard of it.
        """

    def hosted_page(self, page: HostedPage) -> str:
        """
        Return the address of the provider's page for this payment, the same one if asked again.
        """

    def refund(self, reference: str, *, amount: Money, key: str) -> RefundOutcome:
        """
        Give back *amount* of a succeeded payment, once per key.
        """

    def setup_page(self, *, customer_ref: str, return_url: str) -> str:
        """
        Return the address of the provider's page where the customer saves a card.
        """

    def methods(self, customer_ref: str) -> list[SavedMethod]:
        """
        Return the cards saved for *customer_ref*.
        """

    def forget(self, *, customer_ref: str, token: str) -> None:
        """
        Drop a saved card; dropping it twice is fine.
        """


class SandboxControls(Protocol):
    """
    What only a sandbox can do.
    """

    def next_result(self, result: str) -> None:
        """
        Force the result of the next charge: succeeded, failed, pending, action_required, hang_after,
        hang_before.
        """


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    What a webhook says. It is only a hint to ask: the truth is what ``find`` (or ``methods``) answers.

    On the wire ``{"id", "type", "data": {"reference"?, "customer_ref"?}}``; types: payment.succeeded,
    payment.failed, payment.pending, payment.action_required, refund.succeeded, refund.failed, method.saved.
    """

    id: str
    type: str
    reference: str | None
    customer_ref: str | None
