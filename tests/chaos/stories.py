"""
What people do while processes die. A story goes on until it is *broken* (everybody armed has died) or long
enough; it returns the question what of it has not come true yet.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from tests.chaos.subscriber import FASTER_FIBRE, FIBRE

if TYPE_CHECKING:
    from tests.chaos.run import Laboratory

Broken = Callable[[], bool]
Missing = Callable[[], list[str]]
Story = Callable[["Laboratory", Broken], Missing]

MOST = 8
UNDO = timedelta(minutes=11)
CREDIT_MINOR = 100_000


def orders(lab: Laboratory, broken: Broken) -> Missing:
    """
    Two people order and pay at the same time, and a third who has just become a customer.
    """
    with ThreadPoolExecutor() as pool:
        people = [pool.submit(_order_on, lab, login, broken) for login in ("postpaid", "prepaid")]
        made = [lab.order_as_newcomer(), *(order for person in people for order in person.result())]
    return _stand(lab, made, "active")


def newcomers(lab: Laboratory, broken: Broken) -> Missing:
    """
    Somebody new orders, which makes them an active customer.
    """
    made: list[str] = []
    while not made or (len(made) < MOST and not lab.soon(broken)):
        made.append(lab.order_as_newcomer())
    return _stand(lab, made, "active")


def requests(lab: Laboratory, broken: Broken) -> Missing:
    """
    Two people ask for something.
    """
    made = [lab.order(login, mode="request") for login in ("requestonly", "postpaid")]
    while len(made) < MOST and not lab.soon(broken):
        made.append(lab.order("requestonly", mode="request"))
    return _stand(lab, made, "awaiting_approval")


def approval(lab: Laboratory, broken: Broken) -> Missing:
    """
    What was paid today is approved to start in three days, which gives back the days before.
    """
    order = _paid(lab, "postpaid")
    lab.desk.decide(order, "approve", starts_on=(lab.evidence.today() + timedelta(days=3)).isoformat())

    def missing() -> list[str]:
        wanted = "SELECT 1 FROM orders WHERE id = :id AND approval = 'done' AND credited_days = 3"
        return [] if lab.evidence.rows("billing", wanted, id=order) else [f"order {order} is not approved"]

    return missing


def rejection(lab: Laboratory, broken: Broken) -> Missing:
    """
    What was paid is refused, and the money goes back to the card.
    """
    order = _paid(lab, "postpaid")
    lab.desk.decide(order, "reject", reason="No line there", refund_to="card")
    return _stand(lab, [order], "refunded")


def plan_change(lab: Laboratory, broken: Broken) -> Missing:
    """
    A service moves to a faster plan today, at the moment that can no longer be taken back.
    """
    order = _paid(lab, "postpaid")
    held = lab.evidence.rows("billing", "SELECT id FROM subscriptions WHERE order_id = :id", id=order)
    change = lab.person("postpaid").change_plan(held[0]["id"], FASTER_FIBRE)
    lab.travel(lab.evidence.now() + UNDO)
    return _is(lab, "plan_changes", change, "applied")


def month(lab: Laboratory, broken: Broken) -> Missing:
    """
    The first of the next month comes, everybody is billed, and somebody pays all they owe.
    """
    _paid(lab, "postpaid")
    _pay_all(lab)  # nobody is to be inactive by then for what came before
    lab.travel(_next_month(lab.evidence.today()))
    _pay_all(lab)
    return lambda: [f"bill {number} is not paid" for number in _unpaid(lab)]


def renewal(lab: Laboratory, broken: Broken) -> Missing:
    """
    The day comes on which prepaid services pay for their next period from the credit.
    """
    _paid(lab, "prepaid")
    lab.desk.give_credit("prepaid", CREDIT_MINOR, now=lab.evidence.now())
    due = _renewed_until(lab)
    lab.travel(datetime.combine(due, time(6), UTC))
    lab.until(lambda: _renewed_until(lab) > due, "prepaid services are renewed")
    _pay_all(lab)
    return lambda: [f"bill {number} is not paid" for number in _unpaid(lab)]


def bulk_change(lab: Laboratory, broken: Broken) -> Missing:
    """
    Everybody on a plan moves to another one.
    """
    _paid(lab, "postpaid")
    now = lab.evidence.now()
    bulk = lab.desk.draft_bulk_change(FIBRE, FASTER_FIBRE, on=lab.evidence.today(), now=now)
    lab.until(lambda: lab.desk.is_priced(bulk), "every row has its price")
    lab.desk.confirm_bulk_change(bulk, now=now)
    lab.until(lambda: not _is(lab, "bulk_changes", bulk, "finished")(), "everything is booked")
    lab.travel(now + UNDO)
    return _is(lab, "bulk_changes", bulk, "finished")


def approvals(lab: Laboratory, broken: Broken) -> Missing:
    """
    Two paid orders are approved at once.
    """
    made = [_paid(lab, "postpaid") for _ in range(2)]
    bulk = lab.desk.draft_approvals(made, now=lab.evidence.now())
    lab.until(lambda: lab.desk.is_looked_at(bulk), "every row was looked at")
    lab.desk.confirm_approvals(bulk, now=lab.evidence.now())

    def missing() -> list[str]:
        rows = lab.evidence.rows("billing", "SELECT id FROM orders WHERE approval = 'done'")
        done = {row["id"] for row in rows}
        return [f"order {each} is not approved" for each in made if each not in done]

    return missing


def pause(lab: Laboratory, broken: Broken) -> Missing:
    """
    The day comes from which a service rests for five days, and what was paid for them goes back.
    """
    order = _paid(lab, "postpaid")
    lab.desk.decide(order, "approve", starts_on=lab.evidence.today().isoformat())
    service = lab.evidence.rows("billing", "SELECT id FROM subscriptions WHERE order_id = :id", id=order)[0]
    first = lab.evidence.today() + timedelta(days=1)
    last = first + timedelta(days=4)
    booked = lab.desk.book_pause(service["id"], first=first, last=last, now=lab.evidence.now())
    lab.travel(datetime.combine(first, time(6), UTC))
    return _is(lab, "service_pauses", booked, "running", column="state")


STORIES: dict[str, Story] = {
    each.__name__: each
    for each in (
        *(orders, newcomers, requests, approval, rejection),
        *(plan_change, month, renewal, bulk_change, approvals, pause),
    )
}


def _order_on(lab: Laboratory, login: str, broken: Broken) -> list[str]:
    made = [lab.order(login) for _ in range(2)]
    while len(made) < MOST and not lab.soon(broken):
        made.append(lab.order(login))
    return made


def _paid(lab: Laboratory, login: str) -> str:
    order = lab.order(login)
    lab.until(lambda: lab.statuses([order]) == ["active"], "the order is paid")
    return order


def _stand(lab: Laboratory, made: list[str], wanted: str) -> Missing:
    def missing() -> list[str]:
        found = zip(made, lab.statuses(made), strict=True)
        return [f"order {order} is {status}, not {wanted}" for order, status in found if status != wanted]

    return missing


def _is(lab: Laboratory, table: str, id: str, wanted: str, *, column: str = "status") -> Missing:
    def missing() -> list[str]:
        found = lab.evidence.rows("billing", f"SELECT {column} AS now FROM {table} WHERE id = :id", id=id)
        return [] if found[0]["now"] == wanted else [f"{id} is {found[0]['now']}, not {wanted}"]

    return missing


def _next_month(today: date) -> datetime:
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(6), UTC)


def _pay_all(lab: Laboratory) -> None:
    """
    Wait until everybody is billed who is to be, and pay what one of them owes, who is to order again.

    An old debt may have made them inactive: they are billed once that is paid, and pay that bill as well.
    """
    due = (
        "SELECT 1 FROM billing_accounts WHERE next_bill_on <= :today"
        " AND billing_type = 'recurring' AND dunning <> 'inactive'"
        " AND NOT EXISTS (SELECT 1 FROM billing_runs WHERE cut_off_on = :today AND state = 'done')"
    )
    today, paid = lab.evidence.today().isoformat(), set[str]()

    def all_paid() -> bool:
        if lab.evidence.rows("billing", due, today=today):
            return False
        unpaid = set(_unpaid(lab))
        if unpaid - paid:
            lab.person("postpaid").pay_bills()
            paid.update(unpaid)
        return not unpaid

    lab.until(all_paid, "everybody is billed, and all is paid")


def _unpaid(lab: Laboratory) -> list[str]:
    query = (
        "SELECT i.number FROM invoices i JOIN customers c ON c.id = i.customer_id"
        " WHERE c.login = 'postpaid' AND i.open_minor > 0"
    )
    return [row["number"] for row in lab.evidence.rows("billing", query)]


def _renewed_until(lab: Laboratory) -> date:
    query = (
        "SELECT MIN(charged_through) AS day FROM subscriptions JOIN customers ON customers.id = customer_id"
        " WHERE login = 'prepaid' AND subscriptions.status = 'active'"
    )
    return lab.evidence.day(lab.evidence.rows("billing", query)[0]["day"])
