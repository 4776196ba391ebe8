"""Asks billing about the balance of a prepaid customer: what a top-up would do, and paying one."""

from typing import Any

from portal_gateway.clients.calls import Caller, Calls


class TopUps:
    """
    What billing takes and tells about top-ups.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def preview(self, caller: Caller, amount: str) -> dict[str, Any]:
        """
        Return what topping up *amount* (a decimal string) would do if it came now.
        """
        answer: dict[str, Any] = self.calls.get(
            "/wallet/top-up-preview", principal=caller, params={"amount": amount}
        )
        return answer

    def begin(self, caller: Caller, *, body: dict[str, Any], key: str) -> Any:
        """
        Top up, or try again what failed; asked twice with one key, it is the same payment.
        """
        return self.calls.post("/top-ups", json=body, principal=caller, idempotency_key=key)
