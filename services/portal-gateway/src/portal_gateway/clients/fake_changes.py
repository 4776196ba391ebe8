"""The part of the fake billing that changes plans: one target, one price, one booked change at a time."""

from datetime import timedelta
from typing import Any

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.fake_people import FIBRE, ROBERT, euro
from shared import clock
from shared.errors import Conflict, NotFound, Refusal

SERVICE = "sub_00000000000000000000000001"
SMALL = "plan_00000000000000000000000101"
EARLIEST, NEXT_BILL = "2026-11-20", "2026-12-01"


class FakeChanges:
    """
    What a test may change: *targets*, *refusal* and *date_rules* of the window, what is *priced* otherwise,
    the change that is *booked*, and the one on *offer*, whose answer may meet an *offer_refusal*.
    """

    quotes: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        self.targets = [self._target(SMALL, "Fibre 100", "30.00", "down", "-15.00")]
        self.refusal: dict[str, str] | None = None
        self.booked: dict[str, Any] | None = None
        self.failed_change: dict[str, str] | None = None
        self.pause: dict[str, Any] | None = None
        self.story: list[dict[str, Any]] = [
            {"on": "2026-11-01", "code": "ordered", "done": True, "name": "Fibre 500", "number": 10482},
            {"on": "2026-11-01", "code": "activated", "done": True, "name": "Fibre 500"},
        ]
        self.date_rules: list[dict[str, str]] = []
        self.priced: dict[str, Any] = {}
        self.offer: dict[str, Any] | None = None
        self.offer_refusal: Refusal | None = None

    def _target(self, plan_id: str, name: str, price: str, direction: str, difference: str) -> dict[str, Any]:
        return {
            "plan_id": plan_id,
            "version": 1,
            "name": name,
            "price": euro(price),
            "direction": direction,
            "difference": euro(difference),
        }

    def _post_plan_change_options(self, _rest: Any, body: Any, caller: Caller, _key: Any) -> Any:
        if caller.customer_id != ROBERT or body["subscription_id"] != SERVICE:
            raise NotFound
        offered = {each["plan_id"] for each in body["offered"]}
        return {
            "subscription_id": SERVICE,
            "current_plan": {"plan_id": FIBRE, "name": "Fibre 500", "price": euro("45.00")},
            "dates": {
                "earliest_on": EARLIEST,
                "latest_on": "2027-11-20",
                "suggested": [
                    {"on": EARLIEST, "code": "today"},
                    {"on": NEXT_BILL, "code": "next_bill"},
                ],
                "rules": self.date_rules,
            },
            "targets": [each for each in self.targets if each["plan_id"] in offered],
            "pending_change": self.booked,
            "refusal": self.refusal,
        }

    def _quote_of_change(self, body: Any, caller: Caller) -> dict[str, Any]:
        quote = {
            "id": f"quo_{len(self.quotes) + 1:026d}",
            "kind": "plan_change",
            "status": "open",
            "expires_at": (clock.now() + timedelta(minutes=15)).isoformat(),
            "subscription_id": body["subscription_id"],
            "plan_id": body["plan_id"],
            "start_on": body["start_on"],
            "direction": "down",
            "lines": [
                {
                    "code": "price_of_change",
                    "label": "Price of change",
                    "explanation": "2.00 once",
                    "quantity": 1,
                    "amount": euro("2.00"),
                }
            ],
            "due_now": euro("2.00"),
            "tax_included": euro("0.37"),
            "credit_to_balance": euro("8.71"),
            "next_invoice": {"on": NEXT_BILL, "amount": euro("21.29")},
            "then": {"amount": euro("30.00"), "every": "P1M", "from_on": NEXT_BILL},
            "undo_until": "2026-11-20T09:10:00+00:00",
            **self.priced,
        }
        self.quotes[str(quote["id"])] = {**quote, "owner": caller.customer_id}
        return quote

    def _post_plan_changes(self, _rest: Any, body: Any, caller: Caller, key: str | None) -> Any:
        assert key
        quote = self.quotes.get(body["quote_id"])
        if quote is None or quote["owner"] != caller.customer_id:
            raise NotFound
        if self.booked and self.booked["key"] != key:
            raise AlreadyBooked("A change is booked already.")
        self.booked = self.booked or {
            "id": "chg_00000000000000000000000001",
            "status": "booked",
            "subscription_id": SERVICE,
            "from_plan_id": FIBRE,
            "to_plan_id": quote["plan_id"],
            "to_plan_name": "Fibre 100",
            "price": euro("30.00"),
            "starts_on": quote["start_on"],
            "undo_until": quote["undo_until"],
            "key": key,
        }
        return self.booked

    def _get_plan_changes(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        own = [self.booked] if self.booked and caller.customer_id == ROBERT else []
        if not rest:
            return {"items": own}
        if not own or own[0]["id"] != rest[0]:
            raise NotFound
        return own[0]

    def _delete_plan_changes(self, rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        found = self._get_plan_changes(rest, body, caller, key)
        self.booked = None
        return {**found, "status": "withdrawn"}

    def be_offered(self) -> None:
        """
        Let staff have offered the small plan to Robert.
        """
        wanted = {"subscription_id": SERVICE, "plan_id": SMALL, "start_on": NEXT_BILL}
        quote = self._quote_of_change(wanted, Caller(customer_id=ROBERT, partner_id=""))
        self.offer = {
            "id": "off_00000000000000000000000001",
            "status": "waiting",
            "subscription_id": SERVICE,
            "from_plan_name": "Fibre 500",
            "to_plan_name": "Fibre 100",
            "starts_on": NEXT_BILL,
            "expires_at": (clock.now() + timedelta(days=7)).isoformat(),
            "quote_id": quote["id"],
            "change_id": None,
        }

    def _get_plan_change_offers(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        if self.offer is None or self.offer["id"] != rest[0] or caller.customer_id != ROBERT:
            raise NotFound
        return self.offer

    def _post_plan_change_offers(self, rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        assert key
        offer = self._get_plan_change_offers(rest, body, caller, key)
        if self.offer_refusal:
            raise self.offer_refusal
        assert body["quote_id"] == offer["quote_id"]
        offer["status"] = body["answer"]
        return offer

    def _offer_waiting(self) -> dict[str, Any] | None:
        return self.offer if self.offer and self.offer["status"] == "waiting" else None


class AlreadyBooked(Conflict, code="change_already_booked", title="A change is booked already"):
    """
    One change at a time (decision D22).
    """
