"""The list of customers, adding one, and their Information page."""

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from customers.handlers import handlers
from customers.usecases.register_customer import register_customer
from customers.usecases.seed_demo import DEFAULT, NORTH, ROBERT, demo_id
from shared.contracts import billing
from shared.contracts.customers import CustomerChanged, StatusChanged
from shared.contracts.event import Event
from shared.db import Database
from shared.money import Money
from shared.testing import hear, told

Agent = tuple[FlaskClient, str]
CUSTOMER = demo_id("cus", 1)
EVERYBODY = ["Quay Hotel", "Maria Byrne", "Sean Walsh", "Elena Costa", "Robert Myers"]
NEW = {
    "full_name": "Grace Byrne",
    "login": "",
    "partner_id": DEFAULT,
    "location_id": demo_id("loc", 2),
    "category": "business",
    "billing_type": "prepaid",
    "language": "de",
    "emails": "grace@example.net, grace@work.example",
    "billing_emails": "",
    "phones": "+353 21 555 0199",
    "street": "5 Hill Road",
    "zip_code": "T23 X1",
    "city": "Cork",
    "label_ids": [demo_id("lab", 2)],
}
SAVED = {
    **NEW,
    "full_name": "Robert Myers",
    "login": "postpaid",
    "location_id": demo_id("loc", 1),
    "category": "individual",
    "billing_type": "recurring",
    "language": "en",
    "emails": "robert.myers@example.net",
    "phones": "+353 21 555 0101",
    "street": "12 Quay Street",
    "zip_code": "T12 AB34",
    "label_ids": [demo_id("lab", 1)],
    "version": "1",
}


def names(client: FlaskClient, query: str = "") -> list[str]:
    page = client.get(f"/admin/customers{query}").get_data(as_text=True)
    return re.findall(r'<a class="b" href="/admin/customers/cus_\w+">([^<]+)</a>', page)


def post(agent: Agent, path: str, fields: dict[str, Any]) -> Any:
    client, token = agent
    return client.post(path, data={**fields, "csrf_token": token})


def title(answer: Any) -> str:
    found = re.search(r"<title>(.*?)</title>", answer.get_data(as_text=True))
    return found[1] if found else ""


def test_the_list_shows_the_newest_first(agent: Agent) -> None:
    assert names(agent[0]) == EVERYBODY


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=myers", ["Robert Myers"]),
        ("?q=000003", ["Sean Walsh"]),
        ("?q=%23000003", ["Sean Walsh"]),
        ("?q=requestonly", ["Quay Hotel"]),
        ("?q=Elena.Costa@example.net", ["Elena Costa"]),
        ("?q=%2B353+21+555+0104", ["Maria Byrne"]),
        ("?q=353215550104", ["Maria Byrne"]),
        ("?q=accounts@quay", ["Quay Hotel"]),
        ("?q=%25", []),
        ("?status=blocked", ["Sean Walsh"]),
        (f"?partner={NORTH}", ["Quay Hotel"]),
        (f"?location={demo_id('loc', 3)}", ["Maria Byrne"]),
        ("?category=business", ["Quay Hotel"]),
        (f"?label={demo_id('lab', 1)}&q=cork&status=new", []),
        (f"?label={demo_id('lab', 1)}&status=new", ["Elena Costa", "Robert Myers"]),
        ("?sort=name", ["Elena Costa", "Maria Byrne", "Quay Hotel", "Robert Myers", "Sean Walsh"]),
        ("?q=%27+OR+1%3D1--", []),
        ("?limit=1000000&after=x&sort=;drop", EVERYBODY),
    ],
)  # fmt: skip
def test_the_address_narrows_the_list(agent: Agent, query: str, found: list[str]) -> None:
    assert names(agent[0], query) == found


@pytest.mark.parametrize("sort", ["-number", "name"])
def test_paging_older_and_newer_meets_everybody_once(agent: Agent, demo: Database, sort: str) -> None:
    with demo.begin() as session:
        for number in range(60):
            details = register_details(f"same{number % 3}", f"login{number}")
            register_customer(session, details=details, scope=None)

    seen, href = [], f"/admin/customers?sort={sort}"
    while href:
        page = agent[0].get(href).get_data(as_text=True)
        seen.append(re.findall(r'<a class="mono" href="/admin/customers/(cus_\w+)">', page))
        older = re.search(r'href="([^"]+)" rel="next"', page)
        newer = re.search(r'href="([^"]+)" rel="prev"', page)
        href = older[1].replace("&amp;", "&") if older else ""

    assert [len(page) for page in seen] == [25, 25, 15]
    assert len({customer for page in seen for customer in page}) == 65
    assert newer is not None
    back = agent[0].get(newer[1].replace("&amp;", "&")).get_data(as_text=True)
    assert re.findall(r'<a class="mono" href="/admin/customers/(cus_\w+)">', back) == seen[1]


