"""
What belongs to somebody else does not exist (reliability.md section 3, items 31, 32, 34, 42 and 87).

Generated from the URL maps of all services: a route with an id that is not listed here fails.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from billing.domain.pause import PauseState
from billing.domain.run import Mode
from billing.models import Pause, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.offer_plan_change import offer_plan_change, withdraw_offer
from billing.usecases.return_money import return_money
from billing.usecases.start_billing_run import start_billing_run
from billing.usecases.start_bulk_change import BulkWish, start_bulk_change
from shared import clock
from shared.ids import new_id
from shared.money import Money
from shared.testing import MintToken, as_bearer
from tests.journeys.world import PASSWORD, SERVICES, Person, World
from tests.security.evidence import ask, at_rest, refused, untouched
from tests.security.route_map import ALL, cases, filled, names

DEFAULT, NORTH = f"par_{1:026}", f"par_{2:026}"
ROBERT, ELENA = f"cus_{1:026}", f"cus_{2:026}"
SUBJECT = "Leak behind the yellow door"

# Ids that belong to nobody in particular, and why that is right.
SHARED = {
    "name": "a static file",
    "hue": "a colour",
    "quantity": "a number",
    "product_id": "what is offered is decided per customer, and tested in test_bad_input.py",
    "plan_id": "plans are shared by all partners: staff of one may look, and change nothing (below)",
    "hold_id": "the clock is one for all partners: staff of one may not confirm it (test_clock_jumps.py)",
    "reset_id": "opens nothing without the code that was mailed (customers/tests/test_own_passwords.py)",
    "event_id": "facts of all partners lie side by side: staff of one sees none of them (below)",
}
PREFIXES = {
    "order_id": "ord", "quote_id": "quo", "payment_id": "pay", "invoice_id": "inv", "ticket_id": "tkt",
    "service_id": "sub", "subscription_id": "sub", "method_id": "pm", "item_id": "bit", "session_id": "ses",
    "customer_id": "cus", "note_id": "cn", "refund_id": "ref", "partner_id": "par", "staff_id": "stf",
    "change_id": "chg", "bulk_id": "blk", "run_id": "run", "offer_id": "off",
    "pause_id": "pau", "cancellation_id": "can",
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "/messages": {"body": "Hello"},
    "/offers/<offer_id>/answers": {"answer": "declined", "quote_id": f"quo_{1:026}"},
    "/plan-change-offers/<offer_id>/answers": {"answer": "declined", "quote_id": f"quo_{1:026}"},
    "/payment-methods/<method_id>": {"default": True},
    "/passwords": {"present": "", "password": "a long new password"},
    "/items/<item_id>": {"quantity": 1},
    "/approve": {"starts_on": "2026-12-01"},
    "/reject": {"reason": "No", "refund_to": "card"},
    "/status": {"status": "inactive", "why": "No"},
    "/retries": {"payment": "new_card", "idempotency_key": "k"},
    "/properties": {"type": "question", "status": "open", "priority": "normal"},
}
# Where the portal shows the basket as it is now, rather than an error.
GENTLE = {"/portal/basket/items/<item_id>": 422, "/portal/basket/items/<item_id>/removals": 303}
PERMISSIONS = (
    "customers.view", "customers.edit", "staff.manage", "plans.view", "orders.view", "orders.approve",
    "invoices.view", "invoices.credit", "invoices.write_off", "payments.view", "payments.decide",
    "payments.record", "payments.refund", "settings.view", "settings.edit", "runs.manage", "accounts.edit",
    "tickets.view", "tickets.reply",
    "portal.view", "portal.edit", "services.change",
)  # fmt: skip

# What all partners share is not for staff of one of them, whatever their role says.
UNDIVIDED = ("plans.edit", "events.view", "events.manage")

Owned = dict[str, str]


@pytest.fixture(scope="module")
def owned(world: World) -> Owned:
    """One of everything, all of it Elena's."""
    elena = world.sign_in("prepaid")
    quote = elena.quote("Fibre 500", "Static IP")
    card = elena.card("4242")
    body = {"quote_id": quote["id"], "payment": {"payment_method_id": card}}
    order = elena.post("/orders", body, key="elena")
    case = elena.post("/tickets", {"type": "question", "subject": SUBJECT, "message": "Secret words"})
    item = elena.post("/basket/items", {"plan_id": elena.plan("Router")["id"]})["items"][0]
    service = elena.get("/services")["items"][0]["id"]
    offer_id, change_id = _offer(world, elena), _booked_change(elena)
    bulk_id, run_id = _bulk_change(world), _run(world)
    note_id = _credit_note(world, order["id"])
    refund_id = _refund(world, order["payment"]["id"])
    pause_id, cancellation_id = _rests(world, service)
    at_rest(world)
    return {
        "order_id": order["id"],
        "quote_id": quote["id"],
        "payment_id": order["payment"]["id"],
        "invoice_id": elena.get("/invoices")["items"][0]["id"],
        "ticket_id": case["id"],
        "service_id": service,
        "subscription_id": service,
        "method_id": card,
        "item_id": item["id"],
        "session_id": elena.get("/sessions/current")["id"],
        "customer_id": ELENA,
        "partner_id": DEFAULT,
        "staff_id": f"stf_{1:026}",
        "note_id": note_id,
        "change_id": change_id,
        "offer_id": offer_id,
        "bulk_id": bulk_id,
        "run_id": run_id,
        "refund_id": refund_id,
        "pause_id": pause_id,
        "cancellation_id": cancellation_id,
    }


