"""What may pause and when, what goes with it, and what staff see of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from billing.domain.change import ChangeAlreadyBooked, ServiceInBundle, ServiceNotActive
from billing.domain.pause import FiguresChanged, PauseBooked, PauseState
from billing.domain.plan_change import refunds, used_parts
from billing.domain.plan_quote import Standing
from billing.domain.subscription import Status
from billing.models import Account, Invoice, Pause, Subscription
from billing.usecases.book_end import book_end
from billing.usecases.book_pause import Rest
from billing.usecases.deactivate_account import deactivate_account
from billing.usecases.reactivate_account import reactivate_account
from billing.usecases.renew_prepaid import renew_prepaid
from services.billing.tests.changing import CUSTOMER, FAST, Changes, charged_days, waiting
from services.billing.tests.conftest import BUNDLE
from services.billing.tests.pausing import (
    TWENTY_SECOND,
    approved,
    bill,
    credits,
    days,
    find,
    noon,
    pause,
    undo,
)
from services.billing.tests.test_plan_change import NOTHING, billed, plan
from shared import clock
from shared.errors import Invalid, NotFound
from shared.money import Money
from shared.periods import Period

DOCUMENT = Path(__file__).parents[3] / "docs/algorithms/pauses.md"
PERMISSIONS = ("orders.view", "orders.approve", "invoices.view")


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100 at 30.00 since 1 November, approved, billed and paid for November; it is the 20th.
    """
    return approved(Changes(shop, travel))


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        (Rest(from_on=date(2026, 11, 20)), "#/from_on", "too_early"),
        (Rest(from_on=date(2036, 1, 1)), "#/from_on", "too_late"),
        (Rest(from_on=TWENTY_SECOND, last_on=date(2026, 11, 21)), "#/last_on", "too_early"),
        (Rest(from_on=TWENTY_SECOND, last_on=date(2036, 1, 1)), "#/last_on", "too_late"),
        (Rest(from_on=TWENTY_SECOND, message="a" * 501), "#/message", "too_long"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    changes: Changes, wanted: Rest, pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        pause(changes, wanted)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]
    assert changes.all(Pause) == []


def test_one_thing_is_booked_at_a_time(changes: Changes) -> None:
    held = changes.active().id
    with pytest.raises(NotFound):
        pause(changes, scope=frozenset({"par_other"}))
    with pytest.raises(FiguresChanged):
        pause(changes, shown=Money.zero("EUR"))
    pause(changes, shown=Money.parse("-5.00", "EUR"))
    with pytest.raises(PauseBooked):
        pause(changes)
    with pytest.raises(PauseBooked):
        changes.quote(FAST, date(2026, 12, 1))
    end = {"subscription_id": held, "reason": "", "partner_ids": None, "now": clock.now()}
    with pytest.raises(PauseBooked), changes.db.begin() as session:
        book_end(session, last_on=TWENTY_SECOND, **end)
    undo(changes, held)
    assert charged_days(changes) == days(date(2026, 11, 1), date(2026, 11, 30))

    booked = changes.book(changes.quote(FAST, date(2026, 12, 1)))
    with pytest.raises(ChangeAlreadyBooked):
        pause(changes)
    changes.undo(booked)
    with changes.db.begin() as session:
        book_end(session, last_on=TWENTY_SECOND, **end)
    with pytest.raises(ServiceNotActive):
        pause(changes)


def test_a_bundle_pauses_as_a_whole(shop: Any, changes: Changes) -> None:
    shop.order(BUNDLE)
    shop.work()
    part = next(row for row in changes.all(Subscription) if row.bundle_id)
    with pytest.raises(ServiceNotActive):
        pause(changes, of=part.bundle_id)  # not approved yet
    with changes.db.begin() as session:
        session.execute(update(Subscription).values(on_approve=False))
    with pytest.raises(ServiceInBundle):
        pause(changes, of=part.id)

    pause(changes, of=part.bundle_id)
    noon(changes, TWENTY_SECOND)
    whole = [row for row in changes.all(Subscription) if part.bundle_id in (row.id, row.bundle_id)]
    assert {row.status for row in whole} == {Status.PAUSED}
    noon(changes, date(2026, 11, 27))
    whole = [row for row in changes.all(Subscription) if part.bundle_id in (row.id, row.bundle_id)]
    assert {row.status for row in whole} == {Status.ACTIVE}


