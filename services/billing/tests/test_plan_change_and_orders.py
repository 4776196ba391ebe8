"""A service may be changed while its order still waits for a person; what they decide later fits."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing.domain.order import Approval, OrderMoved
from billing.domain.subscription import Status
from billing.models import CreditNote, Order, Payment, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.reject_order import RefundTo, reject_order
from services.billing.tests.changing import FAST, PARTNER, Changes
from shared import clock
from shared.errors import Invalid


@pytest.fixture
def changed(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100, paid on 1 November and not confirmed yet, became Fibre 500 on the 20th.
    """
    changes = Changes(shop, travel)
    changes.change(FAST)
    return changes


def decide(changes: Changes, decision: Callable[..., Any], **more: Any) -> None:
    (order,) = changes.all(Order)
    with changes.db.begin() as session:
        decision(session, order_id=order.id, partner_ids=frozenset([PARTNER]), now=clock.now(), **more)


def test_a_late_start_credits_the_days_before_it_and_leaves_the_new_plan_alone(changed: Changes) -> None:
    decide(changed, approve_order, starts_on=date(2026, 11, 14))

    assert [note.total_minor for note in changed.all(CreditNote)] == [1100, 1300]
    old, new = changed.all(Subscription)
    assert (old.status, new.status, old.on_approve, new.on_approve) == (
        Status.DISABLED,
        Status.ACTIVE,
        False,
        False,
    )
    assert new.starts_on == date(2026, 11, 20)
    assert changed.all(Order)[0].approval is Approval.DONE


def test_a_start_after_the_change_is_refused(changed: Changes) -> None:
    with pytest.raises(Invalid):
        decide(changed, approve_order, starts_on=date(2026, 11, 21))


def test_a_changed_order_is_not_rejected(changed: Changes) -> None:
    with pytest.raises(OrderMoved):
        decide(changed, reject_order, reason="No cable", refund_to=RefundTo.BALANCE)


def test_the_card_named_with_the_change_pays_its_bill(shop: Any, travel: Callable[[datetime], None]) -> None:
    changes = Changes(shop, travel)
    card = shop.card()
    changes.book(changes.quote(FAST), payment_method_id=card)
    changes.pass_time(datetime(2026, 11, 20, 12, 11, tzinfo=UTC))
    shop.work()

    payment = changes.all(Payment)[-1]
    assert (payment.amount_minor, payment.status, payment.automatic) == (550, "succeeded", True)
    assert changes.balance() == 0
