"""A running Ledgerline with something in it: what subscribers ordered and asked, through the public API."""

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import requests

from deploy.local.installation import Installation
from deploy.local.program import wait_until
from shared import clock
from tests.chaos.desk import Desk

PASSWORD = "ledgerline-demo"


@dataclass
class Subscriber:
    """
    Somebody with a front end of their own, at *base*.
    """

    base: str
    login: str
    session: requests.Session = field(default_factory=requests.Session)
    keys: int = 0

    def __post_init__(self) -> None:
        self.session.trust_env = False
        token = self.call("POST", "/sessions", {"login": self.login, "password": PASSWORD})["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """
        Ask the API, and expect a yes.
        """
        self.keys += 1
        headers = {"Idempotency-Key": f"{self.login}-{self.keys}"} if method == "POST" else {}
        answer = self.session.request(
            method, f"{self.base}/api/v1{path}", json=body, headers=headers, timeout=30
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def order(self, *names: str, card: str = "4242") -> Any:
        """
        Order plans by name and pay with the card ending so; without a card, ask for them.
        """
        plans = {plan["name"]: plan["id"] for plan in self.call("GET", "/products")["items"]}
        for name in names:
            self.call("POST", "/basket/items", {"plan_id": plans[name], "quantity": 1})
        body = {"quote_id": self.call("POST", "/quotes", {"kind": "order"})["id"], "mode": "request"}
        if card:
            methods = self.call("GET", "/payment-methods")["items"]
            chosen = next(method["id"] for method in methods if method["label"].endswith(card))
            body |= {"mode": "payment", "payment": {"payment_method_id": chosen}}
        return self.call("POST", "/orders", body)


def fill(running: Installation) -> None:
    """
    Let the demo subscribers order, pay, fail and ask, and staff approve what the first of them has paid.
    """
    portal = running.urls["portal-gateway"]
    robert = Subscriber(portal, "postpaid")
    order = robert.order("Fibre 300", "Router")["id"]
    robert.call("POST", "/tickets", {"type": "question", "subject": "Slow in the evening", "message": "Why?"})
    Subscriber(portal, "prepaid").order("Fibre 100", card="0002")
    Subscriber(portal, "requestonly").order("Fibre 500", "Family TV", card="")
    wait_until(
        lambda: robert.call("GET", f"/orders/{order}")["status"] == "active",
        what="the order",
        within=30,
        alive=lambda: True,
    )
    with closing(Desk(running)) as desk:
        desk.decide(order, "approve", starts_on=clock.today("UTC").isoformat())
