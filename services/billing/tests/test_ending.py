"""A service ends: booked for a day, undone until then, and what was paid beyond it goes back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.domain.change import ChangeAlreadyBooked, ServiceInBundle, ServiceNotActive
from billing.domain.subscription import Status
from billing.models import Account, CreditNote, DataLot, Invoice, PartnerSettings, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.bill_accounts import bill_account
from billing.usecases.book_end import book_end
from billing.usecases.deactivate_account import deactivate_account
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.place_order import Request
from billing.usecases.withdraw_end import withdraw_end
from services.billing.tests.changing import CUSTOMER, FAST, PARTNER, Changes, charged_days
from services.billing.tests.conftest import BUNDLE
from shared import clock
from shared.contracts.billing import SubscriptionChanged
from shared.errors import Invalid, NotFound
from shared.testing import told

NOV = date(2026, 11, 25)
PERMISSIONS = ("orders.view", "orders.approve", "invoices.view")


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100 at 30.00 since 1 November, billed and paid for November; it is the 20th.
    """
    return Changes(shop, travel)


def book(changes: Changes, last_on: date = NOV, *, of: str = "", scope: Any = None) -> Subscription:
    with changes.db.begin() as session:
        return book_end(
            session,
            subscription_id=of or changes.active().id,
            last_on=last_on,
            reason="moves away",
            partner_ids=scope,
            now=clock.now(),
        )


def undo(changes: Changes, subscription_id: str) -> Subscription:
    with changes.db.begin() as session:
        return withdraw_end(session, subscription_id=subscription_id, partner_ids=None, now=clock.now())


def find(changes: Changes, subscription_id: str) -> Subscription:
    with changes.db.read() as session:
        return session.get_one(Subscription, subscription_id)


def test_it_works_until_the_end_of_its_last_day_and_later_days_go_back(changes: Changes) -> None:
    booked = book(changes)
    changes.travel(datetime(2026, 11, 25, 23, 59, tzinfo=UTC))
    assert end_subscriptions(changes.db) == 0
    assert (changes.all(CreditNote), changes.active().ends_on) == ([], NOV)

    changes.travel(datetime(2026, 11, 26, 0, 1, tzinfo=UTC))
    assert [end_subscriptions(changes.db) for _ in range(2)] == [1, 0]

    ended = find(changes, booked.id)
    assert (ended.status, ended.ends_on, ended.charged_through) == (
        Status.DISABLED,
        NOV,
        date(2026, 11, 26),
    )
    assert [note.total_minor for note in changes.all(CreditNote)] == [500]  # 30.00 / 30 days x 5 days
    assert changes.balance() == 500
    assert charged_days(changes) == [date(2026, 11, day) for day in range(1, 26)]
    assert changes.journal()[1] == 0
    last = [fact for fact in told(changes.db) if isinstance(fact, SubscriptionChanged)][-1]
    assert (last.status, last.ends_on) == ("disabled", NOV)
    with changes.db.read() as session:
        assert session.get_one(Account, CUSTOMER).next_bill_on is None


def test_nothing_is_charged_beyond_a_booked_end(changes: Changes) -> None:
    changes.settings()
    book(changes, date(2026, 12, 10))
    changes.travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    with changes.db.begin() as session:
        bill_account(session, customer_id=CUSTOMER, cut_off=date(2026, 12, 1), now=clock.now())
    changes.travel(datetime(2026, 12, 11, 12, tzinfo=UTC))
    end_subscriptions(changes.db)

    assert [bill.total_minor for bill in changes.all(Invoice)] == [3000, 968]  # 30.00 / 31 days x 10 days
    assert changes.all(CreditNote) == []
    with changes.db.read() as session:
        assert session.get_one(Account, CUSTOMER).next_bill_on is None


def test_days_that_are_billed_afterwards_are_billed_to_the_last(changes: Changes) -> None:
    with changes.db.begin() as session:
        own = {"collection": "postpay", "process_blocking": False}
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own=own))
    book(changes, date(2026, 12, 10))
    changes.travel(datetime(2026, 12, 11, 12, tzinfo=UTC))
    end_subscriptions(changes.db)

    changes.travel(datetime(2027, 1, 1, 12, tzinfo=UTC))
    with changes.db.begin() as session:
        bill_account(session, customer_id=CUSTOMER, cut_off=date(2027, 1, 1), now=clock.now())

    assert [bill.total_minor for bill in changes.all(Invoice)] == [3000, 968]


def test_an_end_is_undone_until_it_has_come(changes: Changes) -> None:
    before = changes.active()
    booked = book(changes)
    assert book(changes, date(2026, 11, 28)).ends_on == date(2026, 11, 28)  # another day takes its place

    undo(changes, booked.id)
    assert undo(changes, booked.id).ends_on is None
    changes.travel(datetime(2026, 12, 3, 12, tzinfo=UTC))

    assert end_subscriptions(changes.db) == 0
    assert (changes.active().ends_on, changes.active().charged_through) == (None, before.charged_through)
    book(changes, date(2026, 12, 3))
    changes.travel(datetime(2026, 12, 4, 12, tzinfo=UTC))
    with pytest.raises(ServiceNotActive):
        undo(changes, booked.id)  # though nobody has come to end it yet


