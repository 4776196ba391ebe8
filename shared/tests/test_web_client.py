"""Asking another service: refusals stay refusals, failures become Unavailable, and outages are not fed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, request
from requests.adapters import BaseAdapter
from sqlalchemy import MetaData

from shared import context
from shared.db import Database
from shared.errors import Conflict, FieldError, Gone, Invalid, NotFound, TooMany, Unavailable
from shared.settings import ServiceSettings
from shared.testing import calling
from shared.web import tokens
from shared.web.access import gateway, principal
from shared.web.app import make_app
from shared.web.breaker import Breaker, State
from shared.web.client import AT_ONCE, Caller, ServiceClient, refusal_of
from shared.web.strict import Blueprint


class QuoteUsed(Conflict, code="quote_used", title="Used"):
    pass


class QuoteExpired(Gone, code="quote_expired"):
    pass


def _api() -> Blueprint:
    api = Blueprint("quotes", __name__, url_prefix="/api/v1")

    @api.get("/me")
    @gateway
    def me() -> dict[str, Any]:
        caller = principal()
        return {
            "id": caller.id,
            "partner": caller.partner_id,
            "actor": caller.actor,
            "on_behalf_of": caller.on_behalf_of,
            "request_id": context.current().correlation_id,
            "trace": (context.current().traceparent or "")[:35],
            "hurry": int(request.headers["X-Deadline-Ms"]) <= 2000,
        }

    @api.get("/refusals/<name>")
    @gateway
    def refuse(name: str) -> str:
        raise {
            "used": QuoteUsed("Ask again.", params={"n": 1}, actions=[{"rel": "quote"}]),
            "expired": QuoteExpired(),
            "field": Invalid(FieldError("#/quantity", "out_of_range", "Up to 5.")),
            "often": TooMany(retry_after=7),
        }[name]

    return api


@pytest.fixture(scope="session")
def schema() -> MetaData:
    return MetaData()


@pytest.fixture
def app(database: Database, keys_dir: Path) -> Flask:
    settings = ServiceSettings(database_url=database.url, keys_dir=keys_dir, trusted_hosts=("billing",))
    return make_app("billing", settings, database, package="shared.web", api_blueprints=[_api()])


@pytest.fixture
def signer(keys_dir: Path) -> tokens.Signer:
    return tokens.Signer.load(keys_dir, tokens.GATEWAY)


@pytest.fixture
def client(app: Flask, signer: tokens.Signer) -> ServiceClient:
    return ServiceClient("http://billing", "billing", signer, session=calling(billing=app))


def test_a_call_says_for_whom_and_as_part_of_what(client: ServiceClient) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    visit = Caller(
        customer_id="cus_1", partner_id="par_1", actor="staff:stf_1", on_behalf_of="customer:cus_1"
    )

    with context.use(correlation_id="req1", traceparent=trace):
        answer = client.get("/me", principal=visit)

    assert answer == {
        "id": "cus_1",
        "partner": "par_1",
        "actor": "staff:stf_1",
        "on_behalf_of": "customer:cus_1",
        "request_id": "req1",
        "trace": trace[:35],
        "hurry": True,
    }
    assert client.get("/me")["actor"] == "service:portal"


def test_refusals_come_back_as_what_they_were(client: ServiceClient) -> None:
    with pytest.raises(Conflict) as used:
        client.get("/refusals/used")
    assert (used.value.code, used.value.title, used.value.detail) == ("quote_used", "Used", "Ask again.")
    assert (used.value.params, used.value.actions) == ({"n": 1}, [{"rel": "quote"}])
    with pytest.raises(Gone) as expired:
        client.get("/refusals/expired")
    assert expired.value.code == "quote_expired"
    with pytest.raises(Invalid) as field:
        client.get("/refusals/field")
    assert field.value.errors == [FieldError("#/quantity", "out_of_range", "Up to 5.")]
    with pytest.raises(TooMany) as often:
        client.get("/refusals/often")
    assert often.value.retry_after == 7
    with pytest.raises(NotFound):
        client.get("/nothing")


def test_not_being_believed_is_our_own_failure() -> None:
    assert isinstance(refusal_of({"code": "authentication_required"}, 401), Unavailable)
    assert refusal_of({"code": "credentials_rejected", "title": "No"}, 401).code == "credentials_rejected"


class Broken(BaseAdapter):
    """
    A service that answers with these, in turn: a status, or nothing at all.
    """

    def __init__(self, *answers: int | None) -> None:
        super().__init__()
        self.answers, self.calls = list(answers), 0

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        self.calls += 1
        status = self.answers.pop(0) if self.answers else None
        if status is None:
            raise requests.ConnectionError("refused")
        response = requests.Response()
        response.status_code, response._content = status, b"{}"
        return response

    def close(self) -> None:
        pass


class Clock:
    """
    Monotonic time that moves when told.
    """

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def _client(signer: tokens.Signer, service: Broken, clock: Clock | None = None) -> ServiceClient:
    session, clock = requests.Session(), clock or Clock()
    session.mount("http://billing", service)
    return ServiceClient("http://billing", "billing", signer, session=session, now=clock, sleep=clock.sleep)


def test_reads_and_keyed_writes_are_tried_once_more(signer: tokens.Signer) -> None:
    assert _client(signer, Broken(None, 200)).get("/a") == {}
    assert _client(signer, Broken(503, 200)).post("/a", json={}, idempotency_key="k") == {}


def test_a_write_without_key_is_never_repeated(signer: tokens.Signer) -> None:
    service = Broken(None, 200)

    with pytest.raises(Unavailable):
        _client(signer, service).post("/a", json={})

    assert service.calls == 1


def test_an_outage_is_not_fed(signer: tokens.Signer) -> None:
    service, clock = Broken(), Clock()
    client = _client(signer, service, clock)

    for _ in range(100):
        with pytest.raises(Unavailable):
            client.get("/a")

    assert service.calls == 20  # then the breaker is open
    clock.time += 5
    service.answers = [200, 200, 200, 200]
    assert client.get("/a") == {}
    assert client.get("/a") == {}
    assert client.get("/a") == {}
    assert client.breaker.state is State.CLOSED


class Slow(Broken):
    """
    A service that lets whoever *waits* wait until ``let_go``, and answers all others at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = threading.Semaphore(0), threading.Event()

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        if str(request.url).endswith("/waits"):
            self.asked.release()
            assert self.let_go.wait(10)
        self.answers.append(200)
        return super().send(request)


