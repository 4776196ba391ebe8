"""Customers pause and end services in the portal and over its API, as far as their partner allows it (P9)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_changes import SERVICE
from portal_gateway.clients.fake_self_service import CANCELLATION, PAUSE
from portal_gateway.domain.capabilities import capabilities
from portal_gateway.domain.portal_settings import Effective
from portal_gateway.models import PortalSettings
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.db import Database
from shared.errors import Conflict
from shared.testing import answers_problem

HERE, API = f"/portal/services/{SERVICE}", "/api/v1"
SignIn = Callable[..., dict[str, str]]


class Moved(Conflict, code="quote_changed", title="The price has changed"):
    """
    What billing says when it would come to something else now.
    """


@pytest.fixture
def allowed(database: Database, client: FlaskClient) -> Callable[..., None]:
    """
    A function that sets what the customer's partner allows.
    """

    def allow(**own: Any) -> None:
        with database.begin() as session:
            row = session.get_one(PortalSettings, DEFAULT)
            for name, value in own.items():
                setattr(row, name, value)

    return allow


def test_a_pause_is_booked_as_shown_and_undone_with_one_press(
    browser: Any, sign_on: Any, world: FakeWorld, allowed: Callable[..., None]
) -> None:
    allowed(pause_notice_days=3, longest_pause_days=30, pauses_a_year=1)
    sign_on()
    assert f"{HERE}/pause" in browser.open("/portal/services").links

    page = browser.open(f"{HERE}/pause")
    assert "It does not work from 21 November until the end of 4 December" in page.text
    assert "€7.50, to your balance on 21 November." in page.text
    assert "Keep my service" in page.text
    assert world.limits == {"notice_days": 3, "longest_days": 30, "most_a_year": 1}

    page = browser.open(f"{HERE}/pause?start_on=2026-11-24&last_on=2026-11-28")
    page = browser.press(page, f"{HERE}/pauses", reason="away")
    assert "Booked. It pauses from 24 November." in page.text
    assert world.reasons == ["away"]
    listed = browser.open("/portal/services")
    assert f"{HERE}/pause" not in listed.links

    page = browser.press(listed, f"/portal/service-pauses/{PAUSE}/undo")
    assert "Undone. Your service goes on." in page.text
    assert world.pause is None


def test_an_end_says_contract_fee_equipment_and_what_comes_back(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    sign_on()

    page = browser.open(f"{HERE}/cancel")

    for words in (
        "Your contract runs until the end of 31 October 2027. It would then begin again for as long.",
        "Ending it earlier costs €60.00 once.",
        "It works until the end of 30 November. Nothing is charged for later days.",
        "Send the router back within 14 days.",
        "€7.50, to your balance on 1 December.",
        "€60.00, with your next bills.",
        "When the contract ends, 31 Oct 2027",
    ):
        assert words in page.text
    page = browser.open(f"{HERE}/cancel?end=2026-11-25")
    page = browser.press(page, f"{HERE}/cancellations")
    assert "Booked. It works until the end of 25 November." in page.text
    assert "Ends on 25 November, as you asked" in page.text
    assert f"{HERE}/cancel" not in page.links
    page = browser.press(page, f"/portal/service-cancellations/{CANCELLATION}/undo")
    assert "Undone. Your service goes on." in page.text
    assert world.cancellation is None


def test_what_cannot_be_says_why_and_what_to_do(browser: Any, sign_on: Any, world: FakeWorld) -> None:
    sign_on()
    page = browser.open(f"{HERE}/pause?start_on=2026-11-20&last_on=2026-11-22")
    assert "Choose a later day." in page.text
    assert f"{HERE}/pauses" not in [form["action"] for form in page.forms]

    page = browser.open(f"{HERE}/cancel")
    world.confirm_refusal = Moved("Look at the new one before you confirm.")
    answer = browser.send(page, f"{HERE}/cancellations")
    assert answer.status_code == 409
    assert "The figures have changed" in answer.text
    assert world.cancellation is None

    world.rest_refusal = {"code": "pause_limit_reached", "detail": "Ask us if you need another."}
    page = browser.open(f"{HERE}/pause")
    assert "This service cannot pause right now" in page.text
    assert "Ask us if you need another." in page.text


def test_what_a_partner_does_not_allow_is_absent(
    browser: Any,
    sign_on: Any,
    client: FlaskClient,
    sign_in: SignIn,
    allowed: Callable[..., None],
    world: FakeWorld,
) -> None:
    headers = sign_in()
    key = headers | {"Idempotency-Key": "k"}
    sign_on()
    pause = {"kind": "pause", "service_id": SERVICE, "start_on": "2026-11-24", "last_on": "2026-11-28"}
    end = {"kind": "cancellation", "service_id": SERVICE, "last_on": "2026-11-25"}
    quoted = [client.post(f"{API}/quotes", json=body, headers=headers).json["id"] for body in (pause, end)]

    allowed(may_pause=None, may_cancel=False)

    page = browser.open(HERE)
    assert not {f"{HERE}/pause", f"{HERE}/cancel"} & set(page.links)
    assert browser.open(f"{HERE}/pause").status == browser.open(f"{HERE}/cancel").status == 403
    for body in (pause, end):
        answers_problem(client.post(f"{API}/quotes", json=body, headers=headers), 403, "feature_disabled")
    for quote, path in zip(quoted, ("service-pauses", "service-cancellations"), strict=True):
        answer = client.post(f"{API}/{path}", json={"quote_id": quote}, headers=key)
        answers_problem(answer, 403, "feature_disabled")
    assert (world.pause, world.cancellation) == (None, None)
    features = client.get(f"{API}/portal-config", headers=headers).json["features"]
    assert (features["pause"], features["cancel"]) == (False, False)
    assert client.get(f"{API}/services/{SERVICE}", headers=headers).json["capabilities"] == ["change_plan"]


def test_the_api_does_what_the_pages_do(client: FlaskClient, sign_in: SignIn, world: FakeWorld) -> None:
    headers = sign_in()
    options = client.get(f"{API}/services/{SERVICE}/cancellation-options", headers=headers).json
    assert options["suggested"][1] == {
        "on": "2026-11-30",
        "code": "paid_until",
        "label": "When what is paid ends",
    }
    assert (options["early_fee"], options["contract_ends_on"]) == (
        {"amount": "60.00", "currency": "EUR"},
        "2027-10-31",
    )
    body = {"kind": "cancellation", "service_id": SERVICE, "last_on": "2026-11-25"}
    quote = client.post(f"{API}/quotes", json=body, headers=headers).json
    assert (quote["service_id"], quote["last_on"], quote["credit_to_balance"]["amount"]) == (
        SERVICE,
        "2026-11-25",
        "7.50",
    )
    confirmed = {"quote_id": quote["id"], "reason": "moving"}
    answer = client.post(f"{API}/service-cancellations", json=confirmed, headers=headers)
    answers_problem(answer, 400, "idempotency_key_required")
    answer = client.post(
        f"{API}/service-cancellations", json=confirmed, headers=headers | {"Idempotency-Key": "k"}
    )
    assert answer.headers["Location"] == f"{API}/service-cancellations/{CANCELLATION}"
    shown = client.get(f"{API}/services/{SERVICE}", headers=headers).json
    assert (shown["cancellation"]["id"], shown["capabilities"]) == (CANCELLATION, [])
    undo = answer.json["links"]["undo"]
    assert client.delete(undo["href"], headers=headers).json["status"] == "withdrawn"
    other = sign_in("requestonly")
    answers_problem(client.get(undo["href"], headers=other), 404, "not_found")
    wrong = {**body, "start_on": "2026-11-24"}
    problem = answers_problem(
        client.post(f"{API}/quotes", json=wrong, headers=headers), 422, "validation_failed"
    )
    assert [each["pointer"] for each in problem["errors"]] == ["#/start_on"]


@pytest.mark.parametrize(
    ("changed", "possible"),
    [
        ({}, ["change_plan", "pause", "cancel"]),
        ({"status": "paused", "pause": {"state": "running"}}, ["cancel"]),
        ({"pause": {"state": "booked"}}, []),
        ({"pending_change": {"id": "chg_1"}}, []),
        ({"bundle_id": "sub_2"}, []),
        ({"ends_on": "2026-12-31"}, []),
        ({"on_approve": True}, ["change_plan"]),
        ({"interval_months": 0, "kind": "one_time"}, []),
        ({"status": "disabled"}, []),
    ],
)
def test_capabilities_follow_the_state_of_the_service(changed: dict[str, Any], possible: list[str]) -> None:
    settings = Effective(may_pause=True, may_cancel=True, internet_change="self")
    service = {"status": "active", "kind": "internet", "bundle_id": None, "interval_months": 1}
    service |= {"on_approve": False, "ends_on": None} | changed

    assert capabilities(service, settings) == possible
