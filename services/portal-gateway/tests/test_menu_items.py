"""What a partner takes out of the menu; without Services there are no pages of services (000-03)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_changes import SERVICE
from portal_gateway.clients.fake_self_service import PAUSE
from portal_gateway.models import PortalSettings
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.contracts.portal import SettingsChanged
from shared.db import Database
from shared.testing import answers_problem, as_bearer, told

HERE, API = f"/portal/services/{SERVICE}", "/api/v1"


@pytest.fixture
def without(database: Database, client: FlaskClient) -> Callable[..., None]:
    """
    A function that takes items out of the menu.
    """

    def take(*items: str) -> None:
        with database.begin() as session:
            row = session.get_one(PortalSettings, DEFAULT)
            for item in items:
                setattr(row, f"menu_{item}", False)

    return take


def test_without_services_their_pages_are_not_found_and_nothing_leads_there(
    browser: Any, sign_on: Any, without: Callable[..., None], world: FakeWorld
) -> None:
    sign_on()
    page = browser.press(browser.open(f"{HERE}/pause"), f"{HERE}/pauses")
    assert world.pause is not None
    without("services")

    for path in ("/portal/services", HERE, f"{HERE}/change-plan", f"{HERE}/pause", f"{HERE}/cancel"):
        assert browser.open(path).status == 404
    home = browser.open("/portal")
    assert "Fibre 500" in home.text
    assert not [link for link in home.links if (link or "").startswith("/portal/services")]
    # What was booked before can still be undone.
    page = browser.press(home, f"/portal/service-pauses/{PAUSE}/undo")
    assert "Undone. Your service goes on." in page.text
    assert world.pause is None


def test_the_api_says_so_and_changes_nothing_either(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], without: Callable[..., None]
) -> None:
    without("services", "support")
    headers = sign_in()

    config = client.get(f"{API}/portal-config", headers=headers).json
    assert config["menu"] == ["home", "bills", "order"]
    assert (config["features"]["pause"], config["features"]["plan_change_modes"]["internet"]) == (False, [])
    service = client.get(f"{API}/services/{SERVICE}", headers=headers).json
    assert service["capabilities"] == []
    for path in ("plan-change-options", "pause-options", "cancellation-options"):
        answer = client.get(f"{API}/services/{SERVICE}/{path}", headers=headers)
        answers_problem(answer, 403, "feature_disabled")


def test_whoever_listens_hears_that_no_plan_is_changed(
    client: FlaskClient, staff_token: Any, database: Database
) -> None:
    staff = as_bearer(staff_token("portal", "portal.view", "portal.edit"))
    form = {"partner": DEFAULT, "version": "1", "menu_services": "off", "internet_change": "both"}

    assert client.post("/admin/portal/settings", data=form, headers=staff).status_code == 303

    fact = [each for each in told(database) if isinstance(each, SettingsChanged)][2]
    assert (fact.partner_id, fact.internet_change) == (DEFAULT, "off")


def test_bills_and_support_leave_the_menu_and_stay_reachable_from_mails(
    browser: Any, sign_on: Any, without: Callable[..., None]
) -> None:
    without("bills", "support")

    page = sign_on()

    menu = [link for link in page.links if link in ("/portal/services", "/portal/order")]
    assert menu
    assert browser.open("/portal/bills").status == browser.open("/portal/support").status == 200
