"""Why a payment failed, in words a customer can act on. Each says what became of the money."""

from dataclasses import dataclass

from shared.texts import Text


@dataclass(frozen=True)
class Failure:
    """
    A provider's *code* in plain words.
    """

    code: str
    title: str
    detail: str


NOT_CHARGED = Text("You have not been charged.")
GOES_BACK = Text("What was taken goes back to your card.")
AMOUNT_DIFFERS = "amount_differs"
PAID_OTHERWISE = "paid_otherwise"
TOPPED_UP = "topped_up"

WORDS = {
    "card_declined": (Text("Your card was declined"), Text("Your bank did not approve the payment.")),
    "insufficient_funds": (Text("Your card was declined"), Text("There is not enough money on the account.")),
    "expired_card": (Text("Your card has expired"), Text("Use another card.")),
    "authentication_failed": (
        Text("Your bank could not confirm it was you"),
        Text("Try again or use another card."),
    ),
    "abandoned": (
        Text("The payment was not finished"),
        Text("The page of your bank was left before the end."),
    ),
    "cancelled": (Text("The payment was cancelled"), Text("You can order again at any time.")),
    AMOUNT_DIFFERS: (Text("The amount was not right"), Text("Another amount was taken than you agreed to.")),
    PAID_OTHERWISE: (Text("The bill was paid another way"), Text("There is nothing left to pay.")),
    TOPPED_UP: (Text("Your earlier top-up came through"), Text("This one was not needed.")),
    "method_unknown": (Text("This card cannot be used any more"), Text("Use another card.")),
}

OTHER = (Text("The payment did not go through"), Text("Try again or use another card."))


def in_words(code: str) -> Failure:
    """
    Return the failure *code* in plain words; an unknown code gets a general text.
    """
    title, detail = WORDS.get(code, OTHER)
    money = GOES_BACK if code == AMOUNT_DIFFERS else NOT_CHARGED
    return Failure(
        code=code, title=title, detail=Text("%(what)s %(money)s", {"what": detail, "money": money})
    )
