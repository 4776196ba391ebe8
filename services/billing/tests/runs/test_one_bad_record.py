"""Clock work over many: a record that cannot be done fails alone, the others go on, and it is tried again."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from billing.domain.payment import Status as Paid
from billing.domain.run import Mode, RunState
from billing.domain.subscription import Status
from billing.models import Account, BillingRun, Partner, PartnerSettings, Payment, Subscription
from billing.usecases.claim_run_items import claim_run_items
from billing.usecases.fill_run import fill_run
from billing.usecases.follow_settings import catch_up_with_settings, follow_settings
from billing.usecases.retry_collections import retry_collections
from billing.usecases.review_prepaid import review_prepaid_accounts
from billing.usecases.start_billing_run import start_billing_run
from billing.usecases.start_due_runs import start_due_runs
from billing.usecases.start_subscriptions import start_subscriptions
from billing.usecases.work_billing_run import work_billing_run
from shared import clock

HERE, THERE = "par_00000000000000000000000001", "par_00000000000000000000000002"
BAD, GOOD = f"cus_{1:026d}", f"cus_{2:026d}"


def test_an_order_that_cannot_start_stops_no_other(town: Any, shop: Any) -> None:
    order_id = shop.order("plan_fibre")
    shop.work()
    with town.db.begin() as session:
        for sub in session.scalars(select(Subscription).where(Subscription.order_id == order_id)):
            sub.status, sub.on_approve, sub.starts_on = Status.PENDING, False, date(2026, 12, 1)
        session.get_one(Subscription, "sub_2").status = Status.PENDING  # there is no order ord_1

    assert start_subscriptions(town.db) == 1

    with town.db.read() as session:
        mine = select(Subscription.status).where(Subscription.order_id == order_id)
        assert session.scalars(mine).all() == [Status.ACTIVE]


def test_a_partner_whose_run_cannot_start_stops_no_other(town: Any) -> None:
    with town.db.begin() as session:
        session.add(_partner("par_0", 9, timezone="Mars/Phobos"))

    assert start_due_runs(town.db) == 1


def test_an_account_that_cannot_be_reviewed_stops_no_other(town: Any) -> None:
    with town.db.begin() as session:
        for number, own in ((1, {"prepaid_deactivate_after": "soon"}), (2, {})):
            account = session.get_one(Account, f"cus_{number:026d}")
            account.billing_type, account.own_settings = "prepaid", own
            sub = session.get_one(Subscription, f"sub_{number}")
            sub.status, sub.short_since_on = Status.PAUSED, date(2026, 11, 1)

    assert review_prepaid_accounts(town.db) == 1

    with town.db.read() as session:
        assert session.get_one(Account, GOOD).prepaid_inactive_on == date(2026, 11, 11)


def test_a_collection_that_cannot_be_tried_waits_for_tomorrow(town: Any) -> None:
    with town.db.begin() as session:
        session.add_all([_failed(BAD, 5), _failed(GOOD, [])])

    while retry_collections(town.db):
        pass

    with town.db.read() as session:
        days = {row.customer_id: row.retry_on for row in session.scalars(select(Payment))}
    assert days == {BAD: date(2026, 12, 2), GOOD: None}


def test_an_account_that_could_not_follow_settings_follows_later(town: Any) -> None:
    with town.db.begin() as session:
        session.get_one(Account, BAD).own_settings = {"billing_day": "fifth"}
    town.decide(billing_day=5)

    follow_settings(town.db)

    assert _left_behind(town) == [BAD]
    assert _billing_day(town, GOOD) == 5
    assert catch_up_with_settings(town.db) == 1
    with town.db.begin() as session:
        session.get_one(Account, BAD).own_settings = {}
    assert catch_up_with_settings(town.db) == 0
    assert (_left_behind(town), _billing_day(town, BAD)) == ([], 5)


def test_a_run_that_waits_for_a_dead_worker_holds_up_no_other(town: Any) -> None:
    oldest = town.start(Mode.ISSUE)
    fill_run(town.db, town.run(oldest))
    claim_run_items(town.db, run_id=oldest, worker="dead", limit=100)
    with town.db.begin() as session:
        session.add(_partner(THERE, 9))
        session.flush()
        other = start_billing_run(
            session, partner_id=THERE, cut_off=date(2026, 12, 1), mode=Mode.ISSUE, now=clock.now()
        ).id

    while work_billing_run(town.db, worker="alive"):
        pass

    with town.db.read() as session:
        states = {run.id: run.state for run in session.scalars(select(BillingRun))}
    assert states == {oldest: RunState.RUNNING, other: RunState.DONE}


def _partner(id: str, number: int, *, timezone: str = "Europe/Dublin") -> Partner:
    return Partner(id=id, version=1, number=number, name=id, currency="EUR", timezone=timezone)


def _failed(customer_id: str, invoice_ids: Any) -> Payment:
    return Payment(
        id=f"pay_{customer_id[-1]}", customer_id=customer_id, partner_id=HERE, currency="EUR",
        amount_minor=3000, left_minor=0, status=Paid.FAILED, method_label="Visa", return_url="",
        provider="sandbox", invoice_ids=invoice_ids, retry_on=date(2026, 12, 1),
        created_at=datetime(2026, 11, 28, 12, tzinfo=UTC),
    )  # fmt: skip


def _left_behind(town: Any) -> list[str]:
    with town.db.read() as session:
        found: list[str] = session.get_one(PartnerSettings, HERE).left_behind
        return found


def _billing_day(town: Any, customer_id: str) -> int:
    with town.db.read() as session:
        return int(session.get_one(Account, customer_id).billing_day)
