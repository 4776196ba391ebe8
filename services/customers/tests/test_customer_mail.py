"""What customers read in their mail: in their language, once, at the address that such mail goes to."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from customers.domain.status import Status
from customers.handlers import handlers
from customers.models import Customer, Partner
from customers.usecases.change_status import change_status
from customers.usecases.seed_demo import NORTH, demo_id
from services.customers.tests.reading import (
    APPROVED,
    BLOCKED,
    CLEARED,
    DEACTIVATED,
    FAILED,
    INVOICE,
    MAILS,
    REMINDER,
    REQUESTED,
    ROBERT,
    WHO,
    delivered,
    mails,
    plain,
)
from shared.contracts import billing
from shared.contracts.event import Event
from shared.db import Database
from shared.money import Money
from shared.testing import hear

HOTEL = demo_id("cus", 5)


@pytest.fixture
def german(demo: Database) -> Database:
    with demo.begin() as session:
        session.execute(update(Customer).values(language="de"))
    return demo


@pytest.mark.parametrize(("fact", "subject", "body"), MAILS.values(), ids=MAILS)
def test_a_customer_reads_what_happened_in_their_language(
    german: Database, fact: Event, subject: str, body: str
) -> None:
    envelope = hear(german, handlers, fact)
    hear(german, handlers, envelope)  # the same fact again

    letters = [each for each in delivered(german).letters if "orders@" not in each.recipients[0]]
    (letter,) = letters
    assert letter.recipients == ("robert.myers@example.net",)
    assert plain(letter.subject_line) == subject
    sign_off = "\nHarbour Fibre\n+353 21 555 0100 · help@harbour-fibre.example\n"
    assert plain(letter.body) == f"Guten Tag Robert Myers,\n\n{body}{sign_off}"


def test_the_copy_of_the_provider_is_in_the_language_of_the_partner(german: Database) -> None:
    hear(german, handlers, REQUESTED)
    with german.begin() as session:
        session.execute(update(Partner).values(languages=["de", "en"]))
    hear(german, handlers, replace(REQUESTED, order_id="ord_2"))

    first, second = (each for each in mails(german) if each.kind == "order_request")
    assert first.subject_line == "Order 10483: Robert Myers"
    assert (
        "- 2 × Fibre 300: €18.33 (11 of 30 days, 20 November 2026 to 30 November 2026)\n"
        "- Fibre 300: activation fee: €10.00\n\nTotal: €28.33\nThen: €50.00 a month\n"
    ) in first.body
    assert second.subject_line == "Bestellung 10483: Robert Myers"
    assert "Kunde: Robert Myers, 000001\nAdresse: 12 Quay Street, T12 AB34, Cork\n" in second.body


def test_money_mail_goes_to_the_billing_address_and_other_mail_to_the_main_one(demo: Database) -> None:
    hotel = {"customer_id": HOTEL, "partner_id": NORTH}
    for fact in (FAILED, APPROVED):
        hear(demo, handlers, replace(fact, **hotel))

    assert {each.kind: each.recipients for each in mails(demo)} == {
        "payment_failed": ["accounts@quay-hotel.example"],
        "order_approved": ["desk@quay-hotel.example"],
    }


@pytest.mark.parametrize(
    "change", [{"code": "cancelled"}, {"code": "paid_otherwise"}, {"superseded": True}], ids=str
)
def test_what_a_customer_did_themselves_is_no_news(demo: Database, change: dict[str, Any]) -> None:
    hear(demo, handlers, replace(FAILED, **change))

    assert mails(demo) == []


@pytest.mark.parametrize(
    ("change", "says", "page"),
    [
        (
            {"payable_until": None},
            "Nothing was ordered. You can order again at any time.",
            "/portal/order",
        ),
        ({"order_id": None, "payable_until": None}, "The bill is still open.", "/portal/payments/pay_1"),
        (
            {"order_id": None, "payable_until": None, "automatic": True, "retry_on": date(2026, 12, 4)},
            "The bill is still open. We try again on 4 December 2026.",
            "/portal/bills",
        ),
        (
            {"order_id": None, "payable_until": None, "purpose": "balance"},
            "Nothing was added to your balance.",
            "/portal/payments/pay_1",
        ),
        ({"code": "amount_differs"}, "What was taken goes back to your card.", "/portal/payments/pay_1"),
    ],
    ids=["order over", "bill", "automatic", "top-up", "other amount"],
)
def test_who_could_not_pay_reads_what_follows_and_where_to_go(
    demo: Database, change: dict[str, Any], says: str, page: str
) -> None:
    hear(demo, handlers, replace(FAILED, **change))

    (message,) = mails(demo)
    assert says in message.body.split("\n\n")
    assert (message.path_service, message.path) == ("portal", page)


def test_who_has_no_address_gets_no_mail(demo: Database) -> None:
    with demo.begin() as session:
        session.execute(update(Customer).values(emails=[], billing_emails=[]))

    for fact in (FAILED, APPROVED, replace(REQUESTED, channel="tickets")):
        hear(demo, handlers, fact)

    assert mails(demo) == []


def ahead(version: int, owed: int) -> billing.NextStepsChanged:
    money = Money(owed, "EUR")
    return billing.NextStepsChanged(**WHO, version=version, owed=money, since_on=None, steps=())


def test_who_pays_before_the_reminder_is_sent_does_not_get_it(demo: Database) -> None:
    hear(demo, handlers, ahead(4, 2333))
    hear(demo, handlers, REMINDER)
    hear(demo, handlers, ahead(6, 500))

    assert [each.state for each in mails(demo)] == ["withdrawn"]
    assert delivered(demo).letters == []


def test_a_reminder_that_was_overtaken_by_a_payment_is_not_written(demo: Database) -> None:
    hear(demo, handlers, ahead(4, 2333))
    hear(demo, handlers, ahead(6, 0))
    hear(demo, handlers, REMINDER)

    assert mails(demo) == []


def test_what_more_is_owed_takes_no_reminder_back(demo: Database) -> None:
    hear(demo, handlers, ahead(4, 2333))
    hear(demo, handlers, REMINDER)
    hear(demo, handlers, ahead(6, 5000))

    assert len(delivered(demo).letters) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"status": "paid", "open": Money(0, "EUR")},
            "It is paid from your credit. There is nothing left for you to do.",
        ),
        (
            {"open": Money(500, "EUR")},
            "Part of it is paid from your credit. Please pay €5.00 before 16 December 2026.",
        ),
    ],
    ids=["all of it", "a part"],
)
def test_a_bill_that_credit_pays_says_so(demo: Database, change: dict[str, Any], says: str) -> None:
    hear(demo, handlers, replace(INVOICE, **change))

    (message,) = mails(demo)
    assert says in message.body.split("\n\n")


@pytest.mark.parametrize("fact", [INVOICE, BLOCKED, DEACTIVATED, CLEARED, FAILED])
def test_what_the_partner_does_not_mail_is_not_mailed(demo: Database, fact: Any) -> None:
    hear(demo, handlers, replace(fact, mail=False))

    assert mails(demo) == []


def test_who_is_kept_out_by_a_person_is_not_told_that_access_is_back(demo: Database) -> None:
    with demo.begin() as session:
        for status in (Status.ACTIVE, Status.BLOCKED):
            change_status(session, customer_id=ROBERT, to=status, why="", scope=None)

    hear(demo, handlers, CLEARED)

    assert mails(demo) == []


def test_the_bills_of_a_run_let_other_mail_go_first(demo: Database) -> None:
    for number in range(3):
        hear(demo, handlers, replace(INVOICE, invoice_id=f"inv_{number}"))
    hear(demo, handlers, FAILED)

    assert [each.subject_line.split()[1] for each in delivered(demo).letters] == [
        "payment",
        "bill",
        "bill",
        "bill",
    ]