@pytest.mark.parametrize("billed", [False, True], ids=["free", "billed"])
def test_who_is_inactive_comes_back_with_everything(changes: Changes, billed: bool) -> None:
    pause(changes, Rest(from_on=TWENTY_SECOND, last_on=date(2026, 11, 24), billed=billed))
    noon(changes, TWENTY_SECOND)
    with changes.db.begin() as session:
        account = session.get_one(Account, CUSTOMER)
        account.inactive_manually = True
        deactivate_account(session, account, on=date(2026, 11, 23), since_on=None, now=clock.now())
    noon(changes, date(2026, 11, 27))
    assert Status.ACTIVE not in {row.status for row in changes.all(Subscription)}

    with changes.db.begin() as session:
        account = session.get_one(Account, CUSTOMER)
        account.inactive_manually = False
        reactivate_account(session, account, on=date(2026, 11, 27), now=clock.now())
    assert changes.active().charged_through == date(2026, 12, 1)
    assert [each.state for each in changes.all(Pause)] == [PauseState.OVER]
    assert bill(changes, date(2026, 12, 1)) == 3000
    assert credits(changes) == ([] if billed else [300])


@pytest.mark.parametrize(
    ("first", "inactive_on", "back_on", "free_until", "december", "january", "credited"),
    [
        ("2026-12-05", "2026-12-03", "2026-12-04", "2026-12-14", 2032, 3000, []),  # it stays booked
        ("2026-11-25", "2026-11-22", "2026-11-23", "2026-12-14", 1645, 3000, [600]),  # and gives back
        (
            "2026-12-05",
            "2026-12-03",
            "2026-12-08",
            "2026-12-07",
            2032,
            3677,
            [],
        ),  # 8 to 14 are used after all
        ("2026-12-05", "2026-12-03", "2026-12-20", "2026-12-14", 2032, 3000, []),
    ],
)
def test_a_booked_pause_of_who_was_inactive_leaves_no_used_day_free(
    changes: Changes,
    first: str,
    inactive_on: str,
    back_on: str,
    free_until: str,
    december: int,
    january: int,
    credited: list[int],
) -> None:
    begins, away, again = (date.fromisoformat(day) for day in (first, inactive_on, back_on))
    pause(changes, Rest(from_on=begins, last_on=date(2026, 12, 14)))
    bills = []
    for day in days(date(2026, 11, 21), date(2027, 1, 1)):
        noon(changes, day)
        if day.day == 1:
            bills.append(bill(changes, day))
        if day == away:
            stand(changes, inactive=True, on=day)
        if day == again:
            stand(changes, inactive=False, on=day)

    assert (bills, credits(changes)) == ([december, january], credited)
    free = set(days(begins, date.fromisoformat(free_until)))
    assert charged_days(changes) == [
        day for day in days(date(2026, 11, 1), date(2027, 1, 31)) if day not in free
    ]
    stays = again < begins
    assert [each.state for each in changes.all(Pause)] == [PauseState.OVER if stays else PauseState.LAPSED]
    assert changes.active().charged_through == date(2027, 2, 1)


def test_the_days_of_a_pause_are_among_the_steps_ahead(
    changes: Changes, gateway: Any, desk: FlaskClient, sign_in_staff: Any
) -> None:
    pause(changes, Rest(from_on=date(2026, 12, 5), last_on=date(2026, 12, 14)))
    sign_in_staff(desk, *PERMISSIONS)

    along = gateway.get("/next-invoice", on="2026-12-31").get_json()["along"]
    assert [(step["on"], step["code"]) for step in along] == [
        ("2026-12-01", "bill"),
        ("2026-12-05", "pause"),
        ("2026-12-15", "resume"),
        ("2026-12-16", "due"),
    ]
    assert along[1]["name"] == "Fibre 100"
    page = desk.get(f"/admin/billing/customers/{CUSTOMER}/next-invoice?on=2026-12-31").text
    assert "Fibre 100 pauses" in page
    assert "Fibre 100 works again" in page
    strip = desk.get(f"/admin/billing/customers/{CUSTOMER}/billing").text
    assert strip.index("Pause begins") < strip.index("Works again")
    noon(changes, date(2026, 12, 6))
    along = gateway.get("/next-invoice", on="2026-12-31").get_json()["along"]
    assert ("2026-12-15", "resume") in [(step["on"], step["code"]) for step in along]
    assert "pause" not in [step["code"] for step in along]


