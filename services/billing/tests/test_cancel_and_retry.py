"""Taking an order back, and paying it again: never two charges, never money that is not accounted for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.clients.fake_provider import Knob
from billing.clients.provider import OutcomeStatus
from billing.domain.order import Status
from billing.usecases.cancel_order import cancel_order
from billing.usecases.open_payment import PayBy
from billing.usecases.retry_payment import retry_payment
from shared import clock
from shared.errors import Conflict, Unavailable
from shared.money import Money

FIBRE = "plan_fibre"
CUSTOMER = "cus_00000000000000000000000001"
RETURN = "https://portal.example/portal/payments/{payment_id}"
NEW_CARD = PayBy(method_id=None, return_url=RETURN)


def test_a_payment_under_way_is_stopped_at_the_provider_before_the_order_is_cancelled(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()

    cancel_order(shop.db, shop.provider, customer_id=CUSTOMER, order_id=order_id)

    assert shop.find(order_id).status is Status.CANCELLED
    assert shop.provider.calls[-1] == f"cancel {shop.payments(order_id)[0].id}"


def test_cancelling_too_late_finds_the_order_paid(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    shop.provider.finish(shop.payments(order_id)[0].id, OutcomeStatus.SUCCEEDED)

    with pytest.raises(Conflict):
        cancel_order(shop.db, shop.provider, customer_id=CUSTOMER, order_id=order_id)

    assert shop.find(order_id).status is Status.ACTIVE


def test_cancelling_while_the_provider_is_down_changes_nothing(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    shop.provider.knob = Knob.DOWN

    with pytest.raises(Unavailable):
        cancel_order(shop.db, shop.provider, customer_id=CUSTOMER, order_id=order_id)

    assert shop.find(order_id).status is Status.ACTION_REQUIRED


def test_a_failed_order_can_be_paid_for_seven_days(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.DECLINE
    shop.work()
    travel(datetime(2026, 11, 27, 12, 0, 30, tzinfo=UTC))

    with pytest.raises(Conflict) as refused, shop.db.begin() as session:
        retry_payment(session, customer_id=CUSTOMER, order_id=order_id, how=NEW_CARD, now=clock.now())

    assert refused.value.code == "order_not_payable"
    assert len(shop.payments(order_id)) == 1


def test_an_active_order_is_not_paid_again(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()

    with pytest.raises(Conflict) as refused, shop.db.begin() as session:
        retry_payment(session, customer_id=CUSTOMER, order_id=order_id, how=NEW_CARD, now=clock.now())

    assert refused.value.code == "order_not_payable"
    assert shop.provider.taken() == [Money(1100, "EUR")]


def test_a_card_the_provider_refuses_fails_the_payment_for_certain(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.REFUSE

    shop.work()

    payment = shop.payments(order_id)[0]
    assert (payment.status, payment.failure_code) == ("failed", "method_unknown")
    assert shop.find(order_id).status is Status.FAILED
