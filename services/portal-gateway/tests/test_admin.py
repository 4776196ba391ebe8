"""Portal settings per partner: inherited field by field, changed by those who may."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway import queries
from portal_gateway.clients.fake_people import DEFAULT, NORTH
from shared.contracts.portal import SettingsChanged
from shared.db import Database
from shared.testing import as_bearer, told

URL = "/admin/portal/settings"


@pytest.fixture
def staff(staff_token: Any) -> dict[str, str]:
    """
    Somebody who may edit the portal.
    """
    return as_bearer(staff_token("portal", "portal.view", "portal.edit"))


def changes(database: Database) -> list[SettingsChanged]:
    """
    Return what was told about settings since the seed.
    """
    return [fact for fact in told(database) if isinstance(fact, SettingsChanged)][2:]


def test_what_differs_from_default_carries_a_star(client: FlaskClient, staff: dict[str, str]) -> None:
    north = client.get(f"{URL}?partner={NORTH}", headers=staff).get_data(as_text=True)
    default = client.get(URL, headers=staff).get_data(as_text=True)

    assert "North (2 overrides)" in north
    assert north.count("differs from Default") == 2
    assert "Reset to On" in north
    assert "differs from Default" not in default


def test_switching_ordering_off_is_told_with_effective_values(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    form = {"partner": NORTH, "version": "1", "ordering_enabled": "off", "accept_payment": "off"}

    answer = client.post(URL, data=form, headers=staff)

    assert answer.status_code == 303
    assert changes(database) == [
        SettingsChanged(
            partner_id=NORTH,
            version=2,
            ordering_enabled=False,
            accept_payment=False,
            order_channel="tickets",
            order_email="",
            internet_change="both",
            voice_change="request",
            recurring_change="self",
        )
    ]


def test_a_change_of_default_is_told_for_those_who_inherit_it(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    form = {
        "partner": DEFAULT,
        "version": "1",
        "ordering_enabled": "on",
        "accept_payment": "on",
        "order_channel": "email",
        "order_email": "orders@example.com",
    }

    client.post(URL, data=form, headers=staff)

    found = {fact.partner_id: (fact.accept_payment, fact.order_channel) for fact in changes(database)}
    assert found == {DEFAULT: (True, "email"), NORTH: (False, "email")}


def test_how_plans_are_changed_is_set_per_type_and_told(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    form = {"partner": NORTH, "version": "1", "internet_change": "both", "voice_change": "off"}

    assert client.post(URL, data=form, headers=staff).status_code == 303

    told = changes(database)[-1]
    assert (told.internet_change, told.voice_change) == ("both", "off")
    with database.read() as session:
        north = queries.effective_settings(session, NORTH)
    assert (north.change_modes("internet"), north.change_modes("voice")) == (["self", "request"], [])
    assert north.change_modes("bundle") == []


def test_a_way_that_does_not_exist_is_taken_for_not_set(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    client.post(URL, data={"partner": NORTH, "version": "1", "internet_change": "magic"}, headers=staff)

    with database.read() as session:
        default = queries.effective_settings(session, DEFAULT)
        assert queries.effective_settings(session, NORTH).internet_change == default.internet_change


def test_a_field_can_be_reset_to_default(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    form = {"partner": NORTH, "version": "1", "field": "accept_payment"}

    client.post(f"{URL}/resets", data=form, headers=staff)

    assert [fact.accept_payment for fact in changes(database)] == [True]
    page = client.get(f"{URL}?partner={NORTH}", headers=staff).get_data(as_text=True)
    assert "North (1 override)" in page


def test_mail_without_an_address_comes_back_with_the_reason(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    for address, words in (("", "Enter the address orders are sent to."), ("x", "Enter an address such as")):
        form = {"partner": NORTH, "version": "1", "order_channel": "email", "order_email": address}
        answer = client.post(URL, data=form, headers=staff)

        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert changes(database) == []


def test_terms_need_a_page_and_a_version(
    client: FlaskClient, staff: dict[str, str], database: Database
) -> None:
    for url, version, words in (
        ("javascript:alert(1)", "1", "Enter an address such as"),
        ("", "1", "Enter where the terms can be read."),
        ("https://example.com/terms", " ", "Enter which version it is"),
    ):
        form = {"partner": NORTH, "version": "1", "terms_url": url, "terms_version": version}
        answer = client.post(URL, data=form, headers=staff)

        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert changes(database) == []


def test_a_stale_form_is_not_stored(client: FlaskClient, staff: dict[str, str], database: Database) -> None:
    form = {"partner": NORTH, "version": "0", "ordering_enabled": "off"}

    assert client.post(URL, data=form, headers=staff).status_code == 412
    assert changes(database) == []


def test_only_those_who_may_change_it(client: FlaskClient, staff_token: Any, database: Database) -> None:
    form = {"partner": NORTH, "version": "1", "ordering_enabled": "off"}
    viewer = as_bearer(staff_token("portal", "portal.view"))
    elsewhere = as_bearer(staff_token("portal", "portal.view", "portal.edit", partner_ids=[DEFAULT]))

    assert client.post(URL, data=form, headers=viewer).status_code == 403
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.post(URL, data=form, headers=elsewhere).status_code == 404
    assert client.get(f"{URL}?partner={NORTH}", headers=elsewhere).status_code == 404
    assert changes(database) == []


def test_default_shows_what_holds_where_nothing_was_set(client: FlaskClient, staff: dict[str, str]) -> None:
    page = client.get(f"/admin/portal/settings?partner={DEFAULT}", headers=staff).text

    assert re.search(r'name="menu_services"[^>]*value="on"[^>]*checked', page)
    assert re.search(r'name="cancel_notice_days"[^>]*value="14"', page)
