"""Changes of plan in a shop: quoted, booked, undone, made by the clock, with all documents and cents."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.basket import ProductNotAvailable
from billing.domain.change import (
    ChangeAlreadyBooked,
    ChangeNotCancellable,
    ChangeStatus,
    DateNotAllowed,
    ServiceInBundle,
    ServiceNotActive,
    Source,
)
from billing.domain.change_terms import Decided
from billing.domain.subscription import Status
from billing.models import (
    Charge,
    CreditNote,
    Invoice,
    Segment,
    Subscription,
)
from billing.usecases.place_order import QuoteExpired, QuoteUsed
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, NOON, SLOW, TODAY, Changes
from shared import clock
from shared.errors import NotFound
from shared.money import Money
from shared.testing import told

PHONE = "plan_phone"


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    return Changes(shop, travel)


def test_an_upgrade_today_is_charged_exactly_as_quoted(changes: Changes) -> None:
    changes.settings(fee_up_minor=200)
    quote = changes.quote(FAST)
    assert (quote.total_minor, quote.tax_minor) == (750, 140)

    booked = changes.book(quote)
    changes.pass_time()

    change = changes.find(booked)
    assert change.status is ChangeStatus.APPLIED
    _, invoice = changes.all(Invoice)
    (note,) = changes.all(CreditNote)
    assert [(line.code, line.amount_minor) for line in invoice.lines] == [
        ("first_period", 1650),
        ("price_of_change", 200),
    ]
    assert (note.total_minor, note.lines[0].days) == (1100, 11)
    assert (invoice.open_minor, note.left_minor, changes.balance()) == (750, 0, -750)
    assert invoice.tax_minor - note.tax_minor == 140
    assert changes.journal()[1] == 0


def test_the_old_service_ends_the_day_before_and_the_new_one_is_active(changes: Changes) -> None:
    old = changes.active()

    change = changes.change(FAST)

    new = changes.active()
    with changes.db.read() as session:
        old = session.get_one(Subscription, old.id)
        segments = session.scalars(select(Segment).where(Segment.subscription_id == old.id)).all()
    assert (old.status, old.ends_on, old.charged_through) == (
        Status.DISABLED,
        date(2026, 11, 19),
        date(2026, 11, 20),
    )
    assert [(each.from_on, each.until_on) for each in segments] == [(date(2026, 11, 1), date(2026, 11, 20))]
    assert (new.id, new.parent_id, new.plan_id) == (change.new_subscription_id, old.id, FAST)
    assert (new.starts_on, new.charged_through, new.price_minor) == (
        date(2026, 11, 20),
        date(2026, 12, 1),
        4500,
    )


def test_a_downgrade_leaves_credit_on_the_balance(changes: Changes) -> None:
    changes.change(SLOW)

    _, invoice = changes.all(Invoice)
    (note,) = changes.all(CreditNote)
    assert (invoice.total_minor, invoice.open_minor) == (733, 0)
    assert (note.total_minor, note.left_minor, note.status) == (1100, 367, "refund_due")
    assert changes.balance() == 367


def test_nothing_is_charged_or_posted_before_the_undo_time_is_over(changes: Changes) -> None:
    before = changes.journal()
    booked = changes.book(changes.quote(FAST))

    changes.pass_time(NOON + timedelta(minutes=9, seconds=59))

    assert changes.find(booked).status is ChangeStatus.BOOKED
    assert (changes.journal(), len(changes.all(Invoice)), changes.all(CreditNote)) == (before, 1, [])
    assert changes.active().plan_id == FIBRE


def test_undo_leaves_no_document_and_no_posting(changes: Changes) -> None:
    before = changes.journal()
    booked = changes.book(changes.quote(FAST))

    changes.undo(booked)
    changes.undo(booked)
    changes.pass_time()

    assert changes.find(booked).status is ChangeStatus.WITHDRAWN
    assert (changes.journal(), len(changes.all(Invoice)), changes.all(CreditNote)) == (before, 1, [])
    assert changes.facts()[-2:] == ["billing.plan_change_booked", "billing.plan_change_withdrawn"]


def test_undo_is_refused_once_the_moment_has_come(changes: Changes) -> None:
    booked = changes.book(changes.quote(FAST))
    changes.travel(NOON + timedelta(minutes=10, seconds=5))

    with pytest.raises(ChangeNotCancellable):
        changes.undo(booked)


def test_a_change_for_a_later_day_takes_effect_at_its_local_midnight(changes: Changes) -> None:
    booked = changes.book(changes.quote(FAST, date(2026, 11, 25)))

    changes.pass_time(datetime(2026, 11, 24, 23, 59, tzinfo=UTC))
    assert changes.find(booked).status is ChangeStatus.BOOKED
    changes.pass_time(datetime(2026, 11, 25, 0, 1, tzinfo=UTC))

    assert changes.find(booked).status is ChangeStatus.APPLIED
    assert changes.all(CreditNote)[0].total_minor == 600


def test_after_downtime_a_change_is_made_as_of_its_day(changes: Changes) -> None:
    booked = changes.book(changes.quote(FAST, date(2026, 11, 25)))

    changes.pass_time(datetime(2026, 11, 29, 8, 0, tzinfo=UTC))

    assert changes.find(booked).status is ChangeStatus.APPLIED
    (line,) = changes.all(Invoice)[1].lines
    assert (line.from_on, line.until_on, line.amount_minor) == (date(2026, 11, 25), date(2026, 12, 1), 900)
    assert changes.all(Invoice)[1].issued_on == date(2026, 11, 29)


def test_there_and_back_on_one_day_costs_nothing(changes: Changes) -> None:
    changes.change(FAST)
    changes.change(FIBRE)

    assert changes.balance() == 0
    archived = [row for row in changes.all(Subscription) if row.status is Status.ARCHIVED]
    assert [row.plan_id for row in archived] == [FAST]
    assert [row.open_minor for row in changes.all(Invoice)] == [0, 0, 0]
    assert changes.journal()[1] == 0


def test_a_second_change_in_the_period_credits_the_second_plan_in_full(changes: Changes) -> None:
    changes.change(FAST)
    changes.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))
    changes.change(SLOW)

    # 19 days of 30.00, 6 of 45.00, 5 of 20.00: 19.00 + 9.00 + 3.33, of which 30.00 were paid
    assert [note.total_minor for note in changes.all(CreditNote)] == [1100, 750]
    assert changes.balance() == 3000 - 1900 - 900 - 333


def test_a_second_change_while_one_is_booked_is_refused_and_offers_undo(changes: Changes) -> None:
    booked = changes.book(changes.quote(FAST, date(2026, 12, 1)))

    with pytest.raises(ChangeAlreadyBooked) as refusal:
        changes.quote(SLOW)

    assert refusal.value.actions[0]["href"] == f"/api/v1/plan-changes/{booked.id}"
    assert refusal.value.params["change_id"] == booked.id


def test_the_same_quote_books_once(changes: Changes) -> None:
    quote = changes.quote(FAST)
    changes.book(quote)

    with pytest.raises(QuoteUsed):
        changes.book(quote)


def test_a_quote_is_held_for_15_minutes(changes: Changes) -> None:
    quote = changes.quote(FAST)
    changes.travel(NOON + timedelta(minutes=15, seconds=5))

    with pytest.raises(QuoteExpired):
        changes.book(quote)


def test_changed_fees_before_booking_make_a_new_price(changes: Changes) -> None:
    quote = changes.quote(FAST)
    changes.settings(fee_up_minor=1)

    with pytest.raises(QuoteChanged):
        changes.book(quote)


def test_changed_fees_after_booking_do_not_touch_it(changes: Changes) -> None:
    booked = changes.book(changes.quote(FAST))
    changes.settings(fee_up_minor=9900, refund="none", timing="next_cycle")

    changes.pass_time()

    assert changes.find(booked).status is ChangeStatus.APPLIED
    assert changes.balance() == -550


def test_a_payment_in_between_does_not_disturb_a_quote(changes: Changes) -> None:
    quote = changes.quote(FAST)
    changes.shop.order("plan_router")
    changes.shop.work()

    changes.book(quote)
    changes.pass_time()

    assert changes.active().plan_id == FAST


def test_below_the_minimum_the_lines_wait_for_the_next_bill(changes: Changes) -> None:
    changes.settings(minimum_invoice_minor=1000)

    change = changes.change(SLOW)

    (waiting,) = changes.all(Charge)
    assert (waiting.amount_minor, waiting.status) == (733, "pending")
    assert (change.invoice_id, len(changes.all(Invoice))) == (None, 1)
    assert (changes.balance(), changes.active().charged_through) == (1100, date(2026, 12, 1))


def test_a_change_of_what_waits_drops_it_to_the_used_days(changes: Changes) -> None:
    changes.settings(minimum_invoice_minor=1000)
    changes.change(SLOW)
    changes.travel(datetime(2026, 11, 23, 12, tzinfo=UTC))

    changes.change(FAST)

    dropped, used = changes.all(Charge)
    assert (dropped.status, used.status) == ("dropped", "pending")
    assert (used.amount_minor, used.from_on, used.until_on) == (
        200,
        date(2026, 11, 20),
        date(2026, 11, 23),
    )
    assert changes.all(Invoice)[1].total_minor == 1200


def test_during_next_billing_cycle_only_the_fee_waits(changes: Changes) -> None:
    changes.settings(timing="next_cycle", fee_up_minor=200)

    changes.change(FAST)

    (fee,) = changes.all(Charge)
    assert (fee.code, fee.amount_minor, fee.subscription_id) == ("price_of_change", 200, changes.active().id)
    assert changes.active().charged_through == date(2026, 11, 20)
    assert changes.balance() == 1100


def test_without_refund_today_is_refused_and_the_day_after_the_bill_is_not(changes: Changes) -> None:
    changes.settings(refund="none")

    with pytest.raises(DateNotAllowed) as refusal:
        changes.quote(FAST)
    assert refusal.value.params["earliest_on"] == "2026-12-01"

    quote = changes.quote(FAST, date(2026, 12, 1))
    assert [(line.code, line.amount_minor) for line in quote.lines] == [("first_period", 4500)]


@pytest.mark.parametrize("on", [date(2026, 11, 19), date(2027, 2, 19)], ids=["past", "far ahead"])
def test_days_out_of_sight_are_refused(changes: Changes, on: date) -> None:
    with pytest.raises(DateNotAllowed):
        changes.quote(FAST, on)


def test_staff_may_go_back_to_the_start_of_the_running_period(changes: Changes) -> None:
    staff = {"source": Source.ADMIN, "decided": Decided(ignore_balance=True)}

    quote = changes.quote(FAST, date(2026, 11, 2), **staff)
    assert quote.total_minor == 4350 - 2900

    with pytest.raises(DateNotAllowed):
        changes.quote(FAST, date(2026, 10, 31), **staff)


def test_staff_may_decide_fee_and_refund(changes: Changes) -> None:
    changes.settings(fee_up_minor=200)
    decided = Decided(
        fee=Money.zero("EUR"), refund="none", reason="Promised on the phone", ignore_balance=True
    )

    quote = changes.quote(FAST, date(2026, 12, 1), source=Source.ADMIN, decided=decided)
    booked = changes.book(quote, source=Source.ADMIN)
    changes.pass_time(datetime(2026, 12, 1, 1, 0, tzinfo=UTC))

    assert changes.find(booked).status is ChangeStatus.APPLIED
    assert changes.all(Invoice)[1].total_minor == 4500


@pytest.mark.parametrize(
    ("plan", "refusal"),
    [(PHONE, ProductNotAvailable), (FIBRE, ProductNotAvailable), ("plan_nobody", ProductNotAvailable)],
    ids=["other kind", "the same", "unknown"],
)
def test_what_cannot_follow_is_refused(changes: Changes, plan: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        changes.quote(plan)


def test_a_newer_version_of_the_plan_is_refused_instead_of_charged(changes: Changes) -> None:
    changes.shop.plan(FAST, "49.00", version=2)

    with pytest.raises(QuoteChanged):
        changes.quote(FAST, version=1)


def test_a_member_of_a_bundle_is_not_changed_alone(changes: Changes) -> None:
    with changes.db.begin() as session:
        session.scalars(select(Subscription)).one().bundle_id = "sub_bundle"

    with pytest.raises(ServiceInBundle):
        changes.quote(FAST)


def test_only_active_services_change(changes: Changes) -> None:
    subscription = changes.active()
    with changes.db.begin() as session:
        session.get_one(Subscription, subscription.id).status = Status.PAUSED
    wanted = Wanted(subscription_id=subscription.id, plan_id=FAST, version=1, start_on=TODAY)

    with changes.db.begin() as session, pytest.raises(ServiceNotActive):
        quote_plan_change(session, customer_id=CUSTOMER, wanted=wanted, now=clock.now())


def test_somebody_elses_subscription_is_not_found(changes: Changes) -> None:
    wanted = Wanted(subscription_id=changes.active().id, plan_id=FAST, version=1, start_on=TODAY)

    with changes.db.begin() as session, pytest.raises(NotFound):
        quote_plan_change(session, customer_id="cus_other", wanted=wanted, now=clock.now())


def test_the_clock_makes_a_change_once(changes: Changes) -> None:
    changes.change(FAST)
    before = changes.journal()

    changes.pass_time()
    changes.pass_time()

    assert changes.journal() == before


def test_the_facts_tell_the_story(changes: Changes) -> None:
    changes.settings(fee_up_minor=200)
    changes.book(changes.quote(FAST), ticket_id="tkt_1", source=Source.REQUEST)
    count = len(changes.facts())
    changes.pass_time()

    assert changes.facts()[count:] == [
        "billing.subscription_changed",
        "billing.subscription_activated",
        "billing.credit_note_issued",
        "billing.invoice_issued",
        "billing.plan_changed",
        "billing.balance_changed",
        "billing.next_steps_changed",
    ]
    (fact,) = [fact for fact in told(changes.db) if fact.fact_name == "billing.plan_changed"]
    assert (fact.charged, fact.credited, fact.ticket_id) == (
        Money(1850, "EUR"),
        Money(1100, "EUR"),
        "tkt_1",
    )
