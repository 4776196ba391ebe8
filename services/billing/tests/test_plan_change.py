"""What a change of plan costs: golden figures of rules.md 2.4, the four timings, and what always holds."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain import charging
from billing.domain.change_settings import Timing
from billing.domain.charging import Price
from billing.domain.explanation import in_english
from billing.domain.line import Code, covered
from billing.domain.plan_change import compare, earliest_on, quote, used_parts
from billing.domain.plan_quote import Direction, PlanQuote, Rules, Standing, fingerprint
from shared.money import Money
from shared.periods import Period, boundary, nominal

NOTHING = Money.zero("EUR")


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def plan(
    amount: str | Money, name: str = "Fibre", *, months: int = 1, quantity: int = 1, discount: int = 0
) -> Price:
    return Price(
        plan_id=f"plan_{name.lower()}",
        plan_version=1,
        name=name,
        kind="internet",
        amount=amount if isinstance(amount, Money) else eur(amount),
        quantity=quantity,
        months=months,
        vat_basis_points=2300,
        from_on=date(2000, 1, 1),
        until_on=None,
        discount_basis_points=discount,
    )


def rules(**changes: object) -> Rules:
    usual = Rules(
        refund=True,
        fee_up=NOTHING,
        fee_down=NOTHING,
        timing=Timing.END_OF_ACTIVE_MONTH,
        minimum=NOTHING,
        anchor_day=1,
    )
    return replace(usual, **changes)


def billed(price: Price, start: date, end: date, *, anchor: int = 1, waiting: bool = False) -> list[Standing]:
    found = charging.lines([price], Period(start, end), anchor_day=anchor, code=Code.RECURRING)
    return [
        Standing(
            id=f"inl_{line.period.start if line.period else ''}_{price.plan_id}",
            line=line,
            left=line.amount,
            covers_to=line.period.end if line.period else end,
            tax=NOTHING,
            waiting=waiting,
        )
        for line in found
    ]


def asked(before: Price, after: Price, on: date, standing: list[Standing], **settings: object) -> PlanQuote:
    return quote(before, replace(after, from_on=on), on, standing=standing, rules=rules(**settings))


def amounts(quoted: PlanQuote) -> list[tuple[str, str]]:
    return [(line.code.value, line.amount.amount) for line in quoted.lines]


def test_p1_cheaper_in_mid_april_gives_half_back() -> None:
    april = billed(plan("200.00"), date(2026, 4, 1), date(2026, 5, 1))

    quoted = asked(plan("200.00"), plan("100.00", "Half"), date(2026, 4, 16), april)

    assert amounts(quoted) == [("refund_unused", "-100.00"), ("first_period", "50.00")]
    assert (quoted.due_now, quoted.credit_to_balance) == (NOTHING, eur("50.00"))


def test_p2_and_p7_cheaper_in_october_with_a_fee_leaves_8_71() -> None:
    october = billed(plan("200.00"), date(2026, 10, 1), date(2026, 11, 1))

    quoted = asked(plan("200.00"), plan("100.00", "Half"), date(2026, 10, 20), october, fee_down=eur("30.00"))

    assert amounts(quoted) == [
        ("refund_unused", "-77.42"),
        ("first_period", "38.71"),
        ("price_of_change", "30.00"),
    ]
    assert quoted.credit_to_balance == eur("8.71")
    assert in_english(quoted.lines[0]) == "200.00 / 31 days x 12 days left (20 to 31 Oct)"


def test_p5_until_the_end_of_the_active_month() -> None:
    quoted = asked(plan("10.00"), plan("30.00", "New"), date(2023, 9, 7), [])

    (line,) = quoted.charges
    assert (line.period, line.nominal_days) == (Period(date(2023, 9, 7), date(2023, 10, 1)), 30)
    assert (line.amount, quoted.charged_through) == (eur("24.00"), date(2023, 10, 1))


def test_p6_thirty_days_from_the_7th_are_two_lines() -> None:
    quoted = asked(plan("100.00"), plan("100.00", "Same"), date(2023, 9, 7), [], timing=Timing.THIRTY_DAYS)

    assert [line.amount for line in quoted.charges] == [eur("80.00"), eur("19.35")]
    assert (quoted.due_now, quoted.charged_through) == (eur("99.35"), date(2023, 10, 7))


def test_the_page_of_the_portal_20_november() -> None:
    november = billed(plan("30.00"), date(2026, 11, 1), date(2026, 12, 1))

    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 20), november, fee_up=eur("2.00"))

    assert amounts(quoted) == [
        ("refund_unused", "-11.00"),
        ("first_period", "16.50"),
        ("price_of_change", "2.00"),
    ]
    assert (quoted.direction, quoted.due_now) == (Direction.UP, eur("7.50"))
    assert (quoted.next_bill.on, quoted.next_bill.amount) == (date(2026, 12, 1), eur("45.00"))
    assert (quoted.then.amount, quoted.then.from_on) == (eur("45.00"), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("timing", "charged", "through", "next_on", "next_amount"),
    [
        (Timing.NEXT_CYCLE, [], date(2026, 11, 20), date(2026, 12, 1), "61.50"),
        (Timing.END_OF_ACTIVE_MONTH, ["16.50"], date(2026, 12, 1), date(2026, 12, 1), "45.00"),
        (Timing.THIRTY_DAYS, ["16.50", "27.58"], date(2026, 12, 20), date(2026, 12, 1), "17.42"),
        (Timing.END_OF_NEXT_MONTH, ["16.50", "45.00"], date(2027, 1, 1), date(2027, 1, 1), "45.00"),
    ],
)
def test_when_the_new_plan_is_first_billed(
    timing: Timing, charged: list[str], through: date, next_on: date, next_amount: str
) -> None:
    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 20), [], timing=timing)

    assert [line.amount.amount for line in quoted.charges] == charged
    assert quoted.charged_through == through
    assert (quoted.next_bill.on, quoted.next_bill.amount.amount) == (next_on, next_amount)


def test_on_the_billing_day_the_whole_period_is_charged() -> None:
    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 12, 1), [])

    assert [line.amount for line in quoted.charges] == [eur("45.00")]
    assert (quoted.charged_through, quoted.next_bill.on) == (date(2027, 1, 1), date(2027, 1, 1))


def test_on_the_last_day_one_day_changes() -> None:
    november = billed(plan("30.00"), date(2026, 11, 1), date(2026, 12, 1))

    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 30), november)

    assert amounts(quoted) == [("refund_unused", "-1.00"), ("first_period", "1.50")]


def test_february_of_a_leap_year_has_29_days() -> None:
    february = billed(plan("29.00"), date(2028, 2, 1), date(2028, 3, 1))

    quoted = asked(plan("29.00"), plan("58.00", "Fast"), date(2028, 2, 29), february)

    assert amounts(quoted) == [("refund_unused", "-1.00"), ("first_period", "2.00")]


def test_thirty_days_from_31_january_end_in_march() -> None:
    quoted = asked(plan("31.00"), plan("31.00", "Same"), date(2026, 1, 31), [], timing=Timing.THIRTY_DAYS)

    assert [(line.period.days if line.period else 0, line.nominal_days) for line in quoted.charges] == [
        (1, 31),
        (28, 28),
        (1, 31),
    ]
    assert quoted.due_now == eur("33.00")


def test_billing_day_28_has_its_own_months() -> None:
    running = billed(plan("31.00"), date(2026, 1, 28), date(2026, 2, 28), anchor=28)

    quoted = asked(plan("31.00"), plan("62.00", "Fast"), date(2026, 2, 1), running, anchor_day=28)

    assert amounts(quoted) == [("refund_unused", "-27.00"), ("first_period", "54.00")]
    assert quoted.charged_through == date(2026, 2, 28)


def test_from_monthly_to_quarterly_and_yearly_the_price_of_30_days_decides() -> None:
    assert compare(plan("30.00"), plan("89.99", months=3)) is Direction.DOWN
    assert compare(plan("30.00"), plan("360.00", months=12)) is Direction.SAME
    assert compare(plan("30.00", quantity=2), plan("30.00", quantity=2)) is Direction.SAME
    assert compare(plan("360.00", months=12), plan("30.01")) is Direction.UP


def test_a_temporary_discount_does_not_make_a_plan_cheaper() -> None:
    assert compare(plan("30.00", discount=5_000), plan("20.00")) is Direction.DOWN


def test_to_a_quarterly_plan_the_rest_of_its_quarter_is_charged() -> None:
    april = billed(plan("30.00"), date(2026, 4, 1), date(2026, 5, 1))

    quoted = asked(plan("30.00"), plan("91.00", "Quarter", months=3), date(2026, 4, 16), april)

    assert amounts(quoted) == [("refund_unused", "-15.00"), ("first_period", "76.00")]
    assert quoted.charged_through == date(2026, 7, 1)


def test_an_equal_price_has_no_fee() -> None:
    quoted = asked(
        plan("30.00"), plan("30.00", "Other"), date(2026, 11, 20), [], fee_up=eur("5"), fee_down=eur("5")
    )

    assert quoted.fee == NOTHING


def test_a_bill_below_the_minimum_waits_and_the_credit_does_not() -> None:
    november = billed(plan("30.00"), date(2026, 11, 1), date(2026, 12, 1))

    quoted = asked(
        plan("30.00"),
        plan("20.00", "Slow"),
        date(2026, 11, 29),
        november,
        minimum=eur("5.00"),
        fee_down=eur("1.00"),
    )

    assert not quoted.billed
    assert (quoted.due_now, quoted.credit_to_balance) == (NOTHING, eur("2.00"))
    assert quoted.added_to_next_bill == eur("2.33")
    assert quoted.charged_through == date(2026, 12, 1)
    assert quoted.next_bill.amount == eur("22.33")


def test_a_bill_of_exactly_the_minimum_is_made() -> None:
    quoted = asked(plan("30.00"), plan("15.00", "Slow"), date(2026, 11, 21), [], minimum=eur("5.00"))

    assert (quoted.billed, quoted.due_now) == (True, eur("5.00"))


def test_what_waited_is_cut_and_only_used_days_stay() -> None:
    waiting = billed(plan("30.00"), date(2026, 11, 20), date(2026, 12, 1), waiting=True)

    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 25), waiting)

    (refund,) = quoted.refunds
    (used,) = used_parts(refund)
    assert (refund.line.amount, used.amount) == (eur("-6.00"), eur("5.00"))
    assert used.period == Period(date(2026, 11, 20), date(2026, 11, 25))
    assert (quoted.due_now, quoted.added_to_next_bill) == (eur("9.00"), eur("-6.00"))


def test_without_refund_the_new_plan_begins_after_what_was_invoiced() -> None:
    none = rules(refund=False)

    assert earliest_on(date(2026, 11, 20), date(2026, 12, 1), none) == date(2026, 12, 1)
    assert earliest_on(date(2026, 11, 20), date(2026, 12, 1), rules()) == date(2026, 11, 20)
    assert earliest_on(date(2026, 11, 20), None, none) == date(2026, 11, 20)


def test_postpay_charges_and_credits_nothing_before_the_period_ends() -> None:
    quoted = quote(
        plan("30.00"),
        replace(plan("45.00", "Fast"), from_on=date(2026, 11, 20)),
        date(2026, 11, 20),
        standing=[],
        rules=rules(postpay=True, fee_up=eur("2.00")),
        open_from=date(2026, 11, 1),
    )

    assert (quoted.due_now, quoted.credit_to_balance, quoted.billed) == (NOTHING, NOTHING, False)
    assert quoted.charged_through == date(2026, 11, 20)
    # 19 days of 30.00, 11 days of 45.00 and the fee
    assert (quoted.next_bill.on, quoted.next_bill.amount) == (date(2026, 12, 1), eur("37.50"))


def test_the_credit_is_of_the_line_as_invoiced_and_not_of_todays_plan() -> None:
    invoiced = billed(plan("24.00"), date(2026, 11, 1), date(2026, 12, 1))

    quoted = asked(plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 16), invoiced)

    assert quoted.credited == eur("12.00")


def test_a_credit_is_capped_by_what_earlier_credits_left() -> None:
    (line,) = billed(plan("30.00"), date(2026, 11, 1), date(2026, 12, 1))

    quoted = asked(
        plan("30.00"), plan("45.00", "Fast"), date(2026, 11, 11), [replace(line, left=eur("7.00"))]
    )

    assert quoted.credited == eur("7.00")


def test_a_cent_of_difference_makes_another_fingerprint() -> None:
    here, there = date(2026, 11, 20), date(2026, 11, 21)
    mark = fingerprint("sub_1", asked(plan("30.00"), plan("45.00", "Fast"), here, []))

    assert fingerprint("sub_1", asked(plan("30.00"), plan("45.00", "Fast"), here, [])) == mark
    assert fingerprint("sub_1", asked(plan("30.00"), plan("45.01", "Fast"), here, [])) != mark
    assert fingerprint("sub_1", asked(plan("30.00"), plan("45.00", "Fast"), there, [])) != mark
    fee = asked(plan("30.00"), plan("45.00", "Fast"), here, [], fee_up=eur("0.01"))
    assert fingerprint("sub_1", fee) != mark


PRICES = st.integers(1, 50_000).map(lambda minor: Money(minor, "EUR"))
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2031, 12, 31))
ANCHORS = st.integers(1, 28)


@given(first=PRICES, second=PRICES, day=DAYS, anchor=ANCHORS)
def test_there_and_back_on_one_day_is_nothing(first: Money, second: Money, day: date, anchor: int) -> None:
    whole = nominal(anchor, day)
    before = billed(plan(first), whole.start, whole.end, anchor=anchor)
    there = asked(plan(first), plan(second, "B"), day, before, anchor_day=anchor)
    standing = billed(plan(second, "B"), day, there.charged_through, anchor=anchor)

    back = asked(plan(second, "B"), plan(first, "A"), day, standing, anchor_day=anchor)

    assert there.invoice_total == back.credited
    assert there.credited == back.invoice_total


@given(
    prices=st.lists(PRICES, min_size=2, max_size=6),
    anchor=ANCHORS,
    month=DAYS,
    steps=st.lists(st.integers(0, 6), min_size=5, max_size=5),
)
def test_any_changes_in_a_period_leave_the_used_parts_within_a_cent_a_line(
    prices: list[Money], anchor: int, month: date, steps: list[int]
) -> None:
    whole = nominal(anchor, month)
    day, standing, paid = whole.start, billed(plan(prices[0]), whole.start, whole.end, anchor=anchor), 0
    paid += sum(each.line.amount.minor for each in standing)
    exact = Fraction()
    for index, price in enumerate(prices[1:], start=1):
        on = min(day + timedelta(days=steps[index - 1]), whole.end - timedelta(days=1))
        quoted = asked(plan(prices[index - 1]), plan(price, f"P{index}"), on, standing, anchor_day=anchor)
        paid += (quoted.invoice_total - quoted.credited).minor
        exact += Fraction(prices[index - 1].minor * (on - day).days, whole.days)
        standing, day = billed(plan(price, f"P{index}"), on, whole.end, anchor=anchor), on
    exact += Fraction(prices[-1].minor * (whole.end - day).days, whole.days)

    assert abs(paid - exact) <= len(prices)


@given(
    price=PRICES,
    day=DAYS,
    anchor=ANCHORS,
    timing=st.sampled_from(list(Timing)),
    months=st.sampled_from([1, 3, 12]),
)
def test_lines_follow_each_other_without_gap_up_to_the_cursor(
    price: Money, day: date, anchor: int, timing: Timing, months: int
) -> None:
    quoted = asked(plan("1.00"), plan(price, "B", months=months), day, [], timing=timing, anchor_day=anchor)

    reached = day
    for line in quoted.charges:
        assert line.period is not None
        assert line.period.start == reached
        assert line.amount == covered(price, 1, days=line.period.days, nominal_days=line.nominal_days)
        reached = line.period.end
    assert reached == quoted.charged_through


@given(day=DAYS, anchor=ANCHORS, timing=st.sampled_from(list(Timing)), postpay=st.booleans())
def test_the_next_bill_comes_on_the_billing_day(
    day: date, anchor: int, timing: Timing, postpay: bool
) -> None:
    quoted = asked(
        plan("1.00"), plan("2.00", "B"), day, [], timing=timing, anchor_day=anchor, postpay=postpay
    )

    on = quoted.next_bill.on
    assert on == boundary(anchor, on.year, on.month)
    assert on >= day
