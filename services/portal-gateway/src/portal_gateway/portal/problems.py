"""What every problem of the public API means, and what a front end does about it."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Problem:
    """
    Which status it has, what it means, and what to do.
    """

    status: str
    means: Any
    remedy: Any


PROBLEMS = {
    "authentication_required": Problem(
        "401",
        _l("Nobody is signed in, or the token is no longer good"),
        _l("Sign in, or trade the refresh token for new ones, and send it again."),
    ),
    "basket_changed": Problem(
        "409",
        _l("The basket is not the one that was priced"),
        _l("Ask for a new quote and show it before you confirm."),
    ),
    "basket_empty": Problem("409", _l("There is nothing in the basket"), _l("Put something in first.")),
    "body_too_large": Problem(
        "413",
        _l("The request is larger than what is read here"),
        _l("Send less, or in parts."),
    ),
    "change_already_booked": Problem(
        "409",
        _l("One change is booked already"),
        _l("Show it and offer to undo it before another is booked."),
    ),
    "change_not_cancellable": Problem(
        "409",
        _l("It has gone too far to be taken back"),
        _l("Read it again and show where it stands."),
    ),
    "credentials_rejected": Problem(
        "401",
        _l("Login or password is wrong"),
        _l("Let the customer type both again, or offer to reset the password."),
    ),
    "csrf_failed": Problem(
        "403",
        _l("The request may come from another site"),
        _l("Send the csrf_token of the session as X-CSRF-Token with everything that changes something."),
    ),
    "cursor_mismatch": Problem(
        "400",
        _l("The cursor belongs to another list"),
        _l("Start from the first page whenever filters change."),
    ),
    "date_not_allowed": Problem(
        "422",
        _l("That day cannot be chosen"),
        _l("Offer one of the days the options name."),
    ),
    "feature_disabled": Problem(
        "403",
        _l("This provider does not offer it"),
        _l("Read the features of portal-config and leave out what is off."),
    ),
    "file_rejected": Problem(
        "422",
        _l("The file is too large or of a kind that is not taken"),
        _l("Say which kinds and sizes are taken and let another be chosen."),
    ),
    "idempotency_key_required": Problem(
        "400",
        _l("The key that makes asking twice safe is missing"),
        _l("Make a random Idempotency-Key for each act and keep it when you ask again."),
    ),
    "idempotency_key_reused": Problem(
        "422",
        _l("The key was used for another request"),
        _l("Make a new Idempotency-Key: one for each act, never for two."),
    ),
    "internal_error": Problem(
        "500",
        _l("Something went wrong on our side; nothing was changed"),
        _l("Try again with the same Idempotency-Key; give the instance when you ask us."),
    ),
    "invoice_not_payable": Problem(
        "409",
        _l("It is paid, being paid, or its time is over"),
        _l("Read it again; params.payment_id names the payment under way, if there is one."),
    ),
    "malformed_request": Problem(
        "400",
        _l("The request cannot be read"),
        _l("Send one JSON object in UTF-8, each key once."),
    ),
    "method_not_allowed": Problem(
        "405",
        _l("This cannot be done at this address"),
        _l("The header Allow names what can."),
    ),
    "no_plans_available": Problem(
        "409",
        _l("There is no plan to change to"),
        _l("Offer to send us a request instead."),
    ),
    "not_allowed": Problem(
        "403, 409",
        _l("The caller, or how things stand, does not allow it"),
        _l("Read it again and offer only what is possible now."),
    ),
    "not_found": Problem(
        "404",
        _l("It does not exist, or is somebody else's"),
        _l("Take ids only from what the API answered to the same customer."),
    ),
    "offer_closed": Problem(
        "409",
        _l("The offer was answered or taken back, or its time is over"),
        _l("Read it again and show how it stands."),
    ),
    "pause_limit_reached": Problem(
        "409",
        _l("The service has paused as often as the provider allows within a year"),
        _l("Read its pause-options: they say how many are left."),
    ),
    "payment_method_rejected": Problem(
        "422",
        _l("This card cannot be used"),
        _l("Offer another saved card or a new one."),
    ),
    "precondition_failed": Problem(
        "412",
        _l("It changed since it was read"),
        _l("Read it again, show what changed, and send the new ETag as If-Match."),
    ),
    "precondition_required": Problem(
        "428",
        _l("It was not said which version was seen"),
        _l("Send the ETag of what was read as If-Match."),
    ),
    "product_not_available": Problem(
        "409, 422",
        _l("It is not sold to this customer any more"),
        _l("Read the products again and offer what is left."),
    ),
    "quote_changed": Problem(
        "409",
        _l("What was quoted is not true any more"),
        _l("Show the new quote params.quote_id names, and let it be confirmed."),
    ),
    "quote_expired": Problem(
        "410",
        _l("The quote was held for its 15 minutes"),
        _l("Ask for a new one and show it before you confirm."),
    ),
    "quote_used": Problem(
        "409",
        _l("The quote was confirmed already"),
        _l("Show the order or change it became."),
    ),
    "rate_limited": Problem(
        "429",
        _l("Too many requests in a short time"),
        _l("Wait as many seconds as Retry-After says."),
    ),
    "request_in_progress": Problem(
        "409",
        _l("The same request is being worked on"),
        _l("Ask again with the same Idempotency-Key after Retry-After."),
    ),
    "service_in_bundle": Problem(
        "409",
        _l("The service is part of a bundle"),
        _l("Offer to change the bundle, or to ask us."),
    ),
    "session_expired": Problem("401", _l("The session is over"), _l("Let the customer sign in again.")),
    "terms_changed": Problem(
        "409",
        _l("Other terms of business hold now than were shown"),
        _l("Show the terms portal-config names, and send their version as terms_version."),
    ),
    "ticket_closed": Problem("409", _l("The ticket is closed"), _l("Offer to reopen it.")),
    "too_busy": Problem(
        "503",
        _l("More orders arrive than can be finished; nothing was ordered or charged"),
        _l("Try again after Retry-After."),
    ),
    "top_up_not_possible": Problem(
        "409",
        _l("This top-up cannot be paid now"),
        _l("Another one is under way: params names it. Show how that one goes."),
    ),
    "unknown_parameter": Problem(
        "400",
        _l("The address has a parameter we do not know"),
        _l("params.known lists what there is."),
    ),
    "unsupported_media_type": Problem(
        "415",
        _l("This kind of content is not read here"),
        _l("Send application/json, not compressed."),
    ),
    "upstream_unavailable": Problem(
        "503",
        _l("Something that is needed does not answer"),
        _l("Try again after Retry-After, with the same Idempotency-Key."),
    ),
    "validation_failed": Problem(
        "422",
        _l("Some fields need a change"),
        _l("errors names each field and what is wrong with it."),
    ),
    "voucher_not_usable": Problem(
        "409",
        _l("The voucher is used, expired or unknown"),
        _l("Let the code be typed again."),
    ),
    "wallet_too_low": Problem(
        "409",
        _l("There is not enough in the wallet"),
        _l("Offer to top it up first."),
    ),
}
