"""How long a contract lasts, and what ending a service costs before its last day and later (rules.md 2.8)."""

from datetime import date, timedelta

from billing.domain.line import Code, Line
from shared.money import Money
from shared.periods import boundary

A_DAY = timedelta(days=1)
EARLY = "Fee for ending before the contract ends"
LATER = "Fee for ending the service"


def last_day(starts_on: date, months: int) -> date | None:
    """
    Return the last day of a contract of *months* months that begins on *starts_on*; None: there is none.
    """
    if not months:
        return None
    return boundary(starts_on.day, starts_on.year, starts_on.month + months) - A_DAY


def renewed(ends_on: date, *, anchor_day: int, months: int) -> date:
    """
    Return the last day of the contract that follows one, on the day of the month it began on.
    """
    begins = ends_on + A_DAY
    return boundary(anchor_day, begins.year, begins.month + months) - A_DAY


def end_fee(last_on: date, contract_ends_on: date | None, *, early: Money, later: Money) -> tuple[str, Money]:
    """
    Return what working until the end of *last_on* costs, and why; nothing is an amount of zero.
    """
    if contract_ends_on and last_on < contract_ends_on:
        return EARLY, early
    return LATER, later


def fee_line(label: str, amount: Money, *, plan_id: str, plan_version: int, kind: str, vat: int) -> Line:
    """
    Return the line that charges an end.
    """
    return Line(
        code=Code.END_FEE,
        plan_id=plan_id,
        plan_version=plan_version,
        kind=kind,
        label=label,
        quantity=1,
        price=amount,
        period=None,
        nominal_days=0,
        amount=amount,
        vat_basis_points=vat,
    )
