"""A change of plan that staff offers: seen exactly, accepted or declined, by its customer alone."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_changes import SERVICE
from shared.errors import Conflict
from shared.testing import answers_problem

OFFER = "off_00000000000000000000000001"
HERE = f"/portal/offers/{OFFER}"
API = f"/api/v1/plan-change-offers/{OFFER}"


class Moved(Conflict, code="quote_changed", title="The price has changed"):
    """
    What billing says when the offer costs something else now.
    """


class Closed(Conflict, code="offer_closed", title="This offer is not open any more"):
    """
    What billing says when it is too late.
    """


@pytest.fixture
def offered(world: FakeWorld) -> FakeWorld:
    world.be_offered()
    return world


@pytest.mark.parametrize(("answer", "toast"), [("accepted", "Booked. Fibre 100"), ("declined", "Declined.")])
def test_an_offer_leads_from_the_service_to_its_lines_and_is_answered_with_one_press(
    browser: Any, sign_on: Any, offered: FakeWorld, answer: str, toast: str
) -> None:
    sign_on()
    for page in ("/portal", "/portal/services", f"/portal/services/{SERVICE}"):
        shown = browser.open(page)
        assert "We offer you Fibre 100 from 1 December" in shown.text
        assert HERE in shown.links

    page = browser.open(HERE)
    assert page.headings[0] == "From Fibre 500 to Fibre 100?"
    assert "€8.71 goes to your balance and pays your next bill." in page.text
    assert "Undo for free" not in page.text  # that is counted from the answer, not from the offer
    page = browser.press(page, f"{HERE}/answers", answer=answer)

    assert toast in page.text
    assert offered.offer is not None
    assert offered.offer["status"] == answer
    assert "We offer you" not in browser.open("/portal/services").text
    assert ("accepted" in browser.open(HERE).text) is (answer == "accepted")


def test_what_has_changed_is_shown_and_nothing_is_booked(
    browser: Any, sign_on: Any, offered: FakeWorld
) -> None:
    sign_on()
    page = browser.open(HERE)
    offered.offer_refusal = Moved("The price has changed since you saw it.")
    page = browser.press(page, f"{HERE}/answers")
    assert "Look at the new amounts before you accept." in page.text

    offered.offer_refusal = Closed("Its time is over.")
    page = browser.press(page, f"{HERE}/answers")
    assert "Its time is over." in page.text
    assert offered.offer is not None
    assert offered.offer["status"] == "waiting"


def test_a_front_end_of_its_own_does_the_same(client: FlaskClient, sign_in: Any, offered: FakeWorld) -> None:
    headers = sign_in()
    shown = client.get(API, headers=headers).json
    assert (shown["service_id"], shown["status"], shown["to_plan_name"]) == (SERVICE, "waiting", "Fibre 100")
    services = client.get("/api/v1/services", headers=headers).json
    assert services["items"][0]["offer"]["id"] == OFFER
    body = {"answer": "accepted", "quote_id": shown["quote_id"]}

    answers_problem(
        client.post(f"{API}/answers", json=body, headers=headers), 400, "idempotency_key_required"
    )
    headers["Idempotency-Key"] = "k1"
    wrong = client.post(f"{API}/answers", json={**body, "answer": "perhaps"}, headers=headers)
    answers_problem(wrong, 422, "validation_failed")
    headers["Idempotency-Key"] = "k2"
    answer = client.post(f"{API}/answers", json=body, headers=headers)

    assert (answer.status_code, answer.json["status"]) == (201, "accepted")
    answers_problem(client.get(API, headers=sign_in("requestonly")), 404, "not_found")
