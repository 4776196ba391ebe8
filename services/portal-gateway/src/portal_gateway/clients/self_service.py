"""Asks billing about pauses and ends of services: what is possible, what it comes to, booking, undoing."""

from typing import Any, NotRequired, TypedDict

from portal_gateway.clients.calls import Amount, Caller, Calls


class ServiceQuote(TypedDict):
    """
    What a pause, or an end, of a service comes to, held for a while.
    """

    id: str
    kind: str
    status: str
    expires_at: str
    subscription_id: str
    start_on: str
    last_on: str
    lines: list[dict[str, Any]]
    due_now: Amount
    credit_to_balance: NotRequired[Amount | None]
    added_to_next_bill: NotRequired[Amount | None]
    undo_until: str


class PausePossible(TypedDict):
    """
    From when, how long and how often still a service may pause; *refusal* says why not at all.
    """

    subscription_id: str
    earliest_on: str
    longest_days: int
    left: int
    refusal: NotRequired[dict[str, str] | None]


class EndPossible(TypedDict):
    """
    From when a service may end, with days worth a button, and what that costs; *refusal* says why not at all.
    """

    subscription_id: str
    earliest_on: str
    suggested: list[dict[str, str]]
    contract_ends_on: NotRequired[str | None]
    contract_renews: bool
    early_fee: NotRequired[Amount | None]
    later_fee: NotRequired[Amount | None]
    refusal: NotRequired[dict[str, str] | None]


class Paused(TypedDict):
    """
    A pause: booked, running, over, withdrawn or lapsed.
    """

    id: str
    subscription_id: str
    state: str
    from_on: str
    last_on: str | None
    billed: bool
    message: str
    undo_until: NotRequired[str | None]


class Cancelled(TypedDict):
    """
    An end the customer asked for: booked, ended or withdrawn.
    """

    id: str
    subscription_id: str
    status: str
    last_on: str
    fee: NotRequired[Amount | None]
    undo_until: NotRequired[str | None]


class SelfService:
    """
    The part of billing that lets customers pause and end services.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def pause_options(self, caller: Caller, *, subscription_id: str, limits: dict[str, int]) -> PausePossible:
        """
        Return from when, how long and how often still a service may pause.
        """
        body = {"subscription_id": subscription_id, "limits": limits}
        found: PausePossible = self.calls.post("/pause-options", json=body, principal=caller)
        return found

    def end_options(self, caller: Caller, *, subscription_id: str, limits: dict[str, int]) -> EndPossible:
        """
        Return from when a service may end, and what that costs.
        """
        body = {"subscription_id": subscription_id, "limits": limits}
        found: EndPossible = self.calls.post("/cancellation-options", json=body, principal=caller)
        return found

    def quote(self, caller: Caller, **body: Any) -> ServiceQuote:
        """
        Price a pause or an end, and hold that for 15 minutes.
        """
        quote: ServiceQuote = self.calls.post("/quotes", json=body, principal=caller)
        return quote

    def find_quote(self, caller: Caller, quote_id: str) -> ServiceQuote:
        """
        Return a quote of the caller.
        """
        quote: ServiceQuote = self.calls.get(f"/quotes/{quote_id}", principal=caller)
        return quote

    def pause(self, caller: Caller, *, body: dict[str, Any], key: str) -> Paused:
        """
        Confirm a quoted pause; asked twice with one key, it is the same pause.
        """
        booked: Paused = self.calls.post("/service-pauses", json=body, principal=caller, idempotency_key=key)
        return booked

    def find_pause(self, caller: Caller, pause_id: str) -> Paused:
        """
        Return a pause of the caller.
        """
        found: Paused = self.calls.get(f"/service-pauses/{pause_id}", principal=caller)
        return found

    def withdraw_pause(self, caller: Caller, pause_id: str) -> Paused:
        """
        Undo a pause that has not begun.
        """
        gone: Paused = self.calls.delete(f"/service-pauses/{pause_id}", principal=caller)
        return gone

    def end(self, caller: Caller, *, body: dict[str, Any], key: str) -> Cancelled:
        """
        Confirm a quoted end; asked twice with one key, it is the same end.
        """
        booked: Cancelled = self.calls.post(
            "/service-cancellations", json=body, principal=caller, idempotency_key=key
        )
        return booked

    def find_end(self, caller: Caller, cancellation_id: str) -> Cancelled:
        """
        Return an end the caller asked for.
        """
        found: Cancelled = self.calls.get(f"/service-cancellations/{cancellation_id}", principal=caller)
        return found

    def withdraw_end(self, caller: Caller, cancellation_id: str) -> Cancelled:
        """
        Undo an end while the service still works.
        """
        gone: Cancelled = self.calls.delete(f"/service-cancellations/{cancellation_id}", principal=caller)
        return gone
