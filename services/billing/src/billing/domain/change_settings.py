"""
What a change of plan costs, per partner: every field and option of seed 001, in the seed's own groups.

Each field is inherited from the Default partner until the partner sets it (``domain/settings.py``).
"""

from dataclasses import dataclass
from enum import StrEnum


class Refund(StrEnum):
    """
    Plan change refund (recurring): 001-02.
    """

    NONE = "none"
    UNUSED_MONEY = "unused_money"


class PrepaidRefund(StrEnum):
    """
    Plan change refund (prepaid, custom): 001-07.
    """

    NONE = "none"
    ROLLOVER = "rollover"
    UNUSED_MONEY = "unused_money"


class Timing(StrEnum):
    """
    Create invoice after service change: 001-05; *thirty_days* is the seed's "till end of next month" (D1).
    """

    NEXT_CYCLE = "next_cycle"
    END_OF_ACTIVE_MONTH = "end_of_active_month"
    THIRTY_DAYS = "thirty_days"
    END_OF_NEXT_MONTH = "end_of_next_month"


ROLLOVER_NEVER = "none"
ROLLOVER_END_OF_PERIOD = "end_of_period"
ROLLOVER_MONTHS = tuple(str(months) for months in range(1, 13))
ROLLOVER_EXPIRIES = (ROLLOVER_NEVER, ROLLOVER_END_OF_PERIOD, *ROLLOVER_MONTHS)


@dataclass(frozen=True, kw_only=True)
class ChangeSettings:
    """
    Fees and the minimum are in minor units of the account's currency, VAT included.
    """

    refund: str = Refund.UNUSED_MONEY
    fee_up_minor: int = 0
    fee_down_minor: int = 0
    timing: str = Timing.END_OF_ACTIVE_MONTH
    minimum_invoice_minor: int = 0
    prepaid_refund: str = PrepaidRefund.UNUSED_MONEY
    rollover_expiry: str = ROLLOVER_END_OF_PERIOD
    prepaid_fee_up_minor: int = 0
    prepaid_fee_down_minor: int = 0
