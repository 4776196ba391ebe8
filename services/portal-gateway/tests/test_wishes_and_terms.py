"""What a customer says besides when ordering: the start they would like, and the terms they agree to."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, VISA
from portal_gateway.models import PortalSettings
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.db import Database
from shared.testing import answers_problem


def set_up(database: Database, **own: Any) -> None:
    with database.begin() as session:
        for name, value in own.items():
            setattr(session.get_one(PortalSettings, DEFAULT), name, value)


def test_an_order_says_which_terms_were_shown(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], database: Database, world: FakeWorld
) -> None:
    terms = {"version": "2026-11", "url": "https://example.com/terms"}
    headers = sign_in()
    set_up(database, terms_url=terms["url"], terms_version=terms["version"])
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE}, headers=headers)
    quoted = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json
    body = {"quote_id": quoted["id"], "payment": {"payment_method_id": VISA}}

    def order(key: str, **said: str) -> Any:
        keyed = {**headers, "Idempotency-Key": key}
        return client.post("/api/v1/orders", json={**body, **said}, headers=keyed)

    unsaid = answers_problem(order("k1"), 422, "validation_failed")
    older = order("k2", terms_version="2026-10")
    agreed = order("k3", terms_version="2026-11")

    assert [each["pointer"] for each in unsaid["errors"]] == ["#/terms_version"]
    assert answers_problem(older, 409, "terms_changed")["params"] == {"terms_version": "2026-11"}
    assert (agreed.status_code, agreed.json["terms"]) == (201, terms)
    assert client.get("/api/v1/portal-config").json["terms"] == terms
    assert len(world.orders) == 1


def test_the_start_wished_for_and_the_terms_shown_go_with_the_order(
    browser: Any, sign_on: Callable[..., Any], world: FakeWorld, database: Database
) -> None:
    set_up(database, terms_url="https://example.com/terms", terms_version="2026-11")
    sign_on()
    page = browser.open("/portal/order")
    browser.press(page, "/portal/basket/items", plan_id=FIBRE)
    page = browser.open("/portal/checkout")
    assert "Terms of business, version 2026-11" in page.text
    assert "https://example.com/terms" in page.links

    page = browser.press(page, "/portal/checkout", mode="request", preferred_start_on="soon")
    assert (page.status, page.form("/portal/checkout")["fields"]["preferred_start_on"]) == (422, "soon")
    set_up(database, terms_version="2026-12")
    page = browser.press(page, "/portal/checkout", mode="request", preferred_start_on="2026-12-03")
    assert page.status == 409
    assert "The terms of business have changed" in page.text
    page = browser.press(page, "/portal/checkout", mode="request")

    assert "You would like to start on 3 December." in page.text
    (order,) = world.orders.values()
    assert order["preferred_start_on"] == "2026-12-03"
    assert order["terms"] == {"version": "2026-12", "url": "https://example.com/terms"}
