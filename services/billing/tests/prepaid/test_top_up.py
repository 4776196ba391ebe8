"""Topping up a prepaid balance: exact money, services back by themselves, and never twice."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.clients.provider import Outcome, OutcomeStatus
from billing.domain.collection import Purpose
from billing.domain.payment import Status as PaymentStatus
from billing.domain.subscription import Status
from billing.models import Account, Payment, Refund
from billing.usecases.give_up_payment import give_up_payments
from billing.usecases.settle_payment import settle_payment
from shared import clock
from shared.contracts.billing import PaymentFailed, PaymentSucceeded, SubscriptionChanged
from shared.money import Money
from shared.testing import answers_problem

MOBILE = "plan_mobile"
RETURN = "https://portal.example/portal/payments/{payment_id}"
NEW_CARD = {"source": "new_card"}


def euro(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def wire(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def paused(wallet: Any, gateway: Any) -> Any:
    """
    Mobile at 15.00 a month, of which the second month could not be paid: 4.00 are left.
    """
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("4.00")
    wallet.day(date(2026, 12, 20))
    assert wallet.statuses() == {MOBILE: Status.PAUSED}
    return wallet


def ask(gateway: Any, amount: Any = "20.00", *, key: str | None = "k1", how: Any = None, **more: Any) -> Any:
    """
    Top up by *how* (a card), or try again with ``retry_of``.
    """
    body = {"payment": how or NEW_CARD, "return_url": RETURN, **more}
    if "retry_of" not in more:
        body["amount"] = wire(amount) if isinstance(amount, str) else amount
    return gateway.post("/top-ups", body, key=key)


def top_up(paused: Any, gateway: Any, amount: str = "20.00", *, card: bool = True, **more: Any) -> str:
    """
    Top up by card, or on the provider's page; return the payment's id.
    """
    how = {"payment_method_id": paused.shop.card()} if card else NEW_CARD
    answer = ask(gateway, amount, how=how, **more)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return str(answer.get_json()["id"])


def find(wallet: Any, payment_id: str) -> Payment:
    with wallet.shop.db.read() as session:
        payment: Payment = session.get_one(Payment, payment_id)
        return payment


def count(wallet: Any, record: Any) -> int:
    with wallet.shop.db.read() as session:
        return int(session.execute(select(func.count()).select_from(record)).scalar_one())


def test_what_is_paid_switches_the_service_on_and_the_rest_stays(paused: Any, gateway: Any) -> None:
    shown = gateway.get("/wallet").get_json()
    assert (shown["balance"], shown["needed"]) == (wire("4.00"), wire("11.00"))
    before = paused.shop.provider.taken()

    payment = top_up(paused, gateway)
    assert paused.credit() == "4.00"  # a promise is no money
    paused.work()

    assert paused.statuses() == {MOBILE: Status.ACTIVE}
    assert paused.credit() == "9.00"
    assert paused.lines()[-1] == ("2026-12-20", "2027-01-19", "15.00")
    assert paused.shop.provider.taken() == [*before, euro("20.00")]
    fact = paused.told(PaymentSucceeded)[-1]
    assert (fact.payment_id, fact.amount, fact.order_id, fact.purpose) == (
        payment,
        euro("20.00"),
        None,
        "balance",
    )
    assert paused.told(SubscriptionChanged)[-1].status == "active"
    shown = gateway.get(f"/payments/{payment}").get_json()
    assert (shown["purpose"], shown["label"]) == ("balance", "Successful")
    assert gateway.get(f"/payments/{payment}/receipt.pdf").status_code == 200


def test_the_preview_says_what_comes(paused: Any, gateway: Any) -> None:
    def preview(amount: str) -> Any:
        return gateway.get("/wallet/top-up-preview", amount=amount).get_json()

    assert preview("10.00") == {
        "amount": wire("10.00"),
        "pays_owed": wire("0.00"),
        "balance": wire("14.00"),
        "resumes": 0,
        "days_left": None,
        "lasts_until_on": None,
        "more": False,
    }
    enough = preview("26.00")
    assert (enough["resumes"], enough["days_left"], enough["lasts_until_on"]) == (1, 62, "2027-02-19")

    top_up(paused, gateway, "26.00")
    paused.work()
    wallet = gateway.get("/wallet").get_json()
    assert (wallet["days_left"], wallet["lasts_until_on"]) == (62, "2027-02-19")
    assert wallet["balance"] == wire("15.00")


def test_what_is_owed_is_paid_first_and_the_preview_knows(paused: Any, gateway: Any) -> None:
    paused.owe("6.00")
    shown = gateway.get("/wallet").get_json()
    assert (shown["owed"], shown["needed"], shown["balance"]) == (wire("6.00"), wire("17.00"), wire("-2.00"))
    assert gateway.get("/wallet/top-up-preview", amount="16.99").get_json()["resumes"] == 0
    enough = gateway.get("/wallet/top-up-preview", amount="17.00").get_json()
    assert (enough["resumes"], enough["pays_owed"]) == (1, wire("6.00"))

    top_up(paused, gateway, "17.00")
    paused.work()

    assert (paused.statuses(), paused.credit()) == ({MOBILE: Status.ACTIVE}, "0.00")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (wire("0.00"), "out_of_range"),
        (wire("-20.00"), "out_of_range"),
        (wire("4.99"), "out_of_range"),
        (wire("200.01"), "out_of_range"),
        (wire("90000000000.00"), "out_of_range"),
        (wire("20.001"), "wrong_type"),
        (wire("1e3"), "wrong_type"),
        (wire("9" * 60), "wrong_type"),
        ({"amount": 20, "currency": "EUR"}, "wrong_type"),
        ({"amount": "20.00", "currency": "USD"}, "currency"),
        ({"amount": "20.00", "currency": "XXX"}, "currency"),
        (None, "invalid"),
    ],
)
def test_an_amount_that_cannot_be_is_named_and_nothing_is_begun(
    paused: Any, gateway: Any, amount: Any, code: str
) -> None:
    known = count(paused, Payment)
    refused = ask(gateway, amount)
    error = answers_problem(refused, 422, "validation_failed")["errors"][0]
    assert (error["pointer"], error["code"]) == ("#/amount", code)
    assert count(paused, Payment) == known


def test_a_press_too_many_pays_once(paused: Any, gateway: Any) -> None:
    assert answers_problem(ask(gateway, key=None), 400, "idempotency_key_required")
    card = {"payment_method_id": paused.shop.card()}
    first, second = (ask(gateway, how=card) for _ in range(2))
    assert first.get_json()["id"] == second.get_json()["id"]
    other_key = ask(gateway, how=card, key="k2")
    problem = answers_problem(other_key, 409, "top_up_not_possible")
    assert problem["params"] == {"payment_id": first.get_json()["id"]}
    assert gateway.get("/wallet").get_json()["top_up"]["under_way"] == first.get_json()["id"]

    paused.work()

    assert paused.shop.provider.taken()[1:] == [euro("20.00")]
    assert paused.credit() == "9.00"


def test_a_declined_card_leaves_all_as_it_was_and_is_tried_again_once(paused: Any, gateway: Any) -> None:
    paused.shop.provider.knob = Knob.DECLINE
    failed = top_up(paused, gateway)
    paused.work()
    shown = gateway.get(f"/payments/{failed}").get_json()
    assert (shown["failure"]["code"], shown["retry"]["allowed"]) == ("card_declined", True)
    assert (paused.statuses(), paused.credit()) == ({MOBILE: Status.PAUSED}, "4.00")
    assert paused.told(PaymentFailed)[-1].payment_id == failed

    paused.shop.provider.knob = Knob.SUCCEED
    again = ask(gateway, how=NEW_CARD, retry_of=failed, key="again")
    assert again.get_json()["amount"] == wire("20.00")
    refused = ask(gateway, how=NEW_CARD, retry_of=failed, key="and again")
    assert answers_problem(refused, 409, "top_up_not_possible")
    paused.work()
    paused.shop.provider.finish(again.get_json()["id"], OutcomeStatus.SUCCEEDED)
    paused.shop.later()
    paused.tick()

    assert (paused.statuses(), paused.credit()) == ({MOBILE: Status.ACTIVE}, "9.00")
    assert not gateway.get(f"/payments/{failed}").get_json()["retry"]["allowed"]


def test_unknown_is_not_failed(paused: Any, gateway: Any) -> None:
    paused.shop.provider.knob = Knob.HANG_AFTER
    payment = top_up(paused, gateway)
    paused.work()
    assert (find(paused, payment).status, paused.credit()) == (PaymentStatus.PENDING, "4.00")

    paused.shop.provider.knob = Knob.SUCCEED
    paused.shop.later()
    paused.tick()

    assert (paused.statuses(), paused.credit()) == ({MOBILE: Status.ACTIVE}, "9.00")
    assert paused.shop.provider.taken()[1:] == [euro("20.00")]


@pytest.mark.parametrize("finished", [False, True])
def test_another_way_gives_the_page_that_waits_up_first(paused: Any, gateway: Any, finished: bool) -> None:
    page = top_up(paused, gateway, card=False)
    paused.work()
    assert find(paused, page).status is PaymentStatus.ACTION_REQUIRED
    card = top_up(paused, gateway, "40.00", key="k2")
    paused.work()
    assert find(paused, card).status is PaymentStatus.PENDING  # the page may still be finished

    if finished:
        paused.shop.provider.finish(page, OutcomeStatus.SUCCEEDED)
    give_up_payments(paused.shop.db, paused.shop.provider)
    paused.work()

    paid = "20.00" if finished else "40.00"
    assert paused.shop.provider.taken()[1:] == [euro(paid)]
    assert find(paused, card).failure_code == ("topped_up" if finished else None)
    assert not (gateway.get(f"/payments/{card}").get_json()["retry"] or {"allowed": False})["allowed"]
    assert paused.credit() == ("9.00" if finished else "29.00")


def test_money_for_a_page_given_up_goes_back(
    paused: Any, gateway: Any, travel: Callable[[Any], None]
) -> None:
    page = top_up(paused, gateway, card=False)
    paused.work()
    travel(clock.now() + timedelta(minutes=31))
    assert give_up_payments(paused.shop.db, paused.shop.provider)
    assert find(paused, page).failure_code == "abandoned"

    with paused.shop.db.begin() as session:
        late = Outcome(
            reference=page, status=OutcomeStatus.SUCCEEDED, amount=euro("20.00"), external_ref="late"
        )
        settle_payment(session, payment_id=page, outcome=late, now=clock.now())
    paused.tick()

    assert (paused.statuses(), paused.credit()) == ({MOBILE: Status.PAUSED}, "4.00")
    with paused.shop.db.read() as session:
        refund = session.scalars(select(Refund)).one()
        assert (refund.payment_id, refund.amount) == (page, euro("20.00"))


def test_who_pays_bills_has_nothing_to_top_up(shop: Any, gateway: Any) -> None:
    assert answers_problem(ask(gateway), 404, "not_found")
    assert answers_problem(gateway.get("/wallet/top-up-preview", amount="20.00"), 404, "not_found")
    assert count(Holder(shop), Payment) == count(Holder(shop), Account) == 0


class Holder:
    """
    Something with a shop.
    """

    def __init__(self, shop: Any) -> None:
        self.shop = shop


def test_a_first_top_up_opens_the_account(wallet: Any, gateway: Any) -> None:
    shown = gateway.get("/wallet").get_json()
    assert (shown["balance"], shown["top_up"]["suggested"]) == (
        wire("0.00"),
        [wire("10.00"), wire("20.00"), wire("40.00")],
    )

    payment = top_up(wallet, gateway, "5.00")
    wallet.work()

    assert (wallet.credit(), find(wallet, payment).purpose) == ("5.00", Purpose.BALANCE)


def test_a_foreign_top_up_is_not_found(paused: Any, gateway: Any) -> None:
    with paused.shop.db.read() as session:
        order = session.scalars(select(Payment.id).where(Payment.order_id.is_not(None))).first()
    for stranger in (order, "pay_nobody"):
        assert answers_problem(ask(gateway, how=NEW_CARD, retry_of=stranger), 404, "not_found")