def test_those_who_wait_for_a_payment_leave_room_for_others(signer: tokens.Signer) -> None:
    service = Slow()
    client = _client(signer, service)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(client.get, "/waits", wait=4) for _ in range(AT_ONCE)]
        for _ in waiting:
            assert service.asked.acquire(timeout=10)

        answer = client.get("/a")
        service.let_go.set()

    assert [answer, *(each.result() for each in waiting)] == [{}] * (AT_ONCE + 1)


def test_that_we_are_full_ourselves_is_not_held_against_the_service(signer: tokens.Signer) -> None:
    service = Slow()
    client = _client(signer, service)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        busy = [pool.submit(client.post, "/waits", json={}) for _ in range(AT_ONCE)]
        for _ in busy:
            assert service.asked.acquire(timeout=10)

        with pytest.raises(Unavailable):
            client.post("/a", json={})
        service.let_go.set()

    assert client.breaker.counted() == (AT_ONCE, 0)


def test_a_probe_that_fails_opens_it_again() -> None:
    clock = Clock()
    breaker = Breaker("billing", clock)
    for _ in range(20):
        breaker.note(good=False)
    clock.time += 5

    assert [breaker.lets_through() for _ in range(4)] == [True, True, True, False]
    breaker.note(good=False)

    assert not breaker.lets_through()


def test_half_of_the_calls_must_fail() -> None:
    clock = Clock()
    breaker = Breaker("billing", clock)
    for number in range(40):
        breaker.note(good=number % 5 < 3)
    assert breaker.state is State.CLOSED


def test_the_callers_deadline_is_kept(app: Flask, signer: tokens.Signer) -> None:
    service = Broken(200)
    client = _client(signer, service, Clock())
    with app.test_request_context():
        from flask import g

        g.deadline = 999.0  # over, by the client's clock
        with pytest.raises(Unavailable):
            client.get("/a")
    assert service.calls == 0


def test_no_time_left_is_said_at_once(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/me", headers={"X-Deadline-Ms": "0"})

    assert answer.status_code == 503


def test_good_calls_push_bad_ones_out_of_what_the_breaker_counts() -> None:
    clock = Clock()
    breaker = Breaker("billing", clock)
    for _ in range(19):
        breaker.note(good=False)
    clock.time += 11
    for number in range(30):
        breaker.note(good=number % 3 > 0)
    assert breaker.state is State.CLOSED

    for _ in range(10):
        breaker.note(good=False)

    assert breaker.state is State.OPEN  # 20 bad ones of 40
