"""Everybody on one plan is moved to another: previewed, confirmed by the count, done, taken back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.change import BulkStatus, ChangeStatus, ItemStatus
from billing.models import (
    Account,
    AuditEvent,
    BulkChange,
    BulkChangeItem,
    JournalTx,
    PlanChange,
    Subscription,
)
from billing.queries.bulk_changes import totals
from billing.usecases.confirm_bulk_change import BulkMoved, confirm_bulk_change, retry_bulk_change
from billing.usecases.start_bulk_change import BulkWish, start_bulk_change
from billing.usecases.withdraw_bulk_change import withdraw_bulk_change
from billing.usecases.work_bulk_changes import work_bulk_changes
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, NOON, PARTNER, SLOW, Changes
from shared import clock
from shared.errors import Invalid, NotFound

DECEMBER = date(2026, 12, 1)
OTHERS = frozenset({"par_00000000000000000000000009"})


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    return Changes(shop, travel)


def wish(to: str = FAST, on: date = DECEMBER, *, ignore_balance: bool = True) -> BulkWish:
    return BulkWish(from_plan_id=FIBRE, to_plan_id=to, effective_on=on, ignore_balance=ignore_balance)


def start(changes: Changes, wanted: BulkWish | None = None) -> str:
    with changes.db.begin() as session:
        return start_bulk_change(session, wanted or wish(), partner_ids=None, now=clock.now()).id


def work(changes: Changes) -> None:
    while work_bulk_changes(changes.db):
        pass


def confirm(changes: Changes, bulk_id: str, count: int = 1) -> None:
    with changes.db.begin() as session:
        confirm_bulk_change(session, bulk_id=bulk_id, count=count, scope=None, now=clock.now())


def row(changes: Changes, bulk_id: str) -> BulkChangeItem:
    with changes.db.read() as session:
        return session.scalars(select(BulkChangeItem).where(BulkChangeItem.bulk_id == bulk_id)).one()


def bulk(changes: Changes, bulk_id: str) -> BulkChange:
    with changes.db.read() as session:
        return session.get_one(BulkChange, bulk_id)


def documents(changes: Changes) -> int:
    with changes.db.read() as session:
        return len(session.scalars(select(JournalTx)).all())


def test_the_preview_shows_every_price_and_changes_nothing(changes: Changes) -> None:
    changes.settings(fee_up_minor=200)
    before = documents(changes)
    bulk_id = start(changes, wish(on=date(2026, 11, 20)))

    work(changes)

    priced = row(changes, bulk_id)
    assert priced.status is ItemStatus.WAITING
    assert (priced.price_now_minor, priced.price_after_minor) == (3000, 4500)
    assert (priced.refund_minor, priced.fee_minor, priced.charge_minor) == (1100, 200, 1650)
    assert bulk(changes, bulk_id).status is BulkStatus.DRAFT
    assert documents(changes) == before
    with changes.db.read() as session:
        assert session.scalars(select(PlanChange)).all() == []


def test_confirmed_by_the_count_every_row_is_booked_and_made_on_its_day(changes: Changes) -> None:
    bulk_id = start(changes)
    work(changes)
    confirm(changes, bulk_id)

    work(changes)

    with changes.db.read() as session:
        trail = session.scalars(select(AuditEvent).where(AuditEvent.target == bulk_id)).all()
    assert [(each.action, each.customer_id) for each in trail] == [
        ("bulk_change_started", PARTNER),
        ("bulk_change_confirmed", PARTNER),
    ]
    done = row(changes, bulk_id)
    assert done.status is ItemStatus.DONE
    assert bulk(changes, bulk_id).status is BulkStatus.FINISHED
    with changes.db.read() as session:
        booked = session.get_one(PlanChange, done.change_id)
    assert (booked.source, booked.bulk_id, booked.effective_on) == ("bulk", bulk_id, DECEMBER)
    changes.pass_time(datetime(2026, 12, 1, 1, tzinfo=UTC))
    assert changes.active().plan_id == FAST


@pytest.mark.parametrize("count", [0, 2, -1])
def test_a_wrong_count_confirms_nothing(changes: Changes, count: int) -> None:
    bulk_id = start(changes)
    work(changes)

    with pytest.raises(Invalid):
        confirm(changes, bulk_id, count)

    assert bulk(changes, bulk_id).status is BulkStatus.DRAFT


def test_it_cannot_be_confirmed_before_every_row_has_a_price_nor_twice(changes: Changes) -> None:
    bulk_id = start(changes)
    with pytest.raises(BulkMoved):
        confirm(changes, bulk_id)
    work(changes)
    confirm(changes, bulk_id)

    with pytest.raises(BulkMoved):
        confirm(changes, bulk_id)


def test_who_has_a_change_booked_is_left_out_with_the_reason(changes: Changes) -> None:
    changes.book(changes.quote(SLOW, DECEMBER))
    bulk_id = start(changes)

    work(changes)

    left = row(changes, bulk_id)
    assert (left.status, left.refusal) == (ItemStatus.REFUSED, "change_already_booked")


def test_a_balance_that_would_fall_too_low_is_left_out_unless_ignored(changes: Changes) -> None:
    today = date(2026, 11, 20)
    careful = start(changes, wish(on=today, ignore_balance=False))
    bold = start(changes, wish(on=today, ignore_balance=True))

    work(changes)

    assert (row(changes, careful).status, row(changes, careful).refusal) == (
        ItemStatus.REFUSED,
        "wallet_too_low",
    )
    assert row(changes, bold).status is ItemStatus.WAITING


def test_a_price_that_moved_since_the_preview_fails_alone_and_can_be_tried_again(changes: Changes) -> None:
    bulk_id = start(changes, wish(on=date(2026, 11, 20)))
    work(changes)
    confirm(changes, bulk_id)
    changes.settings(fee_up_minor=500)
    work(changes)
    failed = row(changes, bulk_id)
    assert (failed.status, failed.refusal, failed.fee_minor) == (ItemStatus.FAILED, "quote_changed", 500)
    assert bulk(changes, bulk_id).status is BulkStatus.FINISHED

    with changes.db.begin() as session:
        assert retry_bulk_change(session, bulk_id=bulk_id, scope=None, now=clock.now()) == 1
    work(changes)

    assert row(changes, bulk_id).status is ItemStatus.DONE
    assert bulk(changes, bulk_id).status is BulkStatus.FINISHED


def test_until_the_date_everything_is_taken_back_without_a_trace(changes: Changes) -> None:
    before = documents(changes)
    bulk_id = start(changes)
    work(changes)
    confirm(changes, bulk_id)
    work(changes)

    undone = withdraw_bulk_change(changes.db, bulk_id=bulk_id, scope=None, now=clock.now())

    assert undone == (1, 0)
    assert (row(changes, bulk_id).status, bulk(changes, bulk_id).status) == (
        ItemStatus.WITHDRAWN,
        BulkStatus.WITHDRAWN,
    )
    changes.pass_time(datetime(2026, 12, 2, tzinfo=UTC))
    assert changes.active().plan_id == FIBRE
    assert documents(changes) == before


def test_what_was_made_already_stays(changes: Changes) -> None:
    bulk_id = start(changes)
    work(changes)
    confirm(changes, bulk_id)
    work(changes)
    changes.pass_time(datetime(2026, 12, 1, 1, tzinfo=UTC))

    assert withdraw_bulk_change(changes.db, bulk_id=bulk_id, scope=None, now=clock.now()) == (0, 1)

    with changes.db.read() as session:
        change = session.scalars(select(PlanChange)).one()
    assert change.status is ChangeStatus.APPLIED


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (wish(FIBRE), "#/to_plan_id"),
        (wish("plan_none"), "#/to_plan_id"),
        (
            BulkWish(from_plan_id="plan_none", to_plan_id=FAST, effective_on=DECEMBER, ignore_balance=True),
            "#/from_plan_id",
        ),
    ],
)
def test_a_wish_that_makes_no_sense_names_the_field(changes: Changes, wanted: BulkWish, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        start(changes, wanted)

    assert [error.pointer for error in refusal.value.errors] == [field]


def test_staff_of_one_partner_reach_their_own_customers_only(changes: Changes) -> None:
    with changes.db.begin() as session:
        theirs = start_bulk_change(session, wish(), partner_ids=OTHERS, now=clock.now())
        assert theirs.total == 0
    bulk_id = start(changes)

    with pytest.raises(NotFound):
        withdraw_bulk_change(changes.db, bulk_id=bulk_id, scope=OTHERS, now=clock.now())


def test_the_totals_are_of_the_rows_that_change(changes: Changes) -> None:
    bulk_id = start(changes)
    work(changes)

    with changes.db.read() as session:
        found = totals(session, session.get_one(BulkChange, bulk_id))
        account = session.get_one(Account, CUSTOMER)
        sub = session.scalars(select(Subscription).where(Subscription.customer_id == CUSTOMER)).first()

    assert (found.now.minor, found.after.minor, found.count("waiting")) == (3000, 4500, 1)
    assert account.partner_id == PARTNER
    assert sub is not None


HERE = "/admin/billing/bulk-changes"


@pytest.fixture
def staff(app: Any, changes: Changes) -> Any:
    changes.travel(NOON)  # making an application sets its clock
    return app.test_client()


def test_staff_walks_from_choice_to_result(changes: Changes, staff: Any, sign_in_staff: Any) -> None:
    token = sign_in_staff(staff, "orders.view", "settings.edit")
    wanted = {"from_plan_id": FIBRE, "to_plan_id": FAST, "effective_on": "2026-12-01", "ignore_balance": "on"}
    form = {"csrf_token": token, **wanted}
    assert "Fibre 100" in staff.get(f"{HERE}/new?plan={FIBRE}").text
    started = staff.post(f"{HERE}/new", data=form)
    assert started.status_code == 303
    here = started.location
    assert "Working out prices" in staff.get(here).text
    work(changes)
    assert "Change 1 services" in staff.get(here).text

    wrong = staff.post(f"{here}/confirmations", data={"csrf_token": token, "count": "x"})
    right = staff.post(f"{here}/confirmations", data={"csrf_token": token, "count": "1"})
    again = staff.post(f"{here}/confirmations", data={"csrf_token": token, "count": "1"})

    assert (wrong.status_code, right.status_code, again.status_code) == (422, 303, 409)
    work(changes)
    assert "Success" in staff.get(here).text
    assert staff.post(f"{here}/withdrawals", data={"csrf_token": token}).status_code == 303
    assert "Taken back" in staff.get(here).text
    assert "Fibre 500" in staff.get(HERE).text


def test_a_form_without_a_date_comes_back_filled_in(staff: Any, sign_in_staff: Any) -> None:
    token = sign_in_staff(staff, "orders.view", "settings.edit")
    form = {"csrf_token": token, "from_plan_id": FIBRE, "to_plan_id": FAST, "effective_on": "soon"}

    answer = staff.post(f"{HERE}/new", data=form)

    assert answer.status_code == 422
    assert "Enter a date." in answer.text


def test_a_plan_that_no_partner_of_theirs_sells_is_not_there_for_staff(
    staff: Any, sign_in_staff: Any, changes: Changes
) -> None:
    changes.shop.plan("plan_foreign", "41.00", name="Foreign", partner_ids=tuple(OTHERS))
    token = sign_in_staff(staff, "orders.view", "settings.edit", partner_ids=[PARTNER])
    form = {"csrf_token": token, "from_plan_id": FIBRE, "effective_on": "2026-12-01"}

    assert "Foreign" not in staff.get(f"{HERE}/new").text
    assert staff.post(f"{HERE}/new", data=form | {"to_plan_id": "plan_foreign"}).status_code == 404


@pytest.mark.parametrize(
    ("sold_to", "code"),
    [
        ({"partner_ids": tuple(OTHERS)}, "not_found"),
        ({"billing_types": ("prepaid",)}, "billing_type_not_offered"),
    ],
    ids=["another partner", "another way of billing"],
)
def test_a_customer_who_may_not_have_the_plan_is_left_out_and_says_why(
    changes: Changes, sold_to: dict[str, Any], code: str
) -> None:
    changes.shop.plan("plan_narrow", "41.00", name="Narrow", **sold_to)
    bulk_id = start(changes, wish("plan_narrow"))

    work(changes)

    refused = row(changes, bulk_id)
    assert (refused.status, refused.refusal) == (ItemStatus.REFUSED, code)
