"""Periods never lose or repeat a day, whatever the anchor, the month and the year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.periods import Period, boundary, nominal, split

days = st.dates(date(2023, 1, 1), date(2033, 1, 1))
anchors = st.integers(1, 31)
lengths = st.integers(0, 800)


@given(days, lengths, anchors)
def test_the_parts_of_a_period_follow_each_other_and_add_up(start: date, length: int, anchor: int) -> None:
    period = Period(start, start + timedelta(days=length))

    parts = [part for part, _ in split(period, anchor_day=anchor)]

    assert sum(part.days for part in parts) == period.days
    ends = [period.start, *(part.end for part in parts)]
    assert [part.start for part in parts] == ends[:-1]
    assert ends[-1] == period.end


@given(days, lengths, anchors)
def test_each_part_lies_in_its_own_nominal_period(start: date, length: int, anchor: int) -> None:
    period = Period(start, start + timedelta(days=length))

    for part, whole in split(period, anchor_day=anchor):
        assert part.overlap(whole) == part
        assert 28 <= whole.days <= 31


@given(days, anchors, st.sampled_from([1, 2, 3, 6, 12]))
def test_a_nominal_period_contains_its_day(day: date, anchor: int, months: int) -> None:
    assert day in nominal(anchor, day, months=months)


@given(days, anchors)
def test_nominal_periods_touch(day: date, anchor: int) -> None:
    first = nominal(anchor, day)

    assert nominal(anchor, first.end).start == first.end
    assert nominal(anchor, first.last) == first


@given(anchors, st.integers(2023, 2032), st.integers(1, 24))
def test_a_boundary_is_the_anchor_or_the_months_last_day(anchor: int, year: int, month: int) -> None:
    day = boundary(anchor, year, month)

    assert day.day == anchor or (day.day < anchor and (day + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("anchor", "year", "month", "expected"),
    [
        (31, 2026, 2, date(2026, 2, 28)),
        (31, 2028, 2, date(2028, 2, 29)),
        (31, 2026, 4, date(2026, 4, 30)),
        (31, 2026, 3, date(2026, 3, 31)),
        (29, 2027, 2, date(2027, 2, 28)),
        (1, 2026, 13, date(2027, 1, 1)),
        (15, 2026, 0, date(2025, 12, 15)),
    ],
)
def test_the_anchor_never_drifts(anchor: int, year: int, month: int, expected: date) -> None:
    assert boundary(anchor, year, month) == expected


def test_the_end_does_not_belong() -> None:
    january = Period(date(2026, 1, 1), date(2026, 2, 1))

    assert (january.days, january.last) == (31, date(2026, 1, 31))
    assert date(2026, 1, 31) in january
    assert date(2026, 2, 1) not in january


def test_an_empty_period_has_no_parts() -> None:
    nothing = Period(date(2026, 1, 1), date(2026, 1, 1))

    assert list(split(nothing, anchor_day=1)) == []


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


@given(days, lengths, days, lengths)
def test_an_overlap_is_what_both_have(one: date, first: int, other: date, second: int) -> None:
    a, b = Period(one, one + timedelta(days=first)), Period(other, other + timedelta(days=second))

    common = a.overlap(b)

    assert common == b.overlap(a)
    assert (common is None) == (not any(day in b for day in _days(a)))


def _days(period: Period) -> list[date]:
    return [period.start + timedelta(days=number) for number in range(period.days)]
