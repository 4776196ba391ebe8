"""
What a basket costs today and every month from then on: the quote, as a pure function.

Decision D31: due now are the first period up to the next billing day, one-time items and activation fees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.domain.line import Code, Line, covered, tax_in, tax_of_lines
from billing.domain.prepaid import Service, Step, next_step
from shared.errors import Conflict, FieldError, Invalid
from shared.money import Money, total
from shared.periods import Period, nominal

ONE_TIME = "one_time"
PREPAID = frozenset({"prepaid", "prepaid_daily"})
BY_THE_DAY = "prepaid_daily"


class ProductNotAvailable(Conflict, code="product_not_available", title="This product is not available"):
    """
    Nobody may order this plan (any more), or not in this currency.
    """


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    What a plan version costs. *price* is for *interval_months* months (0: once), VAT included; for prepaid
    accounts it is for *prepaid_days* days, unless that is 0.
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
    prepaid_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """
    How an account is billed: its type (recurring, prepaid, prepaid_daily) and the day its periods start.
    """

    billing_type: str
    billing_day: int

    @property
    def prepaid(self) -> bool:
        """
        Whether services are paid from credit before they are used.
        """
        return self.billing_type in PREPAID


@dataclass(frozen=True, kw_only=True)
class Then:
    """
    What follows: *amount* every *months* months, or *days* days unless that is 0, from *from_on* on.
    """

    amount: Money
    months: int
    from_on: date
    days: int = 0


def first_step(terms: Terms, quantity: int, *, calendar: Calendar, start: date) -> Step:
    """
    Return the days charged first, and what they cost.

    Recurring accounts are charged up to their next billing day; prepaid ones for a whole period of their own;
    those billed by the day for the day.
    """
    price, months = terms.price * quantity, terms.interval_months
    if not calendar.prepaid:
        whole = nominal(calendar.billing_day, start, months=months)
        part = Period(start, whole.end)
        amount = covered(price, 1, days=part.days, nominal_days=whole.days)
        return Step(period=part, whole=whole, amount=amount)
    daily = calendar.billing_type == BY_THE_DAY
    return next_step(
        Service(
            id=terms.plan_id,
            price=price,
            paid_until=start,
            anchor_day=calendar.billing_day if daily else start.day,
            months=months,
            days=terms.prepaid_days,
            daily=daily,
        )
    )


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
    step = first_step(terms, quantity, calendar=calendar, start=start) if terms.interval_months else None
    return Line(
        code=Code.FIRST_PERIOD if step else Code.ONE_TIME,
        plan_id=terms.plan_id,
        plan_version=terms.version,
        kind=terms.kind,
        label=terms.name,
        quantity=quantity,
        price=terms.price,
        period=step.period if step else None,
        nominal_days=step.whole.days if step else 0,
        amount=step.amount if step else terms.price * quantity,
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
            f"#/items/{i}/quantity",
            "out_of_range",
            "Choose between 1 and %(most)s.",
            {"most": terms.max_quantity or 1},
        )
        for i, (terms, quantity) in enumerate(items)
        if not 1 <= quantity <= max(terms.max_quantity, 1)
    ]
    if wrong:
        raise Invalid(*wrong)
    for terms, _ in items:
        if terms.price.currency != currency:
            raise ProductNotAvailable(
                "%(plan)s is sold in %(currency)s only.",
                params={"plan": terms.name, "currency": terms.price.currency},
            )


def what_follows(
    items: list[tuple[Terms, int]], *, calendar: Calendar, start: date, currency: str
) -> Then | None:
    """
    Return what recurs after the first period; of several rhythms the shortest, which comes first.
    """
    running = [(terms, quantity) for terms, quantity in items if terms.interval_months]
    if not running:
        return None
    shortest = min((_rhythm(terms, calendar) for terms, _ in running), key=_length)
    months, days = shortest
    together = [item for item in running if _rhythm(item[0], calendar) == shortest]
    first = first_step(together[0][0], 1, calendar=calendar, start=start)
    amounts = [terms.price * quantity for terms, quantity in together]
    return Then(amount=total(amounts, currency), months=months, from_on=first.period.end, days=days)


def _rhythm(terms: Terms, calendar: Calendar) -> tuple[int, int]:
    by_days = calendar.prepaid and calendar.billing_type != BY_THE_DAY and terms.prepaid_days
    return (terms.interval_months, terms.prepaid_days if by_days else 0)


def _length(rhythm: tuple[int, int]) -> int:
    months, days = rhythm
    return days or months * 30


def tax_included(lines: list[Line], currency: str) -> Money:
    """
    Return the VAT in *lines*: per rate on their sum.
    """
    return total(with_tax(lines), currency)


def with_tax(lines: list[Line]) -> list[Money]:
    """
    Return the VAT of each line, in their order.
    """
    if len(lines) == 1:
        return [tax_in(lines[0].amount, lines[0].vat_basis_points)]
    taxes: dict[int, Money] = {}
    for rate in {line.vat_basis_points for line in lines}:
        places = [i for i, line in enumerate(lines) if line.vat_basis_points == rate]
        taxes.update(zip(places, tax_of_lines([lines[i].amount for i in places], rate), strict=True))
    return [taxes[i] for i in range(len(lines))]
