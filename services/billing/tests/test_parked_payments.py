"""The provider took another amount than we asked for: a person accepts it or sends it back (fault F67)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select

from billing.clients.fake_provider import Knob
from billing.clients.provider import Outcome, OutcomeStatus
from billing.domain.order import Status
from billing.domain.payment import Decision, PaymentDecided, PaymentTooLow
from billing.models import Account, AuditEvent, Invoice, JournalEntry, JournalTx, Payment, Refund
from billing.usecases.decide_payment import decide_payment
from billing.usecases.expire_orders import expire_orders
from billing.usecases.open_payment import PayBy
from billing.usecases.retry_payment import retry_payment
from billing.usecases.settle_payment import settle_payment
from shared import clock
from shared.contracts.billing import PaymentDecided as DecidedFact
from shared.contracts.billing import PaymentFailed, PaymentRefunded, PaymentSucceeded
from shared.errors import Invalid, NotFound
from shared.money import Money
from shared.testing import told

FIBRE = "plan_fibre"  # EUR 11.00 for 20 to 30 November
CUSTOMER = "cus_00000000000000000000000001"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MORE, LESS, DOLLARS = Money(1250, "EUR"), Money(1099, "EUR"), Money(1100, "USD")
HERE = "/admin/billing/payments"


class Killed(BaseException):
    """The process is gone."""


def parked(shop: Any, taken: Money) -> tuple[str, str]:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.PEND
    shop.work()
    payment = shop.payments(order_id)[0]
    report(shop, payment.id, taken)
    shop.provider.knob = Knob.SUCCEED
    return order_id, payment.id


def report(shop: Any, payment_id: str, taken: Money) -> None:
    shop.provider.payments[payment_id] = said = Outcome(
        reference=payment_id,
        status=OutcomeStatus.SUCCEEDED,
        amount=taken,
        external_ref=f"ext_{payment_id}",
    )
    with shop.db.begin() as session:
        settle_payment(session, payment_id=payment_id, outcome=said, now=clock.now())


def decide(shop: Any, payment_id: str, decision: Decision, *, reason: str = "Agreed by phone") -> None:
    with shop.db.begin() as session:
        decide_payment(
            session,
            payment_id=payment_id,
            decision=decision,
            reason=reason,
            partner_ids=None,
            now=clock.now(),
        )


def all_of(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record).order_by(*inspect(record).primary_key)))


def books(shop: Any) -> dict[tuple[str, str], int]:
    """What each account holds in each currency, once every posting was seen to sum to zero."""
    with shop.db.read() as session:
        total = func.sum(JournalEntry.amount_minor)
        assert set(session.scalars(select(total).group_by(JournalEntry.tx_id))) == {0}
        rows = session.execute(
            select(JournalEntry.account, JournalTx.currency, total)
            .join(JournalTx, JournalTx.id == JournalEntry.tx_id)
            .group_by(JournalEntry.account, JournalTx.currency)
        ).all()
        account = session.scalars(select(Account)).one()
    held = {(name, currency): amount for name, currency, amount in rows if amount}
    assert account.credit_minor == -held.get(("customer_credit", account.currency), 0)
    assert account.owed_minor == held.get(("receivable", account.currency), 0)
    return held


def test_accepting_activates_the_order_and_keeps_the_rest_as_credit(shop: Any) -> None:
    order_id, payment_id = parked(shop, MORE)

    decide(shop, payment_id, Decision.ACCEPT)

    assert shop.find(order_id).status is Status.ACTIVE
    payment = shop.payments(order_id)[0]
    assert (payment.status, payment.amount, payment.left_minor) == ("succeeded", MORE, 150)
    assert [(bill.total_minor, bill.open_minor) for bill in all_of(shop, Invoice)] == [(1100, 0)]
    assert [account.balance for account in all_of(shop, Account)] == [Money(150, "EUR")]
    held = books(shop)
    assert held["clearing:sandbox", "EUR"] == 1250
    assert held["customer_credit", "EUR"] == -150


def test_what_was_decided_is_told_with_both_amounts_and_written_down(shop: Any) -> None:
    _, payment_id = parked(shop, MORE)

    decide(shop, payment_id, Decision.ACCEPT, reason="The bank rounds up")

    [fact] = [each for each in told(shop.db) if isinstance(each, DecidedFact)]
    assert (fact.decision, fact.asked, fact.taken) == ("accept", Money(1100, "EUR"), MORE)
    assert [each.amount for each in told(shop.db) if isinstance(each, PaymentSucceeded)] == [MORE]
    [audit] = [each for each in all_of(shop, AuditEvent) if each.action == "payment_decided"]
    assert audit.details == {"decision": "accept", "taken": "EUR 12.50", "reason": "The bank rounds up"}


@pytest.mark.parametrize("taken", [LESS, DOLLARS], ids=str)
def test_what_does_not_cover_the_order_cannot_be_accepted(shop: Any, taken: Money) -> None:
    order_id, payment_id = parked(shop, taken)

    with pytest.raises(PaymentTooLow):
        decide(shop, payment_id, Decision.ACCEPT)

    assert shop.find(order_id).status is Status.PAYING
    assert shop.payments(order_id)[0].decision is None
    assert all_of(shop, Invoice) == []


@pytest.mark.parametrize("taken", [LESS, MORE, DOLLARS], ids=str)
def test_sending_back_returns_all_that_was_taken_and_fails_the_order(shop: Any, taken: Money) -> None:
    order_id, payment_id = parked(shop, taken)

    decide(shop, payment_id, Decision.REFUND, reason="Not what was agreed")
    assert books(shop) == {
        ("clearing:sandbox", taken.currency): taken.minor,
        ("refund_payable", taken.currency): -taken.minor,
    }
    shop.work()

    assert shop.provider.refunds == {refund.id: taken for refund in all_of(shop, Refund)}
    assert [refund.status for refund in all_of(shop, Refund)] == ["succeeded"]
    assert shop.find(order_id).status is Status.FAILED
    assert [payment.status for payment in shop.payments(order_id)] == ["failed"]
    assert books(shop) == {}
    assert [each.code for each in told(shop.db) if isinstance(each, PaymentFailed)] == ["amount_differs"]
    back = [each for each in told(shop.db) if isinstance(each, PaymentRefunded)]
    assert [(each.amount, each.reason) for each in back] == [(taken, "Not what was agreed")]


def test_the_customer_reads_that_the_money_goes_back_and_may_try_again(shop: Any, gateway: Any) -> None:
    order_id, payment_id = parked(shop, LESS)
    decide(shop, payment_id, Decision.REFUND)

    seen = gateway.get(f"/payments/{payment_id}").get_json()

    assert seen["failure"]["code"] == "amount_differs"
    assert seen["failure"]["detail"].endswith("What was taken goes back to your card.")
    assert seen["retry"]["allowed"] is True
    how = PayBy(method_id=shop.card(), return_url="https://portal.example/{payment_id}")
    with shop.db.begin() as session:
        retry_payment(session, customer_id=CUSTOMER, order_id=order_id, how=how, now=clock.now())
    shop.work()
    assert shop.find(order_id).status is Status.ACTIVE
    assert [bill.total_minor for bill in all_of(shop, Invoice)] == [1100]


def test_a_retry_after_sending_back_may_expire_like_any_other(shop: Any, travel: Any) -> None:
    order_id, payment_id = parked(shop, LESS)
    decide(shop, payment_id, Decision.REFUND)
    shop.work()
    shop.provider.knob = Knob.PEND
    how = PayBy(method_id=shop.card(), return_url="https://portal.example/{payment_id}")
    with shop.db.begin() as session:
        retry_payment(session, customer_id=CUSTOMER, order_id=order_id, how=how, now=clock.now())
    travel(NOON + timedelta(days=2))

    expire_orders(shop.db, shop.provider)

    assert shop.find(order_id).status is Status.EXPIRED


@pytest.mark.parametrize("decision", list(Decision))
def test_the_same_decision_twice_is_carried_out_once(shop: Any, decision: Decision) -> None:
    _, payment_id = parked(shop, MORE)
    decide(shop, payment_id, decision)
    before = books(shop), len(told(shop.db))

    decide(shop, payment_id, decision)

    assert (books(shop), len(told(shop.db))) == before


@pytest.mark.parametrize("first", list(Decision))
def test_another_decision_comes_too_late(shop: Any, first: Decision) -> None:
    _, payment_id = parked(shop, MORE)
    decide(shop, payment_id, first)
    other = next(each for each in Decision if each is not first)

    with pytest.raises(PaymentDecided):
        decide(shop, payment_id, other)


def test_the_provider_saying_it_again_changes_nothing(shop: Any) -> None:
    order_id, payment_id = parked(shop, MORE)
    decide(shop, payment_id, Decision.REFUND)
    shop.work()

    report(shop, payment_id, MORE)
    shop.later()

    assert len(all_of(shop, Refund)) == 1
    assert shop.find(order_id).status is Status.FAILED
    assert books(shop) == {}


def test_money_of_a_payment_we_gave_up_can_only_go_back(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.DECLINE
    shop.work()
    shop.provider.knob = Knob.SUCCEED
    payment_id = shop.payments(order_id)[0].id
    report(shop, payment_id, MORE)

    with pytest.raises(PaymentTooLow):
        decide(shop, payment_id, Decision.ACCEPT)
    decide(shop, payment_id, Decision.REFUND)
    shop.work()

    assert list(shop.provider.refunds.values()) == [MORE]
    assert shop.find(order_id).status is Status.FAILED
    assert books(shop) == {}


@pytest.mark.parametrize("decision", list(Decision))
def test_killed_inside_the_decision_nothing_of_it_is_there(
    shop: Any, monkeypatch: Any, decision: Decision
) -> None:
    order_id, payment_id = parked(shop, MORE)

    def die(_name: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("billing.usecases.decide_payment.failpoint", die)
        with pytest.raises(Killed):
            decide(shop, payment_id, decision)
    assert (shop.find(order_id).status, all_of(shop, Refund), books_are_empty(shop)) == ("paying", [], True)

    decide(shop, payment_id, decision)
    assert shop.payments(order_id)[0].decision is decision


@pytest.mark.parametrize("point", ["billing.refund.before_provider", "billing.refund.after_provider"])
def test_killed_around_the_refund_the_money_goes_back_once(shop: Any, monkeypatch: Any, point: str) -> None:
    _, payment_id = parked(shop, MORE)
    decide(shop, payment_id, Decision.REFUND)

    def die(name: str) -> None:
        if name == point:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("billing.usecases.send_refunds.failpoint", die)
        with pytest.raises(Killed):
            shop.work()
    shop.later()

    assert list(shop.provider.refunds.values()) == [MORE]
    assert [refund.status for refund in all_of(shop, Refund)] == ["succeeded"]
    assert books(shop) == {}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_decision_needs_a_reason(shop: Any, reason: str) -> None:
    _, payment_id = parked(shop, MORE)

    with pytest.raises(Invalid):
        decide(shop, payment_id, Decision.ACCEPT, reason=reason)


def test_a_payment_that_fits_is_nothing_to_decide(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()

    with pytest.raises(PaymentDecided):
        decide(shop, shop.payments(order_id)[0].id, Decision.REFUND)
    with pytest.raises(NotFound):
        decide(shop, "pay_none", Decision.REFUND)


def books_are_empty(shop: Any) -> bool:
    return all_of(shop, JournalTx) == []


@pytest.fixture
def staff(desk: FlaskClient) -> FlaskClient:
    return desk


def send(staff: FlaskClient, csrf: str, payment_id: str, **fields: str) -> Any:
    return staff.post(f"{HERE}/{payment_id}/decisions", data={"csrf_token": csrf} | fields)


LOOK = ("payments.view", "orders.view")


def test_staff_see_both_amounts_and_both_ways(staff: Any, sign_in_staff: Any, shop: Any) -> None:
    order_id, payment_id = parked(shop, MORE)
    sign_in_staff(staff, *LOOK, "payments.decide")

    page = staff.get(f"{HERE}/{payment_id}").text

    assert "€11.00" in page
    assert "€12.50" in page
    assert 'value="accept"' in page
    assert 'value="refund"' in page
    assert f"{HERE}/{payment_id}#decide" in staff.get(f"/admin/billing/orders/{order_id}").text
    assert payment_id in staff.get(f"{HERE}?show=parked").text


def test_accepting_is_not_offered_where_it_cannot_be(staff: Any, sign_in_staff: Any, shop: Any) -> None:
    _, payment_id = parked(shop, LESS)
    sign_in_staff(staff, *LOOK, "payments.decide")

    page = staff.get(f"{HERE}/{payment_id}").text

    assert 'value="accept"' not in page
    assert 'value="refund"' in page


def test_the_form_carries_the_decision_out_once(staff: Any, sign_in_staff: Any, shop: Any) -> None:
    order_id, payment_id = parked(shop, MORE)
    csrf = sign_in_staff(staff, *LOOK, "payments.decide")

    first = send(staff, csrf, payment_id, decision="accept", reason="Agreed by phone")
    again = send(staff, csrf, payment_id, decision="accept", reason="Agreed by phone")

    assert (first.status_code, again.status_code) == (303, 303)
    assert shop.find(order_id).status is Status.ACTIVE
    assert books(shop)["clearing:sandbox", "EUR"] == 1250
    [audit] = [each for each in all_of(shop, AuditEvent) if each.action == "payment_decided"]
    assert audit.actor == "staff:stf_00000000000000000000000001"
    assert payment_id not in staff.get(f"{HERE}?show=parked").text


@pytest.mark.parametrize(
    "fields",
    [{}, {"decision": "keep"}, {"decision": "refund"}, {"decision": "accept", "reason": "x"}],
    ids=str,
)
def test_a_form_that_cannot_be_done_comes_back(
    staff: Any, sign_in_staff: Any, shop: Any, fields: dict[str, str]
) -> None:
    _, payment_id = parked(shop, LESS)
    csrf = sign_in_staff(staff, *LOOK, "payments.decide")

    answer = send(staff, csrf, payment_id, **fields)

    assert answer.status_code == (409 if "reason" in fields else 422)
    assert "<title>Error:" in answer.text
    assert shop.find(all_of(shop, Payment)[0].order_id).status is Status.PAYING


def test_only_who_may_decide_and_with_the_forms_token(staff: Any, sign_in_staff: Any, shop: Any) -> None:
    _, payment_id = parked(shop, MORE)
    looking = sign_in_staff(staff, *LOOK)
    assert "/decisions" not in staff.get(f"{HERE}/{payment_id}").text
    refused = send(staff, looking, payment_id, decision="accept", reason="x")
    sign_in_staff(staff, *LOOK, "payments.decide")
    forged = send(staff, "forged", payment_id, decision="accept", reason="x")

    assert (refused.status_code, forged.status_code) == (403, 403)
    assert all_of(shop, Payment)[0].decision is None


def test_for_staff_of_another_partner_there_is_no_such_payment(
    staff: Any, sign_in_staff: Any, shop: Any
) -> None:
    _, payment_id = parked(shop, MORE)
    csrf = sign_in_staff(staff, *LOOK, "payments.decide", partner_ids=["par_00000000000000000000000002"])

    assert send(staff, csrf, payment_id, decision="accept", reason="x").status_code == 404
    assert send(staff, csrf, payment_id).status_code == 404
    assert all_of(shop, Payment)[0].decision is None
