"""
The codes our public API may answer (ux.md 3.2): a closed list, so a front end can know them all.

What a service refuses under a code of its own is told under the nearest public one, with its own words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from portal_gateway.clients.calls import Calls
from shared.errors import Conflict, Gone, Invalid, NotAllowed, NotFound, NotSignedIn, Refusal

PUBLIC = frozenset(
    """
    authentication_required credentials_rejected session_expired csrf_failed rate_limited not_found
    not_allowed method_not_allowed feature_disabled malformed_request body_too_large unsupported_media_type
    validation_failed unknown_parameter cursor_mismatch idempotency_key_required idempotency_key_reused
    request_in_progress precondition_failed precondition_required quote_expired quote_used quote_changed
    no_plans_available change_already_booked change_not_cancellable date_not_allowed service_in_bundle
    offer_closed pause_limit_reached product_not_available basket_changed basket_empty
    payment_method_rejected wallet_too_low top_up_not_possible invoice_not_payable
    voucher_not_usable ticket_closed file_rejected terms_changed too_busy upstream_unavailable internal_error
    """.split()  # noqa: SIM905 - one name a line would fill the page
)

NEAREST = {
    "order_not_payable": "invoice_not_payable",
    "order_not_cancellable": "change_not_cancellable",
    "pause_booked": "change_already_booked",
    "pause_begun": "change_not_cancellable",
    "not_yours_to_undo": "change_not_cancellable",
}

BY_KIND: tuple[tuple[type[Refusal], str], ...] = (
    (NotSignedIn, "authentication_required"),
    (NotFound, "not_found"),
    (Gone, "quote_expired"),
    (Invalid, "validation_failed"),
    (NotAllowed, "not_allowed"),
    (Conflict, "not_allowed"),
)


class PublicCodes:
    """
    Calls whose refusals carry public codes only.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def get(self, path: str, **asked: Any) -> Any:
        """
        Read something.
        """
        with _public():
            return self.calls.get(path, **asked)

    def post(self, path: str, **asked: Any) -> Any:
        """
        Create something.
        """
        with _public():
            return self.calls.post(path, **asked)

    def delete(self, path: str, **asked: Any) -> Any:
        """
        Take something back.
        """
        with _public():
            return self.calls.delete(path, **asked)


def public_code(refusal: Refusal) -> str:
    """
    Return the public code nearest to the refusal's own.
    """
    if refusal.code in PUBLIC:
        return refusal.code
    kinds = (code for kind, code in BY_KIND if isinstance(refusal, kind))
    return NEAREST.get(refusal.code) or next(kinds, "not_allowed")


@contextmanager
def _public() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        refusal.code = public_code(refusal)  # type: ignore[misc]
        raise