def stand(changes: Changes, *, inactive: bool, on: date) -> None:
    with changes.db.begin() as session:
        account = session.get_one(Account, CUSTOMER)
        account.inactive_manually = inactive
        if inactive:
            deactivate_account(session, account, on=on, since_on=None, now=clock.now())
        else:
            reactivate_account(session, account, on=on, now=clock.now())


def test_prepaid_days_go_back_to_the_wallet_and_a_new_period_begins(shop: Any, changes: Changes) -> None:
    shop.bill_as("prepaid")
    held = changes.active().id
    with pytest.raises(Invalid):
        pause(changes, Rest(from_on=TWENTY_SECOND, billed=True))
    pause(changes, Rest(from_on=date(2026, 11, 26), last_on=date(2026, 12, 5)))
    noon(changes, date(2026, 11, 26))
    renew_prepaid(changes.db)
    assert (credits(changes), changes.balance()) == ([500], 500)

    noon(changes, date(2026, 12, 6))
    renew_prepaid(changes.db)
    again = find(changes, held)
    assert (again.status, again.short_since_on) == (Status.PAUSED, date(2026, 12, 6))  # 5.00 do not pay 30.00
    assert [each.total_minor for each in changes.all(Invoice)] == [3000]


def test_staff_see_what_goes_back_before_they_confirm(
    changes: Changes, desk: FlaskClient, sign_in_staff: Any
) -> None:
    csrf = sign_in_staff(desk, *PERMISSIONS)
    changes.travel(clock.now().replace(day=20))
    held = changes.active()
    here, tab = (
        f"/admin/billing/subscriptions/{held.id}/pause",
        f"/admin/billing/customers/{CUSTOMER}/services",
    )
    assert here in desk.get(tab).text

    asked = {"from_on": "2026-11-22", "last_on": "2026-11-26"}
    shown = desk.get(here, query_string=asked).text
    assert "€5.00" in shown
    form = {"csrf_token": csrf, "message": "Enjoy it.", **asked}
    other = desk.post(here, data={**form, "shown": "-400"})
    assert (other.status_code, "Look at the figures again" in other.text) == (409, True)
    early = desk.post(here, data={**form, "from_on": "2026-11-20", "shown": "-500"})
    assert (early.status_code, "A pause begins at midnight" in early.text) == (422, True)
    assert desk.post(here, data={**form, "shown": "-500"}).location == tab

    assert "22 November" in desk.get(tab).text
    desk.post(f"{here}/undo", data={"csrf_token": csrf})
    assert changes.all(Pause)[0].state is PauseState.WITHDRAWN
    desk.post(here, data={**form, "shown": "-500"})
    noon(changes, date(2026, 11, 24))
    csrf = sign_in_staff(desk, *PERMISSIONS)
    back_page = f"/admin/billing/subscriptions/{held.id}/resume"
    assert back_page in desk.get(tab).text
    assert "€3.00" in desk.get(back_page).text
    desk.post(back_page, data={"csrf_token": csrf, "back_on": "2026-11-24", "shown": "300"})
    assert (changes.active().id, waiting(changes)) == (held.id, 300)


def test_days_in_the_middle_of_a_waiting_line_leave_both_sides_without_losing_a_cent() -> None:
    period = Period(date(2026, 11, 20), date(2026, 12, 1))
    line = replace(billed(plan("30.01"), period.start, period.end)[0].line, period=period)
    whole = Standing(id="chr_1", line=line, left=line.amount, covers_to=period.end, tax=NOTHING, waiting=True)
    (refund,) = refunds([whole], date(2026, 11, 22), until=date(2026, 11, 25))

    parts = used_parts(refund)
    assert [part.period for part in parts] == [
        Period(date(2026, 11, 20), date(2026, 11, 22)),
        Period(date(2026, 11, 25), date(2026, 12, 1)),
    ]
    assert sum(part.amount.minor for part in parts) - refund.line.amount.minor == line.amount.minor
