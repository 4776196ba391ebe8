"""The balance of the prepaid customer in the world the gateway is tested in."""

from typing import Any

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.fake_bills import FakeBills, payment
from portal_gateway.clients.fake_people import euro
from shared.errors import Conflict, NotFound


class UnderWay(Conflict, code="top_up_not_possible"):
    """
    Another top-up is being paid.
    """


class FakeWallet(FakeBills):
    """
    Billing's answers about a ``wallet`` (None: the customer pays bills); ``paid_as`` is how top-ups end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wallet: dict[str, Any] | None = None
        self.preview: dict[str, Any] = {"pays_owed": euro("0.00"), "resumes": 0, "days_left": 24}
        self.preview |= {"lasts_until_on": "2026-12-14", "more": False}

    def _get_wallet(self, rest: list[str], body: Any, _caller: Caller, _key: Any) -> Any:
        if self.wallet is None:
            raise NotFound
        if rest == ["top-up-preview"]:
            return {"amount": euro(body["amount"]), "balance": euro("45.00"), **self.preview}
        return self.wallet

    def _post_top_ups(self, _rest: list[str], body: Any, _caller: Caller, key: str) -> Any:
        if self.wallet is None:
            raise NotFound
        if key in self.keys:
            return self.bill_payments[self.keys[key]]
        if self.wallet["top_up"]["under_way"]:
            raise UnderWay(params={"payment_id": self.wallet["top_up"]["under_way"]})
        made = {**payment(70 + len(self.bill_payments), self.paid_as), "order_id": None, "purpose": "balance"}
        failed = self.bill_payments.get(body.get("retry_of"), {})
        made["amount"] = body.get("amount") or failed["amount"]
        self.bill_payments[made["id"]], self.keys[key] = made, made["id"]
        return made