def _quoted_change(elena: Person) -> str:
    held = next(each for each in elena.get("/services")["items"] if each["kind"] == "internet")
    target = elena.get(f"/services/{held['id']}/plan-change-options")["targets"][0]
    wanted = {"kind": "plan_change", "service_id": held["id"], "plan_id": target["plan_id"]}
    return str(elena.post("/quotes", wanted)["id"])


def _booked_change(elena: Person) -> str:
    return str(elena.post("/plan-changes", {"quote_id": _quoted_change(elena)}, key="change")["id"])


def _offer(world: World, elena: Person) -> str:
    quote_id = _quoted_change(elena)
    with world.databases["billing"].begin() as session:
        offer = offer_plan_change(session, customer_id=ELENA, quote_id=quote_id, now=clock.now())
        return withdraw_offer(session, offer_id=offer.id, partner_ids=None, now=clock.now()).id


def _rests(world: World, service: str) -> tuple[str, str]:
    pause_id, cancellation_id, day = new_id("pau"), new_id("can"), clock.now().date() + timedelta(days=200)
    with world.databases["billing"].begin() as session:
        held = session.get_one(Subscription, service)
        held.cancellation_id, held.ends_on = cancellation_id, day
        over = {"state": PauseState.WITHDRAWN, "billed": False, "message": "", "charged_to": day}
        whose = {"customer_id": ELENA, "partner_id": DEFAULT, "actor": f"customer:{ELENA}"}
        made = {"subscription_id": service, "from_on": day, "created_at": clock.now()}
        session.add(Pause(id=pause_id, **over, **whose, **made))
    return pause_id, cancellation_id


def _bulk_change(world: World) -> str:
    fast, slow = (f"plan_{number:026}" for number in (103, 102))
    wish = BulkWish(from_plan_id=fast, to_plan_id=slow, effective_on=clock.now().date(), ignore_balance=True)
    with world.databases["billing"].begin() as session:
        return start_bulk_change(session, wish, partner_ids=None, now=clock.now()).id


def _refund(world: World, payment_id: str) -> str:
    with world.databases["billing"].begin() as session:
        refund = return_money(
            session,
            payment_id=payment_id,
            refund_id=new_id("ref"),
            amount=Money(1, "EUR"),
            way="cash",
            reason="A cent",
            partner_ids=None,
            now=clock.now(),
        )
        return str(refund.id)


def _run(world: World) -> str:
    day = clock.now().date()
    with world.databases["billing"].begin() as session:
        run = start_billing_run(session, partner_id=DEFAULT, cut_off=day, mode=Mode.PREVIEW, now=clock.now())
        return run.id


def _credit_note(world: World, order_id: str) -> str:
    db = world.databases["billing"]
    with db.begin() as session:
        late = (clock.now() + timedelta(days=3)).date()
        approve_order(session, order_id=order_id, starts_on=late, partner_ids=None, now=clock.now())
    with db.read() as session:
        return str(session.execute(text("SELECT id FROM credit_notes")).scalar_one())


@pytest.fixture(scope="module")
def robert(world: World, owned: Owned) -> Person:
    return world.sign_in("postpaid")


