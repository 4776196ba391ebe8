"""A town to bill: accounts with one service each, of twenty prices a month, that is paid until 1 December."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from billing.domain.run import Mode
from billing.models import Account, Customer, Partner, Segment, Subscription
from billing.usecases.start_billing_run import start_billing_run
from shared import clock
from shared.bulk import insert_rows
from shared.db import Database
from shared.migrations import migrate

PARTNER = "par_00000000000000000000000001"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)
CHUNK = 20_000

CUSTOMER = (
    *("id", "partner_id", "version", "number", "full_name", "login", "status", "category"),
    *("billing_type", "address", "deleted"),
)
ACCOUNT = ("customer_id", "partner_id", "version", "currency", "timezone", "billing_type", "billing_day")
SUBSCRIPTION = ("id", "customer_id", "partner_id", "version", "order_id", "plan_id", "plan_version", "name")
SEGMENT = ("id", "subscription_id", "plan_id", "plan_version", "name", "currency", "price_minor", "quantity")


def settle(db: Database, count: int) -> None:
    """
    Make the tables and the town.
    """
    migrate(db, "billing")
    with db.begin() as session:
        values: dict[str, Any] = {"version": 1, "number": 1, "name": "Harbour", "is_default": True}
        session.add(Partner(id=PARTNER, currency="EUR", timezone="UTC", **values))
    for start in range(1, count + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, count + 1))
        with db.begin() as session:
            insert_rows(session, Customer, CUSTOMER, _people(numbers))
            insert_rows(session, Account, (*ACCOUNT, *_defaults()), _accounts(numbers))
            insert_rows(session, Subscription, (*SUBSCRIPTION, *_terms()), _subscriptions(numbers))
            insert_rows(session, Segment, (*SEGMENT, "discount_basis_points", "from_on"), _segments(numbers))
    if not db.is_sqlite:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE billing_accounts, subscriptions, segments, customers")


@contextmanager
def december() -> Iterator[None]:
    """
    Let it be noon of 1 December for the length of a block.
    """
    clock.move_to(NOON)
    try:
        yield
    finally:
        clock.reset()


def start(db: Database, mode: Mode) -> str:
    """
    Start the run of the day.
    """
    with db.begin() as session:
        return start_billing_run(session, partner_id=PARTNER, cut_off=DECEMBER, mode=mode, now=clock.now()).id


def customer(number: int) -> str:
    """
    Return the id of a customer of the town.
    """
    return _id("cus", number)


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


def _price(number: int) -> int:
    return 2000 + number % 20 * 100


def _people(numbers: range) -> list[tuple[Any, ...]]:
    return [
        (
            *(customer(n), PARTNER, 1, n, f"Customer {n}", f"c{n}", "active", "individual"),
            *("recurring", "1 Quay", False),
        )
        for n in numbers
    ]


def _defaults() -> tuple[str, ...]:
    return (
        *("own_settings", "next_bill_on", "dunning", "blocked_manually", "credit_minor", "owed_minor"),
        *("audit_count", "audit_hash"),
    )


def _accounts(numbers: range) -> list[tuple[Any, ...]]:
    return [
        (
            *(customer(n), PARTNER, 1, "EUR", "UTC", "recurring", 1),
            *({}, DECEMBER, "clear", False, 0, 0, 0, ""),
        )
        for n in numbers
    ]


def _terms() -> tuple[str, ...]:
    return (
        *("kind", "quantity", "currency", "price_minor", "interval_months", "vat_basis_points", "status"),
        *("on_approve", "starts_on", "charged_through", "created_at"),
    )


def _subscriptions(numbers: range) -> list[tuple[Any, ...]]:
    return [
        (
            *(_id("sub", n), customer(n), PARTNER, 1, "ord_1", "plan_fibre", 1, "Fibre 100"),
            *("internet", 1, "EUR", _price(n), 1, 2300, "active", False, date(2026, 11, 1), DECEMBER, NOON),
        )
        for n in numbers
    ]


def _segments(numbers: range) -> list[tuple[Any, ...]]:
    return [
        (
            *(_id("seg", n), _id("sub", n), "plan_fibre", 1, "Fibre 100", "EUR", _price(n), 1, 0),
            date(2026, 11, 1),
        )
        for n in numbers
    ]
