"""The part of the fake billing that pauses and ends services: one of each at a time."""

from datetime import timedelta
from typing import Any

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.fake_changes import SERVICE
from portal_gateway.clients.fake_people import ROBERT, euro
from shared import clock
from shared.errors import FieldError, Invalid, NotFound, Refusal

PAUSE, CANCELLATION = "pau_00000000000000000000000001", "can_00000000000000000000000001"


class FakeSelfService:
    """
    What a test may change: the *rest_refusal* that options name, the *confirm_refusal* of a quote.
    """

    quotes: dict[str, dict[str, Any]]
    pause: dict[str, Any] | None

    def __init__(self) -> None:
        self.cancellation: dict[str, Any] | None = None
        self.rest_refusal: dict[str, str] | None = None
        self.confirm_refusal: Refusal | None = None
        self.limits: dict[str, int] = {}
        self.reasons: list[str] = []

    def _post_pause_options(self, _rest: Any, body: Any, caller: Caller, _key: Any) -> Any:
        self._own(body, caller)
        longest = body["limits"]["longest_days"]
        shown = {"subscription_id": SERVICE, "earliest_on": "2026-11-21", "longest_days": longest, "left": 2}
        return {**shown, "refusal": self.rest_refusal}

    def _post_cancellation_options(self, _rest: Any, body: Any, caller: Caller, _key: Any) -> Any:
        self._own(body, caller)
        return {
            "subscription_id": SERVICE,
            "earliest_on": "2026-11-25",
            "suggested": [
                {"on": "2026-11-25", "code": "earliest"},
                {"on": "2026-11-30", "code": "paid_until"},
                {"on": "2027-10-31", "code": "contract_end"},
            ],
            "contract_ends_on": "2027-10-31",
            "contract_renews": True,
            "early_fee": euro("60.00"),
            "later_fee": None,
            "refusal": self.rest_refusal,
        }

    def _own(self, body: Any, caller: Caller) -> None:
        self.limits = body["limits"]
        if caller.customer_id != ROBERT or body["subscription_id"] != SERVICE:
            raise NotFound

    def _quote_of_service(self, body: Any, caller: Caller) -> dict[str, Any]:
        self._own(body, caller)
        first = body.get("start_on", body["last_on"])
        if first < "2026-11-21":
            raise Invalid(FieldError("#/start_on", "too_early", "Choose a later day."))
        ends = body["kind"] == "cancellation"
        back = {"code": "refund_unused", "label": "Refund for unused Fibre 500", "quantity": 1}
        lines = [{**back, "explanation": "45.00 / 30 days x 5 days left", "amount": euro("-7.50")}]
        fee = {"code": "end_fee", "label": "Fee for ending before the contract ends", "quantity": 1}
        quote = {
            "id": f"quo_{len(self.quotes) + 1:026d}",
            "kind": body["kind"],
            "status": "open",
            "expires_at": (clock.now() + timedelta(minutes=15)).isoformat(),
            "subscription_id": SERVICE,
            "start_on": first,
            "last_on": body["last_on"],
            "lines": [*lines, {**fee, "explanation": "60.00 once", "amount": euro("60.00")}]
            if ends
            else lines,
            "due_now": euro("0.00"),
            "tax_included": euro("0.00"),
            "then": None,
            "credit_to_balance": euro("7.50"),
            "added_to_next_bill": euro("60.00") if ends else None,
            "undo_until": f"{first}T00:00:00+00:00",
        }
        self.quotes[str(quote["id"])] = {**quote, "owner": caller.customer_id}
        return quote

    def _confirmed(self, body: Any, caller: Caller, key: str | None) -> dict[str, Any]:
        assert key
        quote = self.quotes.get(body["quote_id"])
        if quote is None or quote["owner"] != caller.customer_id:
            raise NotFound
        if self.confirm_refusal:
            raise self.confirm_refusal
        self.reasons.append(body["reason"])
        return quote

    def _post_service_pauses(self, _rest: Any, body: Any, caller: Caller, key: str | None) -> Any:
        quote = self._confirmed(body, caller, key)
        self.pause = {
            "id": PAUSE,
            "subscription_id": SERVICE,
            "state": "booked",
            "from_on": quote["start_on"],
            "last_on": quote["last_on"],
            "billed": False,
            "message": "",
            "undo_until": quote["undo_until"],
        }
        return self.pause

    def _get_service_pauses(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        if self.pause is None or rest[0] != self.pause["id"] or caller.customer_id != ROBERT:
            raise NotFound
        return self.pause

    def _delete_service_pauses(self, rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        found = self._get_service_pauses(rest, body, caller, key)
        self.pause = None
        return {**found, "state": "withdrawn", "undo_until": None}

    def _post_service_cancellations(self, _rest: Any, body: Any, caller: Caller, key: str | None) -> Any:
        quote = self._confirmed(body, caller, key)
        self.cancellation = {
            "id": CANCELLATION,
            "subscription_id": SERVICE,
            "status": "booked",
            "last_on": quote["last_on"],
            "fee": euro("60.00"),
            "undo_until": quote["undo_until"],
        }
        return self.cancellation

    def _get_service_cancellations(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        if self.cancellation is None or rest[0] != CANCELLATION or caller.customer_id != ROBERT:
            raise NotFound
        return self.cancellation

    def _delete_service_cancellations(self, rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        found = self._get_service_cancellations(rest, body, caller, key)
        self.cancellation = None
        return {**found, "status": "withdrawn", "undo_until": None}
