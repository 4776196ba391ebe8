"""One sign-in for all admin UIs: a desk that keeps the session, and another UI that takes it over."""

import gzip
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Blueprint, Flask, redirect, request
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase
from werkzeug.wrappers import Response

from shared import clock
from shared.bus import inbox
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.contracts.customers import StaffSignedOut
from shared.db import Database, metadata
from shared.errors import NotSignedIn
from shared.settings import ServiceSettings
from shared.ui import AdminShell
from shared.web import sessions, tokens
from shared.web.access import principal, staff
from shared.web.admin import staff_blueprint
from shared.web.app import make_app
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow
from shared.web.staff import handoff_url, mint_staff_token, own_path
from shared.web.wiring import wired

SESSION = "ses_00000000000000000000000001"
SignIn = Callable[..., str]


class Record(DeclarativeBase):
    metadata = metadata()


class RevokedSession(RevokedSessionRow, Record):
    pass


class StaffHandoff(StaffHandoffRow, Record):
    pass


class Inbox(InboxRow, Record):
    pass


class Outbox(OutboxRow, Record):
    pass


class OpenDesk:
    """
    A desk at which Ada is always signed in.
    """

    def sign_on(self, *, to: str, next_path: str) -> Response:
        signer = wired().signer
        assert signer is not None
        token = mint_staff_token(
            signer,
            to,
            staff_id="stf_1",
            session_id=SESSION,
            csrf_secret="secret",
            name="Ada",
            roles=["billing"],
            permissions=["orders.view"],
        )
        url = handoff_url(signer, to=to, staff_token=token, staff_id="stf_1", next_path=next_path)
        return redirect(url)

    def sign_out(self) -> Response:
        return Response("signed out")


def _pages() -> Blueprint:
    pages = Blueprint("orders", __name__, url_prefix="/admin/billing")

    @pages.get("/orders")
    @staff("orders.view")
    def show() -> str:
        return f"hello {principal().name}"

    @pages.post("/orders")
    @staff("orders.view")
    def note() -> str:
        return f"noted {request.form['note']}"

    @pages.post("/approvals")
    @staff("orders.approve")
    def approve() -> str:
        return "approved"

    return pages


@pytest.fixture(scope="session")
def schema() -> MetaData:
    return Record.metadata


@pytest.fixture
def settings(database: Database, keys_dir: Path) -> ServiceSettings:
    return ServiceSettings(database_url=database.url, keys_dir=keys_dir)


@pytest.fixture
def billing(settings: ServiceSettings, database: Database) -> Flask:
    pages = [_pages(), staff_blueprint("billing")]
    shell = AdminShell(service="billing")
    return make_app(
        "billing", settings, database, package="shared.web", html_blueprints=pages, admin_shell=shell
    )


@pytest.fixture
def customers(settings: ServiceSettings, database: Database) -> Flask:
    pages = [staff_blueprint("customers", desk=OpenDesk())]
    return make_app("customers", settings, database, package="shared.web", html_blueprints=pages)


def _path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


