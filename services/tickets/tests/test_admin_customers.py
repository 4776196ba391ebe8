"""The tickets of one customer, and who may see and do what."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from shared.contracts import tickets as facts
from shared.db import Database
from shared.testing import told
from tickets import queries

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROBERT, ELENA = "cus_1", "cus_2"
HOSTILE = '<script>alert("x")</script>'

Opened = Callable[..., str]
Known = Callable[..., None]


def page(client: FlaskClient, path: str = "") -> str:
    answer = client.get(f"/admin/tickets{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def bodies(database: Database, ticket_id: str) -> list[tuple[str, str]]:
    with database.read() as session:
        messages = queries.messages(session, ticket_id, public_only=False)
        return [(message.kind.value, message.body) for message in messages]


def test_the_tickets_of_one_customer_stand_behind_their_tab(
    client: FlaskClient, agent: Any, opened: Opened, known: Known
) -> None:
    known()
    opened(subject="Slow in the evening")
    opened(subject="Of somebody else", customer_id=ELENA)

    shown = page(client, f"/customers/{ROBERT}")

    assert "Slow in the evening" in shown
    assert "Of somebody else" not in shown
    assert f"http://127.0.0.1:8003/admin/billing/customers/{ROBERT}/services" in shown


def test_a_ticket_is_opened_for_a_customer(
    client: FlaskClient, agent: Any, known: Known, database: Database
) -> None:
    known()
    assert "Robert Myers" in page(client, "/new?q=myers")

    answer = agent(
        f"/new?customer={ROBERT}", type="incident", priority="high", subject="Line down", message="We saw it."
    )

    assert answer.status_code == 303
    (fact,) = told(database)
    assert isinstance(fact, facts.TicketOpened)
    assert (fact.subject_line, fact.source, fact.status) == ("Line down", "administration", "new")


def test_a_new_ticket_with_errors_comes_back_filled_in(agent: Any, known: Known, database: Database) -> None:
    known()

    answer = agent(f"/new?customer={ROBERT}", type="incident", subject="", message="Half a story")

    again = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter a subject." in again
    assert "Half a story" in again
    assert '<option value="incident" selected>' in again
    assert told(database) == []


def test_staff_of_one_partner_see_only_its_tickets(
    client: FlaskClient, sign_in_staff: Callable[..., str], opened: Opened, known: Known, database: Database
) -> None:
    known()
    ticket_id = opened(subject="Of Default")
    northern = opened(subject="Of North", customer_id="cus_5", partner_id="par_2")
    token = sign_in_staff(client, "tickets.view", "tickets.reply", partner_ids=["par_2"])

    queue = page(client)
    answers = [
        client.get(f"/admin/tickets/{ticket_id}"),
        client.get(f"/admin/tickets/customers/{ROBERT}"),
        client.get(f"/admin/tickets/new?customer={ROBERT}"),
        client.post(f"/admin/tickets/{ticket_id}/messages", data={"csrf_token": token, "body": "Hi"}),
        client.post(f"/admin/tickets/{ticket_id}/properties", data={"csrf_token": token, "version": "1"}),
        client.post(f"/admin/tickets/{ticket_id}/closures", data={"csrf_token": token}),
        client.post(f"/admin/tickets/{ticket_id}/reopenings", data={"csrf_token": token}),
        client.post(f"/admin/tickets/new?customer={ROBERT}", data={"csrf_token": token, "subject": "x"}),
    ]

    assert "Of North" in queue
    assert "Of Default" not in queue
    assert page(client, f"/{northern}")
    assert "Robert Myers" not in page(client, "/customers?q=myers")
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert len(bodies(database, ticket_id)) == 1


def test_viewing_is_not_replying(
    client: FlaskClient, sign_in_staff: Callable[..., str], opened: Opened, database: Database
) -> None:
    ticket_id = opened()
    token = sign_in_staff(client, "tickets.view")

    for path in (f"/{ticket_id}/messages", f"/{ticket_id}/properties", f"/{ticket_id}/closures", "/new"):
        answer = client.post(f"/admin/tickets{path}", data={"csrf_token": token, "body": "Hi"})
        assert answer.status_code == 403
    assert "Send reply" not in page(client, f"/{ticket_id}")
    assert len(bodies(database, ticket_id)) == 1


def test_a_form_without_its_token_is_refused(
    client: FlaskClient, agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened()

    assert client.post(f"/admin/tickets/{ticket_id}/messages", data={"body": "Hi"}).status_code == 403
    assert len(bodies(database, ticket_id)) == 1


def test_hostile_text_is_only_text(client: FlaskClient, agent: Any, opened: Opened, known: Known) -> None:
    known(full_name=HOSTILE, emails=(HOSTILE,), street=HOSTILE)
    ticket_id = opened(subject=HOSTILE, message=HOSTILE, author=HOSTILE)

    for path in ("", f"/{ticket_id}", f"/customers/{ROBERT}", "/customers", f"/new?customer={ROBERT}"):
        shown = page(client, path)
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown
