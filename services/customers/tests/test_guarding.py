"""Who may open what: generated from the URL map, so that a new route is covered."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from customers.models import Partner
from customers.usecases.seed_demo import DEFAULT, NORTH, demo_id
from shared.db import Database
from shared.testing import told
from shared.web.access import routes

SignIn = Callable[..., str]
QUAY_HOTEL, ROBERT = demo_id("cus", 5), demo_id("cus", 1)


def guarded(app: Flask) -> list[tuple[str, str, str]]:
    """
    Return path, method and permission of every route of the staff, with ids of the demonstration.
    """
    ids = {
        "<customer_id>": ROBERT,
        "<partner_id>": DEFAULT,
        "<staff_id>": demo_id("stf", 2),
        "<event_id>": "evt_1",
    }
    found = []
    for route in routes(app):
        kind, _, permission = route.access.partition(":")
        path = route.rule
        for place, value in ids.items():
            path = path.replace(place, value)
        if kind == "staff" and permission:
            found += [(path, method, permission) for method in route.methods]
    return found


def test_every_route_of_the_staff_asks_for_its_permission(
    app: Flask, client: FlaskClient, sign_in_staff: SignIn, demo: Database
) -> None:
    before = len(told(demo))
    everything = {permission for _path, _method, permission in guarded(app)}

    for path, method, permission in guarded(app):
        token = sign_in_staff(client, *(everything - {permission}))
        answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert answer.status_code == 403, (method, path)

    assert len(guarded(app)) > 20
    assert len(told(demo)) == before


def test_nothing_changes_without_the_token_of_the_page(
    app: Flask, client: FlaskClient, sign_in_staff: SignIn, demo: Database
) -> None:
    before = len(told(demo))
    sign_in_staff(client, *{permission for _path, _method, permission in guarded(app)})

    answers = {client.post(path, data={}).status_code for path, method, _ in guarded(app) if method == "POST"}

    assert answers == {403}
    assert len(told(demo)) == before


def test_a_stranger_is_led_to_the_sign_in(app: Flask, client: FlaskClient) -> None:
    answers = {client.get(path).status_code for path, method, _permission in guarded(app) if method == "GET"}

    assert answers == {302}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/admin/customers/{QUAY_HOTEL}"),
        ("POST", f"/admin/customers/{QUAY_HOTEL}"),
        ("POST", f"/admin/customers/{QUAY_HOTEL}/status"),
        ("POST", f"/admin/customers/{QUAY_HOTEL}/temporary-password"),
        ("GET", f"/admin/customers/{QUAY_HOTEL}/activity"),
        ("GET", f"/admin/customers/partners/{NORTH}"),
        ("POST", f"/admin/customers/partners/{NORTH}"),
    ],
)
def test_what_belongs_to_another_partner_is_not_there(
    client: FlaskClient, sign_in_staff: SignIn, demo: Database, method: str, path: str
) -> None:
    before = len(told(demo))
    token = sign_in_staff(client, "customers.view", "customers.edit", partner_ids=[DEFAULT])

    answer = client.open(path, method=method, data=fields(path, token) if method == "POST" else None)

    assert answer.status_code == 404
    assert len(told(demo)) == before


def fields(path: str, token: str) -> dict[str, Any]:
    if path.endswith("/status"):
        return {"csrf_token": token, "status": "active"}
    return {"csrf_token": token} if path.endswith("password") else {"csrf_token": token, "version": "1"}


def test_lists_leave_out_other_partners(client: FlaskClient, sign_in_staff: SignIn) -> None:
    sign_in_staff(client, "customers.view", partner_ids=[DEFAULT])

    pages = [
        client.get(path).get_data(as_text=True)
        for path in (
            "/admin/customers",
            "/admin/customers?q=quay",
            f"/admin/customers?partner={NORTH}",
            "/admin/customers/partners",
            "/admin/customers/activity?technical=on",
        )
    ]

    assert all("Quay Hotel" not in page and "North" not in page for page in pages)
    assert "Robert Myers" in pages[0]


def test_a_customer_cannot_be_moved_to_a_partner_out_of_sight(
    client: FlaskClient, sign_in_staff: SignIn, demo: Database
) -> None:
    before = len(told(demo))
    token = sign_in_staff(client, "customers.view", "customers.edit", partner_ids=[DEFAULT])
    form = {"full_name": "Robert", "login": "postpaid", "partner_id": NORTH, "category": "individual"}
    more = {"billing_type": "recurring", "language": "en", "version": "1", "csrf_token": token}

    answer = client.post(f"/admin/customers/{ROBERT}", data={**form, **more})

    assert answer.status_code == 422
    assert "Choose a partner" in answer.get_data(as_text=True)
    assert len(told(demo)) == before


def test_a_customer_cannot_be_moved_to_a_partner_of_another_currency(
    client: FlaskClient, sign_in_staff: SignIn, demo: Database
) -> None:
    with demo.begin() as session:
        session.get_one(Partner, NORTH).currency = "PLN"
    before = len(told(demo))
    token = sign_in_staff(client, "customers.view", "customers.edit")
    form = {"full_name": "Robert", "login": "postpaid", "partner_id": NORTH, "category": "individual"}
    more = {"billing_type": "recurring", "language": "en", "version": "1", "csrf_token": token}

    answer = client.post(f"/admin/customers/{ROBERT}", data={**form, **more})

    assert answer.status_code == 422
    assert "Choose a partner of the same currency" in answer.get_data(as_text=True)
    assert len(told(demo)) == before


def test_who_may_only_look_gets_no_forms(client: FlaskClient, sign_in_staff: SignIn) -> None:
    sign_in_staff(client, "customers.view")

    page = client.get(f"/admin/customers/{ROBERT}").get_data(as_text=True)

    assert "Robert Myers" in page
    assert 'name="full_name"' not in page
    assert "Set temporary password" not in page
