"""What a person may choose as a password: any text that is not short, not famous and not the login."""

import secrets

from customers.domain.texts import N_
from shared.errors import FieldError

SHORTEST = 10
LONGEST = 500  # characters; more than this is refused before any hashing
EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

FAMOUS_STEMS = (
    "password", "passw0rd", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "letmein", "welcome",
    "iloveyou", "sunshine", "princess", "football", "baseball", "superman", "batman", "trustno", "dragon",
    "monkey", "master", "shadow", "michael", "jennifer", "computer", "internet", "starwars", "whatever",
    "administrator", "admin", "changeme", "default", "secret", "hello", "abc", "abcd", "abcdef", "customer",
    "ledgerline", "charlie", "jordan", "liverpool", "chelsea", "arsenal", "hunter", "killer", "pokemon",
    "freedom", "summer", "winter", "spring", "autumn", "test", "testing", "login", "guest", "user", "root",
    "",
)  # fmt: skip


def problems(password: str, *, near: tuple[str, ...] = ()) -> list[FieldError]:
    """
    Say what is wrong with a chosen password; *near* are words it must not be, such as the login.
    """
    if len(password) < SHORTEST:
        return [FieldError("#/password", "too_short", N_("Choose a password of at least 10 characters"))]
    if len(password) > LONGEST:
        return [FieldError("#/password", "too_long", N_("Choose a password of at most 500 characters"))]
    if _famous(password) or password.casefold() in {word.casefold() for word in near}:
        return [FieldError("#/password", "too_easy", N_("Choose a password that is harder to guess"))]
    return []


def temporary() -> str:
    """
    Return a random password that is easy to read out: four groups of four, about 79 bits.
    """
    return "-".join("".join(secrets.choice(EASY_LETTERS) for _ in range(4)) for _ in range(4))


def _famous(password: str) -> bool:
    # What people do to reach a length is repeat, count on, and end with signs; none of it is harder to guess.
    plain = password.casefold()
    stem = plain.strip("0123456789!?.-_*#$@ ")
    if stem in FAMOUS_STEMS or len(set(plain)) <= 3:
        return True
    half = len(stem) // 2
    return stem[:half] == stem[half:] and stem[:half] in FAMOUS_STEMS
