"""F75: a clock that jumps ahead makes nothing due by itself; a person confirms the date, or it comes back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import select

from billing.clients.fake_provider import FakeProvider
from billing.domain.dunning import Dunning
from billing.models import Account, ClockHold, Invoice
from billing.worker import jobs
from services.billing.tests.runs.test_run_screens import ALL, HERE, post, staff

__all__ = ["staff"]

EVE = datetime(2026, 11, 30, 20, tzinfo=UTC)
MORNING = EVE + timedelta(hours=10)
TEN_YEARS_ON = EVE.replace(year=2036)


class Night:
    """
    The night before a billing day, as the worker of an installation lives it.
    """

    def __init__(self, town: Any, travel: Callable[[datetime], None]) -> None:
        self.db, self.travel = town.db, travel
        self.jobs = jobs(town.db, FakeProvider(), clock_may_jump=timedelta(days=1))

    def pass_to(self, moment: datetime) -> None:
        """
        Let it be *moment*, and all clock work be done twice.
        """
        self.travel(moment)
        for job in (*self.jobs, *self.jobs):
            while job.run() is True:
                pass

    def restart(self) -> None:
        """
        Let another process take over.
        """
        self.jobs = jobs(self.db, FakeProvider(), clock_may_jump=timedelta(days=1))

    def bills(self) -> list[date]:
        with self.db.read() as session:
            return list(session.scalars(select(Invoice.issued_on)))

    def states(self) -> set[Dunning]:
        with self.db.read() as session:
            return set(session.scalars(select(Account.dunning)))

    def holds(self) -> list[ClockHold]:
        with self.db.read() as session:
            return list(session.scalars(select(ClockHold)))


@pytest.fixture
def night(town: Any, travel: Callable[[datetime], None]) -> Night:
    night = Night(town, travel)
    night.pass_to(EVE)
    return night


def test_ten_years_ahead_nobody_is_billed_or_blocked_and_nothing_expires(night: Night) -> None:
    night.pass_to(TEN_YEARS_ON)
    night.restart()
    night.pass_to(TEN_YEARS_ON + timedelta(hours=1))

    assert (night.bills(), night.states()) == ([], {Dunning.CLEAR})
    (hold,) = night.holds()
    assert (hold.seen_at.date(), hold.ended_at) == (EVE.date(), None)
    assert REGISTRY.get_sample_value("clock_held") == 1


def test_a_clock_that_comes_back_ends_the_hold_and_the_month_is_billed_as_ever(night: Night) -> None:
    night.pass_to(TEN_YEARS_ON)
    night.restart()
    night.pass_to(MORNING)

    assert night.bills() == [date(2026, 12, 1)] * 7
    (hold,) = night.holds()
    assert hold.ended_at is not None
    assert hold.actor is None
    assert REGISTRY.get_sample_value("clock_held") == 0


def test_a_night_and_an_hour_back_are_nothing_unusual(night: Night) -> None:
    night.pass_to(EVE - timedelta(hours=1))
    night.restart()
    night.pass_to(MORNING)

    assert len(night.bills()) == 7
    assert night.holds() == []


def test_after_a_long_weekend_a_person_confirms_the_date_and_work_goes_on(
    night: Night, staff: FlaskClient, sign_in_staff: Callable[..., str]
) -> None:
    night.restart()
    night.pass_to(EVE + timedelta(days=3))
    assert night.bills() == []
    csrf = sign_in_staff(staff, *ALL)
    (hold,) = night.holds()
    assert all("The date is right, go on" in staff.get(HERE + page).text for page in ("", "/runs"))

    shown = {"shown": hold.ahead_at.isoformat()}
    answers = [post(staff, csrf, f"/runs/clock/{hold.id}", **shown).status_code for _ in range(2)]
    night.restart()
    night.pass_to(EVE + timedelta(days=3, hours=1))

    assert answers == [303, 303]
    assert len(night.bills()) == 7
    (confirmed,) = night.holds()
    assert str(confirmed.actor).startswith("staff:")
    assert "go on" not in staff.get(f"{HERE}/runs").text


def test_another_date_than_the_one_shown_is_not_confirmed(
    night: Night, staff: FlaskClient, sign_in_staff: Callable[..., str]
) -> None:
    night.pass_to(TEN_YEARS_ON)
    csrf, (hold,) = sign_in_staff(staff, *ALL), night.holds()

    answer = post(staff, csrf, f"/runs/clock/{hold.id}", shown=MORNING.isoformat())

    assert answer.status_code == 409
    night.pass_to(TEN_YEARS_ON)
    assert night.bills() == []


@pytest.mark.parametrize("partners", [None, ["par_00000000000000000000000001"]])
def test_who_may_not_manage_runs_of_all_partners_may_only_look(
    night: Night, staff: FlaskClient, sign_in_staff: Callable[..., str], partners: list[str] | None
) -> None:
    night.pass_to(TEN_YEARS_ON)
    may = ("invoices.view", *(["runs.manage"] if partners else []))
    csrf, (hold,) = sign_in_staff(staff, *may, partner_ids=partners), night.holds()

    page = staff.get(f"{HERE}/runs").text
    answer = post(staff, csrf, f"/runs/clock/{hold.id}", shown=hold.ahead_at.isoformat())

    assert ("Clock work waits" in page, "go on" in page) == (True, False)
    assert answer.status_code == 403
    assert [each.ended_at for each in night.holds()] == [None]
