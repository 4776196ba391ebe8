"""The worker's clock work, as a whole."""

from datetime import UTC, datetime
from threading import Event
from typing import Any

from sqlalchemy import func, select

from billing.domain.order import Status
from billing.models import Quote, QuoteLine
from billing.usecases.forget_old import forget_old
from billing.worker import AtOnce, jobs

FIBRE = "plan_fibre"


def test_every_job_runs_and_says_when_there_is_nothing_to_do(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    work = {job.name: job for job in jobs(shop.db, shop.provider)}

    work["pay-orders"].run()

    assert shop.find(order_id).status is Status.ACTIVE
    assert [name for name, job in work.items() if job.run() is True] == []


def test_a_hanging_call_does_not_keep_the_others_waiting() -> None:
    hangs, others_done, left = Event(), Event(), iter(range(6))

    def work() -> bool:
        n = next(left, None)
        if n == 1:
            hangs.wait(5)
        if n == 5:
            others_done.set()
            hangs.set()
        return n is not None

    AtOnce(3, work).run()

    assert others_done.is_set()


def test_unused_quotes_are_forgotten_after_thirty_days(shop: Any) -> None:
    used = shop.quote(FIBRE)
    shop.place(used.id)
    shop.quote("plan_phone")

    with shop.db.begin() as session:
        forget_old(session, now=datetime(2026, 12, 20, 12, 0, 30, tzinfo=UTC))

    with shop.db.read() as session:
        assert session.scalars(select(Quote.id)).all() == [used.id]
        assert session.execute(select(func.count()).select_from(QuoteLine)).scalar_one() == 1
