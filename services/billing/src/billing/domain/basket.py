"""
What a basket costs today and every month from then on: the quote, as a pure function.

Decision D31: due now are the first period up to the next billing day, one-time items and activation fees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.domain.line import Code, Line, covered, tax_of_lines
from shared.errors import Conflict, FieldError, Invalid
from shared.money import Money, total
from shared.periods import Period, nominal

ONE_TIME = "one_time"


class ProductNotAvailable(Conflict, code="product_not_available", title="This product is not available"):
    """
    Nobody may order this plan (any more), or not in this currency.
    """


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    What a plan version costs. *price* is for *interval_months* months (0: once), VAT included.
    """

    plan_id: str
    version: int
    kind: str
    name: str
    price: Money
    interval_months: int
    activation_fee: Money
    vat_basis_points: int
    max_quantity: int


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """
    How an account is billed: its type (recurring, prepaid, prepaid_daily) and the day its periods start.
    """

    billing_type: str
    billing_day: int


@dataclass(frozen=True, kw_only=True)
class Then:
    """
    What follows: *amount* every *months* months from *from_on* on.
    """

    amount: Money
    months: int
    from_on: date


def first_period(calendar: Calendar, *, start: date, months: int) -> tuple[Period, Period]:
    """
    Return the days charged first, and the whole period they are a part of.

    Recurring accounts are charged up to their next billing day; prepaid ones for a whole period of their own.
    """
    anchor = calendar.billing_day if calendar.billing_type == "recurring" else start.day
    whole = nominal(anchor, start, months=months)
    return Period(start, whole.end), whole


def lines_of(terms: Terms, quantity: int, *, calendar: Calendar, start: date) -> Iterator[Line]:
    """
    Yield the lines one item of a basket makes when it starts on *start*.
    """
    yield _first_line(terms, quantity, calendar=calendar, start=start)
    if terms.activation_fee.minor:
        yield Line(
            code=Code.ACTIVATION_FEE,
            plan_id=terms.plan_id,
            plan_version=terms.version,
            kind=terms.kind,
            label=f"{terms.name}: activation fee",
            quantity=quantity,
            price=terms.activation_fee,
            period=None,
            nominal_days=0,
            amount=terms.activation_fee * quantity,
            vat_basis_points=terms.vat_basis_points,
        )


def _first_line(terms: Terms, quantity: int, *, calendar: Calendar, start: date) -> Line:
    part, nominal_days, amount = None, 0, terms.price * quantity
    if terms.interval_months:
        part, whole = first_period(calendar, start=start, months=terms.interval_months)
        nominal_days = whole.days
        amount = covered(terms.price, quantity, days=part.days, nominal_days=nominal_days)
    return Line(
        code=Code.FIRST_PERIOD if part else Code.ONE_TIME,
        plan_id=terms.plan_id,
        plan_version=terms.version,
        kind=terms.kind,
        label=terms.name,
        quantity=quantity,
        price=terms.price,
        period=part,
        nominal_days=nominal_days,
        amount=amount,
        vat_basis_points=terms.vat_basis_points,
    )


def price(
    items: list[tuple[Terms, int]], *, calendar: Calendar, start: date, currency: str
) -> tuple[list[Line], Then | None]:
    """
    Return every line due now, recurring ones first, and what follows every month.

    :raises Invalid: if the basket is empty or a quantity is out of bounds
    :raises ProductNotAvailable: if a plan is in another currency than the account
    """
    check(items, currency=currency)
    lines = [
        line
        for terms, quantity in items
        for line in lines_of(terms, quantity, calendar=calendar, start=start)
    ]
    lines.sort(key=lambda line: list(Code).index(line.code))
    return lines, what_follows(items, calendar=calendar, start=start, currency=currency)


def check(items: list[tuple[Terms, int]], *, currency: str) -> None:
    """
    Refuse a basket that cannot be priced.

    :raises Invalid: if it is empty or a quantity is out of bounds
    :raises ProductNotAvailable: if a plan is in another currency than the account
    """
    if not items:
        raise Invalid(FieldError("#/items", "required", "Choose at least one product."))
    wrong = [
        FieldError(
            f"#/items/{i}/quantity", "out_of_range", f"Choose between 1 and {terms.max_quantity or 1}."
        )
        for i, (terms, quantity) in enumerate(items)
        if not 1 <= quantity <= max(terms.max_quantity, 1)
    ]
    if wrong:
        raise Invalid(*wrong)
    for terms, _ in items:
        if terms.price.currency != currency:
            raise ProductNotAvailable(f"{terms.name} is sold in {terms.price.currency} only.")


def what_follows(
    items: list[tuple[Terms, int]], *, calendar: Calendar, start: date, currency: str
) -> Then | None:
    """
    Return what recurs after the first period; of several rhythms the shortest, which comes first.
    """
    rhythms = [terms.interval_months for terms, _ in items if terms.interval_months]
    if not rhythms:
        return None
    months = min(rhythms)
    amounts = [terms.price * quantity for terms, quantity in items if terms.interval_months == months]
    part, _ = first_period(calendar, start=start, months=months)
    return Then(amount=total(amounts, currency), months=months, from_on=part.end)


def tax_included(lines: list[Line], currency: str) -> Money:
    """
    Return the VAT in *lines*: per rate on their sum.
    """
    return total(with_tax(lines), currency)


def with_tax(lines: list[Line]) -> list[Money]:
    """
    Return the VAT of each line, in their order.
    """
    taxes: dict[int, Money] = {}
    for rate in {line.vat_basis_points for line in lines}:
        places = [i for i, line in enumerate(lines) if line.vat_basis_points == rate]
        taxes.update(zip(places, tax_of_lines([lines[i].amount for i in places], rate), strict=True))
    return [taxes[i] for i in range(len(lines))]
