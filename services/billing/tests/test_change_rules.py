"""Change-plan rules (C7): all of seed 001, per partner, and a simulator that stores nothing."""

import html
import re
from typing import Any

import pytest

from billing.handlers import handlers
from billing.models import PartnerSettings
from shared.contracts.customers import PartnerChanged
from shared.testing import hear

FIBRE, FAST, SLOW = "plan_fibre", "plan_fast", "plan_slow"
DEFAULT, NORTH = "par_00000000000000000000000001", "par_00000000000000000000000002"
URL = "/admin/billing/change-plan"


class Screen:
    """
    The page, as somebody in billing uses it.
    """

    def __init__(self, client: Any, token: str) -> None:
        self.client, self.token = client, token

    def page(self, partner: str = DEFAULT, **query: str) -> str:
        """
        Open the page of a partner.
        """
        answer = self.client.get(URL, query_string={"partner": partner, **query})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return words(answer)

    def send(self, path: str, **fields: str) -> Any:
        """
        Send the form.
        """
        return self.client.post(URL + path, data={"csrf_token": self.token, **fields})


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(html.unescape(text).split())


@pytest.fixture
def screen(app: Any, shop: Any, sign_in_staff: Any) -> Screen:
    partner = {
        "title": "Hill",
        "hue": 20,
        "currency": "EUR",
        "timezone": "Europe/Dublin",
        "languages": ("en",),
        "help_phone": "",
        "help_email": "",
    }
    north = PartnerChanged(partner_id=NORTH, version=1, name="North", default=False, **partner)  # type: ignore[arg-type]
    hear(shop.db, handlers, north)
    shop.plan(FAST, "45.00", name="Fibre 500")
    shop.plan(SLOW, "20.00", name="Fibre 50")
    client = app.test_client()
    return Screen(client, sign_in_staff(client, "settings.view", "settings.edit"))


def own(shop: Any, partner: str) -> dict[str, Any]:
    with shop.db.read() as session:
        row = session.get(PartnerSettings, partner)
        return dict(row.own) if row else {}


@pytest.mark.parametrize(
    "text",
    [
        "Recurring",
        "Prepaid (Custom)",
        "Plan change refund",
        "Additional fee when changing to a more expensive plan",
        "Additional fee when changing to a less expensive plan",
        "Create invoice after service change",
        "Minimum invoice amount",
        "Rollover expiration",
        "None",
        "Refund unused money",
        "Rollover unused data",
        "During next billing cycle",
        "Immediately till end of active month",
        "Immediately till end of next month",
        "End of period",
    ],
)
def test_every_field_and_option_of_the_seed_is_there_word_for_word(screen: Screen, text: str) -> None:
    assert text in screen.page()


def test_each_timing_says_what_it_bills_if_changed_today(screen: Screen) -> None:
    page = screen.page()

    assert "During next billing cycle (changed today: with the bill of the next billing day, day 1)" in page
    assert "Immediately till end of active month (changed today: 20 Nov to 30 Nov)" in page
    assert "Immediately till end of next month (changed today: 20 Nov to 19 Dec)" in page
    assert "Immediately till the true end of next month (changed today: 20 Nov to 31 Dec)" in page


def test_what_is_saved_is_shown_and_rules(screen: Screen, shop: Any) -> None:
    answer = screen.send(
        "", partner=DEFAULT, version="0", refund="none", fee_up_minor="2,50", timing="next_cycle"
    )

    assert answer.status_code == 303
    assert own(shop, DEFAULT) == {"refund": "none", "fee_up_minor": 250, "timing": "next_cycle"}
    assert 'value="2.50"' in screen.client.get(URL).get_data(as_text=True)


def test_another_partner_inherits_field_by_field_and_a_star_marks_what_differs(
    screen: Screen, shop: Any
) -> None:
    screen.send("", partner=DEFAULT, version="0", fee_up_minor="2.00", refund="none")

    before = screen.page(NORTH)
    screen.send("", partner=NORTH, version="0", fee_up_minor="3.00", refund="inherit")
    after = screen.page(NORTH)

    assert "Inherited from Default: €2.00" in before
    assert "differs from Default" not in before
    assert "Hill (1 override)" in after
    assert after.count("differs from Default") == 1
    assert "Reset to €2.00 Additional fee when changing to a more expensive plan" in after
    assert own(shop, NORTH) == {"fee_up_minor": 300}


