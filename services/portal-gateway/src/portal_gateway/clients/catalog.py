"""Asks the catalogue what a customer may order."""

from collections.abc import Sequence
from typing import Any, TypedDict

from portal_gateway.clients.calls import Amount, Calls
from portal_gateway.clients.customers import Person


class Member(TypedDict):
    """
    A plan inside a bundle.
    """

    id: str
    name: str


class Product(TypedDict):
    """
    A plan this customer may order now, at this version and price.
    """

    id: str
    version: int
    kind: str
    name: str
    description: str
    details: str
    bullets: list[str]
    price: Amount
    interval_months: int
    prepaid_days: int
    included_mb: int
    activation_fee: Amount
    contract_months: int
    auto_renewal: bool
    cancellation_fee: Amount
    early_end_fee: Amount
    max_quantity: int
    members: list[Member]


ASKED_ABOUT = ("partner_id", "location_id", "category", "label_ids", "billing_type")


class Catalog:
    """
    The catalog service.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def availability(self, person: Person, plan_ids: Sequence[str] | None = None) -> list[Product]:
        """
        Return what this person may order, of *plan_ids* only when given, in the order of the screens.
        """
        body: dict[str, Any] = {"customer": {name: person.get(name) for name in ASKED_ABOUT}}
        if plan_ids is not None:
            body["plan_ids"] = list(plan_ids)
        return list(self.calls.post("/availability", json=body)["items"])

    def change_targets(self, person: Person, *, from_plan_id: str) -> list[Product]:
        """
        Return what this person may change to from a plan, the cheapest first.
        """
        body = {"customer": {name: person.get(name) for name in ASKED_ABOUT}, "from_plan_id": from_plan_id}
        return list(self.calls.post("/availability/changes", json=body)["items"])
