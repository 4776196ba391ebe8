"""Facts that customers are mailed about, what Robert Myers reads of each in German, and his letters."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from customers.clients.mail import Kept
from customers.models import Message
from customers.usecases.seed_demo import DEFAULT, demo_id
from customers.usecases.send_messages import send_next
from shared.contracts import billing
from shared.db import Database
from shared.money import Money

ROBERT = demo_id("cus", 1)
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

OFFERED = billing.PlanChangeOffered(
    **WHO,
    offer_id="off_1",
    subscription_id="sub_1",
    version=1,
    from_plan_name="Fibre 300",
    to_plan_name="Fibre 500",
    starts_on=date(2026, 12, 2),
    expires_at=datetime(2026, 11, 28, 12, tzinfo=UTC),
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

PAUSE = {**WHO, "pause_id": "pau_1", "subscription_id": "sub_1", "plan_name": "Fibre 300"}
PAUSES = billing.SubscriptionPauseBooked(
    **PAUSE,
    version=1,
    from_on=date(2026, 12, 7),
    last_on=date(2026, 12, 16),
    message="Enjoy your holidays.",
)
GOES_ON = billing.SubscriptionPauseWithdrawn(**PAUSE, version=2, from_on=date(2026, 12, 7))
RESUMED = billing.SubscriptionResumed(**PAUSE, version=3, on=date(2026, 12, 17))
ENDING = {**WHO, "subscription_id": "sub_1", "plan_name": "Fibre 300"}
ENDS = billing.SubscriptionEndBooked(
    **ENDING, version=2, last_on=date(2026, 12, 16), fee=EUR_18, source="portal", reason="moving"
)
TAKEN_BACK = billing.OrderChanged(**{**ORDER, "version": 4}, old="active", new="taken_back", approval="done")

INVOICE = billing.InvoiceIssued(
    **WHO,
    invoice_id="inv_1",
    number="202601000042",
    total=EUR_18,
    issued_on=date(2026, 12, 1),
    due_on=date(2026, 12, 16),
    status="open",
    open=EUR_18,
    mail=True,
)
AGAIN = billing.InvoiceSentAgain(
    **WHO,
    invoice_id="inv_1",
    number="202601000042",
    total=EUR_18,
    open=Money(500, "EUR"),
    issued_on=date(2026, 11, 1),
    due_on=date(2026, 11, 16),
    status="overdue",
)
BLOCKED = billing.AccountBlocked(
    **WHO,
    version=3,
    on=date(2026, 11, 16),
    owed=EUR_18,
    due_since=date(2026, 11, 16),
    inactive_on=date(2026, 11, 26),
)
DEACTIVATED = billing.AccountDeactivated(
    **WHO, version=5, on=date(2026, 11, 26), owed=EUR_18, due_since=date(2026, 11, 16)
)
CLEARED = billing.AccountCleared(**WHO, version=7, on=date(2026, 12, 2))

MAILS = {
    "bill": (
        INVOICE,
        "Ihre Rechnung 202601000042 über 18,33 €",
        """Ihre Rechnung 202601000042 vom 1. Dezember 2026 ist da: 18,33 €.

Bitte zahlen Sie vor dem 16. Dezember 2026.

Ansehen und zahlen:
https://my.example.net/portal/bills/inv_1
""",
    ),
    "bill again": (
        AGAIN,
        "Ihre Rechnung 202601000042 über 18,33 €, noch einmal",
        """hier ist noch einmal Ihre Rechnung 202601000042 vom 1. November 2026: 18,33 €.

5,00 € sind zu zahlen, fällig seit dem 16. November 2026. Wenn Sie inzwischen gezahlt haben, ist alles gut.

Ansehen und zahlen:
https://my.example.net/portal/bills/inv_1
""",
    ),
    "blocked": (
        BLOCKED,
        "Ihr Zugang ist gesperrt: 18,33 € zu zahlen",
        """Ihr Zugang ist gesperrt, weil 18,33 € seit dem 16. November 2026 fällig sind.

Wenn Sie nicht zahlen, enden Ihre Dienste am 26. November 2026.