@pytest.mark.parametrize(
    ("last_on", "code"), [(date(2026, 11, 19), "too_early"), (date(2036, 1, 1), "too_late")]
)
def test_a_day_that_cannot_be_is_refused(changes: Changes, last_on: date, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        book(changes, last_on)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [("#/last_on", code)]
    assert changes.active().ends_on is None


def test_what_cannot_end_is_refused(changes: Changes) -> None:
    held = changes.active()
    with pytest.raises(NotFound):
        book(changes, scope=frozenset({"par_other"}))
    changes.book(changes.quote(FAST, date(2026, 12, 1)))
    with pytest.raises(ChangeAlreadyBooked):
        book(changes)
    assert find(changes, held.id).ends_on is None


def test_a_bundle_ends_as_a_whole(shop: Any, changes: Changes) -> None:
    shop.order(BUNDLE)
    shop.work()
    with changes.db.read() as session:
        rows = session.scalars(select(Subscription).where(Subscription.kind != "bundle")).all()
        part = next(row for row in rows if row.bundle_id)
    with pytest.raises(ServiceInBundle):
        book(changes, of=part.id)

    book(changes, of=part.bundle_id or "")
    changes.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert end_subscriptions(changes.db) == 1

    with changes.db.read() as session:
        whole = session.scalars(
            select(Subscription.status).where(
                (Subscription.id == part.bundle_id) | (Subscription.bundle_id == part.bundle_id)
            )
        ).all()
    assert len(whole) > 1
    assert set(whole) == {Status.DISABLED}


def test_what_pauses_meanwhile_does_not_come_back_beyond_its_end(changes: Changes) -> None:
    held = book(changes)
    with changes.db.begin() as session:
        account = session.get_one(Account, CUSTOMER)
        copies = deactivate_account(session, account, on=date(2026, 11, 22), since_on=None, now=clock.now())
    assert [copy.ends_on for copy in copies] == [held.ends_on]

    changes.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert end_subscriptions(changes.db) == 1
    assert find(changes, copies[0].id).status is Status.DISABLED
    assert changes.balance() == 500


@pytest.mark.parametrize(
    ("use_credit", "left"), [(True, [0, 5500]), (False, [0, 6000])], ids=["used", "kept"]
)
def test_what_goes_back_pays_other_bills_where_that_is_set(
    shop: Any, changes: Changes, use_credit: bool, left: list[int]
) -> None:
    changes.settings(use_credit=use_credit)
    order = shop.order("plan_router", how=Request())
    with changes.db.begin() as session:
        approve_order(
            session, order_id=order, starts_on=clock.today("UTC"), partner_ids=None, now=clock.now()
        )
    book(changes)
    changes.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))

    end_subscriptions(changes.db)

    assert [bill.open_minor for bill in changes.all(Invoice)] == left


def test_data_that_is_left_ends_with_its_service(shop: Any, changes: Changes) -> None:
    shop.plan("plan_mobile", "15.00", name="Mobile", included_mb=10_000)
    order = shop.order("plan_mobile")
    shop.work()
    with changes.db.read() as session:
        held = session.scalars(select(Subscription).where(Subscription.order_id == order)).one()
    book(changes, of=held.id)

    changes.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))
    end_subscriptions(changes.db)

    with changes.db.read() as session:
        lots = session.scalars(select(DataLot).where(DataLot.subscription_id == held.id)).all()
    assert [(lot.closed, lot.left_mb) for lot in lots] == [(True, 0)]


def test_staff_see_what_goes_back_before_they_end_a_service(
    changes: Changes, desk: FlaskClient, sign_in_staff: Any
) -> None:
    csrf = sign_in_staff(desk, *PERMISSIONS)
    changes.travel(clock.now().replace(day=20))
    held = changes.active()
    page, tab = f"/admin/billing/subscriptions/{held.id}/end", f"/admin/billing/customers/{CUSTOMER}/services"
    assert page in desk.get(tab).text

    shown = desk.get(page, query_string={"last_on": "2026-11-25"}).text
    assert "€5.00" in shown
    assert "25 November 2026" in shown
    again = desk.post(page, data={"csrf_token": csrf, "last_on": "2026-11-01", "reason": "moves"})
    assert (again.status_code, "Choose today or a day to come." in again.text) == (422, True)
    assert desk.post(page, data={"csrf_token": csrf, "last_on": "2026-11-25"}).location == tab

    assert changes.active().ends_on == NOV
    assert "Undo end" in desk.get(tab).text
    desk.post(f"{page}/undo", data={"csrf_token": csrf})
    assert changes.active().ends_on is None
