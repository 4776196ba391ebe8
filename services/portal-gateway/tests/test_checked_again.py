"""What is asked once more before an order, and when it need not be."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, ROBERT, VISA
from portal_gateway.handlers import handlers
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.contracts.catalog import PlanRetired
from shared.contracts.customers import CustomerChanged
from shared.contracts.event import Event
from shared.db import Database
from shared.testing import answers_problem, hear


def robert(*, version: int) -> CustomerChanged:
    """
    Return what customers tells about Robert.
    """
    return CustomerChanged(
        customer_id=ROBERT,
        partner_id=DEFAULT,
        version=version,
        number=1,
        login="postpaid",
        full_name="Robert Myers",
        status="active",
        category="individual",
        billing_type="recurring",
        location_id=None,
        label_ids=(),
        emails=(),
        billing_emails=(),
        phones=(),
        street="",
        zip_code="",
        city="",
        language="en",
        deleted=False,
    )


@pytest.mark.parametrize(
    ("told", "orders"),
    [(None, 1), (PlanRetired(plan_id=FIBRE, version=2), 0), (robert(version=2), 0)],
)
def test_the_catalogue_is_asked_again_when_plan_or_customer_changed_since_the_price_was_made(
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
    database: Database,
    world: FakeWorld,
    told: Event | None,
    orders: int,
) -> None:
    hear(database, handlers, robert(version=1))
    headers = sign_in()
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE, "quantity": 1}, headers=headers)
    quote = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json
    world.plans.clear()
    if told:
        hear(database, handlers, told)

    answer = client.post(
        "/api/v1/orders",
        json={"quote_id": quote["id"], "payment": {"payment_method_id": VISA}},
        headers={**headers, "Idempotency-Key": "k1"},
    )

    if told:
        assert answers_problem(answer, 409, "product_not_available")["params"] == {"names": ["Fibre 500"]}
    assert len(world.orders) == orders
