"""Customers pause and end services themselves: within limits, exactly as quoted, undone until the day."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.pause import PauseState
from billing.models import AuditEvent, Charge, CreditNote, Invoice, Pause, Subscription
from billing.usecases.bill_accounts import bill_account
from billing.usecases.book_end import book_end
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.work_pauses import work_pauses
from services.billing.tests.changing import CUSTOMER, Changes
from services.billing.tests.pausing import approved, pause
from shared import clock
from shared.contracts.billing import SubscriptionEndBooked, SubscriptionEndWithdrawn
from shared.money import Money
from shared.testing import answers_problem, told

LIMITS = {"notice_days": 2, "longest_days": 30, "most_a_year": 1}


@pytest.fixture
def changes(shop: Any, gateway: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100 at 30.00 since 1 November, billed and paid for November; it is the 20th.
    """
    shop.card()
    return approved(Changes(shop, travel))


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def asked(gateway: Any, service: str, first: str | None, last: str, **limits: int) -> dict[str, Any]:
    body: dict[str, Any] = {"subscription_id": service, "last_on": last, "limits": LIMITS | limits}
    body |= {"kind": "pause", "start_on": first} if first else {"kind": "cancellation"}
    answer = gateway.post("/quotes", body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()  # type: ignore[no-any-return]


def book(gateway: Any, quote: dict[str, Any], key: str = "k1", reason: str = "") -> Any:
    path = {"pause": "/service-pauses", "cancellation": "/service-cancellations"}[quote["kind"]]
    return gateway.post(path, {"quote_id": quote["id"], "reason": reason}, key=key)


def held(gateway: Any) -> dict[str, Any]:
    return gateway.get("/summary").get_json()["subscriptions"][0]  # type: ignore[no-any-return]


def test_a_pause_gives_back_what_its_quote_said(changes: Changes, gateway: Any) -> None:
    service = changes.active().id
    quote = asked(gateway, service, "2026-11-24", "2026-11-28")
    assert [(line["amount"], line["explanation"]) for line in quote["lines"]] == [
        (eur("-5.00"), "30.00 / 30 days x 5 days left (24 to 28 Nov)")
    ]
    assert (quote["due_now"], quote["credit_to_balance"], quote["added_to_next_bill"]) == (
        eur("0.00"),
        eur("5.00"),
        None,
    )

    booked = book(gateway, quote, reason="travelling").get_json()
    assert (booked["state"], booked["from_on"], booked["last_on"]) == ("booked", "2026-11-24", "2026-11-28")
    assert held(gateway)["pause"] == booked
    assert booked["undo_until"] == quote["undo_until"] == "2026-11-24T00:00:00+00:00"
    assert changes.all(CreditNote) == []

    changes.travel(datetime(2026, 11, 24, 0, 1, tzinfo=UTC))
    work_pauses(changes.db)
    assert [note.total_minor for note in changes.all(CreditNote)] == [500]
    assert (changes.balance(), changes.journal()[1]) == (500, 0)
    answers_problem(gateway.delete(f"/service-pauses/{booked['id']}"), 409, "pause_begun")
    assert "undo_until" not in held(gateway)["pause"] or held(gateway)["pause"]["undo_until"] is None
    assert [row.details["reason"] for row in audits(changes, "pause_booked")] == ["travelling"]


def test_a_pause_is_undone_without_a_trace_and_twice(changes: Changes, gateway: Any) -> None:
    before = changes.journal()
    booked = book(gateway, asked(gateway, changes.active().id, "2026-11-24", "2026-11-28")).get_json()

    assert [gateway.delete(f"/service-pauses/{booked['id']}").get_json()["state"] for _ in range(2)] == [
        "withdrawn",
        "withdrawn",
    ]
    changes.travel(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert work_pauses(changes.db) == 0
    assert (changes.journal(), changes.all(CreditNote), changes.all(Charge)) == (before, [], [])
    assert held(gateway)["pause"] is None
    # What was undone does not count against the pauses of a year.
    assert (
        book(gateway, asked(gateway, changes.active().id, "2026-12-01", "2026-12-02"), "k2").status_code
        == 201
    )


@pytest.mark.parametrize(
    ("first", "last", "pointer", "code"),
    [
        ("2026-11-21", "2026-11-24", "#/start_on", "too_early"),
        ("2028-11-21", "2028-11-24", "#/start_on", "too_late"),
        ("2026-11-24", "2026-11-23", "#/last_on", "too_early"),
        ("2026-11-24", "2026-12-24", "#/last_on", "too_late"),
    ],
)
def test_days_outside_of_what_is_allowed_are_refused(
    changes: Changes, gateway: Any, first: str, last: str, pointer: str, code: str
) -> None:
    body = {"kind": "pause", "subscription_id": changes.active().id, "limits": LIMITS}

    problem = answers_problem(
        gateway.post("/quotes", {**body, "start_on": first, "last_on": last}), 422, "validation_failed"
    )

    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [(pointer, code)]
    assert changes.all(Pause) == []


def test_a_service_pauses_so_often_a_year_and_what_staff_booked_does_not_count(
    changes: Changes, gateway: Any
) -> None:
    service = changes.active().id
    pause(changes)
    refused = answers_problem(book_of_staff(gateway, changes), 409, "not_yours_to_undo")
    assert refused["detail"] == "We booked this pause. Ask us to undo it."
    for day in (22, 27):
        changes.travel(datetime(2026, 11, day, 12, tzinfo=UTC))
        work_pauses(changes.db)
    book(gateway, asked(gateway, service, "2026-12-01", "2026-12-02"))
    for day in (1, 3):
        changes.travel(datetime(2026, 12, day, 12, tzinfo=UTC))
        work_pauses(changes.db)

    body = {"subscription_id": service, "limits": LIMITS}
    options = gateway.post("/pause-options", body).get_json()
    assert (options["left"], options["refusal"]["code"]) == (0, "pause_limit_reached")
    wanted = {**body, "kind": "pause", "start_on": "2026-12-10", "last_on": "2026-12-12"}
    answers_problem(gateway.post("/quotes", wanted), 409, "pause_limit_reached")
    assert asked(gateway, service, "2027-12-01", "2027-12-02")["kind"] == "pause"


def book_of_staff(gateway: Any, changes: Changes) -> Any:
    return gateway.delete(f"/service-pauses/{changes.all(Pause)[0].id}")


def audits(changes: Changes, action: str) -> list[AuditEvent]:
    with changes.db.read() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def bind(changes: Changes) -> str:
    """
    Let the customer have Bound, too: 31.00 from 1 November, a contract of a year with fees.
    """
    fees = {"early_end_fee": Money(6000, "EUR"), "cancellation_fee": Money(1000, "EUR")}
    changes.travel(datetime(2026, 11, 1, 13, tzinfo=UTC))
    changes.shop.plan("plan_bound", "31.00", name="Bound", contract_months=12, auto_renewal=True, **fees)
    changes.shop.order("plan_bound")
    changes.shop.work()
    changes.travel(datetime(2026, 11, 20, 12, tzinfo=UTC))
    approved(changes)
    return next(row.id for row in changes.all(Subscription) if row.plan_id == "plan_bound")


def test_an_end_credits_and_charges_what_its_quote_said(changes: Changes, gateway: Any) -> None:
    service = bind(changes)
    options = gateway.post("/cancellation-options", {"subscription_id": service, "limits": LIMITS}).get_json()
    assert [(each["on"], each["code"]) for each in options["suggested"]] == [
        ("2026-11-22", "earliest"),
        ("2026-11-30", "paid_until"),
        ("2027-10-31", "contract_end"),
    ]
    assert (options["early_fee"], options["later_fee"], options["refusal"]) == (
        eur("60.00"),
        eur("10.00"),
        None,
    )

    quote = asked(gateway, service, None, "2026-11-25")
    assert [(line["code"], line["amount"]) for line in quote["lines"]] == [
        ("refund_unused", eur("-5.17")),
        ("end_fee", eur("60.00")),
    ]
    assert (quote["credit_to_balance"], quote["added_to_next_bill"]) == (eur("5.17"), eur("60.00"))
    ended = book(gateway, quote, reason="moving").get_json()
    assert (ended["status"], ended["last_on"], ended["fee"]) == ("booked", "2026-11-25", eur("60.00"))
    assert ended["undo_until"] == quote["undo_until"] == "2026-11-26T00:00:00+00:00"
    fact = next(fact for fact in told(changes.db) if isinstance(fact, SubscriptionEndBooked))
    assert (fact.source, fact.fee, fact.last_on) == ("portal", Money(6000, "EUR"), date(2026, 11, 25))

    changes.travel(datetime(2026, 11, 26, 0, 1, tzinfo=UTC))
    assert end_subscriptions(changes.db) == 1
    assert [note.total_minor for note in changes.all(CreditNote)] == [517]
    assert [charge.amount_minor for charge in changes.all(Charge)] == [6000]
    assert gateway.get(f"/service-cancellations/{ended['id']}").get_json()["status"] == "ended"
    answers_problem(gateway.delete(f"/service-cancellations/{ended['id']}"), 409, "service_not_active")


def test_days_until_the_last_are_billed_as_its_quote_said(changes: Changes, gateway: Any) -> None:
    quote = asked(gateway, changes.active().id, None, "2027-01-10")

    assert [(line["period"]["to_on"], line["amount"]) for line in quote["lines"]] == [
        ("2026-12-31", eur("30.00")),
        ("2027-01-10", eur("9.68")),
    ]
    assert (quote["credit_to_balance"], quote["added_to_next_bill"]) == (None, eur("39.68"))
    book(gateway, quote)
    for day in (date(2026, 12, 1), date(2027, 1, 1)):
        changes.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        with changes.db.begin() as session:
            bill_account(session, customer_id=CUSTOMER, cut_off=day, now=clock.now())
    changes.travel(datetime(2027, 1, 11, 12, tzinfo=UTC))
    end_subscriptions(changes.db)
    assert [bill.total_minor for bill in changes.all(Invoice)] == [3000, 3000, 968]
    assert changes.all(CreditNote) == []


def test_an_end_is_undone_by_who_asked_for_it_alone(changes: Changes, gateway: Any) -> None:
    before = changes.journal()
    service = changes.active().id
    first = book(gateway, asked(gateway, service, None, "2026-11-25")).get_json()
    assert held(gateway)["cancellation"]["id"] == first["id"]
    answers_problem(again(gateway, service), 409, "service_not_active")

    gone = [gateway.delete(f"/service-cancellations/{first['id']}").get_json() for _ in range(2)]

    assert [each["status"] for each in gone] == ["withdrawn", "withdrawn"]
    assert any(isinstance(fact, SubscriptionEndWithdrawn) for fact in told(changes.db))
    assert (changes.journal(), changes.active().ends_on, held(gateway)["cancellation"]) == (
        before,
        None,
        None,
    )
    second = book(gateway, asked(gateway, service, None, "2026-11-25"), "k2").get_json()
    end_by_staff(changes, service)
    assert held(gateway)["cancellation"] is None
    assert gateway.delete(f"/service-cancellations/{second['id']}").get_json()["status"] == "withdrawn"
    assert changes.active().ends_on == date(2026, 11, 28)


def again(gateway: Any, service: str) -> Any:
    body = {"kind": "cancellation", "subscription_id": service, "last_on": "2026-11-25", "limits": LIMITS}
    return gateway.post("/quotes", body)


def end_by_staff(changes: Changes, service: str) -> None:
    with changes.db.begin() as session:
        book_end(
            session,
            subscription_id=service,
            last_on=date(2026, 11, 28),
            reason="",
            partner_ids=None,
            now=clock.now(),
        )


def test_what_comes_to_something_else_is_quoted_again_and_booked_once(changes: Changes, gateway: Any) -> None:
    service = changes.active().id
    quote = asked(gateway, service, None, "2026-11-25")
    with changes.db.begin() as session:
        row = session.get_one(Subscription, service)
        row.charged_through = date(2026, 11, 27)  # staff gave the days from the 27th back

    problem = answers_problem(book(gateway, quote), 409, "quote_changed")
    renewed = gateway.get(f"/quotes/{problem['params']['quote_id']}").get_json()
    assert (renewed["credit_to_balance"], changes.active().ends_on) == (eur("1.00"), None)

    assert book(gateway, renewed, "k2").status_code == 201
    answers_problem(book(gateway, renewed, "k3"), 409, "quote_used")
    answers_problem(gateway.get("/service-cancellations/can_00000000000000000000000001"), 404, "not_found")


def test_a_pause_whose_first_day_came_too_near_is_not_booked(changes: Changes, gateway: Any) -> None:
    quote = asked(gateway, changes.active().id, "2026-11-22", "2026-11-24")
    changes.travel(datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    late = asked(gateway, changes.active().id, "2026-11-22", "2026-11-24")
    changes.travel(datetime(2026, 11, 21, 0, 5, tzinfo=UTC))

    answers_problem(book(gateway, quote), 410, "quote_expired")
    answers_problem(book(gateway, late, "k2"), 422, "validation_failed")
    assert [row.state for row in changes.all(Pause) if row.state is PauseState.BOOKED] == []
