"""
What moving to another plan costs: the quote, as a pure function (docs/algorithms/plan-change.md).

The same function prices the question, the booking and the change itself, so they cannot differ. Credits come
from the lines as invoiced, never from today's plan; the day of change belongs to the new plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from billing.domain import charging
from billing.domain.approval import InvoicedLine, worth
from billing.domain.basket import Then
from billing.domain.change_settings import Timing
from billing.domain.charging import Price, next_period
from billing.domain.line import Code, Line, tax_of_credit
from billing.domain.plan_quote import Ahead, Direction, NextBill, PlanQuote, Refund, Rules, Standing
from billing.domain.prepaid import Service, next_step
from shared.money import Money, total
from shared.periods import Period, boundary, without

THIRTY_DAYS = timedelta(days=30)
FEE = "Price of change"


def quote(
    held: Price,
    target: Price,
    effective_on: date,
    *,
    standing: Sequence[Standing],
    rules: Rules,
    open_from: date = date.max,
) -> PlanQuote:
    """
    Return what moving from *held* to *target* on *effective_on* does; *standing* is what was charged ahead.

    *open_from* is the first day of *held* that was not charged, where one lies before the change.
    """
    charges, cursor = first_charges(target, effective_on, rules)
    direction = compare(held, target)
    fee = list(_fee(target, direction, rules))
    billed = bool(charges) and _is_worth_a_bill([*charges, *fee], rules)
    result = PlanQuote(
        direction=direction,
        effective_on=effective_on,
        target=target,
        refunds=tuple(refunds(standing, effective_on)) if rules.refund else (),
        charges=(*charges, *fee),
        billed=billed,
        charged_through=cursor,
        next_bill=NextBill(on=effective_on, amount=Money.zero(target.amount.currency)),
        then=Then(
            amount=target.amount * target.quantity, months=target.months, from_on=cursor, days=target.days
        ),
        set_off=rules.use_credit,
    )
    return replace(result, next_bill=_next_bill(result, held, rules, open_from=open_from))


def compare(held: Price, target: Price) -> Direction:
    """
    Return which plan costs more in 30 days, quantity included and discounts left out (decision D4).
    """
    before = held.amount.minor * held.quantity * _length(target)
    after = target.amount.minor * target.quantity * _length(held)
    if before == after:
        return Direction.SAME
    return Direction.UP if after > before else Direction.DOWN


def refunds(standing: Sequence[Standing], effective_on: date, *, until: date = date.max) -> Iterator[Refund]:
    """
    Yield what the days from *effective_on* on are worth, the newest line first, capped by what is left.

    *until* is the first day that is used again. Days that were credited before are left out.
    """
    for source in sorted(standing, key=lambda each: (each.covers_to, each.id), reverse=True):
        left = source.left
        for unused in _unused(source, effective_on, until):
            if left.minor <= 0:
                break
            amount = worth(_as_invoiced(source, left), unused)
            line = replace(source.line, code=Code.REFUND_UNUSED, period=unused, amount=-amount)
            yield Refund(source=source, line=line, tax=_tax_of(source, amount, left))
            left -= amount


def used_parts(refund: Refund) -> list[Line]:
    """
    Return what stays of a waiting line, before and after the days that go: billed less credited, so that
    nothing is rounded on its own.
    """
    line, gone = refund.source.line, refund.line.period
    assert line.period is not None
    assert gone is not None
    before, after = Period(line.period.start, gone.start), Period(gone.end, line.period.end)
    stays = line.amount + refund.line.amount
    of_after = min(worth(_as_invoiced(refund.source, stays), after), stays) if before.days else stays
    parts = [(before, stays - of_after), (after, of_after)] if after.days else [(before, stays)]
    return [replace(line, period=period, amount=amount) for period, amount in parts if period.days]


def first_charges(target: Price, effective_on: date, rules: Rules) -> tuple[list[Line], date]:
    """
    Return what the new plan is charged at once, a line for each period, and the first day that is not.
    """
    if rules.prepaid:
        line = _prepaid_line(target, effective_on, rules.prepaid, rules)
        assert line.period is not None
        return [line], line.period.end
    until = charged_until(effective_on, rules, months=target.months)
    span = Period(effective_on, until)
    lines = charging.lines([target], span, anchor_day=rules.anchor_day, code=Code.FIRST_PERIOD)
    return list(lines), until


def charged_until(effective_on: date, rules: Rules, *, months: int) -> date:
    """
    Return the first day not charged at once: the four values of *Create invoice after service change*.
    """
    if rules.postpay or rules.timing is Timing.NEXT_CYCLE:
        return effective_on
    if rules.timing is Timing.THIRTY_DAYS:
        return effective_on + THIRTY_DAYS
    end = next_period(rules.anchor_day, effective_on, months=months).end
    if rules.timing is Timing.END_OF_NEXT_MONTH:
        return next_period(rules.anchor_day, end, months=months).end
    return end


def earliest_on(today: date, charged_through: date | None, rules: Rules) -> date:
    """
    Return the first day a change may take effect: after what was invoiced where nothing is refunded.

    Prepaid services change any day: the new period begins with the change, the old one is given up (2.6).
    """
    if rules.refund or rules.prepaid or charged_through is None:
        return today
    return max(today, charged_through)


def next_billing_day(anchor_day: int, day: date) -> date:
    """
    Return the first billing day from *day* on.
    """
    return next(_billing_days(day, anchor_day))


def _length(price: Price) -> int:
    return price.days or price.months * THIRTY_DAYS.days


def _fee(target: Price, direction: Direction, rules: Rules) -> Iterator[Line]:
    fee = {Direction.UP: rules.fee_up, Direction.DOWN: rules.fee_down}.get(direction)
    if fee and fee.minor:
        yield Line(
            code=Code.PRICE_OF_CHANGE,
            plan_id=target.plan_id,
            plan_version=target.plan_version,
            kind=target.kind,
            label=FEE,
            quantity=1,
            price=fee,
            period=None,
            nominal_days=0,
            amount=fee,
            vat_basis_points=target.vat_basis_points,
        )


def _prepaid_line(price: Price, start: date, ahead: Ahead, rules: Rules) -> Line:
    step = next_step(
        Service(
            id="",
            price=price.amount * price.quantity,
            paid_until=start,
            anchor_day=rules.anchor_day if ahead.daily else start.day,
            months=price.months,
            days=ahead.days,
            daily=ahead.daily,
        )
    )
    line = charging.line(price, step.period, step.whole, code=Code.FIRST_PERIOD)
    return replace(line, amount=step.amount)


def _is_worth_a_bill(lines: list[Line], rules: Rules) -> bool:
    comes_to = total([line.amount for line in lines], rules.minimum.currency)
    return comes_to.minor > 0 and (rules.prepaid is not None or rules.minimum <= comes_to)


def _next_bill(quoted: PlanQuote, held: Price, rules: Rules, *, open_from: date) -> NextBill:
    """
    Bills come on the billing day; the next one that reaches beyond what is charged has the rest.
    """
    if rules.prepaid:
        line = _prepaid_line(quoted.target, quoted.charged_through, rules.prepaid, rules)
        return NextBill(on=quoted.charged_through, amount=line.amount)
    on = next(
        day
        for day in _billing_days(quoted.effective_on, rules.anchor_day)
        if _reach(day, rules) > quoted.charged_through
    )
    span = Period(
        quoted.charged_through,
        _whole_periods(quoted.charged_through, _reach(on, rules), quoted.target, rules),
    )
    amounts = _worth_of(quoted.target, span, rules)
    if rules.postpay:
        amounts += _worth_of(held, Period(min(open_from, quoted.effective_on), quoted.effective_on), rules)
    return NextBill(on=on, amount=total([*amounts, quoted.added_to_next_bill], quoted.currency))


def _billing_days(start: date, anchor_day: int) -> Iterator[date]:
    for month in count(start.month):
        day = boundary(anchor_day, start.year, month)
        if day >= start:
            yield day


def _reach(day: date, rules: Rules) -> date:
    return day if rules.postpay else boundary(rules.anchor_day, day.year, day.month + rules.prepay_months)


def _whole_periods(start: date, reach: date, target: Price, rules: Rules) -> date:
    """
    Plans of several months are billed by whole periods of theirs.
    """
    end = start
    while end < reach and not rules.postpay:
        end = next_period(rules.anchor_day, end, months=target.months).end
    return reach if rules.postpay else end


def _worth_of(price: Price, span: Period, rules: Rules) -> list[Money]:
    always = replace(price, from_on=span.start, until_on=None)
    lines = charging.lines([always], span, anchor_day=rules.anchor_day, code=Code.RECURRING)
    return [line.amount for line in lines]


def _unused(source: Standing, effective_on: date, until: date) -> list[Period]:
    """
    Return the days that go back, those that were credited before cut out.
    """
    period = source.line.period
    asked_for = Period(effective_on, max(effective_on, min(until, source.covers_to)))
    found = period.overlap(asked_for) if period else None
    free = [found] if found else []
    for gone in source.credited:
        free = [part for each in free for part in without(each, gone)]
    return free


def _as_invoiced(source: Standing, left: Money) -> InvoicedLine:
    line = source.line
    assert line.period is not None
    return InvoicedLine(
        id=source.id,
        price=line.price,
        quantity=line.quantity,
        period=line.period,
        nominal_days=line.nominal_days,
        left=left,
        discount_basis_points=line.discount_basis_points,
    )


def _tax_of(source: Standing, amount: Money, left: Money) -> Money:
    if not source.line.amount.minor:
        return Money.zero(amount.currency)
    before = source.line.amount - left
    return tax_of_credit(tax=source.tax, amount=source.line.amount, before=before, now=amount)