def test_the_same_value_as_default_bears_no_star(screen: Screen) -> None:
    screen.send("", partner=NORTH, version="0", refund="unused_money")

    page = screen.page(NORTH)

    assert "differs from Default" not in page
    assert "Reset to Refund unused money" in page


def test_reset_takes_one_field_back(screen: Screen, shop: Any) -> None:
    screen.send("", partner=NORTH, version="0", fee_up_minor="3.00", refund="none")

    screen.send("/resets", partner=NORTH, version="1", field="fee_up_minor")

    assert own(shop, NORTH) == {"refund": "none"}


@pytest.mark.parametrize("amount", ["-1", "1.005", "many", "1e3", "9999999"])
def test_an_amount_that_is_none_gives_the_form_back(screen: Screen, shop: Any, amount: str) -> None:
    answer = screen.send("", partner=DEFAULT, version="0", fee_up_minor=amount)

    assert answer.status_code == 422
    assert "Enter an amount such as 2.00, or nothing" in words(answer)
    assert own(shop, DEFAULT) == {}


def test_an_older_page_does_not_overwrite_a_newer_one(screen: Screen, shop: Any) -> None:
    screen.send("", partner=DEFAULT, version="0", fee_up_minor="2.00")

    assert screen.send("", partner=DEFAULT, version="0", fee_up_minor="9.00").status_code == 412
    assert own(shop, DEFAULT) == {"fee_up_minor": 200}


def test_saving_keeps_the_partners_other_settings(screen: Screen, shop: Any) -> None:
    with shop.db.begin() as session:
        session.add(PartnerSettings(partner_id=DEFAULT, version=4, own={"due_days": 20}))

    screen.send("", partner=DEFAULT, version="4", fee_up_minor="2.00")

    assert own(shop, DEFAULT) == {"due_days": 20, "fee_up_minor": 200}


def simulate(screen: Screen, **fields: str) -> str:
    usual = {"partner": DEFAULT, "version": "0", "from_plan": FIBRE, "to_plan": FAST, "on": "2026-11-20"}
    answer = screen.send("/simulation", **(usual | {"billing_type": "recurring"} | fields))
    assert answer.status_code == 200
    return words(answer)


def test_the_simulator_shows_the_customers_view_from_unsaved_values(screen: Screen, shop: Any) -> None:
    page = simulate(screen, fee_up_minor="2.00")

    assert "Refund for unused Fibre 100 €30.00 / 30 days × 11 days left (20 Nov to 30 Nov) −€11.00" in page
    assert page.count("Refund for unused") == 1
    assert "Fibre 500 €45.00 / 30 days × 11 days (20 Nov to 30 Nov) €16.50" in page
    assert "Price of change once €2.00" in page
    assert "Due when it is made VAT included: €1.40 €7.50" in page
    assert "From 1 December 2026: €45.00 a month." in page
    assert own(shop, DEFAULT) == {}


def test_the_simulator_names_the_first_day_where_nothing_is_refunded(screen: Screen) -> None:
    assert "from 1 December 2026 on" in simulate(screen, refund="none")


def test_the_simulator_plays_prepaid_changes(screen: Screen) -> None:
    page = simulate(screen, billing_type="prepaid", prepaid_fee_up_minor="1.00")

    assert "Fibre 500 €45.00 for 20 Nov to 19 Dec €45.00" in page
    assert "Price of change once €1.00" in page


def test_the_simulator_refuses_plans_of_two_kinds(screen: Screen) -> None:
    assert "Choose two different plans of one kind." in simulate(screen, to_plan="plan_phone")


def test_who_may_only_look_finds_no_save(app: Any, screen: Screen, sign_in_staff: Any) -> None:
    client = app.test_client()
    token = sign_in_staff(client, "settings.view")

    assert "Save" not in words(client.get(URL))
    assert client.post(URL, data={"csrf_token": token, "partner": DEFAULT}).status_code == 403


def test_a_partner_out_of_reach_is_not_found(app: Any, screen: Screen, sign_in_staff: Any) -> None:
    client = app.test_client()
    sign_in_staff(client, "settings.view", partner_ids=[NORTH])

    assert client.get(URL, query_string={"partner": DEFAULT}).status_code == 404
    assert "Hill" in words(client.get(URL))


def test_the_page_speaks_german(screen: Screen) -> None:
    page = words(screen.client.get(URL, headers={"Accept-Language": "de"}))

    assert "Sofort bis zum Ende des laufenden Monats (heute gewechselt: 20. Nov. bis 30. Nov.)" in page
