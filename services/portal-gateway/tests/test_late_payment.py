"""A bill is not paid: Home says what comes when, and every page of who is kept out what brings them back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import DEFAULT, ROBERT, euro
from portal_gateway.handlers import handlers
from shared.contracts import billing
from shared.contracts.customers import CustomerChanged
from shared.contracts.envelope import wrap
from shared.db import Database
from shared.money import Money
from shared.testing import hear

WHO: dict[str, Any] = {"customer_id": ROBERT, "partner_id": DEFAULT}
OWED: dict[str, Any] = {"owed": Money(5800, "EUR"), "due_since": date(2026, 11, 16)}
BLOCKED = billing.AccountBlocked(**WHO, **OWED, version=3, on=date(2026, 11, 16))
DEACTIVATED = billing.AccountDeactivated(**WHO, **OWED, version=5, on=date(2026, 11, 26))
CLEARED = billing.AccountCleared(**WHO, version=7, on=date(2026, 12, 10))
LATE = {
    "owed": euro("58.00"),
    "due_on": "2026-11-16",
    "invoices_due": 1,
    "next_steps": [
        {"on": "2026-11-16", "code": "due"},
        {"on": "2026-11-30", "code": "blocked"},
        {"on": "2026-12-10", "code": "inactive"},
    ],
}


def robert(status: str, version: int) -> CustomerChanged:
    return CustomerChanged(
        **WHO,
        version=version,
        number=1,
        login="postpaid",
        full_name="Robert Myers",
        status=status,
        category="individual",
        billing_type="recurring",
        location_id=None,
        label_ids=(),
        emails=(),
        billing_emails=(),
        phones=(),
        street="",
        zip_code="",
        city="",
        language="en",
    )


@pytest.fixture
def signed_in(browser: Any, sign_on: Any) -> Any:
    sign_on()
    return browser


@pytest.fixture
def late(world: FakeWorld, travel: Callable[[datetime], None]) -> FakeWorld:
    world.account = LATE
    travel(datetime(2026, 11, 20, 12, tzinfo=UTC))
    return world


def test_the_api_says_what_is_ahead(client: FlaskClient, sign_in: Any, late: FakeWorld) -> None:
    home = client.get("/api/v1/home", headers=sign_in()).json

    assert home["account"]["next_steps"] == [
        {"on": "2026-11-30", "code": "service_pauses", "label": "Service pauses if the bill is not paid"},
        {"on": "2026-12-10", "code": "service_ends", "label": "Service ends if the bill is not paid"},
    ]
    assert (home["amount_due"]["total"], home["amount_due"]["days_left"]) == (euro("58.00"), -4)


def test_home_names_the_day(signed_in: Any, late: FakeWorld) -> None:
    page = signed_in.open("/portal")

    assert "4 days late. Service pauses on 30 November if it is not paid." in page.text


def test_every_page_of_a_blocked_customer_says_what_to_pay(signed_in: Any, database: Database) -> None:
    hear(database, handlers, robert("blocked", 2))
    hear(database, handlers, BLOCKED)

    for path in ("/portal", "/portal/orders", "/portal/support"):
        page = signed_in.open(path)
        assert "Access is paused: €58.00 due since 16 November. Pay now to reconnect." in page.text, path
        assert "/portal/bills/pay" in page.links, path


def test_services_that_stopped_come_back_by_paying(signed_in: Any, database: Database) -> None:
    hear(database, handlers, robert("inactive", 2))
    hear(database, handlers, DEACTIVATED)
    assert "Your services have stopped: €58.00 due since 16 November." in signed_in.open("/portal").text

    hear(database, handlers, CLEARED)
    hear(database, handlers, robert("active", 3))
    assert "due since" not in signed_in.open("/portal").text


def test_an_older_word_does_not_bring_the_banner_back(signed_in: Any, database: Database) -> None:
    hear(database, handlers, robert("blocked", 2))
    for envelope in [wrap(fact) for fact in (CLEARED, BLOCKED, DEACTIVATED)] * 2:
        hear(database, handlers, envelope)

    assert "due since" not in signed_in.open("/portal").text


def test_who_was_blocked_by_a_person_is_not_asked_to_pay(signed_in: Any, database: Database) -> None:
    hear(database, handlers, robert("blocked", 2))

    page = signed_in.open("/portal")

    assert "Access is paused. Ask us and we will help." in page.text
    assert "/portal/bills/pay" not in page.links
