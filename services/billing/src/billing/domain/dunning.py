"""How an account stands for late payment (docs/algorithms/dunning.md)."""

from enum import StrEnum


class Dunning(StrEnum):
    """
    Blocked accounts have no access and are still charged; inactive ones are neither served nor charged.
    """

    CLEAR = "clear"
    BLOCKED = "blocked"
    INACTIVE = "inactive"
