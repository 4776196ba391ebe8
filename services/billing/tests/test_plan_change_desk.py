"""Staff change a plan: any of the kind, line by line before it is booked, one click from a ticket."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.models import AuditEvent, PlanChange
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, SLOW, Changes

HOME = f"/admin/billing/customers/{CUSTOMER}/services"


class Desk:
    """
    One member of staff at the change-plan page of the customer's service.
    """

    def __init__(self, changes: Changes, client: Any, token: str) -> None:
        self.changes, self.client, self.token = changes, client, token
        self.service = changes.active().id
        self.url = f"/admin/billing/subscriptions/{self.service}/change-plan"

    def post(self, path: str, **fields: str) -> Any:
        """
        Send a form.
        """
        return self.client.post(path, data={"csrf_token": self.token, **fields})

    def ask(self, **fields: str) -> Any:
        """
        Ask what a change costs.
        """
        usual = {"plan_id": FAST, "start_on": "2026-11-20", "ignore_balance": "yes"}
        return self.post(self.url + "/quote", **(usual | fields))

    def booked(self) -> list[PlanChange]:
        """
        Return every change.
        """
        return self.changes.all(PlanChange)


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(html.unescape(text).split())


def quote_in(answer: Any) -> str:
    found = re.search(r'name="quote_id" value="(quo_\w+)"', answer.get_data(as_text=True))
    assert found, words(answer)
    return found.group(1)


@pytest.fixture
def desk(app: Any, shop: Any, travel: Callable[[datetime], None], sign_in_staff: Any) -> Desk:
    changes = Changes(shop, travel)
    shop.plan("plan_inside", "40.00", name="Fibre 300")
    client = app.test_client()
    return Desk(changes, client, sign_in_staff(client, "orders.view", "orders.approve", "settings.view"))


def test_the_page_offers_every_plan_of_the_kind_and_says_what_the_portal_does_not(desk: Desk) -> None:
    page = words(desk.client.get(desk.url))

    assert "Now: Fibre 100, €30.00" in page
    assert "Fibre 300 Upgrade Not offered in the portal €40.00 +€10.00" in page
    assert "Fibre 50 Downgrade €20.00 −€10.00" in page
    assert "Home phone" not in page


def test_a_plan_the_customer_may_not_have_is_neither_offered_nor_given(desk: Desk) -> None:
    other = ("par_00000000000000000000000009",)
    desk.changes.shop.plan("plan_foreign", "41.00", name="Foreign", partner_ids=other)
    desk.changes.shop.plan("plan_wallet", "42.00", name="Wallet", billing_types=("prepaid",))

    page = words(desk.client.get(desk.url))
    foreign, wrong = desk.ask(plan_id="plan_foreign"), desk.ask(plan_id="plan_wallet")

    assert "Foreign" not in page
    assert "Wallet" not in page
    assert (foreign.status_code, wrong.status_code) == (404, 409)
    assert "This plan is not sold to customers who are billed this way." in words(wrong)
    assert desk.booked() == []


def test_what_it_costs_is_shown_line_by_line_before_it_is_booked(desk: Desk) -> None:
    answer = desk.ask()

    page = words(answer)
    assert "Refund for unused Fibre 100" in page
    assert "−€11.00" in page
    assert "€5.50" in page
    assert "Change to Fibre 500 on 20 November" in page
    assert desk.booked() == []


def test_a_confirmed_quote_is_booked_and_shown_in_the_services_tab_with_undo(desk: Desk) -> None:
    answer = desk.post(desk.url, quote_id=quote_in(desk.ask()))

    assert (answer.status_code, answer.location) == (303, HOME)
    (change,) = desk.booked()
    assert (change.status, change.source, change.to_plan_id) == ("booked", "admin", FAST)
    page = words(desk.client.get(HOME))
    assert "Changes to Fibre 500 on 20 November, €45.00" in page

    desk.post(f"/admin/billing/plan-changes/{change.id}/undo")

    assert [each.status for each in desk.booked()] == ["withdrawn"]
    assert "Change plan of Fibre 100" in words(desk.client.get(HOME))


def test_staff_may_go_back_within_the_open_period(desk: Desk) -> None:
    assert "€14.50" in words(desk.ask(start_on="2026-11-02"))

    answer = desk.ask(start_on="2026-10-31")

    assert answer.status_code == 422
    assert "A change may begin from 1 November 2026 to 18 February 2027" in words(answer)


def test_another_fee_needs_a_reason_and_both_are_audited(desk: Desk) -> None:
    refused = desk.ask(fee="5,00")
    assert refused.status_code == 422
    assert "Say why the rules do not apply." in words(refused)

    asked = desk.ask(fee="5,00", reason="Second visit")
    assert "€10.50" in words(asked)
    desk.post(desk.url, quote_id=quote_in(asked))

    with desk.changes.db.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "plan_change_booked")).one()
    assert (event.details["fee"], event.details["reason"]) == ("EUR 5.00", "Second visit")
    assert event.actor.startswith("staff:")


def test_without_ignore_balance_a_change_that_costs_more_than_there_is_is_refused(desk: Desk) -> None:
    data = {"csrf_token": desk.token, "plan_id": FAST, "start_on": "2026-11-20"}
    asked = desk.client.post(desk.url + "/quote", data=data)

    answer = desk.post(desk.url, quote_id=quote_in(asked), plan_id=FAST, start_on="2026-11-20")

    assert answer.status_code == 409
    assert "The balance would fall below its minimum." in words(answer)
    assert desk.booked() == []


def test_a_changed_price_is_shown_again_and_books_nothing(desk: Desk) -> None:
    asked = desk.ask()
    desk.changes.settings(fee_up_minor=200)

    answer = desk.post(
        desk.url, quote_id=quote_in(asked), plan_id=FAST, start_on="2026-11-20", ignore_balance="yes"
    )

    assert answer.status_code == 409
    assert "The price has changed" in words(answer)
    assert "€7.50" in words(answer)
    assert desk.booked() == []
    assert desk.post(desk.url, quote_id=quote_in(answer)).status_code == 303


def test_a_second_change_is_refused_and_the_first_can_be_undone_from_the_page(desk: Desk) -> None:
    desk.post(desk.url, quote_id=quote_in(desk.ask()))

    page = words(desk.client.get(desk.url))

    assert "A change to Fibre 500 is booked for 20 November" in page
    assert "Undo the change to Fibre 500" in page
    assert desk.ask(plan_id=SLOW).status_code == 409


def test_a_request_is_applied_with_one_click_and_carries_its_ticket(desk: Desk) -> None:
    answer = desk.post(
        "/admin/billing/plan-change-requests/apply",
        ticket_id="tkt_1",
        subscription_id=desk.service,
        plan_id=FAST,
        start_on="2026-11-25",
        return_to=HOME,
    )

    assert (answer.status_code, answer.location) == (303, HOME)
    (change,) = desk.booked()
    assert (change.status, change.source, change.ticket_id) == ("booked", "request", "tkt_1")
    desk.changes.pass_time(datetime(2026, 11, 25, 1, tzinfo=UTC))
    assert desk.changes.active().plan_id == FAST


def test_a_request_that_cannot_be_applied_comes_back_to_be_decided(desk: Desk) -> None:
    answer = desk.post(
        "/admin/billing/plan-change-requests/apply",
        ticket_id="tkt_1",
        subscription_id=desk.service,
        plan_id=FAST,
        start_on="2026-10-01",
    )

    assert answer.status_code == 422
    assert 'name="ticket_id" value="tkt_1"' in answer.get_data(as_text=True)
    assert desk.booked() == []


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(desk: Desk, place: str) -> None:
    answer = desk.post(desk.url, quote_id=quote_in(desk.ask()), return_to=place)

    assert answer.location == HOME


def test_another_partners_staff_find_nothing(desk: Desk, app: Any, sign_in_staff: Any) -> None:
    client = app.test_client()
    token = sign_in_staff(client, "orders.approve", partner_ids=["par_00000000000000000000000002"])
    data = {"csrf_token": token, "plan_id": FAST, "start_on": "2026-11-20", "subscription_id": desk.service}

    assert client.get(desk.url).status_code == 404
    assert client.post(desk.url + "/quote", data=data).status_code == 404
    assert client.post("/admin/billing/plan-change-requests/apply", data=data).status_code == 404


def test_the_present_plan_is_not_among_the_choices(desk: Desk) -> None:
    assert f'value="{FIBRE}"' not in desk.client.get(desk.url).get_data(as_text=True)


def test_the_page_speaks_german(desk: Desk) -> None:
    page = words(desk.client.get(desk.url, headers={"Accept-Language": "de"}))

    assert "Tarif von Fibre 100 wechseln" in page
    assert "Nicht im Portal angeboten" in page