def test_a_ui_without_cookie_signs_on_at_the_desk_and_comes_back(billing: Flask, customers: Flask) -> None:
    browser = billing.test_client()

    away = browser.get("/admin/billing/orders?page=2")
    desk = customers.test_client().get(_path(away.location))
    back = browser.get(_path(desk.location))

    assert urlsplit(desk.location).netloc == "127.0.0.1:8003"
    assert (back.status_code, back.location) == (303, "/admin/billing/orders?page=2")
    cookie = back.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ledgerline-billing-staff=")
    assert all(flag in cookie for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
    assert browser.get("/admin/billing/orders").text == "hello Ada"


def test_a_sign_on_code_works_once_and_here_only(billing: Flask, customers: Flask) -> None:
    code_url = _path(customers.test_client().get("/admin/customers/sign-on?to=billing").location)

    assert billing.test_client().get(code_url).status_code == 303
    assert billing.test_client().get(code_url).status_code == 400
    elsewhere = customers.test_client().get(code_url.replace("/billing/", "/customers/"))
    assert elsewhere.status_code == 400


def test_a_role_without_the_permission_is_refused(billing: Flask, sign_in_staff: SignIn) -> None:
    browser = billing.test_client()
    csrf = sign_in_staff(browser, "orders.view")

    refused = browser.post("/admin/billing/approvals", data={"csrf_token": csrf})

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:8004", "Sec-Fetch-Site": "same-site"}, 200),  # a form of tickets
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_forms_come_from_our_own_pages_only(
    billing: Flask, sign_in_staff: SignIn, headers: dict[str, str], status: int
) -> None:
    browser = billing.test_client()
    form = {"csrf_token": sign_in_staff(browser, "orders.view"), "note": "hi"}

    assert browser.post("/admin/billing/orders", data=form, headers=headers).status_code == status


def test_a_form_without_the_right_token_is_refused(billing: Flask, sign_in_staff: SignIn) -> None:
    browser = billing.test_client()
    sign_in_staff(browser, "orders.view")

    assert browser.post("/admin/billing/orders", data={"note": "hi"}).status_code == 403
    wrong = {"note": "hi", "csrf_token": "0" * 64}
    assert browser.post("/admin/billing/orders", data=wrong).status_code == 403


def test_an_expired_form_is_given_back(billing: Flask, customers: Flask) -> None:
    browser = billing.test_client()

    page = browser.post("/admin/billing/orders", data={"note": "\nwith <b>\n"})

    assert page.status_code == 401
    given_back = re.search(r'<textarea name="note"[^>]*>\n(.*?)</textarea>', page.text, re.S)
    assert given_back is not None
    assert unescape(given_back[1]) == "\nwith <b>\n"
    renew = re.search(r'<img src="([^"]+)"', page.text)
    assert renew is not None
    assert "img-src 'self' data: http://127.0.0.1:8001;" in page.headers["Content-Security-Policy"]
    renewed = customers.test_client().get(_path(unescape(renew[1])))
    assert browser.get(_path(renewed.location), follow_redirects=True).status_code == 200
    assert browser.get("/admin/billing/orders").status_code == 200


def test_fragments_lead_the_whole_page_to_the_sign_on(billing: Flask) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8003/admin/billing/orders"}

    answer = billing.test_client().get("/admin/billing/orders", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].endswith("&next=%2Fadmin%2Fbilling%2Forders")


def test_a_session_that_ended_is_worth_nothing(
    billing: Flask, database: Database, sign_in_staff: SignIn
) -> None:
    browser = billing.test_client()
    sign_in_staff(browser, "orders.view", session_id=SESSION)

    with database.begin() as session:
        fact = StaffSignedOut(session_id=SESSION, staff_id="stf_1", at=clock.now())
        sessions.revoke_session(session, fact)
        sessions.revoke_session(session, fact)

    assert browser.get("/admin/billing/orders").status_code == 302


def test_signing_out_ends_it_here_and_at_the_desk(
    billing: Flask, customers: Flask, sign_in_staff: SignIn
) -> None:
    browser = billing.test_client()
    csrf = sign_in_staff(browser, "orders.view")
    kept = browser.get_cookie("__Host-ledgerline-billing-staff")
    assert kept is not None

    answer = browser.post("/admin/billing/sign-out", data={"csrf_token": csrf})

    assert (answer.status_code, answer.location) == (307, "http://127.0.0.1:8001/admin/customers/sign-out")
    assert customers.test_client().post("/admin/customers/sign-out").text == "signed out"
    browser.set_cookie("__Host-ledgerline-billing-staff", kept.value)
    assert browser.get("/admin/billing/orders").status_code == 302


def test_only_our_own_pages_are_led_to() -> None:
    for bad in ("//evil", "/\\evil", "https://evil/admin/x", "/portal", "", "/admin/\tx", "javascript:1"):
        assert own_path(bad, "billing") == "/admin/billing/"
    assert own_path("/admin/billing/orders?page=2", "billing") == "/admin/billing/orders?page=2"


def _park(database: Database) -> None:
    row = inbox.row(
        "billing.f",
        "evt_1",
        type="catalog.plan_published",
        aggregate_id="plan_1",
        received_at=clock.real_now(),
    )
    parked = {**row, "state": "parked", "error": "KeyError: <x>", "payload": b'{"data": {"name": "<b>"}}'}
    with database.begin() as session:
        inbox.receive(session, [parked])


def test_stuck_events_are_shown_replayed_and_discarded(
    billing: Flask, database: Database, sign_in_staff: SignIn
) -> None:
    _park(database)
    browser = billing.test_client()
    csrf = sign_in_staff(browser, "events.view", "events.manage")
    form = {"csrf_token": csrf, "consumer": "billing.f"}

    page = browser.get("/admin/billing/stuck-events").text
    no_reason = browser.post("/admin/billing/stuck-events/evt_1/discard", data=form)
    replayed = browser.post("/admin/billing/stuck-events/evt_1/replay", data=form)
    gone = browser.post("/admin/billing/stuck-events/evt_1/replay", data=form)

    assert "KeyError: &lt;x&gt;" in page
    assert no_reason.status_code == 422
    assert "Say why it is discarded." in no_reason.text
    assert replayed.status_code == 303
    assert gone.status_code == 404
    with database.read() as session:
        assert [each.state for each in inbox.stuck(session)] == ["retry"]


def test_discarding_says_who_and_why(billing: Flask, database: Database, sign_in_staff: SignIn) -> None:
    _park(database)
    browser = billing.test_client()
    csrf = sign_in_staff(browser, "events.manage")
    form = {"csrf_token": csrf, "consumer": "billing.f", "reason": "sent twice"}

    assert browser.post("/admin/billing/stuck-events/evt_1/discard", data=form).status_code == 303

    with database.read() as session:
        assert inbox.stuck(session) == []
        noted = session.query(Inbox.error).scalar()
    assert noted == "discarded by staff:stf_00000000000000000000000001: sent twice"


def test_seeing_stuck_events_needs_the_permission(billing: Flask, sign_in_staff: SignIn) -> None:
    browser = billing.test_client()
    sign_in_staff(browser, "orders.view")

    assert browser.get("/admin/billing/stuck-events").status_code == 403


def test_a_retired_key_is_believed_no_more(tmp_path: Path) -> None:
    tokens.ensure_keys(tmp_path)
    signer = tokens.Signer.load(tmp_path, tokens.GATEWAY)
    token = signer.mint("billing", "cus_1", use="service")
    verifier = tokens.Verifier(tmp_path)
    known = {"audience": "billing", "issuer": tokens.GATEWAY, "use": "service"}
    assert verifier.verify(token, **known)["sub"] == "cus_1"

    (tmp_path / "trusted.json").write_text('{"keys": []}')

    with pytest.raises(NotSignedIn):
        verifier.verify(token, **known)


def test_every_page_carries_the_token_in_another_mask(billing: Flask, sign_in_staff: SignIn) -> None:
    browser = billing.test_client()
    sign_in_staff(browser, "events.view", "events.manage", "orders.approve")

    pages = [browser.get("/admin/billing/stuck-events").text for _ in range(2)]
    tokens = [page.split('name="csrf-token" content="')[1].split('"')[0] for page in pages]
    answers = [browser.post("/admin/billing/approvals", data={"csrf_token": each}) for each in tokens]

    assert tokens[0] != tokens[1]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_pages_travel_compressed_to_who_asks_for_it(billing: Flask, sign_in_staff: SignIn) -> None:
    browser = billing.test_client()
    sign_in_staff(browser, "events.view")

    plain = browser.get("/admin/billing/stuck-events")
    small = browser.get("/admin/billing/stuck-events", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert b"<title>" in gzip.decompress(small.data)
    assert len(small.data) < len(plain.data) / 2
