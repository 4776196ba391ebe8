"""
Calls that pretend, texts that are code, and JSON that hurts (reliability.md section 3, items 33, 48, 55-60,
63, 64, 66, 73, 74, 80 and 82).
"""

import gzip
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import text
from werkzeug.test import TestResponse

from billing.clients.fake_provider import Knob
from billing.clients.provider import OutcomeStatus
from billing.clients.webhook import HEADER, sign
from shared import clock
from shared.testing import MintToken, as_bearer
from shared.web.access import routes
from shared.web.throttle import Throttle
from tests.architecture.house import application
from tests.journeys.world import PASSWORD, Person, World
from tests.security.evidence import ask, quiet, refused, untouched
from tests.security.shelf import put_on_shelf


@pytest.fixture(scope="module")
def robert(world: World) -> Person:
    return world.sign_in("postpaid")


def notify(world: World, body: bytes, *, secret: str = "secret", age: int = 0, **sent: Any) -> TestResponse:
    """
    Return what billing answers to a notice that says to be the provider's.
    """
    at = int(clock.real_now().timestamp()) - age
    headers = {HEADER: sign(sent.pop("signed", body), secret=secret, at=at), **sent.pop("headers", {})}
    client = world.apps["billing"].test_client()
    kind = sent.pop("content_type", "application/json")
    return client.post("/api/v1/webhooks/sandbox", data=body, headers=headers, content_type=kind)


def notice(reference: str = "pay_1", *, nth: int = 1, **more: Any) -> bytes:
    data = {"reference": reference, "status": "succeeded", **more}
    return json.dumps({"id": f"evt_{reference}_{nth}", "type": "payment.succeeded", "data": data}).encode()


FORGED: list[Any] = [
    pytest.param({"secret": "another"}, id="reliability-55 another secret"),
    pytest.param({"signed": notice("pay_2")}, id="reliability-55 another body"),
    pytest.param({"headers": {HEADER: ""}}, id="reliability-55 no signature"),
    pytest.param({"headers": {HEADER: "t=1,v1=zz"}}, id="reliability-55 a bad signature"),
    pytest.param({"headers": {HEADER: f"t={'9' * 400},v1=é"}}, id="reliability-55 nonsense"),
    pytest.param({"age": 360}, id="reliability-56 six minutes old"),
    pytest.param({"age": -360}, id="reliability-56 six minutes too early"),
    pytest.param({"signed": notice().replace(b" ", b"")}, id="reliability-57 written anew"),
    pytest.param({"signed": gzip.compress(notice())}, id="reliability-57 packed"),
    pytest.param({"headers": {"Content-Encoding": "gzip"}}, id="reliability-57 says to be packed"),
]


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_notice_is_not_even_kept(world: World, how: dict[str, Any]) -> None:
    with untouched(world):
        assert notify(world, notice(), **how).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(gzip.compress(notice()), id="reliability-57 packed and signed so"),
        pytest.param(b"{", id="reliability-57 cut off"),
        pytest.param(b"[]", id="reliability-57 a list"),
        pytest.param(b'{"id": "a", "id": "b", "type": "x", "data": {}}', id="reliability-57 duplicate keys"),
        pytest.param(b'{"id": 1, "type": "x"}', id="reliability-57 a number for an id"),
        pytest.param(b'{"id": "' + b"x" * 500 + b'", "type": "x"}', id="reliability-57 a long id"),
        pytest.param(b'{"id": "\\u0000", "type": "x"}', id="reliability-57 NUL"),
        pytest.param(b'{"id": "\\ud800", "type": "x"}', id="reliability-57 a lone surrogate"),
        pytest.param(b'{"a":' * 50_000, id="reliability-73 deep"),
    ],
)
def test_a_signed_notice_that_is_none_is_refused(world: World, body: bytes) -> None:
    with untouched(world):
        assert notify(world, body).status_code == 400


def test_59_a_large_notice_is_not_read(world: World) -> None:
    start = perf_counter()
    with untouched(world):
        assert notify(world, notice(reference="x" * 2_000_000)).status_code == 413
    assert perf_counter() - start < 5