def register_details(name: str, login: str):
    from dataclasses import replace

    return replace(ROBERT, full_name=name, login=login, emails=())


def test_no_match_offers_to_clear_the_filters(agent: Agent) -> None:
    page = agent[0].get("/admin/customers?q=zzz").get_data(as_text=True)

    assert "No customer matches" in page
    assert "Clear filters" in page


def test_an_added_customer_is_new_numbered_and_told(agent: Agent, demo: Database) -> None:
    answer = post(agent, "/admin/customers/new", NEW)

    fact = told(demo)[-1]
    assert isinstance(fact, CustomerChanged)
    assert answer.status_code == 303
    assert answer.location == f"/admin/customers/{fact.customer_id}"
    assert fact == CustomerChanged(
        customer_id=fact.customer_id,
        partner_id=DEFAULT,
        version=1,
        number=6,
        login="000006",
        full_name="Grace Byrne",
        status="new",
        category="business",
        billing_type="prepaid",
        location_id=demo_id("loc", 2),
        label_ids=(demo_id("lab", 2),),
        emails=("grace@example.net", "grace@work.example"),
        billing_emails=(),
        phones=("+353 21 555 0199",),
        street="5 Hill Road",
        zip_code="T23 X1",
        city="Cork",
        language="de",
    )
    page = agent[0].get(answer.location).get_data(as_text=True)
    assert "Grace Byrne was added." in page
    assert "Customer was added" in page


def test_a_refused_form_keeps_its_values_and_says_what_to_do(agent: Agent, demo: Database) -> None:
    before = len(told(demo))

    answer = post(
        agent, "/admin/customers/new", {**NEW, "full_name": " ", "emails": "grace@", "login": "postpaid"}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert title(answer).startswith("Error: Add customer")
    assert "Enter the full name" in page
    assert "Enter e-mail addresses like name@example.net, with commas between" in page
    assert "Choose another login, this one is taken" in page
    assert 'value="grace@"' in page
    assert 'value="5 Hill Road"' in page
    assert len(told(demo)) == before


@pytest.mark.parametrize("field", ["id", "status", "balance", "number", "version", "created_at"])
def test_a_form_with_fields_it_never_has_is_refused(agent: Agent, demo: Database, field: str) -> None:
    before = len(told(demo))

    answer = post(agent, "/admin/customers/new", {**NEW, field: "1"})

    assert answer.status_code == 422
    assert len(told(demo)) == before


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "' OR 1=1--"])
def test_text_is_only_ever_text(agent: Agent, text: str) -> None:
    answer = post(agent, "/admin/customers/new", {**NEW, "full_name": text})

    page = agent[0].get(answer.location).get_data(as_text=True)
    assert "<script>alert" not in page
    assert names(agent[0], "?q=000006") == [
        text.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
    ]


def test_an_edit_is_told_and_remembered_with_old_and_new(agent: Agent, demo: Database) -> None:
    changed = {**SAVED, "billing_emails": "bills@example.net", "city": "Cobh"}

    answer = post(agent, f"/admin/customers/{CUSTOMER}", changed)

    fact = told(demo)[-1]
    assert answer.status_code == 303
    assert isinstance(fact, CustomerChanged)
    assert (fact.version, fact.billing_emails, fact.city) == (2, ("bills@example.net",), "Cobh")
    page = agent[0].get(answer.location).get_data(as_text=True)
    assert "Changed Billing email to bills@example.net; City from Cork to Cobh" in page
    assert "Bills go to the billing email only. Everything else goes to Email." in page


def test_saving_no_change_tells_nothing(agent: Agent, demo: Database) -> None:
    before = len(told(demo))

    answer = post(agent, f"/admin/customers/{CUSTOMER}", SAVED)

    assert answer.status_code == 303
    assert len(told(demo)) == before


