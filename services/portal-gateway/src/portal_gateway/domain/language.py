"""Which language a customer is spoken to in."""

from collections.abc import Sequence


def spoken(offered: Sequence[str], wishes: Sequence[str | None]) -> str:
    """
    Return the first wish the provider can fulfil, else the language it names first.
    """
    return next((wish for wish in wishes if wish in offered), None) or offered[0]
