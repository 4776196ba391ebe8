"""Each invariant holds in a month of ordinary business, and fails when something is not as it must be."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from billing.clients.sandbox.records import Record
from billing.domain.run import Mode, RunState
from billing.models import BillingRun
from shared import clock
from shared.settings import environment
from tests.chaos.evidence import Evidence
from tests.chaos.invariants import SERVICES, violations
from tests.journeys.world import Person, World

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(
        "TEST_DATABASE_URL" in environment(), reason="the states are broken by SQLite's means"
    ),
]

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 9, tzinfo=UTC)
OF_BILLS = "(SELECT id FROM payments WHERE order_id IS NULL)"
PREPAID = "(SELECT id FROM customers WHERE login = 'prepaid')"

BROKEN = {
    "i1 another amount was taken": ("sandbox-payments", "UPDATE charges SET amount = amount + 1"),
    "i1 nobody asked for it": (
        "sandbox-payments",
        "UPDATE charges SET reference = 'pay_unknown' WHERE rowid = 1",
    ),
    "i1 an order is paid twice": (
        "billing",
        "UPDATE payments SET order_id = (SELECT MIN(order_id) FROM payments)",
    ),
    "i1 bills are paid twice": (
        "billing",
        "UPDATE invoices SET total_minor = 1 WHERE order_id IS NULL",
    ),
    "i2 an order is on its way": ("billing", "UPDATE orders SET status = 'paying' WHERE rowid = 1"),
    "i3 a posting does not sum to zero": (
        "billing",
        "UPDATE journal_entries SET amount_minor = amount_minor + 1 WHERE rowid = 1",
    ),
    "i3 a balance is not its entries": ("billing", "UPDATE billing_accounts SET owed_minor = owed_minor + 1"),
    "i4 days are not charged": (
        "billing",
        "UPDATE subscriptions SET charged_through = date(charged_through, '+9 day') WHERE status = 'active'",
    ),
    "i4 days are charged twice": (
        "billing",
        "UPDATE invoice_lines SET from_on = date(from_on, '-1 day') WHERE code = 'recurring'",
    ),
    "i4 a number is missing": (
        "billing",
        "UPDATE invoices SET number = substr(number, 1, 6) || '000099' WHERE rowid = 1",
    ),
    "i4 an account was left out of its run": (
        "billing",
        "UPDATE billing_accounts SET next_bill_on = '2026-12-01' WHERE next_bill_on IS NOT NULL",
    ),
    "i4 a prepaid service goes on unpaid": (
        "billing",
        f"UPDATE subscriptions SET charged_through = '2026-11-25' WHERE customer_id IN {PREPAID}",
    ),
    "i5 a fact was not sent": ("billing", "UPDATE outbox SET published_at = NULL WHERE seq = 1"),
    "i5 a fact was not heard": ("tickets", "DELETE FROM inbox WHERE type = 'billing.order_requested'"),
    "i5 a handler is stuck": ("customers", "UPDATE inbox SET state = 'parked' WHERE rowid = 1"),
    "i6 a request has no ticket": ("tickets", "UPDATE tickets SET order_id = NULL"),
    "i7 paid and not active": (
        "billing",
        "UPDATE orders SET status = 'awaiting_approval' WHERE mode = 'payment'",
    ),
    "i7 active and not paid": (
        "billing",
        "UPDATE payments SET status = 'reversed' WHERE order_id IS NOT NULL",
    ),
    "i8 a copy is behind": ("portal-gateway", "UPDATE customer_copy SET status = 'inactive'"),
    "i8 tickets has an older order": ("tickets", "UPDATE known_orders SET status = 'placed'"),
    "i12 a credit is not what its days cost": (
        "billing",
        "UPDATE credit_note_lines SET amount_minor = amount_minor - 1",
    ),
    "i12 money went back that we do not know of": ("sandbox-payments", "UPDATE charges SET refunded = 1"),
    "i12 a late start gave nothing back": (
        "billing",
        "UPDATE orders SET confirmed_start_on = date(starts_on, '+3 days') WHERE mode = 'payment'",
    ),
    "i13 failed, and the money is with us": (
        "billing",
        "UPDATE payments SET status = 'failed' WHERE order_id IS NOT NULL",
    ),
    "i13 succeeded, and there is no money": ("sandbox-payments", "DELETE FROM charges WHERE rowid = 1"),
    "i14 blocked without a step": ("billing", "UPDATE billing_accounts SET dunning = 'blocked'"),
    "i14 a step was skipped": (
        "billing",
        "INSERT INTO dunning_events SELECT customer_id, 1, partner_id, '2026-12-01', created_at, 'blocked',"
        " 'inactive', 'clock', 'service:billing' FROM orders LIMIT 1",
    ),
    "i14 a step was not taken": ("billing", "UPDATE billing_accounts SET dunning_next_on = '2026-11-21'"),
    "i14 customers says something else": (
        "customers",
        "UPDATE customers SET status = 'blocked', status_reason = 'auto' WHERE login = 'postpaid'",
    ),
}


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Path:
    """
    The databases of an installation in which people ordered, asked, changed plans, were billed, and paid.
    """
    folder = tmp_path_factory.mktemp("ordinary")
    clock.move_to(START)
    try:
        with World(folder, keys_dir).alive() as world:
            _live(world)
        (folder / "clock").write_text(str(clock.offset().total_seconds()))
    finally:
        clock.reset()
    _let_the_provider_know(folder)
    return folder


@pytest.fixture
def copy(ordinary: Path, tmp_path: Path) -> Path:
    """
    A copy of these databases, in which nothing protects documents any more.
    """
    shutil.copytree(ordinary, tmp_path / "copy")
    for file in (tmp_path / "copy").glob("*.db"):
        with sqlite3.connect(file) as connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        connection.close()
    return tmp_path / "copy"


@pytest.fixture
def evidence(copy: Path) -> Iterator[Evidence]:
    evidence = Evidence(
        {name: _url(copy, name) for name in (*SERVICES, "sandbox-payments")}, clock=copy / "clock"
    )
    yield evidence
    evidence.close()


def test_nothing_is_violated_in_a_month_of_ordinary_business(evidence: Evidence) -> None:
    orders = [row["id"] for row in evidence.rows("billing", "SELECT id FROM orders")]

    assert violations(evidence, orders) == []
    assert len(orders) == 3
    assert evidence.rows("billing", f"SELECT id FROM payments WHERE id IN {OF_BILLS}") != []
    assert evidence.rows("billing", "SELECT * FROM credit_note_lines") != []


@pytest.mark.parametrize("what", BROKEN)
def test_an_invariant_sees_what_is_wrong(copy: Path, evidence: Evidence, what: str) -> None:
    service, change = BROKEN[what]
    engine = create_engine(_url(copy, service))
    with engine.begin() as connection:
        changed = connection.execute(text(change)).rowcount
    engine.dispose()

    found = {violation.partition("_")[0] for violation in violations(evidence, [])}

    assert changed > 0
    assert what.partition(" ")[0] in found


def test_an_order_that_is_gone_or_given_twice_is_seen(evidence: Evidence) -> None:
    order = evidence.rows("billing", "SELECT id FROM orders")[0]["id"]

    assert violations(evidence, ["ord_gone", order, order]) == [
        "i2_no_lost_order: order ord_gone was accepted and is gone",
        f"i2_no_lost_order: two requests got one order {order}",
    ]


def _live(world: World) -> None:
    robert, elena, hotel = (world.sign_in(login) for login in ("postpaid", "prepaid", "requestonly"))
    assert robert.order("Fibre 100")["status"] == "active"
    assert elena.order("Fibre 100")["status"] == "active"
    hotel.request("Fibre 100")
    _change_plan(world, robert)
    clock.move_to(DECEMBER)
    world.until(lambda: _is_billed(world), "December is billed")
    card = {"payment_method_id": robert.card("4242")}
    robert.post("/payments", {"invoice_ids": [], "payment": card}, key=robert.new_key())
    world.until(lambda: all(bill["status"] == "paid" for bill in robert.get("/invoices")["items"]), "paid")
    world.until(lambda: world.carry() == 0, "everybody has heard")


def _is_billed(world: World) -> bool:
    issued = select(BillingRun.id).where(BillingRun.mode == Mode.ISSUE, BillingRun.state == RunState.DONE)
    with world.databases["billing"].read() as session:
        return session.scalar(issued) is not None


def _change_plan(world: World, person: Person) -> None:
    held = person.get("/services")["items"][0]
    faster = person.plan("Fibre 500")["id"]
    quote = person.post("/quotes", {"kind": "plan_change", "service_id": held["id"], "plan_id": faster})
    person.post("/plan-changes", {"quote_id": quote["id"]}, key=person.new_key())
    clock.move_to(clock.now() + timedelta(minutes=11))
    world.until(
        lambda: any(
            each["plan"]["name"] == "Fibre 500" and each["status"] == "active"
            for each in person.get("/services")["items"]
        ),
        "the plan is changed",
    )


def _let_the_provider_know(folder: Path) -> None:
    """
    Write down the charges of the provider in memory, as the sandbox's own process would have.
    """
    engine = create_engine(_url(folder, "sandbox-payments"))
    Record.metadata.create_all(engine)
    with sqlite3.connect(folder / "billing.db") as billing:
        taken = billing.execute(
            "SELECT id, customer_id, amount_minor, currency FROM payments WHERE status = 'succeeded'"
        ).fetchall()
    billing.close()
    insert = text(
        "INSERT INTO charges"
        " (id, reference, customer_ref, amount, currency, status, return_url, refunded, created_at)"
        " VALUES (:id, :id, :customer, :amount, :currency, 'succeeded', '', 0, '2026-11-20')"
    )
    with engine.begin() as connection:
        for id, customer, amount, currency in taken:
            connection.execute(
                insert, {"id": id, "customer": customer, "amount": amount, "currency": currency}
            )
    engine.dispose()


def _url(folder: Path, name: str) -> str:
    return f"sqlite:///{folder}/{SERVICES.get(name, name)}.db"