MISSING = {name: f"{prefix}_{'9' * 26}" for name, prefix in PREFIXES.items()}


def body_for(rule: str) -> dict[str, Any]:
    return next((body for end, body in BODIES.items() if rule.endswith(end)), {})


def told(answer: TestResponse) -> tuple[int, str]:
    """
    Return what an answer gives away: status and body, without ids of the request and of what was asked, and
    without the form token, which is masked anew on every page.
    """
    words = re.sub(r"[0-9A-Z]{26}|9{26}|\d{26}|[0-9a-f]{128}", "", answer.text)
    return answer.status_code, words


def test_every_id_in_a_route_is_somebodys_or_listed_as_shared() -> None:
    used = {name for found in ALL.values() for route in found for name in names(route.rule)}
    assert used <= set(PREFIXES) | set(SHARED), "say whose it is, here"


def owned_cases(service: str, *accesses: str) -> list[Any]:
    return [
        pytest.param(method, rule, id=f"reliability-31 {method} {rule}")
        for method, rule in cases(service, *accesses)
        if not set(names(rule)) <= set(SHARED)
    ]


@pytest.mark.parametrize(("method", "rule"), owned_cases("portal", "portal_session"))
def test_the_public_api(world: World, owned: Owned, robert: Person, method: str, rule: str) -> None:
    sent: dict[str, Any] = {"headers": {"If-Match": "*"}}
    if method in ("POST", "PATCH", "PUT"):
        sent["json"] = body_for(rule)
    path = rule.removeprefix("/api/v1")
    with untouched(world):
        foreign = ask(robert, method, filled(path, owned), key=robert.new_key(), **sent)
        missing = ask(robert, method, filled(path, MISSING), key=robert.new_key(), **sent)
    refused(foreign, 404, "not_found")
    assert told(foreign) == told(missing)


@pytest.fixture(scope="module")
def browser(world: World, owned: Owned) -> FlaskClient:
    """Robert's browser, signed in by cookie."""
    client = world.client()
    body = {"login": "postpaid", "password": PASSWORD, "kind": "cookie"}
    csrf = client.post("/api/v1/sessions", json=body).json["csrf_token"]
    client.environ_base["HTTP_X_CSRF_TOKEN"] = csrf
    return client


@pytest.mark.parametrize(("method", "rule"), owned_cases("portal", "portal_page"))
def test_the_portal(world: World, owned: Owned, browser: FlaskClient, method: str, rule: str) -> None:
    with untouched(world):
        foreign = browser.open(filled(rule, owned), method=method, data=body_for(rule) or None)
        missing = browser.open(filled(rule, MISSING), method=method, data=body_for(rule) or None)
    assert foreign.status_code == GENTLE.get(rule, 404)
    assert told(foreign) == told(missing)


SERVICE_CASES = [
    pytest.param(service, *each.values, id=f"{service} {each.id}")
    for service in ("customers", "billing", "tickets")
    for each in owned_cases(service, "portal", "gateway")
    if names(each.values[1]) != ["partner_id"]  # how a partner looks is public
]


@pytest.mark.parametrize(("service", "method", "rule"), SERVICE_CASES)
def test_behind_the_gateway_a_token_opens_its_own_subjects_things_only(
    world: World, owned: Owned, service_token: MintToken, service: str, method: str, rule: str
) -> None:
    client = world.apps[service].test_client()
    headers = {**as_bearer(service_token(service, ROBERT, DEFAULT)), "Idempotency-Key": "robert"}
    sent = {"json": body_for(rule)} if method != "GET" else {}
    with untouched(world):
        foreign = client.open(filled(rule, owned), method=method, headers=headers, **sent)
        missing = client.open(filled(rule, MISSING), method=method, headers=headers, **sent)
    assert foreign.status_code == 404
    assert told(foreign) == told(missing)


@pytest.mark.parametrize("ids", ["owned", "missing"])
def test_ids_in_bodies(world: World, owned: Owned, robert: Person, ids: str) -> None:
    named = owned if ids == "owned" else MISSING
    pay = {"payment": {"payment_method_id": robert.card("4242")}}
    with untouched(world):
        answer = ask(robert, "POST", "/orders", json={"quote_id": named["quote_id"], **pay}, key=f"o-{ids}")
        refused(answer, 404, "not_found")
        answer = ask(robert, "POST", "/payments", json={"order_id": named["order_id"], **pay}, key=f"p-{ids}")
        refused(answer, 404, "not_found")


