"""How a customer wants to pay, as it comes in bodies."""

from typing import Any

from billing.usecases.open_payment import PayBy
from shared.errors import FieldError, Invalid


def pay_by(body: dict[str, Any]) -> PayBy:
    """
    Read ``payment`` and ``return_url``.

    :raises Invalid: if it does not name exactly one way to pay, or nowhere to come back to
    """
    choice, return_url = body.get("payment"), body.get("return_url")
    if not choice:
        raise Invalid(FieldError("#/payment", "required", "Choose how to pay."))
    if bool(choice["payment_method_id"]) == bool(choice["source"]):
        raise Invalid(FieldError("#/payment", "required", "Name a saved card or the source new_card."))
    if not return_url:
        raise Invalid(FieldError("#/return_url", "required", "Say where the browser comes back to."))
    return PayBy(method_id=choice["payment_method_id"], return_url=return_url, save_card=choice["save_card"])
