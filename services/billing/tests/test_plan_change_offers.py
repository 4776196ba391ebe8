"""A change of plan is sent for consent: booked exactly as accepted, or not at all."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.models import AuditEvent, PlanChange, PlanChangeOffer
from services.billing.tests.changing import FAST, NOON, PARTNER, SLOW, TODAY, Changes
from services.billing.tests.conftest import Gateway
from shared import clock
from shared.testing import answers_problem, as_bearer, told

HERE = "/admin/billing"
LATER = NOON.date() + timedelta(days=2)


class Consent:
    """
    Staff at the change-plan page, and the customer who is asked.
    """

    def __init__(self, changes: Changes, desk: Any, gateway: Any, csrf: str) -> None:
        self.changes, self.desk, self.gateway, self.csrf = changes, desk, gateway, csrf
        self.page = f"/subscriptions/{changes.active().id}"

    def open(self, path: str) -> Any:
        return self.desk.get(HERE + path)

    def post(self, path: str, **fields: Any) -> Any:
        return self.desk.post(HERE + path, data={"csrf_token": self.csrf} | fields)

    def quoted(self, plan: str = FAST, on: str = LATER.isoformat(), **decided: str) -> str:
        shown = self.post(
            f"{self.page}/change-plan/quote", plan_id=plan, start_on=on, ignore_balance="yes", **decided
        ).text
        found = re.search(r'name="quote_id" value="(\w+)"', shown)
        assert found, shown
        return found[1]

    def send(self, quote_id: str) -> PlanChangeOffer:
        assert self.post(f"{self.page}/offers", quote_id=quote_id).status_code == 303
        return self.all(PlanChangeOffer)[-1]

    def answer(
        self, offer: PlanChangeOffer, answer: str = "accepted", *, quote: str = "", key: str = "k1"
    ) -> Any:
        body = {"answer": answer, "quote_id": quote or offer.quote_id}
        return self.gateway.post(f"/plan-change-offers/{offer.id}/answers", body, key=key)

    def all(self, record: Any) -> list[Any]:
        return self.changes.all(record)


@pytest.fixture
def consent(
    shop: Any, travel: Callable[[datetime], None], desk: Any, gateway: Any, sign_in_staff: Any
) -> Consent:
    changes = Changes(shop, travel)
    changes.settings(fee_up_minor=500)
    return Consent(
        changes, desk, gateway, sign_in_staff(desk, "orders.view", "orders.approve", "customers.view")
    )


def test_what_is_accepted_is_booked_as_it_was_shown(consent: Consent) -> None:
    offer = consent.send(consent.quoted(fee="1.00", reason="A long-standing customer"))
    assert consent.all(PlanChange) == []
    services = f"/customers/{offer.customer_id}/services"
    assert "Waits for the customer" in consent.open(services).text
    mine = consent.gateway.get(f"/plan-change-offers/{offer.id}").json
    shown = consent.gateway.get(f"/quotes/{mine['quote_id']}").json
    assert shown["lines"][-1]["amount"]["amount"] == "1.00"

    for _ in range(2):
        answer = consent.answer(offer)
        assert (answer.status_code, answer.json["status"]) == (201, "accepted")

    (change,) = consent.all(PlanChange)
    assert (change.quote_id, change.source, change.actor) == (
        offer.quote_id,
        "admin",
        f"customer:{offer.customer_id}",
    )
    facts = [fact.fact_name for fact in told(consent.changes.db)]
    assert facts.index("billing.plan_change_offered") < facts.index("billing.plan_change_booked")
    assert facts.count("billing.plan_change_offer_closed") == 1
    consent.changes.pass_time(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert consent.changes.active().plan_id == FAST
    noted = {each.action for each in audited(consent)}
    assert {"plan_change_offered", "plan_change_offer_accepted"} <= noted


def audited(consent: Consent) -> list[AuditEvent]:
    with consent.changes.db.read() as session:
        return list(session.scalars(select(AuditEvent)))


def test_what_is_declined_changes_nothing_and_staff_see_it(consent: Consent) -> None:
    offer = consent.send(consent.quoted())

    assert consent.answer(offer, "declined").json["status"] == "declined"

    assert consent.all(PlanChange) == []
    assert "The customer declined" in consent.open(f"{consent.page}/change-plan").text
    answers_problem(consent.answer(offer, key="k2"), 409, "offer_closed")


def test_a_price_that_has_moved_is_shown_before_it_is_accepted(consent: Consent) -> None:
    offer = consent.send(consent.quoted())
    consent.changes.settings(fee_up_minor=900)  # terms that staff did not decide are those of the day

    refused = consent.answer(offer)
    answers_problem(refused, 409, "quote_changed")
    assert consent.all(PlanChange) == []
    renewed = refused.json["params"]["quote_id"]
    assert consent.gateway.get(f"/plan-change-offers/{offer.id}").json["quote_id"] == renewed
    assert consent.answer(offer, key="k2").json["params"]["quote_id"] == renewed  # the old one again

    assert consent.answer(offer, quote=renewed, key="k3").status_code == 201
    (change,) = consent.all(PlanChange)
    assert change.quote_id == renewed


def test_one_offer_waits_at_a_time_until_its_day_is_over(consent: Consent) -> None:
    offer = consent.send(consent.quoted(on=TODAY.isoformat()))
    other = consent.quoted(SLOW)
    refused = consent.post(f"{consent.page}/offers", quote_id=other)
    assert refused.status_code == 409
    assert "Take it back first." in refused.text

    consent.changes.travel(NOON + timedelta(hours=13))
    answers_problem(consent.answer(offer), 409, "offer_closed")
    again = consent.send(consent.quoted(SLOW))

    assert [each.status.value for each in consent.all(PlanChangeOffer)] == ["expired", "waiting"]
    consent.post(f"/plan-change-offers/{again.id}/withdrawals")
    assert [each.status.value for each in consent.all(PlanChangeOffer)] == ["expired", "withdrawn"]
    assert clock.today("UTC") > TODAY


def test_an_offer_that_became_impossible_ends(consent: Consent) -> None:
    offer = consent.send(consent.quoted())
    consent.changes.shop.plan(FAST, "50.00", name="Fibre 500", version=2)

    answers_problem(consent.answer(offer), 409, "offer_closed")

    assert [each.status.value for each in consent.all(PlanChangeOffer)] == ["expired"]
    assert consent.all(PlanChange) == []


def test_nobody_else_sees_answers_or_takes_back_an_offer(
    consent: Consent, service_token: Any, sign_in_staff: Any
) -> None:
    offer = consent.send(consent.quoted())
    stranger = "cus_00000000000000000000000009"
    consent.gateway = Gateway(consent.gateway.client, as_bearer(service_token("billing", stranger, PARTNER)))
    answers_problem(consent.gateway.get(f"/plan-change-offers/{offer.id}"), 404, "not_found")
    answers_problem(consent.answer(offer), 404, "not_found")
    consent.csrf = sign_in_staff(
        consent.desk, "orders.view", "orders.approve", partner_ids=["par_00000000000000000000000002"]
    )
    assert consent.post(f"/plan-change-offers/{offer.id}/withdrawals").status_code == 404
    assert consent.post(f"{consent.page}/offers", quote_id=offer.quote_id).status_code == 404
