"""Demo people and plans for the fake services, under the ids every service seeds."""

from typing import Any

DEFAULT = "par_00000000000000000000000001"
NORTH = "par_00000000000000000000000002"
ROBERT = "cus_00000000000000000000000001"
QUAY = "cus_00000000000000000000000005"
FIBRE = "plan_00000000000000000000000103"
ROUTER = "plan_00000000000000000000000401"
VISA = "pm_00000000000000000000000001"
PASSWORD = "ledgerline-demo"


def euro(amount: str) -> dict[str, str]:
    """
    Return an amount as it travels.
    """
    return {"amount": amount, "currency": "EUR"}


def person(id: str, login: str, partner_id: str, name: str, number: str) -> dict[str, Any]:
    """
    Return a customer as customers tells about one.
    """
    return {
        "id": id,
        "number": number,
        "full_name": name,
        "login": login,
        "emails": [f"{login}@example.com"],
        "status": "active",
        "category": "individual",
        "billing_type": "recurring",
        "partner_id": partner_id,
        "location_id": "loc_00000000000000000000000001",
        "location": "Harbour",
        "label_ids": [],
        "street": "12 Quay Street",
        "zip_code": "D01",
        "city": "Dublin",
        "language": "en",
        "version": 1,
    }


def card(id: str, brand: str, last4: str, *, default: bool = False) -> dict[str, Any]:
    """
    Return a saved card as billing lists it.
    """
    label = f"{brand} ending {last4}"
    named = {"id": id, "label": label, "brand": brand.lower(), "last4": last4}
    return {**named, "exp_month": 12, "exp_year": 2030, "default": default}


def plan(id: str, kind: str, name: str, price: str, months: int, most: int) -> dict[str, Any]:
    """
    Return a plan as the catalogue offers it.
    """
    return {
        "id": id,
        "version": 1,
        "kind": kind,
        "name": name,
        "description": f"{name} for homes",
        "details": "",
        "bullets": ["Unlimited data"],
        "price": euro(price),
        "interval_months": months,
        "prepaid_days": 0,
        "included_mb": 0,
        "activation_fee": euro("0.00"),
        "contract_months": 0,
        "auto_renewal": False,
        "cancellation_fee": euro("0.00"),
        "early_end_fee": euro("0.00"),
        "max_quantity": most,
        "members": [],
    }
