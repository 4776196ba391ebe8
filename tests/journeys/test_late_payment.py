"""A bill is not paid: two services bring the customer to Blocked, Inactive and back, and then rest."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from billing.domain.line import Code, Line
from billing.models import Account, Invoice, Subscription
from billing.usecases.issue_invoice import Charged, issue_invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from billing.usecases.post import tell_balance
from customers.domain.status import Status
from customers.models import Customer
from customers.usecases.change_status import change_status
from shared import clock
from shared.bus.outbox import outbox
from shared.money import Money
from tests.journeys.world import World

Travel = Callable[[datetime], None]


def status(world: World) -> tuple[str, str]:
    """
    Return Robert's status and its reason, as customers has it.
    """
    with world.databases["customers"].read() as session:
        row = session.scalars(select(Customer).where(Customer.login == "postpaid")).one()
        return row.status.value, row.status_reason.value


def bill(world: World) -> str:
    """
    Bill Robert EUR 58.00 for November, due on the 16th.
    """
    with world.databases["billing"].begin() as session:
        customer_id = session.scalars(select(Account.customer_id)).one()
        account = lock_account(session, customer_id=customer_id)
        before = account.balance.minor
        held = session.scalars(select(Subscription)).first()
        assert held
        line = Line(
            code=Code.RECURRING,
            plan_id=held.plan_id,
            plan_version=held.plan_version,
            kind=held.kind,
            label=held.name,
            quantity=1,
            price=Money(5800, "EUR"),
            period=None,
            nominal_days=0,
            amount=Money(5800, "EUR"),
            vat_basis_points=2300,
        )
        now = clock.now()
        invoice = issue_invoice(
            session,
            account,
            [Charged(line=line, subscription_id=None)],
            issued_on=now.date(),
            due_on=now.date().replace(day=16),
            now=now,
        )
        assert invoice
        invoice.kind = "recurring"  # type: ignore[assignment]
        tell_balance(session, account, before=before)
        return invoice.id


def pay(world: World, method_id: str) -> None:
    """
    Robert pays all that is open by card.
    """
    with world.databases["billing"].begin() as session:
        invoice = session.scalars(select(Invoice).where(Invoice.open_minor > 0)).one()
        how = PayBy(method_id=method_id, return_url="http://portal.test/{payment_id}")
        pay_bills(
            session,
            customer_id=invoice.customer_id,
            invoice_ids=[invoice.id],
            how=how,
            now=clock.now(),
            retry_of=None,
        )


def facts(world: World) -> int:
    """
    Return how many facts were ever told.
    """
    total = 0
    for db in world.databases.values():
        with db.read() as session:
            total += session.execute(select(func.count()).select_from(outbox)).scalar_one()
    return total


def services(person: Any) -> list[str]:
    """
    Return the states of what the portal shows.
    """
    return sorted(each["status"] for each in person.get("/services")["items"])


def start(world: World, travel: Travel) -> Any:
    """
    Robert has a service; it is 1 November and he gets a bill.
    """
    robert = world.sign_in("postpaid")
    robert.order("Fibre 300")
    world.until(lambda: status(world)[0] == "active", "Robert is active")
    travel(datetime(2027, 11, 1, 12, tzinfo=UTC))
    bill(world)
    return robert


def test_blocked_inactive_paid_and_at_rest(world: World, travel: Travel) -> None:
    robert = start(world, travel)

    travel(datetime(2027, 11, 16, 12, tzinfo=UTC))
    world.until(lambda: status(world) == ("blocked", "auto"), "Robert is blocked")
    assert services(robert) == ["active"]
    home = robert.get("/home")
    assert home["account"]["label"]
    assert home["amount_due"]["days_left"] == 0
    assert [(step["on"], step["code"]) for step in home["account"]["next_steps"]] == [
        ("2027-11-16", "payment_due"),
        ("2027-11-16", "service_pauses"),
        ("2027-11-26", "service_ends"),
    ]

    travel(datetime(2027, 11, 26, 12, tzinfo=UTC))
    world.until(lambda: status(world) == ("inactive", "auto"), "Robert is inactive")
    assert services(robert) == ["disabled", "paused"]

    travel(datetime(2027, 12, 10, 12, tzinfo=UTC))
    pay(world, robert.card("4242"))
    world.until(lambda: status(world) == ("active", "auto"), "Robert is back")
    assert services(robert) == ["active", "disabled"]

    count = facts(world)
    world.until(lambda: world.carry() == 0, "nothing more is told")
    assert facts(world) == count


def test_a_person_lifts_it_and_the_two_services_rest(world: World, travel: Travel) -> None:
    robert = start(world, travel)
    travel(datetime(2027, 11, 26, 12, tzinfo=UTC))
    world.until(lambda: status(world) == ("inactive", "auto"), "Robert is inactive")

    with world.databases["customers"].begin() as session:
        customer = session.scalars(select(Customer).where(Customer.login == "postpaid")).one()
        change_status(session, customer_id=customer.id, to=Status.ACTIVE, why="Promised", scope=None)
    world.until(lambda: services(robert) == ["active", "disabled"], "the service works again")
    world.until(lambda: world.carry() == 0, "nothing more is told")

    assert status(world) == ("active", "manual")
