"""Changing a plan in the portal and over its API, in every mode a partner can choose (seed 000)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_changes import NEXT_BILL, SERVICE, SMALL
from portal_gateway.domain.calendar import calendar_file
from portal_gateway.domain.portal_settings import ChangeMode
from portal_gateway.models import PortalSettings
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.db import Database
from shared.testing import answers_problem

HERE = f"/portal/services/{SERVICE}"
WINDOW = f"{HERE}/change-plan"
API = "/api/v1"

Mode = Callable[[str], None]
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def mode(database: Database, client: FlaskClient) -> Mode:
    """
    A function that sets how the customer's partner lets internet plans be changed.
    """

    def choose(value: str) -> None:
        with database.begin() as session:
            session.get_one(PortalSettings, DEFAULT).internet_change = ChangeMode(value)

    return choose


@pytest.fixture
def window(browser: Any, sign_on: Callable[..., Any]) -> Callable[..., Any]:
    """
    A function that signs in and opens the window to change the plan: ``window("?ask=1")``.
    """

    def open(query: str = "") -> Any:
        sign_on()
        return browser.open(WINDOW + query)

    return open


def test_self_change_books_what_was_quoted(browser: Any, window: Any, mode: Mode, world: FakeWorld) -> None:
    mode("self")
    page = window()
    assert page.headings == ["Change your Fibre 500 plan"]
    assert "Price of change" in page.text
    assert "€8.71 goes to your balance and pays your next bill." in page.text
    assert "Ask us instead" not in page.text

    page = browser.press(page, f"{HERE}/plan-changes")

    assert "Booked. Fibre 100 starts on 20 November" in page.text
    assert page.headings == ["Booked: Fibre 100 from 20 November"]
    assert world.booked is not None
    assert world.booked["to_plan_id"] == SMALL


def test_the_price_of_another_day_is_one_press_away(browser: Any, window: Any, mode: Mode) -> None:
    mode("self")
    window()

    page = browser.open(f"{WINDOW}?plan={SMALL}&start=other&on={NEXT_BILL}")

    assert page.form(f"{HERE}/plan-changes")["fields"]["start"] == NEXT_BILL
    assert "Book Fibre 100 for 1 December" in page.text


def test_a_booked_change_is_shown_and_undone_with_one_press(
    browser: Any, window: Any, mode: Mode, world: FakeWorld
) -> None:
    mode("self")
    browser.press(window(), f"{HERE}/plan-changes")
    again = browser.open(WINDOW)
    assert "A change to Fibre 100 is booked for 20 November. Undo it first to choose another." in again.text
    listed = browser.open("/portal/services")
    assert "Changes to Fibre 100 on 20 November, €30.00 a month" in listed.text
    assert WINDOW not in listed.links

    page = browser.press(listed, "/portal/plan-changes/chg_00000000000000000000000001/undo")

    assert "Undone. Your plan stays as it is, nothing was charged." in page.text
    assert world.booked is None


def test_the_day_of_a_booked_change_goes_into_a_calendar(
    browser: Any, window: Any, mode: Mode, client: FlaskClient, sign_in: SignIn
) -> None:
    mode("self")
    page = browser.press(window(), f"{HERE}/plan-changes")
    here = f"{API}/plan-changes/chg_00000000000000000000000001/calendar.ics"
    assert here in page.links

    answer = client.get(here, headers=sign_in())
    assert answer.mimetype == "text/calendar"
    lines = answer.text.split("\r\n")
    for line in (
        "UID:chg_00000000000000000000000001@ledgerline",
        "DTSTART;VALUE=DATE:20261120",
        "DTEND;VALUE=DATE:20261121",
        "SUMMARY:Fibre 100 starts",
        "DESCRIPTION:€30.00 from then on.",
    ):
        assert line in lines
    answers_problem(client.get(here, headers=sign_in("requestonly")), 404, "not_found")


def test_a_line_of_a_calendar_is_folded_where_it_is_long_and_keeps_its_commas() -> None:
    name = "Fibre 500, with a router; " + "ü" * 60
    made = datetime(2026, 11, 20, 12, tzinfo=UTC)

    text = calendar_file(uid="chg_1", title=name, on=made.date(), text="a\nb", made_at=made)

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "SUMMARY:" + name.replace(",", "\\,").replace(";", "\\;") in text.replace("\r\n ", "")
    assert "DESCRIPTION:a\\nb" in text


def test_the_window_says_what_follows_and_why_a_day_is_missing(
    browser: Any, window: Any, mode: Mode, world: FakeWorld
) -> None:
    mode("self")
    world.date_rules = [{"code": "after_invoiced", "applies_to": "all", "first_on": NEXT_BILL}]
    world.priced = {"added_to_next_bill": {"amount": "-6.00", "currency": "EUR"}, "lines": []}

    page = window()

    assert "Days before 1 December are billed already" in page.text
    assert "Next bill of this service" in page.text
    assert "€21.29 on 1 December" in page.text
    assert "€6.00 is taken off your next bill." in page.text
    assert "Price of change" in page.text  # though there is none


def test_a_change_that_could_not_be_made_is_said_wherever_the_service_is(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    world.failed_change = {"id": "chg_1", "to_plan_name": "Fibre 100", "effective_on": "2026-11-25"}
    sign_on()

    for page in ("/portal", "/portal/services", f"/portal/services/{SERVICE}"):
        shown = browser.open(page).text
        assert "The change to Fibre 100 on 25 November could not be made." in shown
        assert "Your plan stays as it is and nothing was charged." in shown


def test_a_pause_is_said_with_the_service_and_keeps_the_plan(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    world.pause = {
        "id": "pau_1",
        "state": "booked",
        "from_on": "2026-12-07",
        "last_on": "2026-12-16",
        "billed": False,
        "message": "Enjoy it.",
    }
    world.account = {"next_invoice": {"on": "2026-12-01", "amount": {"amount": "20.32", "currency": "EUR"}}}
    sign_on()

    assert "on 1 December. Days of a pause are not charged." in browser.open("/portal").text
    for page in ("/portal", "/portal/services", f"/portal/services/{SERVICE}"):
        shown = browser.open(page).text
        assert "Pauses from 7 December until the end of 16 December" in shown
        assert "You pay nothing for these days." in shown
        assert "Enjoy it." in shown
        assert "/change-plan" not in shown


def test_a_request_becomes_one_ticket_with_everything_that_was_shown(
    browser: Any, window: Any, mode: Mode, world: FakeWorld
) -> None:
    mode("request")
    page = window()
    assert "Changed your mind?" not in page.text
    asked = f"{HERE}/plan-change-requests"

    page = browser.press(page, asked, message="Before Monday.")

    assert "Request #1 sent. We answer under Support." in page.text
    wish = world.cases["tkt_00000000000000000000000001"]["plan_change"]
    assert (wish["subscription_id"], wish["plan_id"], wish["plan"]) == (SERVICE, SMALL, "Fibre 100")
    assert wish["due_now"] == {"amount": "2.00", "currency": "EUR"}


def test_with_both_ways_the_quiet_one_asks(browser: Any, window: Any, mode: Mode) -> None:
    mode("both")
    page = window()

    assert "Change to Fibre 100" in page.text
    asking = next(link for link in page.links if link and "ask=1" in link)
    assert "Send request" in browser.open(asking).text


@pytest.mark.parametrize(
    ("chosen", "words", "can_ask"),
    [
        ("self", "Contact us and we will help.", False),
        ("request", "Tell us what you need and we will look for a plan.", True),
        ("both", "Tell us what you need and we will look for a plan.", True),
    ],
)
def test_without_targets_a_request_is_possible_wherever_requests_are(
    window: Any, mode: Mode, world: FakeWorld, chosen: str, words: str, can_ask: bool
) -> None:
    mode(chosen)
    world.changeable = []

    page = window()

    assert "No plans are available to change to" in page.text
    assert words in page.text
    assert any(form["action"].endswith("plan-change-requests") for form in page.forms) is can_ask
    assert not any(form["action"].endswith("plan-changes") for form in page.forms)


def test_switched_off_there_is_no_button_and_no_window(browser: Any, window: Any, mode: Mode) -> None:
    mode("off")

    page = window()

    assert page.status == 403
    assert WINDOW not in browser.open("/portal/services").links
    assert WINDOW not in browser.open(HERE).links


def test_where_billing_refuses_the_window_says_why(window: Any, mode: Mode, world: FakeWorld) -> None:
    mode("self")
    world.refusal = {"code": "service_in_bundle", "detail": "This service is part of a bundle."}

    page = window()

    assert "This service is part of a bundle." in page.text
    assert not any(form["action"].endswith("plan-changes") for form in page.forms)


def test_options_over_the_api_carry_modes_days_and_targets(
    client: FlaskClient, sign_in: SignIn, mode: Mode
) -> None:
    mode("both")

    options = client.get(f"{API}/services/{SERVICE}/plan-change-options", headers=sign_in()).get_json()

    assert options["modes"] == ["self", "request"]
    assert options["dates"]["suggested"][1] == {"on": NEXT_BILL, "code": "next_bill", "label": "Next bill"}
    assert [(each["name"], each["direction"]) for each in options["targets"]] == [("Fibre 100", "down")]


def test_quote_book_and_undo_over_the_api(client: FlaskClient, sign_in: SignIn, mode: Mode) -> None:
    mode("self")
    headers = sign_in()
    wanted = {"kind": "plan_change", "service_id": SERVICE, "plan_id": SMALL, "start_on": NEXT_BILL}

    quote = client.post(f"{API}/quotes", json=wanted, headers=headers)
    body = {"quote_id": quote.get_json()["id"]}
    booked = client.post(f"{API}/plan-changes", json=body, headers={**headers, "Idempotency-Key": "k1"})
    again = client.post(f"{API}/plan-changes", json=body, headers={**headers, "Idempotency-Key": "k1"})

    assert (quote.status_code, booked.status_code) == (201, 202)
    assert quote.get_json()["service_id"] == SERVICE
    change = booked.get_json()
    assert again.get_json() == change
    assert (change["status"], change["service_id"], change["starts_on"]) == ("booked", SERVICE, NEXT_BILL)
    undone = client.delete(change["links"]["undo"]["href"], headers=headers)
    assert undone.get_json()["status"] == "withdrawn"
    assert client.delete(change["links"]["undo"]["href"], headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"service_id": None}, "#/service_id"),
        ({"plan_id": None}, "#/plan_id"),
        ({"start_on": "tomorrow"}, "#/start_on"),
        ({"kind": "order"}, "#/plan_id"),
    ],
)
def test_a_quote_that_makes_no_sense_names_the_field(
    client: FlaskClient, sign_in: SignIn, mode: Mode, change: dict[str, Any], pointer: str
) -> None:
    mode("self")
    usual = {"kind": "plan_change", "service_id": SERVICE, "plan_id": SMALL}
    body = {name: value for name, value in {**usual, **change}.items() if value is not None}

    answer = client.post(f"{API}/quotes", json=body, headers=sign_in())

    answers_problem(answer, 422, "validation_failed")
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]


def test_a_plan_that_is_no_target_cannot_be_quoted(client: FlaskClient, sign_in: SignIn, mode: Mode) -> None:
    mode("self")
    body = {"kind": "plan_change", "service_id": SERVICE, "plan_id": "plan_none"}

    answers_problem(client.post(f"{API}/quotes", json=body, headers=sign_in()), 409, "no_plans_available")


def test_self_change_is_refused_where_only_requests_are_taken(
    client: FlaskClient, sign_in: SignIn, mode: Mode, world: FakeWorld
) -> None:
    mode("request")
    headers = sign_in()
    wanted = {"kind": "plan_change", "service_id": SERVICE, "plan_id": SMALL}
    quote = client.post(f"{API}/quotes", json=wanted, headers=headers).get_json()

    answer = client.post(
        f"{API}/plan-changes", json={"quote_id": quote["id"]}, headers={**headers, "Idempotency-Key": "k"}
    )

    answers_problem(answer, 403, "feature_disabled")
    assert world.booked is None


def test_a_request_over_the_api_opens_one_ticket(
    client: FlaskClient, sign_in: SignIn, mode: Mode, world: FakeWorld
) -> None:
    mode("request")
    headers = {**sign_in(), "Idempotency-Key": "once"}
    body = {"service_id": SERVICE, "plan_id": SMALL, "message": "Thanks."}

    answer = client.post(f"{API}/plan-change-requests", json=body, headers=headers)
    again = client.post(f"{API}/plan-change-requests", json=body, headers=headers)

    assert answer.status_code == 201
    assert again.get_json() == answer.get_json()
    assert list(world.cases) == [answer.get_json()["ticket_id"]]


def test_the_window_of_somebody_elses_service_is_not_found(
    client: FlaskClient, sign_in: SignIn, mode: Mode
) -> None:
    headers = sign_in("requestonly")

    answer = client.get(f"{API}/services/{SERVICE}/plan-change-options", headers=headers)

    answers_problem(answer, 404, "not_found")