Er ist von selbst wieder da, sobald Sie gezahlt haben.

Jetzt zahlen:
https://my.example.net/portal/bills/pay
""",
    ),
    "deactivated": (
        DEACTIVATED,
        "Ihre Dienste endeten am 26. November 2026",
        """Ihre Dienste endeten am 26. November 2026, weil 18,33 € seit dem 16. November 2026 fällig sind.

Sie beginnen von selbst wieder, sobald Sie gezahlt haben. Die Tage dazwischen sind frei.

Jetzt zahlen:
https://my.example.net/portal/bills/pay
""",
    ),
    "back": (
        CLEARED,
        "Ihr Zugang ist wieder da",
        """Ihr Zugang ist wieder da, und Ihre Dienste gehen ab dem 2. Dezember 2026.

Ihre Dienste im Portal:
https://my.example.net/portal/services
""",
    ),
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
    "offer": (
        OFFERED,
        "Bitte entscheiden Sie: Fibre 500 für Sie?",
        """wir bieten Ihnen an, am 2. Dezember 2026 von Fibre 300 zu Fibre 500 zu wechseln.

Sie sehen jeden Betrag, bevor Sie entscheiden. Nichts ändert sich, wenn Sie nicht zustimmen.

Sie können bis zum 28. November 2026 antworten.

Ansehen und antworten:
https://my.example.net/portal/offers/off_1
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
    "pause": (
        PAUSES,
        "Fibre 300 pausiert ab 7. Dezember 2026",
        """Fibre 300 pausiert vom 7. Dezember 2026 bis zum Ende des 16. Dezember 2026, danach geht es weiter.

Für diese Tage zahlen Sie nichts. Was Sie dafür bezahlt haben, bekommen Sie zurück.

Enjoy your holidays.

Ihr Dienst im Portal:
https://my.example.net/portal/services/sub_1
""",
    ),
    "pause undone": (
        GOES_ON,
        "Fibre 300 pausiert nicht",
        """die Pause von Fibre 300 ab dem 7. Dezember 2026 ist zurückgenommen. Es geht weiter wie bisher.

Ihr Dienst im Portal:
https://my.example.net/portal/services/sub_1
""",
    ),
    "works again": (
        RESUMED,
        "Fibre 300 ist wieder da",
        """die Pause von Fibre 300 ist vorbei: Sie können den Dienst wieder nutzen.

Er wird ab dem 17. Dezember 2026 wieder berechnet.

Ihr Dienst im Portal:
https://my.example.net/portal/services/sub_1
""",
    ),
    "service ends": (
        ENDS,
        "Fibre 300 endet am 16. Dezember 2026",
        """Fibre 300 läuft bis zum Ende des 16. Dezember 2026.

Was Sie für spätere Tage bezahlt haben, bekommen Sie zurück.

Das Ende kostet einmalig 18,33 €, auf Ihrer letzten Rechnung.

Bis dahin können Sie das im Portal zurücknehmen.

Ihr Dienst im Portal:
https://my.example.net/portal/services/sub_1
""",
    ),
    "service taken back": (
        TAKEN_BACK,
        "Bestellung 10483 wurde zurückgenommen",
        """wir hatten einen Dienst für Sie hinzugefügt (Bestellung 10483). Er ist zurückgenommen und beendet.

Dafür wird nichts berechnet. Was Sie dafür bezahlt hatten, ist Ihrem Konto gutgeschrieben.

Ihre Bestellung im Portal:
https://my.example.net/portal/orders/ord_1
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


def mails(db: Database) -> list[Message]:
    """
    Return what is queued or sent.
    """
    with db.read() as session:
        return list(session.scalars(select(Message).order_by(Message.created_at, Message.id)))


def delivered(db: Database) -> Kept:
    """
    Send all that waits, and return who got it.
    """
    mail = Kept()
    homes = {"billing": "http://billing.test", "portal": "https://my.example.net"}
    while send_next(db, mail, sender="Shop <shop@example.net>", homes=homes):
        pass
    return mail


def plain(text: str) -> str:
    """
    Return the text with ordinary spaces.
    """
    return text.replace("\N{NO-BREAK SPACE}", " ")
