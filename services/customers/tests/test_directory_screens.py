"""Partners, locations and labels: added, edited, told."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from customers.usecases.seed_demo import DEFAULT, demo_id
from shared.contracts.customers import LabelChanged, LocationChanged, PartnerChanged
from shared.db import Database
from shared.testing import told

Agent = tuple[FlaskClient, str]
PARTNERS, LOCATIONS, LABELS = (f"/admin/customers/{name}" for name in ("partners", "locations", "labels"))
SOUTH = {
    "name": "South",
    "title": "South Fibre",
    "hue": "25",
    "currency": "gbp",
    "timezone": "Europe/London",
    "languages": ["en"],
    "help_phone": "+44 20 7946 0000",
    "help_email": "help@south.example",
}


def post(agent: Agent, path: str, **fields: Any) -> Any:
    return agent[0].post(path, data={**fields, "csrf_token": agent[1]})


def test_a_new_partner_is_told_whole(agent: Agent, demo: Database) -> None:
    answer = post(agent, f"{PARTNERS}/new", **SOUTH)

    fact = told(demo)[-1]
    assert answer.status_code == 303
    assert isinstance(fact, PartnerChanged)
    assert fact == PartnerChanged(
        partner_id=fact.partner_id,
        version=1,
        name="South",
        title="South Fibre",
        hue=25,
        currency="GBP",
        timezone="Europe/London",
        languages=("en",),
        help_phone="+44 20 7946 0000",
        help_email="help@south.example",
        default=False,
    )
    assert "South was saved." in agent[0].get(PARTNERS).get_data(as_text=True)


def test_an_edited_partner_gets_a_new_version_and_stays_the_default(agent: Agent, demo: Database) -> None:
    changed = {**SOUTH, "name": "Default", "currency": "EUR", "title": "Harbour Broadband", "version": "1"}

    post(agent, f"{PARTNERS}/{DEFAULT}", **changed)

    fact = told(demo)[-1]
    assert isinstance(fact, PartnerChanged)
    assert (fact.partner_id, fact.version, fact.title, fact.default) == (
        DEFAULT,
        2,
        "Harbour Broadband",
        True,
    )


def test_a_second_save_of_the_same_version_is_refused(agent: Agent, demo: Database) -> None:
    changed = {**SOUTH, "name": "Default", "currency": "EUR", "version": "1"}
    post(agent, f"{PARTNERS}/{DEFAULT}", **changed)
    before = len(told(demo))

    answer = post(agent, f"{PARTNERS}/{DEFAULT}", **changed)

    assert answer.status_code == 409
    assert "Somebody else saved this first" in answer.get_data(as_text=True)
    assert len(told(demo)) == before


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Enter 1 to 80 characters"),
        ("name", "North", "Choose another name, this one is taken"),
        ("hue", "360", "Enter a hue of 0 to 359"),
        ("hue", "1e2", "Enter a hue of 0 to 359"),
        ("currency", "EURO", "Enter a currency like EUR"),
        ("timezone", "Europe/Atlantis", "Enter a time zone like Europe/Dublin"),
        ("languages", ["xx"], "Choose at least one language"),
        ("help_email", "help", "Enter an e-mail address like help@example.net"),
    ],
)
def test_a_refused_partner_keeps_its_values(
    agent: Agent, demo: Database, field: str, value: Any, says: str
) -> None:
    before = len(told(demo))

    answer = post(agent, f"{PARTNERS}/new", **{**SOUTH, field: value})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error: Add partner" in page
    assert says in page
    assert 'value="South Fibre"' in page
    assert len(told(demo)) == before


def test_the_currency_stays_where_there_are_customers(agent: Agent) -> None:
    answer = post(agent, f"{PARTNERS}/{DEFAULT}", **{**SOUTH, "name": "Default", "version": "1"})

    assert answer.status_code == 422
    assert "The currency of a partner with customers cannot change" in answer.get_data(as_text=True)


def test_locations_are_added_and_renamed(agent: Agent, demo: Database) -> None:
    post(agent, LOCATIONS, name="Valley")
    added = told(demo)[-1]
    post(agent, LOCATIONS, id=demo_id("loc", 1), version="1", name="Old harbour")
    renamed = told(demo)[-1]

    assert isinstance(added, LocationChanged)
    assert (added.name, added.version) == ("Valley", 1)
    assert renamed == LocationChanged(location_id=demo_id("loc", 1), version=2, name="Old harbour")
    assert "Old harbour" in agent[0].get(LOCATIONS).get_data(as_text=True)


def test_labels_are_added_and_edited(agent: Agent, demo: Database) -> None:
    post(agent, LABELS, name="Slow payer", hue="30")
    added = told(demo)[-1]
    post(agent, LABELS, id=demo_id("lab", 2), version="1", name="Gold", hue="80")
    edited = told(demo)[-1]

    assert isinstance(added, LabelChanged)
    assert (added.name, added.hue) == ("Slow payer", 30)
    assert edited == LabelChanged(label_id=demo_id("lab", 2), version=2, name="Gold", hue=80)


@pytest.mark.parametrize(("path", "taken"), [(LOCATIONS, "Hill"), (LABELS, "VIP")])
def test_a_name_that_is_taken_or_missing_is_refused(
    agent: Agent, demo: Database, path: str, taken: str
) -> None:
    before = len(told(demo))
    more = {"hue": "1"} if path == LABELS else {}

    answers = [post(agent, path, name=name, **more).status_code for name in (taken, " ", "x" * 81)]

    assert answers == [422, 422, 422]
    assert len(told(demo)) == before


@pytest.mark.parametrize("path", [LOCATIONS, LABELS])
def test_what_does_not_exist_cannot_be_edited(agent: Agent, path: str) -> None:
    more = {"hue": "1"} if path == LABELS else {}

    assert post(agent, path, id="xxx_1", version="1", name="New", **more).status_code == 404
