"""A person gives more time for a bill: once, and everything that follows from it moves along."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.dunning import NoMoreTime
from billing.models import AuditEvent
from billing.usecases.give_more_time import give_more_time
from shared import clock
from shared.contracts import billing as facts
from shared.errors import Invalid, NotFound


def november(day: int) -> date:
    return date(2026, 11, day)


def give(story: Any, invoice_id: str, until: date, *, partners: frozenset[str] | None = None) -> None:
    with story.shop.db.begin() as session:
        give_more_time(
            session,
            customer_id=story.shop.customer,
            invoice_id=invoice_id,
            until=until,
            reason="Waits for wages",
            partner_ids=partners,
            now=clock.now(),
        )


def test_everything_moves_along(story: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    story.day(november(10))
    give(story, bill, november(20))

    steps = story.told(facts.NextStepsChanged)[-1].steps
    assert [(step.on, step.code) for step in steps] == [
        (november(20), "due"),
        (november(20), "blocked"),
        (november(30), "inactive"),
    ]
    story.day(november(19), 23)
    assert story.state == "clear"
    story.day(november(20), 0)
    assert story.state == "blocked"
    story.day(november(30), 0)
    assert story.held()[1][:2] == ("paused", november(30))


def test_a_blocked_customer_has_access_again_at_once(story: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    story.day(november(18))
    assert story.state == "blocked"

    give(story, bill, november(25))

    assert story.state == "clear"
    assert story.told(facts.AccountCleared)[-1].on == november(18)
    assert story.steps()[-1] == ("blocked", "clear", november(18))


def test_once_for_each_bill_and_only_ahead(story: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    for until in (november(16), november(1), date(2027, 1, 1)):
        with pytest.raises(Invalid):
            give(story, bill, until)
    with pytest.raises(NotFound):
        give(story, "inv_other", november(20))
    with pytest.raises(NotFound):
        give(story, bill, november(20), partners=frozenset({"par_other"}))
    give(story, bill, november(20))

    with pytest.raises(NoMoreTime):
        give(story, bill, november(22))
    with story.shop.db.read() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "more_time_given"))
        assert event.details == {"until": "2026-11-20", "before": "2026-11-16", "reason": "Waits for wages"}


def test_a_paid_bill_needs_no_time(story: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    story.pay(3000)

    with pytest.raises(NoMoreTime):
        give(story, bill, november(20))


def test_staff_see_the_days_and_give_time(story: Any, app: Any, sign_in_staff: Any) -> None:
    client = app.test_client()
    csrf = sign_in_staff(client, "invoices.view", "accounts.edit")
    page = f"/admin/billing/customers/{story.shop.customer}/billing"
    story.travel(datetime(2026, 11, 1, 12, tzinfo=UTC))
    bill = story.bill(november(1), due_on=november(16))
    story.day(november(10))
    assert "What happens next" in client.get(page).text

    form = {"csrf_token": csrf, "invoice_id": bill, "until": "2026-11-16", "reason": ""}
    refused = client.post(f"/admin/billing/customers/{story.shop.customer}/more-time", data=form)
    assert refused.status_code == 422
    assert "Choose a day from 17 November to 9 January 2027." in refused.text
    done = client.post(
        f"/admin/billing/customers/{story.shop.customer}/more-time", data=form | {"until": "2026-11-20"}
    )

    assert (done.status_code, done.location) == (303, page)
    assert "Give more time" not in client.get(page).text


def test_who_may_only_look_cannot_give_time(story: Any, app: Any, sign_in_staff: Any) -> None:
    client = app.test_client()
    csrf = sign_in_staff(client, "invoices.view")
    answer = client.post(
        f"/admin/billing/customers/{story.shop.customer}/more-time", data={"csrf_token": csrf}
    )

    assert answer.status_code == 403
