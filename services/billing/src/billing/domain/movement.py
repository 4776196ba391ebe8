"""How monthly recurring revenue moves from one day to another: who came, who left, who pays more or less."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Movement:
    """
    What moved, in minor units: none of it is negative, and *net* is all of it together.
    """

    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churn: int = 0

    @property
    def net(self) -> int:
        """
        By how much revenue rose.
        """
        return self.new + self.expansion - self.contraction - self.churn


def movement(before: Mapping[str, int], after: Mapping[str, int]) -> Movement:
    """
    Compare what each customer pays a month *before* and *after*.
    """
    found = {"new": 0, "expansion": 0, "contraction": 0, "churn": 0}
    for customer_id in before.keys() | after.keys():
        old, new = before.get(customer_id, 0), after.get(customer_id, 0)
        if new > old:
            found["expansion" if old else "new"] += new - old
        elif new < old:
            found["contraction" if new else "churn"] += old - new
    return Movement(**found)
