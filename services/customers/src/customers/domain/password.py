"""What a person may choose as a password: any text that is not short, not common and not the login."""

import functools
import gzip
import secrets
from pathlib import Path

from customers.domain.texts import N_
from shared.errors import FieldError

SHORTEST = 10
LONGEST = 500  # characters; more than this is refused before any hashing
EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

COMMON = Path(__file__).parent / "vendor" / "common-passwords.txt.gz"
SHORTEST_STEM = 3
DECORATION = "0123456789!?.-_*#$@ "
OUR_OWN = {"ledgerline", "customer", "changeme", "testing", "autumn", "administrator", ""}


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
    stem = plain.strip(DECORATION)
    if plain in _stems() or stem in _stems() or len(set(plain)) <= 3:
        return True
    half = len(stem) // 2
    return stem[:half] == stem[half:] and stem[:half] in _stems()


@functools.cache
def _stems() -> frozenset[str]:
    words = gzip.decompress(COMMON.read_bytes()).decode().split()
    stems = (word.strip(DECORATION) for word in words)
    return frozenset({*words, *OUR_OWN, *(stem for stem in stems if len(stem) >= SHORTEST_STEM)})