@pytest.mark.parametrize("ids", ["owned", "missing"])
def test_somebody_elses_card_pays_nothing(world: World, owned: Owned, robert: Person, ids: str) -> None:
    quote = robert.quote("Fibre 500")
    card = (owned if ids == "owned" else MISSING)["method_id"]
    body = {"quote_id": quote["id"], "payment": {"payment_method_id": card}}
    with untouched(world):
        answer = ask(robert, "POST", "/orders", json=body, key=f"card-{ids}")
    assert (answer.status_code, answer.json["code"]) == (422, "payment_method_rejected")


LISTS = [
    route.rule
    for route in ALL["portal"]
    if "<" not in route.rule and "GET" in route.methods
    if route.access in ("portal_session", "portal_page") and not route.rule.endswith(("/events", ".pdf"))
]


@pytest.mark.parametrize("rule", LISTS)
def test_nothing_of_elenas_is_in_what_robert_sees(owned: Owned, browser: FlaskClient, rule: str) -> None:
    answer = browser.get(rule, query_string={"amount": "20.00"} if rule.endswith("/top-up-preview") else {})
    assert answer.status_code in (200, 303, 404 if "/api/v1/wallet" in rule else 200), answer.text
    not_hers = {"partner_id", "staff_id"}
    hers = {SUBJECT, "Elena", *(id_ for name, id_ in owned.items() if name not in not_hers)}
    assert [each for each in hers if each in answer.text] == []


Staff = Callable[[str], dict[str, str]]


@pytest.fixture
def northern(staff_token: MintToken) -> Staff:
    """The headers of somebody who may do everything, at partner North only."""

    def headers(service: str) -> dict[str, str]:
        return as_bearer(staff_token(service, *PERMISSIONS, *UNDIVIDED, partner_ids=[NORTH]))

    return headers


STAFF_CASES = [
    pytest.param(service, *each.values, id=f"{service} {each.id}".replace("y-31", "y-32"))
    for service in SERVICES
    for each in owned_cases(service, "staff")
]


@pytest.mark.parametrize(("service", "method", "rule"), STAFF_CASES)
def test_staff_of_another_partner(
    world: World, owned: Owned, northern: Staff, service: str, method: str, rule: str
) -> None:
    client: FlaskClient = world.apps[service].test_client()
    sent: dict[str, Any] = {"headers": northern(service)}
    if method == "POST":
        sent["data"] = body_for(rule)
    with untouched(world):
        foreign = client.open(filled(rule, owned), method=method, **sent)
        missing = client.open(filled(rule, MISSING), method=method, **sent)
    assert foreign.status_code == 404, foreign.text
    assert told(foreign) == told(missing)


STAFF_LISTS = [
    pytest.param(service, route.rule, id=f"reliability-32 {service} {route.rule}")
    for service in SERVICES
    for route in ALL[service]
    if route.access.startswith("staff") and "GET" in route.methods and "<" not in route.rule
    if route.access.partition(":")[2] not in UNDIVIDED
]


@pytest.mark.parametrize(("service", "rule"), STAFF_LISTS)
def test_lists_of_staff_of_another_partner(
    world: World, owned: Owned, northern: Staff, service: str, rule: str
) -> None:
    app: Flask = world.apps[service]
    for query in ("", "?q=Elena", f"?customer_id={ELENA}", f"?customer={ELENA}", f"?partner_id={DEFAULT}"):
        answer = app.test_client().get(rule + query, headers=northern(service))
        hers = {SUBJECT, "Costa", "Elena C", owned["order_id"], owned["invoice_id"], owned["ticket_id"]}
        assert [each for each in hers if each in answer.text] == [], query


@pytest.mark.parametrize("service", SERVICES)
def test_32_what_all_partners_share_is_closed_to_staff_of_one(
    world: World, owned: Owned, northern: Staff, service: str
) -> None:
    client, headers = world.apps[service].test_client(), northern(service)
    ids = {**owned, "plan_id": f"plan_{101:026}", "event_id": "evt_1"}
    found = [route for route in ALL[service] if route.access.partition(":")[2] in UNDIVIDED]
    assert found
    for route in found:
        for method in route.methods:
            with untouched(world):
                answer = client.open(filled(route.rule, ids), method=method, headers=headers)
            assert (route.rule, answer.status_code) == (route.rule, 403)