def test_who_saves_second_sees_both_and_loses_nothing(agent: Agent, demo: Database) -> None:
    post(agent, f"/admin/customers/{CUSTOMER}", {**SAVED, "city": "Cobh"})
    before = len(told(demo))

    answer = post(agent, f"/admin/customers/{CUSTOMER}", {**SAVED, "street": "1 New Street"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert title(answer).startswith("Error:")
    assert "Somebody else saved this customer while you were editing" in page
    assert "<dt>City</dt><dd>Cobh</dd>" in page
    assert 'value="1 New Street"' in page
    assert 'name="version" value="2"' in page
    assert len(told(demo)) == before


def test_a_status_set_by_a_person_is_told_with_its_reason(agent: Agent, demo: Database) -> None:
    answer = post(agent, f"/admin/customers/{CUSTOMER}/status", {"status": "active", "why": "Moved in"})

    facts = told(demo)[-2:]
    assert answer.status_code == 303
    assert isinstance(facts[0], CustomerChanged)
    assert isinstance(facts[1], StatusChanged)
    assert (facts[1].old, facts[1].new, facts[1].reason, facts[1].version) == ("new", "active", "manual", 2)
    page = agent[0].get(answer.location).get_data(as_text=True)
    assert "Status went from New to Active: Moved in" in page


def test_a_status_that_cannot_follow_is_refused(agent: Agent, demo: Database) -> None:
    before = len(told(demo))

    answer = post(agent, f"/admin/customers/{CUSTOMER}/status", {"status": "blocked", "why": ""})

    assert answer.status_code == 409
    assert "That status cannot follow the present one" in answer.get_data(as_text=True)
    assert len(told(demo)) == before


def test_a_temporary_password_is_shown_once_and_works(agent: Agent, demo: Database) -> None:
    from customers.usecases.check_credentials import check_credentials

    answer = post(agent, f"/admin/customers/{CUSTOMER}/temporary-password", {})

    found = re.search(r"<dd>(\w{4}-\w{4}-\w{4}-\w{4})</dd>", answer.get_data(as_text=True))
    assert found is not None
    with demo.begin() as session:
        assert check_credentials(session, login="postpaid", password=found[1]).id == CUSTOMER
    assert found[1] not in agent[0].get(f"/admin/customers/{CUSTOMER}").get_data(as_text=True)


def test_the_activity_is_narrowed_by_source(agent: Agent) -> None:
    post(agent, f"/admin/customers/{CUSTOMER}/status", {"status": "active", "why": ""})

    admin = agent[0].get(f"/admin/customers/{CUSTOMER}?source=admin").get_data(as_text=True)
    portal = agent[0].get(f"/admin/customers/{CUSTOMER}?source=portal").get_data(as_text=True)

    assert "Status went from New to Active" in admin
    assert "Customer was added" not in admin  # the demonstration was not an act of the staff
    assert "No activity matches" in portal


def test_pages_speak_german(agent: Agent) -> None:
    page = agent[0].get("/admin/customers?lang=de").get_data(as_text=True)

    assert "Kunden" in page
    assert "Kunde hinzufügen" in page


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (
            billing.CreditNoteIssued(
                credit_note_id="cn_1",
                number="202611000001",
                invoice_id="inv_1",
                customer_id=CUSTOMER,
                partner_id=DEFAULT,
                total=Money(500, "EUR"),
                issued_on=date(2026, 11, 24),
                reason="Unused days of Fibre 100",
                because='{"text": "Unused days of %(plan)s", "params": {"plan": "Fibre 100"}}',
            ),
            "Gutschrift 202611000001 über 5,00\xa0€ wurde ausgestellt: Ungenutzte Tage von Fibre 100",
        ),
        (
            billing.SubscriptionEndBooked(
                subscription_id="sub_1",
                customer_id=CUSTOMER,
                partner_id=DEFAULT,
                version=2,
                plan_name="Fibre 100",
                last_on=date(2026, 12, 16),
                source="portal",
                reason="moving",
            ),
            "Fibre 100 wird am 16. Dezember enden: Ich ziehe um",
        ),
    ],
    ids=["credit note", "end"],
)
def test_reasons_in_the_activity_are_said_in_the_readers_language(
    agent: Agent, demo: Database, fact: Event, said: str
) -> None:
    hear(demo, handlers, fact)

    page = agent[0].get(f"/admin/customers/{CUSTOMER}?lang=de").get_data(as_text=True)

    assert said in page
