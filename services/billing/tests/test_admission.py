"""More orders than can be finished are refused before anything is written, and those taken are finished."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.domain.order import Status
from billing.models import AuditEvent, Order, Payment
from billing.usecases.admit_order import ENDURED, TOO_LONG, TooManyOrders
from billing.usecases.place_order import Request
from shared.testing import told

FIBRE = "plan_fibre"


def make_wait(shop: Any) -> None:
    """
    Let all payments wait as long as nobody should.
    """
    with shop.db.begin() as session:
        for payment_id, ask_at in session.execute(select(Payment.id, Payment.ask_at)).all():
            earlier = ask_at - TOO_LONG - timedelta(seconds=1)
            session.execute(update(Payment).where(Payment.id == payment_id).values(ask_at=earlier))


def written(shop: Any) -> tuple[int, ...]:
    """
    Count what an order writes.
    """
    with shop.db.read() as session:
        counts = (select(func.count()).select_from(record) for record in (Order, Payment, AuditEvent))
        return *(session.execute(count).scalar_one() for count in counts), len(told(shop.db))


def test_an_order_is_refused_while_others_wait_too_long_and_taken_once_they_are_paid(shop: Any) -> None:
    first = [shop.order(FIBRE) for _ in range(ENDURED + 1)]
    make_wait(shop)
    before = written(shop)

    with pytest.raises(TooManyOrders) as refused:
        shop.order(FIBRE)

    assert refused.value.retry_after == 2
    assert written(shop) == before
    assert shop.order(FIBRE, how=Request()) not in first  # nobody waits for its payment
    shop.work()
    assert {shop.find(order_id).status for order_id in first} == {Status.ACTIVE}
    assert shop.order(FIBRE)


def test_a_few_may_wait_for_a_worker_that_is_not_there(shop: Any) -> None:
    for _ in range(ENDURED):
        shop.order(FIBRE)
    make_wait(shop)

    assert shop.order(FIBRE)
