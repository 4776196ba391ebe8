"""Whatever the provider says, and whenever: one charge, honest states, no lost money (faults F60 to F69)."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.clients.provider import Outcome, OutcomeStatus
from billing.clients.webhook import HEADER, sign
from billing.domain.order import Status
from billing.models import Account, Invoice, JournalEntry, PaymentAttempt, WebhookReceipt
from billing.usecases.cancel_order import cancel_order
from billing.usecases.expire_orders import expire_orders
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_order import pay_order
from billing.usecases.settle_payment import settle_payment
from shared import clock
from shared.errors import Conflict
from shared.money import Money
from shared.testing import answers_problem, told

FIBRE = "plan_fibre"
CUSTOMER = "cus_00000000000000000000000001"
RETURN = "https://portal.example/portal/payments/{payment_id}"
NEW_CARD = PayBy(method_id=None, return_url=RETURN)


def count(shop: Any, record: Any) -> int:
    with shop.db.read() as session:
        return int(session.execute(select(func.count()).select_from(record)).scalar_one())


def ledger_is_zero(shop: Any) -> bool:
    with shop.db.read() as session:
        sums = session.execute(
            select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        ).scalars()
        account = session.scalars(select(Account)).one()
        mine = dict(
            session.execute(
                select(JournalEntry.account, func.sum(JournalEntry.amount_minor))
                .where(JournalEntry.owner == CUSTOMER)
                .group_by(JournalEntry.account)
            ).all()
        )
    assert account.owed_minor == mine.get("receivable", 0)
    assert account.credit_minor == -mine.get("customer_credit", 0)
    return set(sums) <= {0}


def call(app: Any, type: str, reference: str | None, *, id: str, secret: str = "whsec", at: int = 0) -> Any:
    body = json.dumps({"id": id, "type": type, "data": {"reference": reference}}).encode()
    at = at or int(clock.real_now().timestamp())
    return app.test_client().post(
        "/api/v1/webhooks/sandbox",
        data=body,
        headers={HEADER: sign(body, secret=secret, at=at), "Content-Type": "application/json"},
    )


def outcome(payment: Any, status: OutcomeStatus, **more: Any) -> Outcome:
    values = {
        "reference": payment.id,
        "status": status,
        "amount": payment.amount,
        "external_ref": f"ext_{payment.id}",
    }
    return Outcome(**(values | more))


def test_two_workers_on_one_order_charge_once(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    start = Barrier(2)

    def work() -> None:
        start.wait()
        pay_order(shop.db, shop.provider, worker="w")

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert shop.find(order_id).status is Status.ACTIVE
    assert [one for one in shop.provider.calls if one.startswith("charge")] == [
        f"charge {shop.payments(order_id)[0].id}"
    ]
    assert count(shop, Invoice) == 1


def test_a_worker_that_died_after_the_charge_is_followed_by_one_that_looks(shop: Any) -> None:
    order_id = shop.order(FIBRE)

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Died

    shop.provider.charge, charge = (lambda asked: (charge(asked), die())), shop.provider.charge
    with pytest.raises(Died):
        pay_order(shop.db, shop.provider, worker="dead")
    shop.provider.charge = charge
    assert shop.find(order_id).status is Status.PAYING
    shop.work()  # the lease still holds: nothing is done
    assert shop.find(order_id).status is Status.PAYING

    shop.later()

    assert shop.find(order_id).status is Status.ACTIVE
    assert shop.provider.taken() == [Money(1100, "EUR")]
    assert shop.provider.calls[-1].startswith("find")


def test_the_ladder_has_growing_pauses(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.DOWN
    shop.work()
    for _ in range(7):
        shop.later()

    payment = shop.payments(order_id)[0]
    assert payment.tries == 8
    assert payment.ask_at - clock.real_now() > timedelta(hours=23)
    assert count(shop, PaymentAttempt) == 8
    assert shop.find(order_id).status is Status.PAYING


def test_a_webhook_before_the_answer_ends_the_same(shop: Any, app: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.HANG_AFTER
    shop.work()
    payment = shop.payments(order_id)[0]

    assert call(app, "payment.succeeded", payment.id, id="n1").status_code == 204
    shop.work()

    assert shop.find(order_id).status is Status.ACTIVE
    assert ledger_is_zero(shop)


def test_five_webhooks_in_any_order_change_nothing_more(shop: Any, app: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()
    payment = shop.payments(order_id)[0]
    facts = len(told(shop.db))

    for n in range(5):
        call(app, ["payment.failed", "payment.succeeded"][n % 2], payment.id, id=f"n{n % 3}")
    shop.work()

    assert count(shop, WebhookReceipt) == 3
    assert shop.find(order_id).status is Status.ACTIVE
    assert len(told(shop.db)) == facts


@pytest.mark.parametrize(
    ("secret", "age"), [("other", 0), ("whsec", 301), ("whsec", -301)], ids=["foreign", "old", "future"]
)
def test_a_webhook_that_is_not_our_providers_is_refused(shop: Any, app: Any, secret: str, age: int) -> None:
    at = int(clock.real_now().timestamp()) - age

    answer = call(app, "payment.succeeded", "pay_x", id="n1", secret=secret, at=at)

    answers_problem(answer, 400, "signature_rejected")
    assert count(shop, WebhookReceipt) == 0


def test_notices_about_things_unknown_are_put_aside(shop: Any, app: Any) -> None:
    call(app, "payment.succeeded", "pay_nobody", id="n1")
    call(app, "weather.changed", None, id="n2")

    shop.work()

    with shop.db.read() as session:
        assert set(session.scalars(select(WebhookReceipt.result))) == {"ignored"}


def test_a_pending_payment_waits_and_then_succeeds(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.PEND
    shop.work()
    assert shop.find(order_id).status is Status.PAYING
    assert count(shop, Invoice) == 0

    shop.provider.finish(shop.payments(order_id)[0].id, OutcomeStatus.SUCCEEDED)
    shop.later()

    assert shop.find(order_id).status is Status.ACTIVE


def test_the_providers_page_is_paid_and_the_order_goes_on(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    payment = shop.payments(order_id)[0]
    assert shop.find(order_id).status is Status.ACTION_REQUIRED
    assert payment.redirect_url == f"https://pay.example/{payment.id}"
    assert payment.return_url == f"https://portal.example/portal/payments/{payment.id}"

    shop.provider.finish(payment.id, OutcomeStatus.SUCCEEDED)
    held = shop.provider.payments[payment.id]
    shop.provider.payments[payment.id] = replace(held, method_label="Visa ending 1111")
    shop.later()

    assert shop.find(order_id).status is Status.ACTIVE
    assert shop.payments(order_id)[0].method_label == "Visa ending 1111"


def test_an_abandoned_page_expires_after_half_an_hour(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    travel(datetime(2026, 11, 20, 12, 29, 50, tzinfo=UTC))
    assert expire_orders(shop.db, shop.provider) == 0
    travel(datetime(2026, 11, 20, 12, 31, tzinfo=UTC))

    assert expire_orders(shop.db, shop.provider) == 1

    assert shop.find(order_id).status is Status.EXPIRED
    payment = shop.payments(order_id)[0]
    assert (payment.status, payment.failure_code) == ("cancelled", "abandoned")
    assert shop.provider.payments[payment.id].status is OutcomeStatus.FAILED


def test_money_taken_just_before_the_expiry_makes_the_order_active(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    shop.provider.finish(shop.payments(order_id)[0].id, OutcomeStatus.SUCCEEDED)
    travel(datetime(2026, 11, 20, 13, tzinfo=UTC))

    expire_orders(shop.db, shop.provider)

    assert shop.find(order_id).status is Status.ACTIVE


def test_an_order_whose_money_is_unclear_does_not_expire(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.DOWN
    shop.work()
    travel(datetime(2026, 11, 22, 12, tzinfo=UTC))

    expire_orders(shop.db, shop.provider)
    assert expire_orders(shop.db, shop.provider) == 0  # asked at most once a minute

    assert shop.find(order_id).status is Status.PAYING


def test_money_that_comes_after_the_expiry_goes_back(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE, how=NEW_CARD)
    shop.work()
    payment = shop.payments(order_id)[0]
    travel(datetime(2026, 11, 20, 13, tzinfo=UTC))
    expire_orders(shop.db, shop.provider)
    shop.provider.finish(payment.id, OutcomeStatus.SUCCEEDED)

    with shop.db.begin() as session:
        settle_payment(
            session, payment_id=payment.id, outcome=outcome(payment, OutcomeStatus.SUCCEEDED), now=clock.now()
        )
    shop.work()

    assert shop.find(order_id).status is Status.EXPIRED
    assert shop.payments(order_id)[0].status == "refunded"
    assert list(shop.provider.refunds.values()) == [Money(1100, "EUR")]
    assert count(shop, Invoice) == 0
    assert ledger_is_zero(shop)


@pytest.mark.parametrize("amount", [Money(1099, "EUR"), Money(1100, "USD")], ids=["less", "dollars"])
def test_another_amount_than_asked_for_is_parked_for_a_person(shop: Any, amount: Money) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.PEND
    shop.work()
    payment = shop.payments(order_id)[0]

    with shop.db.begin() as session:
        wrong = outcome(payment, OutcomeStatus.SUCCEEDED, amount=amount)
        settle_payment(session, payment_id=payment.id, outcome=wrong, now=clock.now())
    shop.work()

    assert shop.payments(order_id)[0].parked == f"provider says {amount}"
    assert shop.find(order_id).status is Status.PAYING
    assert count(shop, Invoice) == 0


def test_reports_in_any_order_end_at_the_providers_last_word(shop: Any) -> None:
    reports = [OutcomeStatus.PENDING, OutcomeStatus.ACTION_REQUIRED, OutcomeStatus.SUCCEEDED]
    chance = random.Random(7)
    for _ in range(10):
        order_id = shop.order(FIBRE)
        shop.provider.knob = Knob.PEND
        shop.work()
        payment = shop.payments(order_id)[0]

        for report in [*chance.choices(reports, k=4), OutcomeStatus.SUCCEEDED, *chance.choices(reports, k=4)]:
            with shop.db.begin() as session:
                settle_payment(
                    session, payment_id=payment.id, outcome=outcome(payment, report), now=clock.now()
                )

        assert shop.find(order_id).status is Status.ACTIVE
    assert count(shop, Invoice) == 10
    assert ledger_is_zero(shop)


def test_a_parked_payment_is_neither_expired_nor_cancelled(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.PEND
    shop.work()
    payment = shop.payments(order_id)[0]
    shop.provider.payments[payment.id] = outcome(payment, OutcomeStatus.SUCCEEDED, amount=Money(1099, "EUR"))
    shop.later()
    travel(datetime(2026, 11, 22, 12, tzinfo=UTC))

    assert expire_orders(shop.db, shop.provider) == 0
    with pytest.raises(Conflict):
        cancel_order(shop.db, shop.provider, customer_id=CUSTOMER, order_id=order_id)

    assert shop.find(order_id).status is Status.PAYING
    assert shop.payments(order_id)[0].parked == "provider says EUR 10.99"


def test_what_costs_nothing_is_active_at_once(shop: Any) -> None:
    shop.plan("plan_free", "0.00", name="Voicemail")

    order_id = shop.order("plan_free")

    assert shop.find(order_id).status is Status.ACTIVE
    assert shop.payments(order_id) == []
    assert count(shop, Invoice) == 0
