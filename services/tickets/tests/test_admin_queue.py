"""The queue of tickets, as staff see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db import Database
from tickets import queries
from tickets.domain import ticket as rules
from tickets.queries import EVERYTHING, PAGE
from tickets.usecases.seed_demo import seed_demo

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROBERT, ELENA = "cus_1", "cus_2"

Opened = Callable[..., str]
Known = Callable[..., None]


def page(client: FlaskClient, path: str = "") -> str:
    answer = client.get(f"/admin/tickets{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_the_queue_shows_what_is_open_with_its_customer(
    client: FlaskClient, agent: Any, opened: Opened, known: Known
) -> None:
    known()
    opened(subject="Slow in the evening")
    agent(f"/{opened(subject='All is well')}/closures")

    queue = page(client)

    assert "Slow in the evening" in queue
    assert "Robert Myers" in queue
    assert "All is well" not in queue
    assert "All is well" in page(client, "?status=resolved")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=evening", ["Slow in the evening"]),
        ("?q=%232", ["No dial tone"]),
        ("?q=costa", ["No dial tone"]),
        ("?q=100%25", []),
        ("?type=incident", ["No dial tone"]),
        ("?assignee=me", ["No dial tone"]),
        ("?assignee=nobody", ["Slow in the evening"]),
        ("?status=in_progress", []),
        ("?status=tractor", ["Slow in the evening", "No dial tone"]),
    ],
)
def test_filters_narrow_the_queue(
    client: FlaskClient, agent: Any, opened: Opened, known: Known, query: str, found: list[str]
) -> None:
    known(ELENA, full_name="Elena Costa", number=2)
    opened(subject="Slow in the evening")
    phone = opened(subject="No dial tone", customer_id=ELENA, type=rules.Type.INCIDENT)
    agent(f"/{phone}/properties", version="1", status="new", priority="high", type="incident", assignee="me")

    queue = page(client, query)

    assert [name for name in ("Slow in the evening", "No dial tone") if name in queue] == found


def test_the_queue_goes_on_where_the_page_ended(client: FlaskClient, agent: Any, opened: Opened) -> None:
    for minute in range(PAGE + 2):
        opened(subject=f"Question {minute:03}", now=NOW + timedelta(minutes=minute))

    first = page(client)
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(address).get_data(as_text=True)

    assert "Question 051" in first
    assert "Question 001" not in first
    assert "Question 001" in second
    assert "Question 000" in second
    assert "Question 002" not in second


def test_the_demo_tickets_are_opened_once(database: Database) -> None:
    for _ in range(2):
        with database.begin() as session:
            seed_demo(session, now=NOW)

    with database.read() as session:
        rows = queries.tickets(session, scope=EVERYTHING, filters=queries.Filters())
    assert [row.ticket.subject for row in rows] == [
        "Top-up by card?",
        "Second line for the bar",
        "Slow in the evening",
        "First bill",
    ]
