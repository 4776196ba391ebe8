"""Changing a prepaid plan: a new period begins at once; money or data of the old comes back, by setting."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.bucket import LotKind, MoveReason
from billing.domain.change import BalanceTooLow, ChangeStatus
from billing.domain.subscription import Status
from billing.models import DataLot, DataMove, PartnerSettings, Payment, PlanChange, Quote, Subscription
from billing.queries.plan_change_options import Offered, plan_change_options
from billing.usecases.apply_due_changes import apply_due_changes
from billing.usecases.book_plan_change import Booking, book_plan_change
from billing.usecases.grant_data import grant
from billing.usecases.lock_account import lock_account
from billing.usecases.move_data import lock_lots, move_data
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from billing.usecases.refund_payment import refund_payment
from shared import clock

PARTNER = "par_00000000000000000000000001"
CUSTOMER = "cus_00000000000000000000000001"
SMALL, LARGE = "plan_small", "plan_large"


@pytest.fixture
def mobile(wallet: Any) -> Any:
    """
    A customer with 5 GB for 10.00 and 30 days since 20 November 2026.
    """
    wallet.shop.plan(
        SMALL, "10.00", name="5 GB", included_mb=5000, prepaid_days=30, change_target_ids=(LARGE,)
    )
    wallet.shop.plan(
        LARGE, "15.00", name="10 GB", included_mb=10_000, prepaid_days=30, change_target_ids=(SMALL,)
    )
    wallet.shop.order(SMALL)
    wallet.work()
    wallet.day(date(2026, 12, 5))
    return wallet


def rules(wallet: Any, **own: Any) -> None:
    with wallet.shop.db.begin() as session:
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own=own))


def running(wallet: Any) -> Subscription:
    with wallet.shop.db.read() as session:
        found: Subscription = session.scalars(select(Subscription).filter_by(status=Status.ACTIVE)).one()
        return found


def quote(wallet: Any, plan: str, on: date | None = None) -> Quote:
    wanted = Wanted(
        subscription_id=running(wallet).id, plan_id=plan, version=1, start_on=on or clock.today("UTC")
    )
    with wallet.shop.db.begin() as session:
        return quote_plan_change(session, customer_id=CUSTOMER, wanted=wanted, now=clock.now())


def book(wallet: Any, quoted: Quote, card: str | None = None) -> str:
    with wallet.shop.db.begin() as session:
        change = book_plan_change(
            session,
            customer_id=CUSTOMER,
            quote_id=quoted.id,
            booking=Booking(payment_method_id=card),
            now=clock.now(),
        )
        return change.id


def change(wallet: Any, plan: str, on: date | None = None) -> PlanChange:
    change_id = book(wallet, quote(wallet, plan, on))
    wallet.travel(clock.now() + timedelta(minutes=11))
    apply_due_changes(wallet.shop.db)
    return find(wallet, change_id)


def find(wallet: Any, change_id: str) -> PlanChange:
    with wallet.shop.db.read() as session:
        found: PlanChange = session.get_one(PlanChange, change_id)
        return found


def amounts(quoted: Quote) -> list[tuple[str, int]]:
    return [(line.code.value, line.amount_minor) for line in quoted.lines]


def lots(wallet: Any) -> list[tuple[str, int, int, date | None]]:
    with wallet.shop.db.read() as session:
        rows = session.scalars(select(DataLot).order_by(DataLot.created_at, DataLot.id))
        return [(lot.kind.value, lot.amount_mb, lot.left_mb, lot.expires_on) for lot in rows]


def use(wallet: Any, amount_mb: int) -> None:
    with wallet.shop.db.begin() as session:
        (lot,) = lock_lots(session, running(wallet).id)
        move_data(session, lot, -amount_mb, MoveReason.USED, ref="test", now=clock.now())


def test_unused_money_comes_back_by_days_and_the_new_period_is_paid_in_full(mobile: Any) -> None:
    mobile.top_up("10.00")
    quoted = quote(mobile, LARGE)

    assert amounts(quoted) == [("refund_unused", -500), ("first_period", 1500)]  # 15 of 30 days are left
    assert (quoted.total_minor, quoted.then_minor, quoted.then_days) == (1000, 1500, 30)
    assert quoted.then_from_on == date(2027, 1, 4)

    changed = change(mobile, LARGE)
    new = running(mobile)
    assert changed.status is ChangeStatus.APPLIED
    assert (new.plan_id, new.charged_through, new.anchor_day) == (LARGE, date(2027, 1, 4), 5)
    assert mobile.credit() == "0.00"
    assert mobile.lines(LARGE) == [("2026-12-05", "2027-01-03", "15.00")]


def test_a_cheaper_plan_leaves_the_rest_in_the_wallet(mobile: Any) -> None:
    mobile.top_up("10.00")
    change(mobile, LARGE)
    mobile.day(date(2026, 12, 6))
    change(mobile, SMALL)

    assert mobile.credit() == "4.50"  # 29 of 30 days of 15.00 are 14.50
    mobile.walk(date(2026, 12, 7), date(2027, 1, 5))
    assert running_or_paused(mobile) == {SMALL: Status.PAUSED}


def running_or_paused(wallet: Any) -> dict[str, Status]:
    with wallet.shop.db.read() as session:
        rows = session.scalars(select(Subscription))
        return {row.plan_id: row.status for row in rows if row.status in (Status.ACTIVE, Status.PAUSED)}


def test_the_prepaid_fees_are_the_ones_that_count(mobile: Any) -> None:
    rules(mobile, fee_up_minor=900, prepaid_fee_up_minor=200, prepaid_fee_down_minor=300)
    assert ("price_of_change", 200) in amounts(quote(mobile, LARGE))

    mobile.top_up("20.00")
    change(mobile, LARGE)
    assert ("price_of_change", 300) in amounts(quote(mobile, SMALL))


def test_thirty_days_are_compared_and_not_prices_alone(mobile: Any) -> None:
    mobile.shop.plan("plan_week", "4.00", name="Week", prepaid_days=7)
    mobile.shop.plan(SMALL, "10.00", version=2, prepaid_days=30, change_target_ids=("plan_week",))

    quoted = quote(mobile, "plan_week")  # 4.00 for 7 days is 17.14 for 30

    assert quoted.details["direction"] == "up"


def test_nothing_comes_back_where_the_partner_says_so(mobile: Any) -> None:
    rules(mobile, prepaid_refund="none")
    mobile.top_up("15.00")
    quoted = quote(mobile, LARGE)

    assert amounts(quoted) == [("first_period", 1500)]
    change(mobile, LARGE)
    assert mobile.credit() == "0.00"
    assert lots(mobile) == [
        ("included", 5000, 0, date(2026, 12, 19)),
        ("included", 10_000, 10_000, date(2027, 1, 3)),
    ]


@pytest.mark.parametrize(
    ("expiry", "until"),
    [
        ("none", None),
        ("end_of_period", date(2027, 1, 3)),
        ("1", date(2027, 1, 4)),
        ("3", date(2027, 3, 4)),
        ("12", date(2027, 12, 4)),
    ],
)
def test_unused_data_rolls_over(mobile: Any, expiry: str, until: date | None) -> None:
    rules(mobile, prepaid_refund="rollover", rollover_expiry=expiry)
    mobile.top_up("15.00")
    use(mobile, 1200)
    quoted = quote(mobile, LARGE)
    assert quoted.details["rollover"] == {"amount_mb": 3800, "expires_on": until and until.isoformat()}

    change(mobile, LARGE)

    assert lots(mobile)[1:] == [
        ("rollover", 3800, 3800, until),
        ("included", 10_000, 10_000, date(2027, 1, 3)),
    ]
    with mobile.shop.db.read() as session:
        moves = session.scalars(select(DataMove).order_by(DataMove.at, DataMove.lot_id, DataMove.seq)).all()
        assert [(move.reason, move.amount_mb) for move in moves][:3] == [
            (MoveReason.GRANTED, 5000),
            (MoveReason.USED, -1200),
            (MoveReason.ROLLED_OVER, -3800),
        ]


def test_top_ups_and_earlier_rollover_go_along_too(mobile: Any) -> None:
    rules(mobile, prepaid_refund="rollover", rollover_expiry="none")
    mobile.top_up("25.00")
    use(mobile, 5000)
    with mobile.shop.db.begin() as session:
        subscription = session.get_one(Subscription, running(mobile).id)
        today = date(2026, 12, 5)
        grant(
            session,
            subscription,
            LotKind.TOP_UP,
            700,
            source="test",
            from_on=today,
            expires_on=None,
            now=clock.now(),
        )
    change(mobile, LARGE)
    change(mobile, SMALL)

    assert ("rollover", 10_700, 10_700, None) in lots(mobile)


def test_money_that_is_not_there_is_not_promised(mobile: Any) -> None:
    quoted = quote(mobile, LARGE)
    with pytest.raises(BalanceTooLow):
        book(mobile, quoted)


def test_unless_a_card_pays(mobile: Any) -> None:
    change_id = book(mobile, quote(mobile, LARGE), card=mobile.shop.card())
    mobile.travel(clock.now() + timedelta(minutes=11))
    apply_due_changes(mobile.shop.db)
    mobile.work()

    assert find(mobile, change_id).status is ChangeStatus.APPLIED
    assert mobile.credit() == "0.00"


def test_money_that_is_gone_on_the_day_leaves_the_plan_as_it_was(mobile: Any) -> None:
    mobile.top_up("12.00")
    change_id = book(mobile, quote(mobile, LARGE, date(2026, 12, 10)))
    pay_out(mobile)
    mobile.travel(datetime(2026, 12, 10, 1, tzinfo=UTC))
    apply_due_changes(mobile.shop.db)

    assert find(mobile, change_id).failure_code == "wallet_too_low"
    assert mobile.statuses()[SMALL] is Status.ACTIVE


def pay_out(wallet: Any) -> None:
    with wallet.shop.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        payment = session.scalars(select(Payment).filter_by(provider="cash")).one()
        refund_payment(session, account, payment=payment, source=payment, reason="test", now=clock.now())


def test_a_change_booked_beyond_the_next_renewal_is_reached_by_its_share(mobile: Any) -> None:
    mobile.top_up("30.00")
    change_id = book(mobile, quote(mobile, LARGE, date(2027, 1, 4)))

    mobile.travel(datetime(2027, 1, 10, 12, tzinfo=UTC))  # nobody worked in between
    apply_due_changes(mobile.shop.db)
    mobile.work()

    assert find(mobile, change_id).status is ChangeStatus.APPLIED
    assert mobile.lines(SMALL) == [
        ("2026-11-20", "2026-12-19", "10.00"),
        ("2026-12-20", "2027-01-03", "5.00"),  # 15 of 30 days
    ]
    assert mobile.lines(LARGE) == [("2027-01-04", "2027-02-02", "15.00")]
    assert mobile.credit() == "10.00"


def test_a_change_on_the_day_of_renewal_costs_the_new_period_only(mobile: Any) -> None:
    mobile.top_up("15.00")
    book(mobile, quote(mobile, LARGE, date(2026, 12, 20)))
    mobile.travel(datetime(2026, 12, 20, 1, tzinfo=UTC))
    mobile.tick()
    apply_due_changes(mobile.shop.db)
    mobile.tick()

    assert mobile.lines(SMALL) == [("2026-11-20", "2026-12-19", "10.00")]
    assert mobile.lines(LARGE) == [("2026-12-20", "2027-01-18", "15.00")]
    assert mobile.credit() == "0.00"


def test_the_next_renewal_is_the_other_day_that_is_offered(mobile: Any) -> None:
    rules(mobile, prepaid_refund="none")
    with mobile.shop.db.read() as session:
        found = plan_change_options(
            session,
            customer_id=CUSTOMER,
            subscription_id=running(mobile).id,
            offered=[Offered(plan_id=LARGE, version=1)],
            now=clock.now(),
        )

    assert [(day.on, day.code) for day in found.dates.suggested] == [
        (date(2026, 12, 5), "today"),
        (date(2026, 12, 20), "next_bill"),
    ]
    assert found.dates.rules == []
    assert [(target.name, target.direction) for target in found.targets] == [("10 GB", "up")]


def test_by_the_day_the_new_price_begins_with_the_day(daily: Any) -> None:
    daily.shop.plan("plan_more", "31.00", name="More")
    daily.shop.plan("plan_less", "15.50", name="Less", change_target_ids=("plan_more",))
    daily.travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    daily.shop.order("plan_less")
    daily.work()
    daily.top_up("20.00")
    daily.walk(date(2026, 12, 2), date(2026, 12, 5))
    change(daily, "plan_more")
    daily.walk(date(2026, 12, 6), date(2026, 12, 7))

    assert [amount for _, _, amount in daily.lines("plan_more")] == ["1.00", "1.00", "1.00"]
    assert daily.credit() == "15.50"  # 20.00 less 3 days at 0.50 and 3 at 1.00; the day of change came back
