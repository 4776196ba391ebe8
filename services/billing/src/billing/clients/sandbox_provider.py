"""
The sandbox payment provider over HTTP.

A refusal (4xx) means nothing happened. Anything else that is no proper answer - a timeout, a broken
connection, a 5xx, an answer that cannot be read - means the outcome is unknown, never that it failed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from billing.clients.provider import (
    Charge,
    HostedPage,
    Outcome,
    OutcomeStatus,
    ProviderRefused,
    ProviderUnknown,
    RefundOutcome,
    SavedMethod,
)
from shared.money import LARGEST, Money

# Something between us and the provider may answer these; they say nothing about the money.
NOT_NOW = (408, 425, 429)
CURRENCY = re.compile("[A-Z]{3}")
TIMEOUT = (0.5, 4.0)  # seconds to connect, to answer

# What the provider calls a payment that waits for the card holder, on its page or at the bank.
STATUS = {"open": OutcomeStatus.ACTION_REQUIRED}


class SandboxProvider:
    """
    Speaks to the provider at *url* with the merchant's *api_key*.
    """

    name = "sandbox"

    def __init__(self, url: str, *, api_key: str) -> None:
        self._url = url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def charge(self, charge: Charge) -> Outcome:
        """
        Charge a saved card, once per reference.
        """
        body = self._money(charge) | {"card": charge.method_token}
        return _outcome(self._call("POST", "/v1/charges", body, key=charge.key))

    def find(self, reference: str) -> Outcome | None:
        """
        Return what became of *reference*, or None.
        """
        return self._unless_missing("GET", f"/v1/charges/{reference}")

    def cancel(self, reference: str) -> Outcome | None:
        """
        Stop an unfinished payment.
        """
        return self._unless_missing("POST", f"/v1/charges/{reference}/cancel")

    def hosted_page(self, page: HostedPage) -> str:
        """
        Return the address of the page to pay on.
        """
        answer = self._call("POST", "/v1/checkouts", self._money(page), key=page.key)
        with _readable():
            return _text(answer["url"] or page.return_url)

    def refund(self, reference: str, *, amount: Money, key: str) -> RefundOutcome:
        """
        Give money back, once per key.
        """
        body = {"reference": reference, "amount": amount.minor, "key": key}
        answer = self._call("POST", "/v1/refunds", body, key=key)
        with _readable():
            return RefundOutcome(status=OutcomeStatus(answer["status"]), external_ref=_text(answer["id"]))

    def setup_page(self, *, customer_ref: str, return_url: str) -> str:
        """
        Return the address of the page that saves a card.
        """
        answer = self._call("POST", "/v1/setups", {"customer": customer_ref, "return_url": return_url})
        with _readable():
            return _text(answer["url"])

    def methods(self, customer_ref: str) -> list[SavedMethod]:
        """
        Return the cards saved for *customer_ref*.
        """
        answer = self._call("GET", f"/v1/cards?customer={customer_ref}")
        with _readable():
            return [_method(card) for card in answer["items"]]

    def forget(self, *, customer_ref: str, token: str) -> None:
        """
        Drop a saved card.
        """
        try:
            self._call("DELETE", f"/v1/cards/{token}?customer={customer_ref}")
        except ProviderRefused as refusal:
            if refusal.code != "not_found":
                raise

    def next_result(self, result: str) -> None:
        """
        Force the result of the next charge.
        """
        self._call("PUT", "/v1/knobs", {"next_result": result})

    def _money(self, asked: Charge | HostedPage) -> dict[str, Any]:
        return {
            "reference": asked.reference,
            "customer": asked.customer_ref,
            "amount": asked.amount.minor,
            "currency": asked.amount.currency,
            "return_url": asked.return_url,
        }

    def _unless_missing(self, method: str, path: str) -> Outcome | None:
        try:
            return _outcome(self._call(method, path))
        except ProviderRefused as refusal:
            if refusal.code == "not_found":
                return None
            raise

    def _call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self._http.request(method, self._url + path, json=body, headers=headers, timeout=TIMEOUT)
            content = answer.json() if answer.content else {}
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnknown(f"{method} {path}: {type(error).__name__}") from error
        if not isinstance(content, dict) or answer.status_code in NOT_NOW:
            raise ProviderUnknown(f"{method} {path}: {answer.status_code}")
        if 400 <= answer.status_code < 500:
            raise ProviderRefused(str(content.get("code", "refused")), str(content.get("detail", "")))
        if not answer.ok:
            raise ProviderUnknown(f"{method} {path}: {answer.status_code}")
        return content


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnknown("an answer that cannot be read") from error


def _method(card: dict[str, Any]) -> SavedMethod:
    return SavedMethod(
        token=_text(card["id"]),
        brand=_text(card["brand"]),
        last4=_text(card["last4"]),
        exp_month=_whole(card["exp_month"]),
        exp_year=_whole(card["exp_year"]),
    )


def _outcome(answer: dict[str, Any]) -> Outcome:
    with _readable():
        card, currency = answer["card"], _currency(answer["currency"])
        return Outcome(
            reference=_text(answer["reference"]),
            status=STATUS.get(answer["status"]) or OutcomeStatus(answer["status"]),
            amount=Money(_whole(answer["amount"]), currency),
            external_ref=_text(answer["id"]),
            redirect_url=answer["url"],
            failure_code=answer["failure_code"],
            refunded=Money(_whole(answer["refunded"]), currency),
            method_label=f"{card['brand']} ending {card['last4']}" if card else None,
        )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value


def _currency(value: Any) -> str:
    if not CURRENCY.fullmatch(_text(value)):
        raise ValueError("not a currency")
    return str(value)


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST:  # True is an int, too
        raise ValueError("not a whole number")
    return value
