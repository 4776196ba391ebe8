"""Bills and payments of the world the gateway is tested in."""

from typing import Any

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.fake_people import FIBRE, ROBERT, euro
from shared import clock
from shared.errors import NotFound

LINE = {
    "code": "recurring",
    "plan_id": FIBRE,
    "subscription_id": "sub_1",
    "label": "Fibre 500",
    "explanation": "30.00 for 1 to 30 Nov",
    "quantity": 1,
    "period": {"from_on": "2026-11-01", "to_on": "2026-11-30"},
    "amount": euro("30.00"),
}


class FakeLists:
    """
    Long lists; *more* is where they go on.
    """

    more = ""

    def listed(self, items: list[Any]) -> dict[str, Any]:
        """
        Return a part of a list.
        """
        return {"items": items, "next": self.more} if self.more else {"items": items}


class FakeBills(FakeLists):
    """
    Billing's answers about bills: ``bill`` makes one, ``paid_as`` is how payments end.
    """

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.paid_as = "succeeded"
        self.bills: dict[str, dict[str, Any]] = {}
        self.bill_payments: dict[str, dict[str, Any]] = {}
        self.comparison: dict[str, Any] = {"earlier": None, "difference": euro("0.00"), "changes": []}

    def bill(self, number: int, open_: str = "30.00") -> dict[str, Any]:
        """
        Let there be a bill of 30.00 for the first customer.
        """
        bill = {
            "id": f"inv_{number:026d}",
            "number": f"2026010000{number:02d}",
            "order_id": None,
            "kind": "recurring",
            "issued_on": "2026-11-01",
            "due_on": "2026-11-16",
            "period": {"from_on": "2026-11-01", "to_on": "2026-11-30"},
            "total": euro("30.00"),
            "tax_included": euro("5.61"),
            "taxes": [{"rate": "23", "net": euro("24.39"), "tax": euro("5.61"), "gross": euro("30.00")}],
            "open": euro(open_),
            "status": "overdue" if open_ != "0.00" else "paid",
            "paying": None,
            "lines": [LINE],
            "applied": [],
        }
        self.bills[str(bill["id"])] = bill
        return bill

    def pay_bills(self, body: Any, key: str) -> Any:
        """
        Pay what the body names, once for a key.
        """
        if key in self.keys:
            return self.bill_payments[self.keys[key]]
        retried = self.bill_payments.get(body.get("retry_of"), {})
        wanted = body.get("invoice_ids") or retried.get("invoice_ids") or list(self.bills)
        made = {**payment(90 + len(self.bill_payments), self.paid_as), "order_id": None, "purpose": "bills"}
        made["invoice_ids"] = wanted
        if self.paid_as == "succeeded":
            for invoice_id in wanted:
                self.bill(int(invoice_id[-6:]), "0.00")
        self.bill_payments[made["id"]], self.keys[key] = made, made["id"]
        return made

    def _get_invoices(self, rest: list[str], _body: Any, caller: Caller, _key: Any) -> Any:
        own = list(self.bills.values()) if caller.customer_id == ROBERT else []
        if not rest:
            return {"items": own}
        if rest == ["open"]:
            return {"items": [bill for bill in own if bill["open"]["amount"] != "0.00"]}
        found = next((bill for bill in own if bill["id"] == rest[0]), None)
        if found is None:
            raise NotFound
        if rest[1:] == ["document.pdf"]:
            return b"%PDF-1.7 a bill"
        return self.comparison if rest[1:] else found

    def _get_credit_notes(self, rest: list[str], _body: Any, _caller: Caller, _key: Any) -> Any:
        if rest:
            raise NotFound
        return {"items": []}

    def _get_statements(self, _rest: list[str], _body: Any, _caller: Caller, _key: Any) -> Any:
        row: dict[str, Any] = {
            "id": "jtx_1",
            "on": "2026-11-01",
            "kind": "invoice_issued",
            "ref": "inv_1",
            "label": "7",
        }
        row |= {"amount": euro("-30.00"), "balance": euro("-30.00")}
        days = {"from": "2026-01-01", "to": "2026-11-20"}
        return {**days, "opening": euro("0.00"), "rows": [row], "closing": euro("-30.00")}


def payment(number: int, status: str) -> dict[str, Any]:
    """
    Return a payment of 16.50 as billing answers it.
    """
    failed = status == "failed"
    return {
        "id": f"pay_{number:026d}",
        "order_id": f"ord_{number:026d}",
        "invoice_id": None,
        "invoice_ids": [],
        "purpose": "order",
        "status": status,
        "label": {"pending": "Pending", "failed": "Failed"}.get(status, "Successful"),
        "amount": euro("16.50"),
        "method_label": "Visa ending 4242",
        "action": None,
        "failure": {"code": "card_declined", "title": "Declined", "detail": "No."} if failed else None,
        "retry": {"allowed": True, "until": "2026-11-27T23:59:59+00:00", "options": []} if failed else None,
        "created_at": clock.now().isoformat(),
    }
