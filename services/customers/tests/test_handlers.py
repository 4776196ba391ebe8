"""What customers does about the facts of others, however often and in whatever order they come."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select

from customers.domain.status import Status
from customers.handlers import handlers
from customers.models import Activity, Balance, Customer, Message
from customers.usecases.change_status import change_status
from customers.usecases.seed_demo import DEFAULT, demo_id
from shared import context
from shared.contracts import billing, catalog, customers
from shared.contracts.envelope import Envelope, wrap
from shared.db import Database
from shared.money import Money
from shared.testing import hear, told

ROBERT, SEAN = demo_id("cus", 1), demo_id("cus", 3)
EUR_30 = Money(3000, "EUR")

ACTIVATED = billing.SubscriptionActivated(
    subscription_id="sub_1",
    customer_id=ROBERT,
    partner_id=DEFAULT,
    version=1,
    plan_id="plan_1",
    plan_name="Fibre 100",
    kind="internet",
    order_id="ord_1",
    starts_on=date(2026, 11, 20),
)
BALANCE = billing.BalanceChanged(customer_id=ROBERT, partner_id=DEFAULT, version=1, balance=EUR_30)
PAID = billing.PaymentSucceeded(
    payment_id="pay_1",
    order_id="ord_1",
    customer_id=ROBERT,
    partner_id=DEFAULT,
    amount=EUR_30,
    paid_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    method_label="Visa ending 4242",
    invoice_number="INV-1",
)
REQUESTED = billing.OrderRequested(
    order_id="ord_2",
    number=10483,
    customer_id=ROBERT,
    partner_id=DEFAULT,
    version=1,
    channel="email",
    send_to="orders@harbour-fibre.example",
    total=EUR_30,
    then=EUR_30,
    items=(billing.OrderedItem(plan_id="p", name="Fibre 100", kind="internet", quantity=1, amount=EUR_30),),
)


def status_of(db: Database, customer_id: str) -> tuple[str, str, int]:
    with db.read() as session:
        row = session.get_one(Customer, customer_id)
        return row.status.value, row.status_reason.value, row.version


def activities(db: Database, kind: str) -> list[Activity]:
    with db.read() as session:
        return list(session.scalars(select(Activity).where(Activity.kind == kind).order_by(Activity.id)))


def messages(db: Database) -> list[Message]:
    with db.read() as session:
        return list(session.scalars(select(Message)))


def test_the_first_active_service_makes_a_new_customer_active(demo: Database) -> None:
    cause = hear(demo, handlers, ACTIVATED)

    facts = told(demo)[-2:]
    assert status_of(demo, ROBERT) == ("active", "auto", 2)
    assert isinstance(facts[0], customers.CustomerChanged)
    assert isinstance(facts[1], customers.StatusChanged)
    assert (facts[1].old, facts[1].new, facts[1].reason) == ("new", "active", "auto")
    line = activities(demo, "customers.status_changed")[-1]
    assert (line.customer_id, line.actor, line.source) == (ROBERT, "service:customers", "system")
    assert line.correlation_id == cause.id


def test_hearing_it_twice_is_hearing_it_once(demo: Database) -> None:
    envelope = hear(demo, handlers, ACTIVATED)
    before = len(told(demo))

    hear(demo, handlers, envelope)

    assert status_of(demo, ROBERT) == ("active", "auto", 2)
    assert len(told(demo)) == before
    assert len(activities(demo, "billing.subscription_activated")) == 1


def test_a_second_service_changes_nothing(demo: Database) -> None:
    hear(demo, handlers, ACTIVATED)

    hear(demo, handlers, replace(ACTIVATED, subscription_id="sub_2"))

    assert status_of(demo, ROBERT) == ("active", "auto", 2)


def test_a_service_does_not_lift_what_a_person_blocked(demo: Database) -> None:
    hear(demo, handlers, replace(ACTIVATED, customer_id=SEAN))

    assert status_of(demo, SEAN)[:2] == ("blocked", "manual")


def test_a_customer_made_inactive_stays_so(demo: Database) -> None:
    with demo.begin() as session:
        change_status(session, customer_id=ROBERT, to=Status.INACTIVE, why="", scope=None)

    hear(demo, handlers, ACTIVATED)

    assert status_of(demo, ROBERT)[:2] == ("inactive", "manual")


def test_every_fact_is_one_line_with_who_did_it(demo: Database) -> None:
    with context.use(actor="staff:stf_1", on_behalf_of=f"customer:{ROBERT}", correlation_id="c1"):
        envelope = wrap(PAID)

    hear(demo, handlers, envelope)
    hear(demo, handlers, envelope)

    (line,) = activities(demo, "billing.payment_succeeded")
    assert (line.event_id, line.customer_id, line.partner_id) == (envelope.id, ROBERT, DEFAULT)
    assert (line.actor, line.on_behalf_of, line.source) == ("staff:stf_1", f"customer:{ROBERT}", "admin")
    assert line.correlation_id == "c1"
    assert line.words % line.params == (
        "Payment of {'amount': '30.00', 'currency': 'EUR'} arrived, Visa ending 4242"
    )


def test_the_source_is_who_acted(demo: Database) -> None:
    for actor, number in ((f"customer:{ROBERT}", 1), ("service:billing", 2), ("api:key_1", 3)):
        with context.use(actor=actor):
            hear(demo, handlers, wrap(replace(PAID, payment_id=f"pay_{number}")))

    lines = activities(demo, "billing.payment_succeeded")
    assert [line.source.value for line in lines] == ["portal", "billing", "api"]


def test_a_fact_of_no_customer_is_a_line_too(demo: Database) -> None:
    hear(demo, handlers, catalog.PlanRetired(plan_id="plan_1", version=3))

    (line,) = activities(demo, "catalog.plan_retired")
    assert (line.customer_id, line.words % line.params) == (None, "Plan plan_1 was retired")


def test_a_fact_from_the_future_reads_by_its_name(demo: Database) -> None:
    unknown = replace(wrap(PAID), id="evt_new", type="billing.something_new")

    hear(demo, handlers, unknown)

    (line,) = activities(demo, "billing.something_new")
    assert line.words % line.params == "billing.something_new"


def test_our_own_facts_coming_back_are_not_written_twice(demo: Database) -> None:
    with demo.begin() as session:
        change_status(session, customer_id=ROBERT, to=Status.ACTIVE, why="", scope=None)
    before = activities(demo, "customers.status_changed")
    with demo.read() as session:
        from sqlalchemy import text

        bodies = session.execute(text("SELECT payload FROM outbox")).scalars().all()

    for body in bodies:
        hear(demo, handlers, Envelope.load(bytes(body)))

    assert len(activities(demo, "customers.status_changed")) == len(before)


def test_the_newest_balance_is_kept_whatever_comes_last(demo: Database) -> None:
    hear(demo, handlers, replace(BALANCE, version=3, balance=Money(-1250, "EUR")))

    hear(demo, handlers, replace(BALANCE, version=2))

    with demo.read() as session:
        assert session.get_one(Balance, ROBERT).money == Money(-1250, "EUR")


def test_a_payment_is_confirmed_to_the_billing_address_once(demo: Database) -> None:
    envelope = hear(demo, handlers, PAID)
    hear(demo, handlers, envelope)

    (message,) = messages(demo)
    assert (message.kind, message.recipients) == ("receipt", ["robert.myers@example.net"])
    assert message.subject_line == "We received your payment of €30.00"
    assert "we received €30.00 on 20 November 2026." in message.body
    assert "Paid with: Visa ending 4242" in message.body
    assert "Bill: INV-1" in message.body


def test_a_customer_with_a_billing_address_gets_money_mail_only_there(demo: Database) -> None:
    hear(demo, handlers, replace(PAID, customer_id=demo_id("cus", 5), partner_id=demo_id("par", 2)))

    (message,) = messages(demo)
    assert message.recipients == ["accounts@quay-hotel.example"]


def test_an_order_by_mail_goes_to_the_address_of_the_partner(demo: Database) -> None:
    hear(demo, handlers, replace(REQUESTED, preferred_start_on=date(2026, 12, 3)))

    (message,) = (each for each in messages(demo) if each.kind == "order_request")
    assert (message.kind, message.recipients) == ("order_request", ["orders@harbour-fibre.example"])
    assert message.subject_line == "Order 10483: Robert Myers"
    assert "- Fibre 100: €30.00" in message.body
    assert "Total: €30.00\nThen: €30.00 a month\nWished start: 3 December 2026" in message.body
    assert (message.path_service, message.path) == ("billing", "/admin/billing/orders/ord_2")


def test_an_order_that_became_a_ticket_is_not_mailed(demo: Database) -> None:
    hear(demo, handlers, replace(REQUESTED, channel="tickets"))

    assert [each.kind for each in messages(demo)] == ["order_received"]


def test_an_order_without_a_usable_address_falls_back_to_a_ticket_at_once(demo: Database) -> None:
    hear(demo, handlers, replace(REQUESTED, send_to="nowhere\r\nBcc: a@b.example"))

    fact = told(demo)[-1]
    assert isinstance(fact, customers.MessageFailed)
    assert (fact.order_id, fact.reason) == ("ord_2", "There is no usable address for orders.")
