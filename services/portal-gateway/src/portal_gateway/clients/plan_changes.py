"""Asks billing about changes of plan: what is possible, what it costs, booking it and taking it back."""

from typing import Any, NotRequired, TypedDict

from portal_gateway.clients.calls import Amount, Caller, Calls


class Offered(TypedDict):
    """
    A plan the catalogue lets this customer change to, in the version they were shown.
    """

    plan_id: str
    version: int


class Target(TypedDict):
    """
    A plan to change to, beside the present one: *direction* up, down or same.
    """

    plan_id: str
    version: int
    name: str
    price: Amount
    direction: str
    difference: Amount


class Booked(TypedDict):
    """
    A change that waits for its moment.
    """

    id: str
    status: str
    subscription_id: str
    from_plan_id: str
    to_plan_id: str
    to_plan_name: str
    price: Amount
    starts_on: str
    undo_until: str


class Possible(TypedDict):
    """
    Everything a change window needs; *refusal* says why nothing can be changed now.
    """

    subscription_id: str
    current_plan: dict[str, Any]
    dates: dict[str, Any]
    targets: list[Target]
    pending_change: NotRequired[Booked | None]
    refusal: NotRequired[dict[str, str] | None]


class ChangeQuote(TypedDict):
    """
    What a change costs and why, held for a while.
    """

    id: str
    kind: str
    status: str
    expires_at: str
    subscription_id: str
    plan_id: str
    start_on: str
    direction: str
    lines: list[dict[str, Any]]
    due_now: Amount
    tax_included: NotRequired[Amount | None]
    credit_to_balance: NotRequired[Amount | None]
    added_to_next_bill: NotRequired[Amount | None]
    next_invoice: NotRequired[dict[str, Any] | None]
    then: NotRequired[dict[str, Any] | None]
    undo_until: str
    rollover: NotRequired[dict[str, Any] | None]


class Offer(TypedDict):
    """
    A change of plan that waits for the caller's consent, or what became of it; its price is the quote's.
    """

    id: str
    status: str
    subscription_id: str
    from_plan_name: str
    to_plan_name: str
    starts_on: str
    expires_at: str
    quote_id: str
    change_id: str | None


class PlanChanges:
    """
    The part of billing that changes plans.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def possible(self, caller: Caller, *, subscription_id: str, offered: list[Offered]) -> Possible:
        """
        Return what the subscription may become, and from when.
        """
        body = {"subscription_id": subscription_id, "offered": [dict(each) for each in offered]}
        answer: Possible = self.calls.post("/plan-change-options", json=body, principal=caller)
        return answer

    def quote(
        self, caller: Caller, *, subscription_id: str, plan_id: str, version: int, start_on: str
    ) -> ChangeQuote:
        """
        Price a change, and hold the price for 15 minutes.
        """
        body = {
            "kind": "plan_change",
            "subscription_id": subscription_id,
            "plan_id": plan_id,
            "version": version,
            "start_on": start_on,
        }
        answer: ChangeQuote = self.calls.post("/quotes", json=body, principal=caller)
        return answer

    def find_quote(self, caller: Caller, quote_id: str) -> ChangeQuote:
        """
        Return a quote of the caller.
        """
        answer: ChangeQuote = self.calls.get(f"/quotes/{quote_id}", principal=caller)
        return answer

    def book(self, caller: Caller, *, body: dict[str, Any], key: str) -> Booked:
        """
        Confirm a quote; asked twice with one key, it is the same change.
        """
        answer: Booked = self.calls.post("/plan-changes", json=body, principal=caller, idempotency_key=key)
        return answer

    def booked(self, caller: Caller, **asked: str) -> list[Booked]:
        """
        Return the caller's changes, newest first.
        """
        return list(self.calls.get("/plan-changes", principal=caller, params=asked)["items"])

    def one(self, caller: Caller, change_id: str) -> Booked:
        """
        Return one change of the caller.
        """
        answer: Booked = self.calls.get(f"/plan-changes/{change_id}", principal=caller)
        return answer

    def withdraw(self, caller: Caller, change_id: str) -> Booked:
        """
        Undo a change that was not applied yet.
        """
        answer: Booked = self.calls.delete(f"/plan-changes/{change_id}", principal=caller)
        return answer

    def offer(self, caller: Caller, offer_id: str) -> Offer:
        """
        Return a change that was offered to the caller.
        """
        found: Offer = self.calls.get(f"/plan-change-offers/{offer_id}", principal=caller)
        return found

    def answer(self, caller: Caller, offer_id: str, *, body: dict[str, Any], key: str) -> Offer:
        """
        Accept or decline an offered change; asked twice with one key, it is the same answer.
        """
        path = f"/plan-change-offers/{offer_id}/answers"
        answered: Offer = self.calls.post(path, json=body, principal=caller, idempotency_key=key)
        return answered
