"""Which test card does what, and reading a card the way people type it."""

import re
from dataclasses import dataclass

from shared.errors import FieldError, Invalid

SUCCEEDS, DECLINED, NEEDS_ACTION, PENDS = "succeeds", "declined", "needs_action", "pends"

# The last four digits decide; every other valid number succeeds.
BEHAVIOUR = {"4242": SUCCEEDS, "0002": DECLINED, "3220": NEEDS_ACTION, "9995": PENDS}

NUMBERS = {
    "4242 4242 4242 4242": "succeeds",
    "4000 0000 0000 0002": "is declined",
    "4000 0000 0000 3220": "asks for 3-D Secure",
    "4000 0000 0000 9995": "stays pending for a while",
}


ASK = {
    "number": "Enter the card number, 16 digits",
    "expiry": "Enter the expiry date as MM/YY, such as 12/30",
    "cvc": "Enter the 3 digits on the back",
}


@dataclass(frozen=True)
class TypedCard:
    """
    What is kept of a typed card.
    """

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    behaviour: str


def read_card(*, number: str, expiry: str, cvc: str) -> TypedCard:
    """
    Check a typed card and keep what may be kept; spaces and dashes are welcome.

    :raises Invalid: naming each field that needs a change
    """
    digits = re.sub(r"[\s-]", "", number)
    month, year = _expiry(expiry)
    fine = {
        "number": _is_card(digits),
        "expiry": month is not None,
        "cvc": re.fullmatch(r"\d{3,4}", cvc.strip()) is not None,
    }
    if month is None or year is None or not all(fine.values()):
        raise Invalid(
            *(FieldError(f"#/{name}", "invalid", ASK[name]) for name, good in fine.items() if not good)
        )
    brand = "Visa" if digits.startswith("4") else "Mastercard"
    return TypedCard(brand, digits[-4:], month, year, BEHAVIOUR.get(digits[-4:], SUCCEEDS))


def _expiry(text: str) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*", text)
    if not match or not 1 <= int(match[1]) <= 12:
        return None, None
    return int(match[1]), 2000 + int(match[2])


def _is_card(digits: str) -> bool:
    if not re.fullmatch(r"\d{16}", digits):
        return False
    if digits[-4:] in BEHAVIOUR:
        return True  # the documented test numbers need no check digit
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(digits)]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
