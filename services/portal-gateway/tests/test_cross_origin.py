"""Front ends on other sites: those a partner listed, for its own customers, with tokens."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal_gateway.clients.fake_people import DEFAULT, NORTH, PASSWORD
from portal_gateway.models import PortalSettings
from shared.db import Database
from shared.testing import answers_problem, as_bearer

SHOP, EVIL = "https://shop.example.com", "https://evil.example"
WORDS = {"login": "requestonly", "password": PASSWORD}


@pytest.fixture
def north(client: FlaskClient, database: Database) -> FlaskClient:
    """
    A front end of a partner that listed its shop.
    """
    with database.begin() as session:
        session.execute(
            update(PortalSettings).where(PortalSettings.partner_id == NORTH).values(front_ends=SHOP)
        )
    return client


def shared_with(answer: Any) -> str | None:
    assert "Access-Control-Allow-Credentials" not in answer.headers
    found: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return found


def test_a_listed_page_signs_in_and_reads(north: FlaskClient) -> None:
    here = {"Origin": SHOP, "Sec-Fetch-Site": "cross-site"}
    asked = {**here, "Access-Control-Request-Method": "POST"}

    before = north.options("/api/v1/sessions", headers=asked)
    made = north.post("/api/v1/sessions", json=WORDS, headers=here)
    home = north.get("/api/v1/home", headers={**here, **as_bearer(made.json["access_token"])})

    assert (before.status_code, made.status_code, home.status_code) == (200, 201, 200)
    assert [shared_with(each) for each in (before, made, home)] == [SHOP] * 3
    assert "Idempotency-Key" in before.headers["Access-Control-Allow-Headers"]
    assert "ETag" in home.headers["Access-Control-Expose-Headers"]
    assert "Origin" in home.headers["Vary"]


@pytest.mark.parametrize("origin", [EVIL, "null", f"{SHOP}.evil.example", "https://sub.shop.example.com"])
def test_other_pages_are_shown_nothing(north: FlaskClient, origin: str) -> None:
    here = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}

    asked = north.options("/api/v1/orders", headers={**here, "Access-Control-Request-Method": "POST"})
    entered = north.post("/api/v1/sessions", json=WORDS, headers=here)

    assert shared_with(asked) is None
    assert shared_with(entered) is None
    answers_problem(entered, 403, "csrf_failed")


def test_a_partner_opens_its_own_customers_only_and_no_cookie(north: FlaskClient, sign_in: Any) -> None:
    here = {"Origin": SHOP}
    robert = north.get("/api/v1/home", headers={**sign_in("postpaid"), **here})
    made = north.post("/api/v1/sessions", json={**WORDS, "kind": "cookie"}, base_url="https://localhost")
    by_cookie = north.get("/api/v1/home", headers=here, base_url="https://localhost")
    token = {**here, "X-CSRF-Token": made.json["csrf_token"]}
    changed = north.delete("/api/v1/basket", headers=token, base_url="https://localhost")
    page = north.get("/portal/login", headers=here)

    assert (robert.status_code, by_cookie.status_code) == (200, 200)
    answers_problem(changed, 403, "csrf_failed")
    assert [shared_with(each) for each in (robert, by_cookie, page)] == [None] * 3


def test_only_addresses_browsers_send_are_listed(client: FlaskClient, staff_token: Any) -> None:
    staff = as_bearer(staff_token("portal", "portal.view", "portal.edit"))

    def saved(text: str, version: int) -> int:
        form = {"partner": DEFAULT, "version": str(version), "front_ends": text}
        return client.post("/admin/portal/settings", data=form, headers=staff).status_code

    for wrong in ("http://shop.example.com", f"{SHOP}/", "*", "null", "shop.example.com", f"{SHOP} x"):
        assert saved(wrong, 1) == 422
    assert saved(f"{SHOP}\r\nhttp://localhost:3000", 1) == 303
    assert SHOP in client.get("/admin/portal/settings", headers=staff).text
    asked = client.options("/api/v1/orders", headers={"Origin": "http://localhost:3000"})
    assert shared_with(asked) == "http://localhost:3000"


def test_a_partner_says_none_where_default_lists_some(
    client: FlaskClient, staff_token: Any, database: Database, sign_in: Any
) -> None:
    with database.begin() as session:
        session.execute(
            update(PortalSettings).where(PortalSettings.partner_id == DEFAULT).values(front_ends=SHOP)
        )
    headers = sign_in("requestonly")
    assert shared_with(client.get("/api/v1/home", headers={**headers, "Origin": SHOP})) == SHOP
    staff = as_bearer(staff_token("portal", "portal.view", "portal.edit"))
    form = {"partner": NORTH, "version": "1", "front_ends": "none"}

    assert client.post("/admin/portal/settings", data=form, headers=staff).status_code == 303

    assert shared_with(client.get("/api/v1/home", headers={**headers, "Origin": SHOP})) is None
    page = client.get(f"/admin/portal/settings?partner={NORTH}", headers=staff).get_data(as_text=True)
    assert ">none</textarea>" in page
