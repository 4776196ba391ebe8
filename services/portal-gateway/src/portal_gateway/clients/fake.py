"""The four services as dictionaries: just enough behaviour to see what the gateway makes of their answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Billing
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import Catalog
from portal_gateway.clients.customers import Customers
from portal_gateway.clients.fake_bills import payment
from portal_gateway.clients.fake_cases import FakeCases
from portal_gateway.clients.fake_changes import SMALL, FakeChanges
from portal_gateway.clients.fake_people import (
    DEFAULT,
    FIBRE,
    NORTH,
    PASSWORD,
    QUAY,
    ROBERT,
    ROUTER,
    VISA,
    card,
    euro,
    person,
    plan,
)
from portal_gateway.clients.fake_self_service import FakeSelfService
from portal_gateway.clients.fake_wallet import FakeWallet
from portal_gateway.clients.tickets import Tickets
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound, NotSignedIn, Refusal, Unavailable

CODE = "12345678"  # what customers mails


@dataclass
class Fake:
    """
    One service: a path and a method name a function; *down* makes it not answer.
    """

    answer: Callable[[str, str, dict[str, Any], Caller | None, str | None], Any]
    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def get(self, path: str, *, principal: Caller | None = None, params: Any = None, **_: Any) -> Any:
        """
        Read.
        """
        return self._do("GET", path, params or {}, principal, None)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        principal: Caller | None = None,
        idempotency_key: str | None = None,
        **_: Any,
    ) -> Any:
        """
        Write.
        """
        return self._do("POST", path, json or {}, principal, idempotency_key)

    def delete(self, path: str, *, principal: Caller | None = None, **_: Any) -> Any:
        """
        Take back.
        """
        return self._do("DELETE", path, {}, principal, None)

    def _do(self, method: str, path: str, body: Any, caller: Caller | None, key: str | None) -> Any:
        self.asked.append((method, path))
        if self.down:
            raise Unavailable(retry_after=15)
        return self.answer(method, path.split("?")[0], body, caller, key)


class FakeWorld(FakeWallet, FakeChanges, FakeSelfService, FakeCases):
    """
    All four services, with what a test may change about them.
    """

    def __init__(self) -> None:
        FakeWallet.__init__(self)
        FakeChanges.__init__(self)
        FakeSelfService.__init__(self)
        FakeCases.__init__(self)
        self.account: dict[str, Any] = {}
        self.people = {
            ROBERT: person(ROBERT, "postpaid", DEFAULT, "Robert Myers", "000001"),
            QUAY: person(QUAY, "requestonly", NORTH, "Quay Hotel", "000005"),
        }
        self.plans = [
            plan(FIBRE, "internet", "Fibre 500", "45.00", 1, 1),
            plan(ROUTER, "one_time", "Router", "60.00", 0, 5),
        ]
        self.changeable = [plan(SMALL, "internet", "Fibre 100", "30.00", 1, 1)]
        self.quotes: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.password, self.password_is_temporary = PASSWORD, False
        self.cards = [card(VISA, "Visa", "4242", default=True)]
        self.outcome = "active"
        self.order_refusal: Refusal | None = None
        self.answers_lost = 0  # so many orders are placed, and nobody hears of it
        self.customers = Fake(self._customers)
        self.catalog = Fake(self._catalog)
        self.billing = Fake(self._billing)
        self.tickets = Fake(self._tickets)
        self.meters: list[dict[str, Any]] = []

    def upstreams(self) -> Upstreams:
        """
        Return the clients of these services.
        """
        return Upstreams(
            customers=Customers(self.customers),
            catalog=Catalog(self.catalog),
            billing=Billing(self.billing),
            tickets=Tickets(self.tickets),
        )

    def order_of(self, plan_id: str, **changed: Any) -> dict[str, Any]:
        """
        Let the first customer have an order of a plan, *changed* as a test wants it.
        """
        caller = Caller(customer_id=ROBERT)
        quote = self._post_quotes(
            [], {"kind": "order", "items": [{"plan_id": plan_id, "quantity": 1}]}, caller, None
        )
        order = {**self._order(quote, {"mode": "request"}, caller), **changed}
        self.orders[order["id"]] = order
        return order

    def finish(self, *, paid: bool) -> None:
        """
        Let the bank answer for every order that waits for it.
        """
        for order in self.orders.values():
            order["status"] = "active" if paid else "failed"
            order["payment"] = payment(int(order["id"][-6:]), "succeeded" if paid else "failed")

    def _customers(self, method: str, path: str, body: Any, caller: Caller | None, _key: Any) -> Any:
        if path == "/credential-checks":
            return self._known_by(body)
        if path == "/password-resets":
            return {"id": "rst_00000000000000000000000001"}
        if method == "POST":
            return self._choose(body)
        return self.people[path.split("/")[-1]]

    def _known_by(self, body: Any) -> Any:
        known = {each["login"]: each for each in self.people.values()}
        if body["login"] not in known or body["password"] != self.password:
            raise NotSignedIn
        return {**known[body["login"]], "password_is_temporary": self.password_is_temporary}

    def _choose(self, body: Any) -> None:
        if body.get("code", CODE) != CODE:
            raise Invalid(FieldError("#/code", "not_usable", "This code cannot be used. Ask for a new one."))
        if "code" not in body and not self.password_is_temporary and body["present"] != self.password:
            raise Invalid(FieldError("#/present", "wrong", "This is not your present password"))
        self.password, self.password_is_temporary = body["password"], False

    def _catalog(self, method: str, path: str, body: Any, caller: Caller | None, _key: Any) -> Any:
        if path == "/availability/changes":
            return {"items": self.changeable}
        asked = body.get("plan_ids")
        return {"items": [each for each in self.plans if asked is None or each["id"] in asked]}

    def _billing(self, method: str, path: str, body: Any, caller: Caller | None, key: str | None) -> Any:
        assert caller is not None or path.startswith("/sandbox")
        parts = path.strip("/").split("/")
        handler = getattr(self, f"_{method.lower()}_{parts[0].replace('-', '_')}")
        return handler(parts[1:], body, caller, key)

    def _post_quotes(self, _rest: list[str], body: Any, caller: Caller, _key: Any) -> Any:
        if body["kind"] == "plan_change":
            return self._quote_of_change(body, caller)
        if body["kind"] in ("pause", "cancellation"):
            return self._quote_of_service(body, caller)
        number = len(self.quotes) + 1
        quote: dict[str, Any] = {
            "id": f"quo_{number:026d}",
            "kind": "order",
            "status": "open",
            "expires_at": (clock.now() + timedelta(minutes=15)).isoformat(),
            "lines": [self._line(item) for item in body["items"]],
            "due_now": euro("16.50"),
            "tax_included": euro("3.09"),
            "then": {"amount": euro("45.00"), "every": "P1M", "from_on": "2026-12-01"},
        }
        self.quotes[quote["id"]] = {**quote, "owner": caller.customer_id}
        return quote

    def _line(self, item: dict[str, Any]) -> dict[str, Any]:
        found = next(each for each in self.plans if each["id"] == item["plan_id"])
        return {
            "code": "first_period",
            "plan_id": found["id"],
            "label": found["name"],
            "explanation": "45.00 / 30 days x 11 days",
            "basis": {
                "code": "part_period",
                "quantity": item["quantity"],
                "price": euro("45.00"),
                "days": 11,
                "nominal_days": 30,
                "first_on": "2026-11-20",
                "last_on": "2026-11-30",
            },
            "quantity": item["quantity"],
            "period": {"from_on": "2026-11-20", "to_on": "2026-11-30"},
            "amount": euro("16.50"),
        }

    def _get_quotes(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        quote = self.quotes.get(rest[0])
        if quote is None or quote["owner"] != caller.customer_id:
            raise NotFound
        return quote

    def _post_orders(self, _rest: list[str], body: Any, caller: Caller, key: str | None) -> Any:
        assert key
        if key in self.keys:
            return self.orders[self.keys[key]]
        if self.order_refusal:
            raise self.order_refusal
        quote = self.quotes[body["quote_id"]]
        if quote["status"] != "open":
            raise QuoteUsed
        order = self._order(quote, body, caller)
        quote["status"], quote["order_id"] = "used", order["id"]
        self.orders[order["id"]], self.keys[key] = order, order["id"]
        if self.answers_lost:
            self.answers_lost -= 1
            raise Unavailable
        return order

    def _order(self, quote: Any, body: Any, caller: Caller) -> dict[str, Any]:
        number = len(self.orders) + 1
        request = body["mode"] == "request"
        return {
            "id": f"ord_{number:026d}",
            "number": str(10480 + number),
            "mode": body["mode"],
            "status": "awaiting_approval" if request else "placed",
            "approval": None,
            "channel": body.get("channel"),
            "ticket_id": None,
            "ticket_number": None,
            "total": quote["due_now"],
            "then": quote["then"],
            "created_at": clock.now().isoformat(),
            "expires_at": None,
            "preferred_start_on": body.get("preferred_start_on"),
            "starts_on": None,
            "terms": body.get("terms"),
            "reason": None,
            "quote_id": quote["id"],
            "lines": quote["lines"],
            "payment": None if request else payment(number, "pending"),
            "credit": None,
            "steps": [
                {"code": "ordered", "label_key": "ordered", "at": clock.now().isoformat(), "state": "done"}
            ],
            "owner": caller.customer_id,
        }

    def _get_orders(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        own = [each for each in self.orders.values() if each["owner"] == caller.customer_id]
        if not rest:
            return self.listed(own[::-1])
        order = next((each for each in own if each["id"] == rest[0]), None)
        if order is None:
            raise NotFound
        if order["channel"] == "tickets":
            order["ticket_id"], order["ticket_number"] = "tkt_00000000000000000000000001", "31"
        if order["status"] == "placed":
            order["status"] = self.outcome
            paid = {"active": "succeeded", "failed": "failed"}.get(self.outcome, "pending")
            order["payment"] = payment(int(order["id"][-6:]), paid)
        return order

    def _delete_orders(self, rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        order = self._get_orders(rest, body, caller, key)
        order["status"] = "cancelled"
        return order

    def _post_payments(self, _rest: list[str], body: Any, caller: Caller, key: Any) -> Any:
        if "order_id" not in body:
            return self.pay_bills(body, key)
        order = self._get_orders([body["order_id"]], {}, caller, None)
        order["status"], order["payment"] = "active", payment(int(order["id"][-6:]), "succeeded")
        return order["payment"]

    def _get_payments(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        orders = self._get_orders([], {}, caller, None)["items"]
        own = [each["payment"] for each in orders if each["payment"]] + list(self.bill_payments.values())
        if not rest:
            return self.listed(own)
        found = next((each for each in own if each["id"] == rest[0]), None)
        if found is None:
            raise NotFound
        return found

    def _get_payment_methods(self, _rest: list[str], _body: Any, _caller: Caller, _key: Any) -> Any:
        return {"items": self.cards}

    def _post_payment_methods(self, rest: list[str], body: Any, _caller: Caller, _key: Any) -> Any:
        if rest[1:] != ["default"]:
            return {"url": f"http://127.0.0.1:8005/setup?back={body['return_url']}"}
        wanted = next((each for each in self.cards if each["id"] == rest[0]), None)
        if wanted is None:
            raise NotFound
        for each in self.cards:
            each["default"] = each is wanted
        return wanted

    def _get_subscriptions(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        own = self._subscriptions(caller)
        if not rest:
            return {"items": own}
        found = next((each for each in own if each["id"] == rest[0]), None)
        if found is None:
            raise NotFound
        if rest[1:] == ["usage"]:
            return {**self.meters[0], "uncovered_mb": 0, "history": []}
        if rest[1:] == ["timeline"]:
            return {"items": self.story}
        return found

    def _subscriptions(self, caller: Caller) -> list[dict[str, Any]]:
        if caller.customer_id != ROBERT:
            return []
        return [
            {
                "id": "sub_00000000000000000000000001",
                "plan_id": FIBRE,
                "name": "Fibre 500",
                "kind": "internet",
                "price": euro("45.00"),
                "quantity": 1,
                "interval_months": 1,
                "status": "active",
                "on_approve": False,
                "activated_on": "2026-11-01",
                "starts_on": "2026-11-01",
                "ends_on": self.cancellation["last_on"] if self.cancellation else None,
                "order_id": None,
                "bundle_id": None,
                "pending_change": self.booked,
                "failed_change": self.failed_change,
                "pause": self.pause,
                "cancellation": self.cancellation,
                "offer": self._offer_waiting(),
            }
        ]

    def _get_summary(self, _rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        account = {"balance": euro("0.00"), "owed": euro("0.00"), "due_on": None, "currency": "EUR"}
        own = [each for each in self.orders.values() if each["owner"] == caller.customer_id]
        return {
            "account": {**account, "invoices_due": 0, "next_invoice": None, **self.account},
            "subscriptions": self._subscriptions(caller),
            "orders": own,
            "wallet": self.wallet,
            "usage": self.meters,
            "to_pay": self._to_pay(caller),
        }

    def _to_pay(self, caller: Caller) -> dict[str, Any] | None:
        bills = self._get_invoices(["open"], {}, caller, None)["items"]
        card = self._get_payment_methods([], {}, caller, None)["items"][0]
        return {"invoices": bills, "amount": self.account.get("owed"), "pay_with": card} if bills else None

    def _post_sandbox(self, _rest: list[str], body: Any, _caller: Any, _key: Any) -> Any:
        self.outcome = body["result"]
        return body


class QuoteUsed(Conflict, code="quote_used", title="This quote was used"):
    """
    The quote became an order before.
    """