def test_59_a_flood_of_notices_is_asked_to_come_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.api.webhooks.FLOOD", Throttle(3, 10))
    with untouched(world):
        answers = [notify(world, notice(), secret="another") for _ in range(4)]
    assert [each.status_code for each in answers] == [400, 400, 400, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 10


def money(world: World) -> tuple[Any, ...]:
    """
    Return the state of all payments and what the journal adds up to.
    """
    with world.databases["billing"].read() as session:
        payments = session.execute(text("SELECT id, status FROM payments ORDER BY id")).all()
        entries = session.execute(text("SELECT count(*) FROM journal_entries")).scalar_one()
    return payments, entries


def test_56_58_60_only_the_provider_itself_makes_a_payment_paid(world: World, robert: Person) -> None:
    world.provider.knob = Knob.PEND
    order = robert.order("Fibre 500")
    payment = order["payment"]["id"]
    before = money(world)

    claims = notice(payment, amount={"amount": "0.01", "currency": "USD"})
    assert [notify(world, claims).status_code for _ in range(3)] == [204] * 3
    assert notify(world, notice("pay_unknown")).status_code == 204
    browser = signed_in(world)
    page = browser.get(f"/portal/payments/{payment}?status=success&redirect_status=succeeded")
    assert "Successful" not in page.text
    refused(ask(robert, "GET", f"/payments/{payment}?status=success"), 400, "unknown_parameter")

    world.until(lambda: not _open_notices(world), "every notice was looked into")
    assert money(world) == before
    world.provider.knob = Knob.SUCCEED
    world.provider.finish(payment, OutcomeStatus.SUCCEEDED)
    assert notify(world, notice(payment, nth=2)).status_code == 204
    world.until(lambda: robert.get(f"/orders/{order['id']}")["status"] == "active", "the provider said so")
    quiet(world)


def _open_notices(world: World) -> int:
    with world.databases["billing"].read() as session:
        waiting = "SELECT count(*) FROM webhook_receipts WHERE result IS NULL"
        return int(session.execute(text(waiting)).scalar_one())


def signed_in(world: World) -> FlaskClient:
    client = world.client()
    body = {"login": "postpaid", "password": PASSWORD, "kind": "cookie"}
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.post("/api/v1/sessions", json=body).json["csrf_token"]
    return client


SLIPPED = ("partner_id", "customer_id", "balance", "status", "price", "role", "approved", "id", "created_at")


def _writes(folder: Path) -> list[tuple[str, str]]:
    return [
        (method, route.rule.removeprefix("/api/v1"))
        for route in routes(application("portal_gateway", folder))
        if route.rule.startswith("/api/v1") and "<" not in route.rule
        for method in sorted(route.methods & {"POST", "PUT", "PATCH"})
    ]


def test_33_no_write_takes_a_field_it_does_not_know(world: World, robert: Person, tmp_path: Path) -> None:
    found = _writes(tmp_path)
    assert len(found) > 8
    for method, path in found:
        for field in SLIPPED:
            with untouched(world):
                answer = ask(robert, method, path, json={field: "x"}, key=robert.new_key())
            assert (path, answer.status_code) == (path, 422)
            assert f"#/{field}" in [each["pointer"] for each in answer.json["errors"]]


def test_48_two_customers_may_use_the_same_key(world: World, robert: Person) -> None:
    elena = world.sign_in("prepaid")
    orders = []
    for person in (robert, elena):
        quote = {"quote_id": person.quote("Fibre 500")["id"], "mode": "request"}
        orders.append(person.post("/orders", quote, key="everybody's")["id"])
    assert len(set(orders)) == 2


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "{{7*7}}${7*7}<%= 7*7 %>{% include 'x' %}",
    "' OR 1=1--",
    "'; DROP TABLE tickets;--",
    "%(name)s %s {0} \\u0000 \u202e",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_63_64_66_what_a_subscriber_writes_is_shown_as_written(
    world: World, robert: Person, staff_token: MintToken, attack: str
) -> None:
    case = robert.post("/tickets", {"type": "question", "subject": attack, "message": f"<b>{attack}"})
    quiet(world)

    assert robert.get(f"/tickets/{case['id']}")["subject"] == attack
    browser, headers = signed_in(world), as_bearer(staff_token("tickets", "tickets.view", "tickets.reply"))
    agent = world.apps["tickets"].test_client()
    pages = [browser.get("/portal/support").text, browser.get(f"/portal/support/{case['id']}").text]
    pages += [agent.get(f"/admin/tickets/{part}", headers=headers).text for part in ("", case["id"])]
    for shown in pages:
        assert str(escape(attack)) in shown
        assert attack not in shown or attack == str(escape(attack))
        assert 'href="javascript:' not in shown


def test_64_words_of_plans_and_customers_are_shown_as_written(
    world: World, robert: Person, staff_token: MintToken
) -> None:
    attack = "<script>alert(1)</script>"
    put_on_shelf(world, name=attack, description=attack, details=attack, bullets=(attack,))
    with world.databases["customers"].begin() as session:
        session.execute(text("UPDATE customers SET full_name = :name"), {"name": attack})
    quiet(world)

    robert.post("/basket/items", {"plan_id": robert.plan(attack)["id"]})
    browser = signed_in(world)
    pages = [
        browser.get(path).text for path in ("/portal/order?kind=voice", "/portal/basket", "/portal/checkout")
    ]
    for service, path in (("catalog", "/plans"), ("customers", ""), ("customers", f"/cus_{1:026}")):
        headers = as_bearer(staff_token(service, "plans.view", "customers.view", "customers.edit"))
        pages.append(world.apps[service].test_client().get(f"/admin/{service}{path}", headers=headers).text)
    for shown in pages:
        assert attack not in shown
        assert str(escape(attack)) in shown


@pytest.mark.parametrize("attack", [*ATTACKS[:6], "%00", "%", "_", "..%2f..%2fetc%2fpasswd", "x" * 5000])
def test_63_82_searches_and_paths_take_it_literally(
    world: World, robert: Person, staff_token: MintToken, attack: str
) -> None:
    given = {"query_string": {"q": attack, "number": attack, "before": attack, "cursor": attack}}
    with untouched(world):
        for service, path in (
            ("customers", ""),
            ("billing", "/customers"),
            ("tickets", "/"),
            ("catalog", "/plans"),
        ):
            headers = as_bearer(staff_token(service, "customers.view", "plans.view", "tickets.view"))
            answer = (
                world.apps[service].test_client().get(f"/admin/{service}{path}", headers=headers, **given)
            )
            assert answer.status_code in (200, 400, 422), (service, answer.text)
            assert attack not in answer.text or attack == str(escape(attack))
        for kind in ("orders", "payments", "services", "invoices", "tickets", "products", "quotes"):
            assert ask(robert, "GET", f"/{kind}/{attack}").status_code in (404, 405, 308)


@pytest.mark.parametrize("number", ["1e400", "9" * 4000, "-0", "1" + "0" * 400 + ".5"])
def test_73_huge_numbers_are_answered_quickly(world: World, robert: Person, number: str) -> None:
    body = f'{{"login": {number}, "password": {number}}}'
    start = perf_counter()
    answer = robert.client.post("/api/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert perf_counter() - start < 2


ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
]


@pytest.mark.parametrize(
    "target", [*ELSEWHERE, "/portal//../\\evil.example", "javascript:alert(1)", "\r\nX: y"]
)
def test_74_nobody_is_led_to_another_site(world: World, target: str) -> None:
    form = {"login": "postpaid", "password": PASSWORD, "next": target}
    places = [world.client().post("/portal/login", data=form).location]
    places.append(world.client().post("/ui/theme", data={"theme": "dark", "next": target}).location)
    places.append(world.client().post("/ui/language", data={"language": "de", "next": target}).location)
    desk = world.apps["customers"].test_client()
    staff = {"login": "admin", "password": PASSWORD, "to": "customers", "next": target}
    places.append(desk.post("/admin/customers/sign-in", data=staff).location)
    for place in filter(None, places):
        assert place.startswith("/"), place
        assert not place.startswith(("//", "/\\")), place
        assert not set(place) & set("\t\r\n\\"), place


@pytest.mark.parametrize("name", ["X-User-Id", "X-Customer-Id", "X-Partner", "X-Act", "X-Forwarded-User"])
def test_80_who_calls_is_never_read_from_a_header(world: World, robert: Person, name: str) -> None:
    elena = {name: f"cus_{2:026}"}
    assert world.client().get("/api/v1/home", headers=elena).status_code == 401
    assert ask(robert, "GET", "/sessions/current", headers=elena).json["customer"]["id"] == f"cus_{1:026}"
    override = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "x",
    }
    with untouched(world):
        assert ask(robert, "GET", "/basket", headers=override).status_code == 200
