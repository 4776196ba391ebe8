"""Why a customer cannot change to a plan: every layer says so by itself, and where to put it right."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from billing.handlers import handlers
from billing.models import Account, Customer, Plan, PlanVersion
from billing.queries.change_layers import Asked, layers
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, PARTNER, Changes
from services.billing.tests.conftest import robert
from shared.contracts.portal import SettingsChanged
from shared.testing import hear

OTHER = "loc_other"


def allow(shop: Any, mode: str, *, version: int = 1) -> None:
    values = {"ordering_enabled": True, "accept_payment": True, "order_channel": "tickets", "order_email": ""}
    fact = SettingsChanged(partner_id=PARTNER, version=version, internet_change=mode, **values)  # type: ignore[arg-type]
    hear(shop.db, handlers, fact)


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    changes = Changes(shop, travel)
    hear(shop.db, handlers, robert(version=5, status="active"))
    allow(shop, "both")
    return changes


def blocking(changes: Changes, plan_id: str = FAST) -> dict[str, str]:
    """
    Return the layers that are not fine, with their states.
    """
    with changes.db.read() as session:
        sub = changes.active()
        plan = session.get_one(Plan, plan_id)
        asked = Asked(
            account=session.get_one(Account, CUSTOMER),
            customer=session.get_one(Customer, CUSTOMER),
            subscription=sub,
            plan=plan,
            sold=session.get_one(PlanVersion, (plan.id, plan.version)),
        )
        return {each.code: each.state for each in layers(session, asked) if each.state != "fine"}


def test_who_may_change_has_nothing_in_the_way(changes: Changes) -> None:
    assert blocking(changes) == {}
    changes.change(FAST)


def test_every_layer_is_named_at_once(changes: Changes) -> None:
    shop = changes.shop
    hear(shop.db, handlers, robert(version=6, status="blocked", label_ids=("lab_a",), location_id="loc_a"))
    shop.plan(FIBRE, "30.00", name="Fibre 100", version=3)  # lists nothing any more
    shop.plan(
        FAST,
        "45.00",
        name="Fibre 500",
        version=2,
        enabled=False,
        partner_ids=("par_other",),
        billing_types=("prepaid",),
        location_ids=(OTHER,),
        categories=("business",),
        label_ids=("lab_b", "lab_c"),
    )
    allow(shop, "off", version=2)

    assert blocking(changes) == dict.fromkeys(
        ("access", "portal", "list", "sale", "partner", "billing_type", "location", "category", "labels"),
        "blocks",
    )


def test_one_label_of_several_is_enough_and_an_older_mode_changes_nothing(changes: Changes) -> None:
    hear(changes.db, handlers, robert(version=6, status="active", label_ids=("lab_b",)))
    changes.shop.plan(FAST, "45.00", name="Fibre 500", version=2, label_ids=("lab_a", "lab_b"))
    allow(changes.shop, "request", version=3)
    allow(changes.shop, "self", version=2)

    assert blocking(changes) == {"portal": "blocks"}


def test_what_was_copied_before_is_not_known_and_not_blamed(changes: Changes) -> None:
    changes.shop.plan(FAST, "45.00", name="Fibre 500", version=2, label_ids=("lab_a",), location_ids=(OTHER,))
    with changes.db.begin() as session:
        session.execute(update(Customer).values(label_ids=None, location_id=None))

    assert blocking(changes) == {"location": "unknown", "labels": "unknown"}


def test_a_booked_change_is_said_and_the_page_leads_to_each_remedy(
    changes: Changes, desk: Any, sign_in_staff: Any
) -> None:
    held = changes.active().id
    changes.book(changes.quote(FAST, date(2026, 12, 1)))
    allow(changes.shop, "off", version=2)
    sign_in_staff(desk, "orders.view", "orders.approve")

    page = desk.get(f"/admin/billing/subscriptions/{held}/why?plan={FAST}").text
    assert "this customer change to Fibre 500?" in page
    assert "2 things stand in the way" in page
    assert "Undo it first to choose another." in page
    assert f"/admin/portal/settings?partner={PARTNER}" in page
    assert f"/subscriptions/{held}/why" in desk.get(f"/admin/billing/subscriptions/{held}/change-plan").text

    assert desk.get(f"/admin/billing/subscriptions/{held}/why?plan=plan_none").status_code == 404
    sign_in_staff(desk, "orders.view", partner_ids=["par_00000000000000000000000002"])
    assert desk.get(f"/admin/billing/subscriptions/{held}/why?plan={FAST}").status_code == 404
