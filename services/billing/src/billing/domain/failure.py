"""Why a payment failed, in words a customer can act on. Each says what became of the money."""

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
GOES_BACK = "What was taken goes back to your card."
AMOUNT_DIFFERS = "amount_differs"
PAID_OTHERWISE = "paid_otherwise"

WORDS = {
    "card_declined": ("Your card was declined", "Your bank did not approve the payment."),
    "insufficient_funds": ("Your card was declined", "There is not enough money on the account."),
    "expired_card": ("Your card has expired", "Use another card."),
    "authentication_failed": ("Your bank could not confirm it was you", "Try again or use another card."),
    "abandoned": ("The payment was not finished", "The page of your bank was left before the end."),
    "cancelled": ("The payment was cancelled", "You can order again at any time."),
    AMOUNT_DIFFERS: ("The amount was not right", "Another amount was taken than you agreed to."),
    PAID_OTHERWISE: ("The bill was paid another way", "There is nothing left to pay."),
    "method_unknown": ("This card cannot be used any more", "Use another card."),
}

OTHER = ("The payment did not go through", "Try again or use another card.")


def in_words(code: str) -> Failure:
    """
    Return the failure *code* in plain words; an unknown code gets a general text.
    """
    title, detail = WORDS.get(code, OTHER)
    money = GOES_BACK if code == AMOUNT_DIFFERS else NOT_CHARGED
    return Failure(code=code, title=title, detail=f"{detail} {money}")
