"""What could be credited of an invoice: what is left of each line, or its days from a date on."""

from datetime import date

from billing.domain.approval import InvoicedLine, Unused, worth
from billing.models import Invoice, InvoiceLine
from shared.periods import Period


def unused_from(line: InvoiceLine, from_on: date) -> Unused | None:
    """
    Return the part of a line's days from *from_on* on, and what it is worth; None if there is none.
    """
    period = line.line().period
    part = (
        period.overlap(Period(max(from_on, period.start), period.end))
        if period and from_on < period.end
        else None
    )
    if period is None or part is None:
        return None
    invoiced = InvoicedLine(
        id=line.id,
        price=line.line().price,
        quantity=line.quantity,
        period=period,
        nominal_days=line.nominal_days,
        left=line.left,
        discount_basis_points=line.discount_basis_points or 0,
    )
    return Unused(line_id=line.id, days=part.days, period=part, amount=worth(invoiced, part))


def suggested(invoice: Invoice, from_on: date | None) -> dict[str, int]:
    """
    Return what to credit of each line, in minor units: all that is left, or the days from *from_on* on.
    """
    if from_on is None:
        return {line.id: line.left.minor for line in invoice.lines}
    parts = {line.id: unused_from(line, from_on) for line in invoice.lines}
    return {line_id: part.amount.minor if part else 0 for line_id, part in parts.items()}
