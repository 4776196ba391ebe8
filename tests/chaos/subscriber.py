"""A subscriber who does not give up: a call that breaks is made again with the same key."""

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

FIBRE = "plan_00000000000000000000000101"
FASTER_FIBRE = "plan_00000000000000000000000102"
PASSWORD = "ledgerline-demo"
PATIENCE = 90.0  # seconds; on a busy machine a process takes long to start

T = TypeVar("T")


class GaveUp(Exception):
    """
    The portal did not answer for longer than a patient subscriber waits.
    """


class Subscriber:
    """
    One person in front of the portal's API at *url*; ``accepted`` is every order the portal said yes to.
    """

    def __init__(self, url: str, login: str) -> None:
        self._url, self._login = url + "/api/v1", login
        self._http = requests.Session()
        self._http.trust_env = False
        self.accepted: list[str] = []
        self.sign_in()

    def sign_in(self) -> None:
        """
        Sign in; a round of faults takes longer than that holds.
        """
        self._http.headers.pop("Authorization", None)
        answer = self.insist("POST", "/sessions", {"login": self._login, "password": PASSWORD})
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def order(self, *, mode: str = "payment", card: str = "4242", key: str | None = None) -> str:
        """
        Order Fibre 100, paid with the card ending *card* or sent as a request, and return the order's id.
        """
        return self.confirm(self.ready_to_confirm(mode=mode, card=card), key=key or secrets.token_hex(8))

    def ready_to_confirm(self, *, mode: str = "payment", card: str = "4242") -> dict[str, Any]:
        """
        Fill the basket, ask for a quote, and return what confirming it takes.
        """
        body: dict[str, Any] = {"quote_id": self._quote(), "mode": mode}
        if mode == "payment":
            body["payment"] = {"payment_method_id": self.method(card)}
        return body

    def order_with_typed_card(self, number: str = "4242 4242 4242 4242") -> str:
        """
        Order Fibre 100, type the card on the provider's page, and return the order's id.
        """
        quote = self._quote()
        body = {"quote_id": quote, "mode": "payment", "payment": {"source": "new_card"}}
        order_id = self.confirm(body, key=secrets.token_hex(8))
        page = self._payment_page(order_id)
        typed = {"number": number, "expiry": "12/30", "cvc": "123"}
        requests.post(page, data=typed, timeout=10, allow_redirects=False).raise_for_status()
        self._until(
            lambda: self.status(order_id) != "action_required", f"order {order_id} heard of its payment"
        )
        return order_id

    def confirm(self, body: dict[str, Any], *, key: str) -> str:
        """
        Confirm a quote, again and again with the same *key* until the portal answers.
        """
        order_id = str(self.insist("POST", "/orders", body, key=key).json()["id"])
        self.accepted.append(order_id)
        return order_id

    def change_plan(self, service_id: str, plan_id: str) -> str:
        """
        Ask for the price of moving a service to another plan today, book that, and return the change's id.
        """
        wanted = {"kind": "plan_change", "service_id": service_id, "plan_id": plan_id}
        quote = self.insist("POST", "/quotes", wanted).json()
        key = secrets.token_hex(8)
        return str(self.insist("POST", "/plan-changes", {"quote_id": quote["id"]}, key=key).json()["id"])

    def pay_bills(self) -> None:
        """
        Pay every bill that is open with the saved card.
        """
        body = {"invoice_ids": [], "payment": {"payment_method_id": self.method("4242")}}
        self.insist("POST", "/payments", body, key=secrets.token_hex(8))

    def method(self, last4: str) -> str:
        """
        Return the id of the saved card that ends in *last4*.
        """
        items = self.insist("GET", "/payment-methods").json()["items"]
        return next(str(card["id"]) for card in items if card["label"].endswith(last4))

    def status(self, order_id: str) -> str:
        """
        Return what the portal says about an order.
        """
        return str(self.insist("GET", f"/orders/{order_id}").json()["status"])

    def _quote(self) -> str:
        self.insist("DELETE", "/basket")
        self.insist("POST", "/basket/items", {"plan_id": FIBRE, "quantity": 1})
        return str(self.insist("POST", "/quotes", {"kind": "order"}).json()["id"])

    def _payment_page(self, order_id: str) -> str:
        def page() -> str:
            payment = self.insist("GET", f"/orders/{order_id}").json()["payment"] or {}
            return str((payment.get("action") or {}).get("url", ""))

        return self._until(page, f"a page to pay order {order_id} on")

    def _until(self, look: Callable[[], T], what: str) -> T:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(0.1)
        raise GaveUp(f"waited in vain: {what}")

    def insist(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> requests.Response:
        """
        Call until there is an answer that is no breakdown; a broken connection, 409 in progress, 429 and 5xx
        are breakdowns.

        :raises GaveUp: after half a minute
        """
        headers = {"Idempotency-Key": key} if key else {}
        end, last = time.monotonic() + PATIENCE, "no answer"
        while time.monotonic() < end:
            try:
                answer = self._http.request(method, self._url + path, json=body, headers=headers, timeout=12)
            except requests.RequestException as error:
                last = type(error).__name__
            else:
                if answer.ok:
                    return answer
                last = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code == 401 and path != "/sessions":
                    self.sign_in()
                elif not _worth_another_try(answer):
                    break
            time.sleep(0.2)
        raise GaveUp(f"{method} {path}: {last}")


def _worth_another_try(answer: requests.Response) -> bool:
    busy = answer.status_code == 409 and answer.json().get("code") == "request_in_progress"
    return busy or answer.status_code == 429 or answer.status_code >= 500
