"""What customers read in their mail: in their language, once, at the address that such mail goes to."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from customers.clients.mail import Kept
from customers.handlers import handlers
from customers.models import Customer, Message, Partner
from customers.usecases.seed_demo import DEFAULT, NORTH, demo_id
from customers.usecases.send_messages import send_next
from shared.contracts import billing
from shared.contracts.event import Event
from shared.db import Database
from shared.money import Money
from shared.testing import hear

ROBERT, HOTEL = demo_id("cus", 1), demo_id("cus", 5)
WHO: dict[str, Any] = {"customer_id": ROBERT, "partner_id": DEFAULT}
ORDER: dict[str, Any] = {**WHO, "order_id": "ord_1", "number": 10483, "version": 3}
EUR_18 = Money(1833, "EUR")
FIBRE = billing.OrderedItem(
    plan_id="plan_1",
    name="Fibre 300",
    kind="internet",
    quantity=2,
    amount=EUR_18,
    days=11,
    nominal_days=30,
    first_on=date(2026, 11, 20),
    last_on=date(2026, 11, 30),
)
FEE = billing.OrderedItem(
    plan_id="plan_1",
    name="Fibre 300: activation fee",
    kind="activation_fee",
    quantity=1,
    amount=Money(1000, "EUR"),
)
REQUESTED = billing.OrderRequested(
    **ORDER,
    channel="email",
    send_to="orders@harbour-fibre.example",
    total=Money(2833, "EUR"),
    then=Money(5000, "EUR"),
    items=(FIBRE, FEE),
)
APPROVED = billing.OrderApproved(**ORDER, starts_on=date(2026, 12, 2), credit=EUR_18, credited_days=11)
REJECTED = billing.OrderRejected(**ORDER, reason="No fibre in your street.", refund=EUR_18, refund_to="card")
FAILED = billing.PaymentFailed(
    **WHO,
    payment_id="pay_1",
    order_id="ord_1",
    amount=EUR_18,
    code="card_declined",
    method_label="Visa ending 4242",
    payable_until=date(2026, 12, 4),
)

REMINDER = billing.ReminderDue(
    **WHO,
    version=5,
    step=3,
    on=date(2026, 11, 21),
    owed=Money(2333, "EUR"),
    blocked=True,
    bills=(
        billing.OpenBill(
            invoice_id="inv_1",
            number="202601000042",
            issued_on=date(2026, 11, 1),
            due_on=date(2026, 11, 16),
            open=EUR_18,
        ),
        billing.OpenBill(
            invoice_id="inv_2",
            number="202601000043",
            issued_on=date(2026, 11, 15),
            due_on=date(2026, 11, 30),
            open=Money(500, "EUR"),
        ),
    ),
    steps=(billing.NextStep(on=date(2026, 11, 26), code="inactive"),),
)

NOT_CHANGED = billing.PlanChangeFailed(
    **WHO,
    change_id="chg_1",
    subscription_id="sub_1",
    version=2,
    from_plan_name="Fibre 300",
    to_plan_name="Fibre 500",
    code="quote_changed",
    effective_on=date(2026, 12, 2),
)

MAILS = {
    "order received": (
        REQUESTED,
        "Ihre Bestellung 10483 ist eingegangen",
        """Ihre Bestellung ist eingegangen. Wir bestätigen sie und nennen Ihnen den Beginn.

- 2 × Fibre 300: 18,33 € (11 von 30 Tagen, 20. November 2026 bis 30. November 2026)
- Fibre 300: Aktivierungsgebühr: 10,00 €

Summe: 28,33 €
Danach: 50,00 € im Monat

Ihre Bestellung im Portal:
https://my.example.net/portal/orders/ord_1
""",
    ),
    "order approved": (
        APPROVED,
        "Ihre Bestellung 10483 beginnt am 2. Dezember 2026",
        """Ihre Bestellung 10483 ist bestätigt. Ihre Dienste beginnen am 2. Dezember 2026.

Für 11 Tage wurden Ihnen 18,33 € gutgeschrieben, weil sie später beginnen, als Sie bezahlt haben.

Ihre Bestellung im Portal:
https://my.example.net/portal/orders/ord_1
""",
    ),
    "order rejected": (
        REJECTED,
        "Wir konnten Ihre Bestellung 10483 nicht annehmen",
        """wir konnten Ihre Bestellung 10483 nicht annehmen.

Der Grund: No fibre in your street.

18,33 € gehen dahin zurück, womit Sie bezahlt haben.

Ihre Bestellung im Portal:
https://my.example.net/portal/orders/ord_1
""",
    ),
    "plan not changed": (
        NOT_CHANGED,
        "Ihr Tarif wurde nicht auf Fibre 500 umgestellt",
        """der Wechsel zu Fibre 500, der für den 2. Dezember 2026 gebucht war, war nicht möglich.

Ihr Tarif bleibt, wie er ist, und es wurde nichts berechnet.

Preise, Tarife oder Ihre Rechnungen haben sich nach der Buchung geändert. Sie können neu wählen.

Ihr Dienst im Portal:
https://my.example.net/portal/services/sub_1
""",
    ),
    "reminder": (
        REMINDER,
        "Erinnerung: 23,33 € fällig seit dem 16. November 2026",
        """23,33 € sind noch zu zahlen:

- Rechnung 202601000042 vom 1. November 2026: 18,33 €, fällig seit dem 16. November 2026
- Rechnung 202601000043 vom 15. November 2026: 5,00 €, zu zahlen vor dem 30. November 2026

Ihr Zugang ist gesperrt.
Ohne Zahlung enden Ihre Dienste am 26. November 2026.

Wenn Sie inzwischen gezahlt haben, müssen Sie nichts weiter tun.

Jetzt zahlen:
https://my.example.net/portal/bills/pay
""",
    ),
    "payment failed": (
        FAILED,
        "Ihre Zahlung über 18,33 € ist fehlgeschlagen",
        """Ihre Zahlung über 18,33 € ist fehlgeschlagen. Ihre Bank hat die Zahlung nicht freigegeben.

Ihnen wurde nichts berechnet.

Ihre Bestellung bleibt bis zum 4. Dezember 2026 erhalten.

Noch einmal versuchen oder eine andere Karte verwenden:
https://my.example.net/portal/payments/pay_1
""",
    ),
}


@pytest.fixture
def german(demo: Database) -> Database:
    with demo.begin() as session:
        session.execute(update(Customer).values(language="de"))
    return demo


def mails(db: Database) -> list[Message]:
    with db.read() as session:
        return list(session.scalars(select(Message).order_by(Message.created_at, Message.id)))


def delivered(db: Database) -> Kept:
    mail = Kept()
    homes = {"billing": "http://billing.test", "portal": "https://my.example.net"}
    while send_next(db, mail, sender="Shop <shop@example.net>", homes=homes):
        pass
    return mail


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


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
        ({"code": "amount_differs"}, "What was taken goes back to your card.", "/portal/payments/pay_1"),
    ],
    ids=["order over", "bill", "automatic", "other amount"],
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
