"""A bill is not paid: two services bring the customer to Blocked, Inactive and back, and then rest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from billing.models import Invoice
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from customers.domain.status import Status
from customers.models import Customer
from customers.usecases.change_status import change_status
from shared import clock
from shared.bus.outbox import outbox
from tests.journeys.world import World

Travel = Callable[[datetime], None]


def status(world: World) -> tuple[str, str]:
    """
    Return Robert's status and its reason, as customers has it.
    """
    with world.databases["customers"].read() as session:
        row = session.scalars(select(Customer).where(Customer.login == "postpaid")).one()
        return row.status.value, row.status_reason.value


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


def start(world: World, travel: Travel) -> tuple[Any, Callable[[int], datetime]]:
    """
    Robert has a service, and is billed for the next month on its first day; return him and that month's days.
    """
    robert = world.sign_in("postpaid")
    robert.order("Fibre 300")
    world.until(lambda: status(world)[0] == "active", "Robert is active")
    first = (clock.now().replace(day=1) + timedelta(days=32)).replace(day=1, hour=12)
    travel(first)
    world.until(lambda: len(robert.get("/invoices")["items"]) == 2, "Robert is billed")
    return robert, lambda day: first.replace(day=day)


def test_blocked_inactive_paid_and_at_rest(world: World, travel: Travel) -> None:
    robert, on = start(world, travel)

    travel(on(16))
    world.until(lambda: status(world) == ("blocked", "auto"), "Robert is blocked")
    assert services(robert) == ["active"]
    home = robert.get("/home")
    assert home["account"]["label"]
    assert home["amount_due"]["days_left"] == 0
    assert [(step["on"], step["code"]) for step in home["account"]["next_steps"]] == [
        (on(16).date().isoformat(), "payment_due"),
        (on(16).date().isoformat(), "service_pauses"),
        (on(26).date().isoformat(), "service_ends"),
    ]

    travel(on(26))
    world.until(lambda: status(world) == ("inactive", "auto"), "Robert is inactive")
    assert services(robert) == ["disabled", "paused"]

    travel(on(28))
    pay(world, robert.card("4242"))
    world.until(lambda: status(world) == ("active", "auto"), "Robert is back")
    assert services(robert) == ["active", "disabled"]

    count = facts(world)
    world.until(lambda: world.carry() == 0, "nothing more is told")
    assert facts(world) == count


def test_a_person_lifts_it_and_the_two_services_rest(world: World, travel: Travel) -> None:
    robert, on = start(world, travel)
    travel(on(26))
    world.until(lambda: status(world) == ("inactive", "auto"), "Robert is inactive")

    with world.databases["customers"].begin() as session:
        customer = session.scalars(select(Customer).where(Customer.login == "postpaid")).one()
        change_status(session, customer_id=customer.id, to=Status.ACTIVE, why="Promised", scope=None)
    world.until(lambda: services(robert) == ["active", "disabled"], "the service works again")
    world.until(lambda: world.carry() == 0, "nothing more is told")

    assert status(world) == ("active", "manual")
