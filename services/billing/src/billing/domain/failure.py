"""Why a payment failed, in words a customer can act on. Each says that nothing was taken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """
    A provider's *code* in plain words.
    """

    code: str
    title: str
    detail: str


NOT_CHARGED = "You have not been charged."

WORDS = {
    "card_declined": ("Your card was declined", "Your bank did not approve the payment."),
    "insufficient_funds": ("Your card was declined", "There is not enough money on the account."),
    "expired_card": ("Your card has expired", "Use another card."),
    "authentication_failed": ("Your bank could not confirm it was you", "Try again or use another card."),
    "abandoned": ("The payment was not finished", "The page of your bank was left before the end."),
    "cancelled": ("The payment was cancelled", "You can order again at any time."),
    "method_unknown": ("This card cannot be used any more", "Use another card."),
}

OTHER = ("The payment did not go through", "Try again or use another card.")


def in_words(code: str) -> Failure:
    """
    Return the failure *code* in plain words; an unknown code gets a general text.
    """
    title, detail = WORDS.get(code, OTHER)
    return Failure(code=code, title=title, detail=f"{detail} {NOT_CHARGED}")
