"""The live stream and the sandbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal_gateway.app import create_app
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import DEFAULT, ROBERT
from portal_gateway.models import LiveEvent, PortalSession
from portal_gateway.settings import Settings
from portal_gateway.usecases.sign_out import sign_out, sign_out_everywhere
from shared import clock
from shared.db import Database
from shared.testing import answers_problem
from shared.web import draining


def happen(database: Database, customer_id: str, name: str) -> None:
    """
    Let something happen to a customer.
    """
    with database.begin() as session:
        session.add(
            LiveEvent(
                event_id=f"evt_{name}{customer_id[-1]}",
                customer_id=customer_id,
                partner_id=DEFAULT,
                name=name,
                body={"order_id": "ord_1"},
                at=clock.now(),
            )
        )


def lines(chunks: Iterator[bytes], count: int) -> list[str]:
    """
    Return the first events of a stream.
    """
    return [next(chunks).decode() for _ in range(count)]


def test_a_stream_goes_on_after_the_last_event_seen(client: FlaskClient, sign_in, database: Database) -> None:
    headers = sign_in()
    for name in ("one", "two"):
        happen(database, ROBERT, name)
        happen(database, "cus_other", name)

    answer = client.get("/api/v1/events", headers={**headers, "Last-Event-ID": "1"})
    seen = lines(iter(answer.response), 2)
    answer.close()

    assert answer.mimetype == "text/event-stream"
    assert seen == ["retry: 2000\n\n", 'id: 3\nevent: two\ndata: {"order_id": "ord_1"}\n\n']


@pytest.fixture
def stream(client: FlaskClient, sign_in) -> Iterator[tuple[Iterator[bytes], str]]:
    """
    What a signed-in customer's stream says after its greeting, and the id of the session.
    """
    headers = sign_in()
    session_id = client.get("/api/v1/sessions/current", headers=headers).json["id"]
    answer = client.get("/api/v1/events?after=0", headers=headers)
    chunks = iter(answer.response)
    next(chunks)
    yield chunks, session_id
    answer.close()


def test_a_page_names_where_its_stream_begins(database: Database, stream) -> None:
    happen(database, ROBERT, "one")

    assert lines(stream[0], 1) == ['id: 1\nevent: one\ndata: {"order_id": "ord_1"}\n\n']


@pytest.mark.parametrize("ending", ["sign-out", "new password", "idle"])
def test_nothing_is_streamed_to_a_session_that_ended(database: Database, stream, ending: str) -> None:
    chunks, session_id = stream
    now = clock.real_now()
    with database.begin() as session:
        if ending == "sign-out":
            sign_out(session, customer_id=ROBERT, session_id=session_id, now=now)
        elif ending == "new password":
            sign_out_everywhere(session, customer_id=ROBERT, now=now)
        else:
            session.get_one(PortalSession, session_id).last_seen_at = now - timedelta(minutes=31)
    happen(database, ROBERT, "secret")

    assert list(chunks) == []


def test_a_quiet_stream_notices_that_its_session_ended(database: Database, stream, monkeypatch) -> None:
    chunks, session_id = stream
    monkeypatch.setattr("portal_gateway.api.events.SESSION_SECONDS", 0)
    with database.begin() as session:
        sign_out(session, customer_id=ROBERT, session_id=session_id, now=clock.real_now())

    assert list(chunks) == []


def test_a_stream_keeps_no_session_from_becoming_idle(client: FlaskClient, sign_in, database) -> None:
    headers, before = sign_in(), clock.real_now() - timedelta(minutes=10)
    with database.begin() as session:
        session.execute(update(PortalSession).values(last_seen_at=before))

    client.get("/api/v1/events", headers=headers).close()

    with database.read() as session:
        assert session.scalar(select(PortalSession.last_seen_at)) == before


def test_a_stream_lets_a_process_stop(stream) -> None:
    draining.begin()
    try:
        assert list(stream[0]) == []
    finally:
        draining.over()


def test_beyond_the_last_place_the_answer_is_204(
    database: Database, keys_dir: Path, world: FakeWorld
) -> None:
    settings = Settings(database_url=database.url, keys_dir=keys_dir, max_streams=1)
    client = create_app(settings, database, upstreams=world.upstreams()).test_client()
    words = {"login": "postpaid", "password": "ledgerline-demo"}
    token = client.post("/api/v1/sessions", json=words).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    first = client.get("/api/v1/events", headers=headers)
    second = client.get("/api/v1/events", headers=headers)
    first.close()
    third = client.get("/api/v1/events", headers=headers)
    third.close()

    assert (first.status_code, second.status_code, third.status_code) == (200, 204, 200)


def test_the_sandbox_clock_can_be_moved(client: FlaskClient, travel) -> None:
    answer = client.put("/api/v1/sandbox/clock", json={"now": "2027-01-14T08:00:00Z"})

    assert answer.status_code == 200
    assert abs(clock.now() - datetime(2027, 1, 14, 8, tzinfo=UTC)) < timedelta(seconds=5)
    client.put("/api/v1/sandbox/clock", json={"now": None})
    assert clock.offset() == timedelta()


def test_a_payment_result_can_be_forced(client: FlaskClient, world: FakeWorld) -> None:
    answer = client.post("/api/v1/sandbox/payments/next-result", json={"result": "failed"})

    assert answer.status_code == 200
    assert world.outcome == "failed"


def test_production_has_no_sandbox(database: Database, keys_dir: Path, world: FakeWorld) -> None:
    settings = Settings(
        environment="production",
        database_url=database.url,
        keys_dir=keys_dir,
        admin_urls={},
    )
    client = create_app(settings, database, upstreams=world.upstreams()).test_client()

    clock_ = client.put("/api/v1/sandbox/clock", json={"now": None})
    result = client.post("/api/v1/sandbox/payments/next-result", json={"result": "fail"})

    answers_problem(clock_, 404, "not_found")
    answers_problem(result, 404, "not_found")
