"""Asks billing about quotes, orders, payments, services and bills: everything that is money."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, NotRequired, TypedDict

from portal_gateway.clients.bills import Bills
from portal_gateway.clients.calls import Amount, Caller, Calls, Page
from portal_gateway.clients.plan_changes import Booked, PlanChanges
from portal_gateway.clients.self_service import Cancelled, SelfService
from portal_gateway.clients.top_ups import TopUps
from shared.errors import TooMany, Unavailable

REFUSES_SECONDS = 0.5  # in which a busy billing is not asked again
BUSY_SECONDS = 2


class TooBusy(Unavailable, code="too_busy", title="Too many orders at once"):
    """
    Billing has more orders than it can finish; this one was not placed, and nothing was charged.
    """


class QuoteLine(TypedDict):
    """
    One explained line.
    """

    code: str
    plan_id: str | None
    label: str
    explanation: str
    quantity: int
    period: dict[str, str] | None
    amount: Amount


class Then(TypedDict):
    """
    What comes back every period.
    """

    amount: Amount
    every: str
    from_on: str


class Quote(TypedDict):
    """
    A price held for a while; *order_id* is what a used one became.
    """

    id: str
    kind: str
    status: str
    order_id: NotRequired[str | None]
    expires_at: str
    lines: list[QuoteLine]
    due_now: Amount
    tax_included: Amount
    then: Then | None


class Payment(TypedDict):
    """
    One try to move money.
    """

    id: str
    order_id: str | None
    invoice_id: str | None
    invoice_ids: list[str]
    purpose: str
    status: str
    label: str
    amount: Amount
    method_label: str
    action: dict[str, str] | None
    failure: dict[str, str] | None
    retry: dict[str, Any] | None
    created_at: str


class Order(TypedDict):
    """
    An order and where it stands.
    """

    id: str
    number: str
    mode: str
    status: str
    approval: str | None
    channel: str | None
    ticket_id: str | None
    ticket_number: str | None
    total: Amount
    then: Then | None
    created_at: str
    expires_at: str | None
    preferred_start_on: NotRequired[str | None]
    starts_on: NotRequired[str | None]
    terms: NotRequired[dict[str, str] | None]
    reason: str | None
    quote_id: str
    lines: list[QuoteLine]
    payment: Payment | None
    credit: dict[str, Any] | None
    steps: list[dict[str, Any]]


class PaymentMethod(TypedDict):
    """
    A saved card; its number never comes here.
    """

    id: str
    label: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    default: bool


class Subscription(TypedDict):
    """
    What the public API calls a service.
    """

    id: str
    plan_id: str
    name: str
    kind: str
    price: Amount
    quantity: int
    interval_months: int
    status: str
    on_approve: bool
    activated_on: str | None
    starts_on: str | None
    ends_on: str | None
    contract_ends_on: NotRequired[str | None]
    contract_renews: NotRequired[bool]
    order_id: str | None
    bundle_id: str | None
    renewal: NotRequired[dict[str, Any] | None]
    data: NotRequired[dict[str, Any] | None]
    pending_change: NotRequired[Booked | None]
    failed_change: NotRequired[dict[str, str] | None]
    pause: NotRequired[dict[str, Any] | None]
    cancellation: NotRequired[Cancelled | None]
    offer: NotRequired[dict[str, str] | None]


class ToPay(TypedDict):
    """
    The bills that can be paid now, what they are together, and the card to pay them with.
    """

    invoices: list[dict[str, Any]]
    amount: Amount
    pay_with: dict[str, str] | None


class Summary(TypedDict):
    """
    All of Home that is money, in one answer.
    """

    account: dict[str, Any]
    subscriptions: list[Subscription]
    orders: list[Order]
    wallet: NotRequired[dict[str, Any] | None]
    usage: NotRequired[list[dict[str, Any]]]
    to_pay: NotRequired[ToPay | None]


class Wanted(TypedDict):
    """
    One line to be quoted.
    """

    plan_id: str
    version: int
    quantity: int


class Billing:
    """
    The billing service.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.bills = Bills(calls)
        self.changes = PlanChanges(calls)
        self.self_service = SelfService(calls)
        self.top_ups = TopUps(calls)
        self._busy_until = 0.0

    def quote_order(
        self, caller: Caller, *, items: Sequence[Wanted], billing_type: str, timezone: str
    ) -> Quote:
        """
        Price these lines and hold the price for 15 minutes.
        """
        body = {
            "kind": "order",
            "items": [dict(item) for item in items],
            "billing_type": billing_type,
            "timezone": timezone,
        }
        answer: Quote = self.calls.post("/quotes", json=body, principal=caller)
        return answer

    def quote(self, caller: Caller, quote_id: str) -> Quote:
        """
        Return a quote of the caller.
        """
        answer: Quote = self.calls.get(f"/quotes/{quote_id}", principal=caller)
        return answer

    def place_order(self, caller: Caller, *, body: dict[str, Any], key: str) -> Order:
        """
        Turn a quote into an order; asked twice with one key, it is the same order.

        :raises TooBusy: if billing has more orders than it can finish; nothing was ordered
        """
        try:
            answer: Order = self.calls.post("/orders", json=body, principal=caller, idempotency_key=key)
        except TooMany as refusal:
            self._busy_until = monotonic() + REFUSES_SECONDS
            raise TooBusy(refusal.detail, retry_after=refusal.retry_after) from refusal
        return answer

    def refuse_if_busy(self) -> None:
        """
        Refuse an order to be paid at once, while billing has just refused one: that costs next to nothing.

        :raises TooBusy: if it has
        """
        if monotonic() < self._busy_until:
            raise TooBusy(
                "More orders arrive than can be finished. Nothing was charged; try again in a moment.",
                retry_after=BUSY_SECONDS,
            )

    def orders(self, caller: Caller, **page: str | int) -> Page[Order]:
        """
        Return the caller's orders, newest first.
        """
        answer: Page[Order] = self.calls.get("/orders", principal=caller, params=page)
        return answer

    def order(self, caller: Caller, order_id: str, *, wait: int = 0) -> Order:
        """
        Return one order; with *wait* (seconds) not before it is decided or the time is over.
        """
        answer: Order = self.calls.get(_waiting(f"/orders/{order_id}", wait), principal=caller, wait=wait)
        return answer

    def cancel_order(self, caller: Caller, order_id: str) -> Order:
        """
        Take an unpaid order back, and return how it stands.
        """
        answer: Order = self.calls.delete(f"/orders/{order_id}", principal=caller)
        return answer

    def pay(self, caller: Caller, *, body: dict[str, Any], key: str) -> Payment:
        """
        Pay bills, or try to pay an order again.
        """
        answer: Payment = self.calls.post("/payments", json=body, principal=caller, idempotency_key=key)
        return answer

    def payments(self, caller: Caller, **page: str | int) -> Page[Payment]:
        """
        Return the caller's payments, newest first.
        """
        answer: Page[Payment] = self.calls.get("/payments", principal=caller, params=page)
        return answer

    def payment(self, caller: Caller, payment_id: str, *, wait: int = 0) -> Payment:
        """
        Return one payment; with *wait* (seconds) not before it is decided or the time is over.
        """
        answer: Payment = self.calls.get(
            _waiting(f"/payments/{payment_id}", wait), principal=caller, wait=wait
        )
        return answer

    def payment_methods(self, caller: Caller) -> list[PaymentMethod]:
        """
        Return the caller's saved cards.
        """
        return list(self.calls.get("/payment-methods", principal=caller)["items"])

    def set_up_payment_method(self, caller: Caller, *, return_url: str) -> str:
        """
        Return the address of the provider's page where a card is saved.
        """
        body = {"return_url": return_url}
        return str(self.calls.post("/payment-methods/setup", json=body, principal=caller)["url"])

    def prefer_payment_method(self, caller: Caller, method_id: str) -> PaymentMethod:
        """
        Make a saved card the default, and return it.
        """
        answer: PaymentMethod = self.calls.post(
            f"/payment-methods/{method_id}/default", json={}, principal=caller
        )
        return answer

    def forget_payment_method(self, caller: Caller, method_id: str) -> None:
        """
        Remove a saved card.
        """
        self.calls.delete(f"/payment-methods/{method_id}", principal=caller)

    def subscriptions(self, caller: Caller) -> list[Subscription]:
        """
        Return what the caller has.
        """
        return list(self.calls.get("/subscriptions", principal=caller)["items"])

    def subscription(self, caller: Caller, subscription_id: str) -> Subscription:
        """
        Return one thing the caller has.
        """
        answer: Subscription = self.calls.get(f"/subscriptions/{subscription_id}", principal=caller)
        return answer

    def timeline(self, caller: Caller, subscription_id: str) -> list[dict[str, Any]]:
        """
        Return what happened to a service and what is booked, in order of days.
        """
        return list(self.calls.get(f"/subscriptions/{subscription_id}/timeline", principal=caller)["items"])

    def usage(self, caller: Caller, subscription_id: str) -> dict[str, Any]:
        """
        Return how much data a service has left, and what became of it.
        """
        answer: dict[str, Any] = self.calls.get(f"/subscriptions/{subscription_id}/usage", principal=caller)
        return answer

    def wallet(self, caller: Caller) -> dict[str, Any]:
        """
        Return a prepaid customer's balance and how long it lasts.
        """
        answer: dict[str, Any] = self.calls.get("/wallet", principal=caller)
        return answer

    def summary(self, caller: Caller) -> Summary:
        """
        Return account, services and open orders at once.
        """
        answer: Summary = self.calls.get("/summary", principal=caller)
        return answer

    def force_next_result(self, result: str) -> Any:
        """
        Decide how the sandbox provider answers next.
        """
        return self.calls.post("/sandbox/next-result", json={"result": result})


def _waiting(path: str, wait: int) -> str:
    return path if not wait else f"{path}?wait={wait}"
