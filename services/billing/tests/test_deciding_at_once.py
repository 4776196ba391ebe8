"""Two decide about one order in the same moment: one wins, the other is told, the money moves once (F79)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain.order import Approval, Status
from billing.models import Account, CreditNote, Invoice, JournalEntry, Refund, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.cancel_order import cancel_order
from billing.usecases.place_order import Request
from billing.usecases.reject_order import RefundTo, reject_order
from shared import clock
from shared.errors import Conflict

CUSTOMER, FIBRE = "cus_00000000000000000000000001", "plan_fibre"
ROUNDS = 4

Act = Callable[[], object]


def at_once(*acts: Act) -> list[str]:
    """Do all in the same moment; return what came of each: done, or the code of the conflict."""
    start, results = Barrier(len(acts)), dict[int, str]()

    def run(place: int, act: Act) -> None:
        start.wait()
        try:
            act()
            results[place] = "done"
        except Conflict as refused:
            results[place] = refused.code

    threads = [Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[place] for place in range(len(acts))]


def approve(shop: Any, order_id: str, day: int) -> Act:
    def act() -> None:
        with shop.db.begin() as session:
            approve_order(
                session,
                order_id=order_id,
                starts_on=date(2026, 11, day),
                partner_ids=None,
                now=clock.now(),
            )

    return act


def reject(shop: Any, order_id: str) -> Act:
    def act() -> None:
        with shop.db.begin() as session:
            reject_order(
                session,
                order_id=order_id,
                reason="No cable",
                refund_to=RefundTo.BALANCE,
                partner_ids=None,
                now=clock.now(),
            )

    return act


def cancel(shop: Any, order_id: str) -> Act:
    return lambda: cancel_order(shop.db, shop.provider, customer_id=CUSTOMER, order_id=order_id)


@pytest.fixture
def later(shop: Any, travel: Callable[[datetime], None]) -> Callable[..., list[str]]:
    """A function that orders on the 20th, and returns the orders on the 25th."""

    def ordered(how: Any = None) -> list[str]:
        ids = [shop.order(FIBRE, how=how) for _ in range(ROUNDS)]
        shop.work()
        travel(datetime(2026, 11, 25, 12, tzinfo=UTC))
        return ids

    return ordered


def total(shop: Any, column: Any) -> int:
    with shop.db.read() as session:
        per_tx = select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        assert set(session.scalars(per_tx)) <= {0}
        return int(session.scalar(select(func.sum(column))) or 0)


def balance(shop: Any) -> int:
    with shop.db.read() as session:
        return session.get_one(Account, CUSTOMER).balance.minor


def test_approving_twice_at_once_credits_once(shop: Any, later: Any) -> None:
    credited = 0
    for order_id in later():
        found = at_once(approve(shop, order_id, 23), approve(shop, order_id, 25))

        assert sorted(found) == ["done", "order_moved"]
        credited += 300 if found[0] == "done" else 500
        assert shop.find(order_id).credit_minor == (300 if found[0] == "done" else 500)
    assert total(shop, CreditNote.total_minor) == credited == balance(shop)


def test_approving_and_rejecting_at_once_is_one_of_them(shop: Any, later: Any) -> None:
    credited = 0
    for order_id in later():
        found = at_once(approve(shop, order_id, 25), reject(shop, order_id))

        assert sorted(found) == ["done", "order_moved"]
        approved = found[0] == "done"
        credited += 500 if approved else 1100
        order = shop.find(order_id)
        assert order.status is (Status.ACTIVE if approved else Status.REJECTED)
        assert order.approval is Approval.DONE
    assert total(shop, CreditNote.total_minor) == credited == balance(shop)
    assert total(shop, Refund.amount_minor) == 0


def test_approving_a_request_while_its_customer_cancels_is_one_of_them(shop: Any, later: Any) -> None:
    billed = 0
    for order_id in later(Request()):
        found = at_once(approve(shop, order_id, 25), cancel(shop, order_id))

        assert found.count("done") == 1
        assert {*found} <= {"done", "order_moved", "order_not_cancellable"}
        approved = found[0] == "done"
        billed += 600 if approved else 0
        assert shop.find(order_id).status is (Status.ACTIVE if approved else Status.CANCELLED)
        with shop.db.read() as session:
            mine = select(Subscription.status).where(Subscription.order_id == order_id)
            assert session.scalars(mine).all() == ["active" if approved else "disabled"]
    assert total(shop, Invoice.total_minor) == billed == -balance(shop)
