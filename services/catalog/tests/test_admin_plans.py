"""The plan list, the plan editor and the availability check, through a browser's eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog import queries
from catalog.domain.plan import Kind
from catalog.handlers import handlers
from shared.contracts import catalog as facts
from shared.contracts import customers
from shared.db import Database
from shared.money import Money
from shared.testing import hear, told

Sell = Callable[..., str]
HOSTILE = '<script>alert("x")</script>'

FIBRE = {
    "name": "Fibre 100",
    "price": "30.00",
    "currency": "EUR",
    "vat_basis_points": "23",
    "activation_fee": "0.00",
    "interval_months": "1",
    "enabled": "on",
    "shown_on_portal": "on",
    "bullets": "Fast\r\n\r\nUnlimited",
    "categories": "",
}


@pytest.fixture
def editor(client: FlaskClient, sign_in_staff: Callable[..., str]) -> Callable[..., Any]:
    """
    A function that sends a form as a signed-in plan editor: ``editor(path, **fields)``.
    """
    token = sign_in_staff(client, "plans.view", "plans.edit")

    def post(path: str, **fields: Any) -> Any:
        return client.post(f"/admin/catalog{path}", data={"csrf_token": token, **fields})

    return post


def test_the_list_shows_one_kind_at_a_time(client: FlaskClient, editor: Any, sell: Sell) -> None:
    sell("Fibre 100")
    sell("Home phone", kind=Kind.VOICE)

    page = client.get("/admin/catalog/plans?kind=voice").get_data(as_text=True)

    assert "Home phone" in page
    assert "Fibre 100" not in page


def test_the_list_names_where_a_plan_is_available(
    client: FlaskClient, editor: Any, sell: Sell, database: Database
) -> None:
    hear(database, handlers, customers.LocationChanged(location_id="loc_1", version=1, name="Harbour"))
    sell("Fibre 100", location_ids=("loc_1",), categories=("business",))

    page = client.get("/admin/catalog/plans").get_data(as_text=True)

    assert "Harbour; Business" in page.replace("\n", "")


def test_a_plan_is_made_from_the_form(editor: Any, database: Database) -> None:
    answer = editor(
        "/plans/new?kind=internet",
        **FIBRE,
        location_ids=["loc_1", "loc_2"],
        download_kbit="100 000",
        included_mb="5 000",
        prepaid_days="30",
    )

    assert answer.status_code == 303
    (fact,) = told(database)
    assert isinstance(fact, facts.PlanPublished)
    assert (fact.name, fact.price, fact.vat_basis_points) == ("Fibre 100", Money(3000, "EUR"), 2300)
    assert (fact.bullets, fact.location_ids) == (("Fast", "Unlimited"), ("loc_1", "loc_2"))
    assert (fact.enabled, fact.shown_on_portal, fact.hidden_on_admin) == (True, True, False)
    assert (fact.included_mb, fact.prepaid_days) == (5000, 30)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_an_editor_with_the_labels_people_look_for(
    client: FlaskClient, editor: Any, kind: Kind
) -> None:
    page = client.get(f"/admin/catalog/plans/new?kind={kind.value}").get_data(as_text=True)

    for label in (
        "Show tariff on Customer portal",
        "Hide tariff on Admin portal",
        "Available locations",
        "Customer category",
        "Customer labels",
    ):
        assert label in page
    assert ("Tariff plans available in customer portal" in page) is (kind is not Kind.ONE_TIME)


def test_a_form_with_errors_comes_back_filled_in(editor: Any, database: Database) -> None:
    answer = editor(
        "/plans/new?kind=one_time", **{**FIBRE, "name": "", "price": "thirty", "max_quantity": "1e3"}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter an amount such as 30.00." in page
    assert 'value="thirty"' in page
    assert 'value="1e3"' in page
    assert "Unlimited" in page
    assert told(database) == []


def test_rules_are_told_beside_their_fields(editor: Any) -> None:
    page = editor("/plans/new?kind=bundle", **{**FIBRE, "name": " "}).get_data(as_text=True)

    assert "Enter a title." in page
    assert "Choose at least one plan of the bundle." in page


def test_an_edit_saves_the_next_version(editor: Any, sell: Sell, database: Database) -> None:
    plan_id = sell("Fibre 100", "30.00")

    answer = editor(f"/plans/{plan_id}", **{**FIBRE, "price": "32,50"}, version="1")

    assert answer.status_code == 303
    with database.read() as session:
        plan = queries.plan(session, plan_id)
        assert (plan.version, plan.price, plan.updated_by) == (2, Money(3250, "EUR"), "Ada Admin")


def test_a_stale_editor_gets_the_form_back(editor: Any, sell: Sell, database: Database) -> None:
    plan_id = sell("Fibre 100", "30.00")
    editor(f"/plans/{plan_id}", **{**FIBRE, "price": "31.00"}, version="1")

    answer = editor(f"/plans/{plan_id}", **{**FIBRE, "price": "29.00"}, version="1")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else changed this plan" in page
    assert 'value="29.00"' in page
    with database.read() as session:
        assert queries.plan(session, plan_id).price == Money(3100, "EUR")


def test_the_currency_of_a_plan_never_changes(editor: Any, sell: Sell, database: Database) -> None:
    plan_id = sell("Fibre 100", "30.00")

    editor(f"/plans/{plan_id}", **{**FIBRE, "currency": "USD", "price": "31.00"}, version="1")

    with database.read() as session:
        assert queries.plan(session, plan_id).price == Money(3100, "EUR")


def test_retiring_asks_first_and_then_takes_it_off_the_shelf(
    client: FlaskClient, editor: Any, sell: Sell, database: Database
) -> None:
    plan_id = sell("Fibre 100")

    question = client.get(f"/admin/catalog/plans/{plan_id}/retirement").get_data(as_text=True)
    answer = editor(f"/plans/{plan_id}/retirement")

    assert "Retire Fibre 100?" in question
    assert answer.status_code == 303
    assert told(database)[-1] == facts.PlanRetired(plan_id=plan_id, version=2)
    assert plan_id not in client.get("/admin/catalog/plans").get_data(as_text=True)
    assert plan_id in client.get("/admin/catalog/plans?state=retired").get_data(as_text=True)


def test_retiring_a_member_says_which_bundle_holds_it(editor: Any, sell: Sell) -> None:
    member = sell("Fibre 300")
    sell("Home Plus", kind=Kind.BUNDLE, member_ids=(member,))

    answer = editor(f"/plans/{member}/retirement")

    assert answer.status_code == 409
    assert "Take it out of Home Plus first." in answer.get_data(as_text=True)


def test_the_preview_shows_the_card_and_nothing_while_unreadable(editor: Any) -> None:
    card = editor("/plans/preview?kind=internet", **FIBRE)
    unreadable = editor("/plans/preview?kind=internet", **{**FIBRE, "price": "x"})

    assert "Unlimited" in card.get_data(as_text=True)
    assert (unreadable.status_code, unreadable.get_data()) == (204, b"")


def test_hostile_text_is_only_text(client: FlaskClient, editor: Any, sell: Sell) -> None:
    plan_id = sell(HOSTILE, description=HOSTILE, bullets=(HOSTILE,))

    for path in ("/plans", f"/plans/{plan_id}", "/availability", f"/plans/{plan_id}/retirement"):
        page = client.get(f"/admin/catalog{path}").get_data(as_text=True)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_the_check_says_why_a_customer_cannot_order(
    client: FlaskClient, editor: Any, sell: Sell, database: Database
) -> None:
    hear(database, handlers, customers.LocationChanged(location_id="loc_1", version=1, name="Harbour"))
    sell("Fibre 100", location_ids=("loc_1",))

    elsewhere = client.get("/admin/catalog/availability?location_id=loc_2").get_data(as_text=True)
    there = client.get("/admin/catalog/availability?location_id=loc_1").get_data(as_text=True)

    assert "Location: only for Harbour" in elsewhere
    assert "only for Harbour" not in there


def test_viewing_is_not_editing(
    client: FlaskClient, sign_in_staff: Callable[..., str], sell: Sell, database: Database
) -> None:
    plan_id = sell("Fibre 100")
    token = sign_in_staff(client, "plans.view")

    answers = [
        client.get("/admin/catalog/plans/new"),
        client.post("/admin/catalog/plans/new?kind=internet", data={"csrf_token": token, **FIBRE}),
        client.post(f"/admin/catalog/plans/{plan_id}", data={"csrf_token": token, **FIBRE, "version": "1"}),
        client.post(f"/admin/catalog/plans/{plan_id}/retirement", data={"csrf_token": token}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert client.get(f"/admin/catalog/plans/{plan_id}").status_code == 200
    assert "Start selling" not in client.get("/admin/catalog/plans").get_data(as_text=True)
    assert len(told(database)) == 1


def test_a_form_without_its_token_is_refused(
    client: FlaskClient, sign_in_staff: Callable[..., str], database: Database
) -> None:
    sign_in_staff(client, "plans.view", "plans.edit")

    assert client.post("/admin/catalog/plans/new?kind=internet", data=FIBRE).status_code == 403
    assert told(database) == []


def test_unknown_plans_and_kinds_are_not_found(client: FlaskClient, editor: Any) -> None:
    assert client.get("/admin/catalog/plans/plan_nowhere").status_code == 404
    assert client.get("/admin/catalog/plans/new?kind=tractor").status_code == 404
    assert editor("/plans/plan_nowhere", **FIBRE, version="1").status_code == 404


def test_who_may_change_plans_of_many_is_led_there_from_the_plan(
    client: FlaskClient, sign_in_staff: Callable[..., str], sell: Sell
) -> None:
    plan_id = sell("Fibre 100")
    link = f"/admin/billing/bulk-changes/new?plan={plan_id}"
    pages = ("/admin/catalog/plans", f"/admin/catalog/plans/{plan_id}")

    sign_in_staff(client, "plans.view", "plans.edit")
    assert not any(link in client.get(page).text for page in pages)
    sign_in_staff(client, "plans.view", "settings.edit")
    assert all(link in client.get(page).text for page in pages)
