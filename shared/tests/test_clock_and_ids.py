"""Business time can be moved for everybody who follows one file; real time cannot. Ids sort by time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import clock
from shared.ids import ALPHABET, new_id

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def back_to_real_time() -> Iterator[None]:
    yield
    clock.follow(None)


def test_moving_business_time_leaves_real_time_alone() -> None:
    before = clock.real_now()

    clock.move_to(NEW_YEAR)

    assert abs(clock.now() - NEW_YEAR) < timedelta(seconds=5)
    assert abs(clock.real_now() - before) < timedelta(seconds=5)


def test_everybody_who_follows_a_file_moves_with_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "clock"
    clock.follow(file)
    clock.move_to(NEW_YEAR)
    clock.follow(None)
    assert clock.offset() == timedelta()

    clock.follow(file)

    assert abs(clock.now() - NEW_YEAR) < timedelta(seconds=5)


def test_a_follower_sees_each_move_and_the_way_back(tmp_path: Path) -> None:
    clock.follow(tmp_path / "clock")
    clock.move_to(NEW_YEAR)
    clock.move_to(NEW_YEAR + timedelta(days=1))
    assert clock.today("UTC") == date(2027, 1, 2)

    clock.reset()
    assert clock.offset() == timedelta()

    clock.move_to(NEW_YEAR)
    (tmp_path / "clock").unlink()
    assert clock.offset() == timedelta()


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [
        ("Europe/Dublin", date(2026, 12, 31)),
        ("Pacific/Kiritimati", date(2027, 1, 1)),
        ("Pacific/Pago_Pago", date(2026, 12, 31)),
    ],
)
def test_the_date_depends_on_the_place(timezone: str, expected: date) -> None:
    assert clock.local_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), timezone) == expected


def test_an_id_says_what_it_is() -> None:
    prefix, _, rest = new_id("ord").partition("_")

    assert prefix == "ord"
    assert len(rest) == 26
    assert set(rest) <= set(ALPHABET)


@given(st.integers(0, 2**31), st.integers(1, 10**9))
def test_ids_sort_by_time(seconds: int, later: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "real_now", lambda: instant)
        earlier_id = new_id("x")
        patch.setattr(clock, "real_now", lambda: instant + timedelta(milliseconds=later))
        later_id = new_id("x")

    assert earlier_id < later_id


def test_ids_of_one_moment_differ_and_sort_as_they_were_made() -> None:
    made = [new_id("x") for _ in range(1000)]

    assert sorted(set(made)) == made
