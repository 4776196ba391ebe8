"""What staff does with money: record, refund, chargeback, credit, bill again; exactly, and once."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.domain.document import CreditStatus, RefundStatus
from billing.domain.dunning import Dunning
from billing.domain.payment import Status
from billing.models import Account, Chargeback, CreditNote, Invoice, JournalEntry, Payment, Refund
from billing.usecases.approve_order import approve_order
from billing.usecases.charge_back import NotChargedBack, NotReversible, charge_back, restore_payment
from billing.usecases.credit_and_reissue import PartlyCredited, credit_and_reissue
from billing.usecases.credit_lines import LineCredited, credit_lines
from billing.usecases.give_up_refund import give_up_refund
from billing.usecases.place_order import Request
from billing.usecases.record_payment import Receipt, Way, preview_payment, record_payment
from billing.usecases.return_money import NothingToReturn, return_money
from shared import clock
from shared.errors import Invalid, NotFound
from shared.ids import new_id
from shared.money import Money

CUSTOMER = "cus_00000000000000000000000001"
ALL = None


def euro(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def bill(shop: Any, plan: str = "plan_router") -> str:
    order_id = shop.order(plan, how=Request())
    with shop.db.begin() as session:
        today = clock.today("Europe/Dublin")
        approve_order(session, order_id=order_id, starts_on=today, partner_ids=ALL, now=clock.now())
        return str(session.scalars(select(Invoice.id).where(Invoice.order_id == order_id)).one())


def record(shop: Any, amount: str, *bills: str, way: Way = Way.CASH, key: str = "", **more: Any) -> str:
    values = {"received_on": clock.today("Europe/Dublin"), "method_label": "Cash", "invoice_ids": bills}
    receipt = Receipt(way=way, amount=euro(amount), **(values | more))
    with shop.db.begin() as session:
        payment = record_payment(
            session,
            payment_id=key or new_id("pay"),
            customer_id=CUSTOMER,
            receipt=receipt,
            partner_ids=ALL,
            now=clock.now(),
        )
        return str(payment.id)


def give_back(shop: Any, payment_id: str, amount: str, way: str = "card", key: str = "") -> str:
    with shop.db.begin() as session:
        refund = return_money(
            session,
            payment_id=payment_id,
            refund_id=key or new_id("ref"),
            amount=euro(amount),
            way=way,
            reason="By agreement",
            partner_ids=ALL,
            now=clock.now(),
        )
        return str(refund.id)


def credit(shop: Any, invoice_id: str, *amounts: int, key: str = "", **more: Any) -> CreditNote:
    with shop.db.begin() as session:
        lines = session.get_one(Invoice, invoice_id).lines
        return credit_lines(
            session,
            invoice_id=invoice_id,
            note_id=key or new_id("cn"),
            amounts={line.id: amount for line, amount in zip(lines, amounts, strict=False)},
            reason="Sorry",
            partner_ids=ALL,
            now=clock.now(),
            **more,
        )


def find(shop: Any, record_: Any, key: str) -> Any:
    with shop.db.read() as session:
        return session.get_one(record_, key)


def open_of(shop: Any, *bills: str) -> list[int]:
    return [find(shop, Invoice, each).open_minor for each in bills]


def books(shop: Any) -> tuple[int, int]:
    with shop.db.read() as session:
        account = session.get_one(Account, CUSTOMER)
        rows = session.execute(
            select(JournalEntry.account, func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.account)
        )
        sums = dict(rows.tuples().all())
        lefts = sum(session.scalars(select(Payment.left_minor))) + sum(
            session.scalars(select(CreditNote.left_minor))
        )
        assert sum(sums.values()) == 0
        assert (
            account.owed_minor
            == sums.get("receivable", 0)
            == sum(session.scalars(select(Invoice.open_minor)))
        )
        assert account.credit_minor == -sums.get("customer_credit", 0) == lefts
        return account.owed_minor, account.credit_minor


def test_cash_pays_the_named_bill_then_the_oldest_and_the_rest_is_credit(shop: Any, travel: Any) -> None:
    old = bill(shop)
    travel(clock.now() + timedelta(days=1))
    named, young = bill(shop), bill(shop)

    with shop.db.read() as session:
        plan, left = preview_payment(
            session, customer_id=CUSTOMER, amount=euro("200.00"), invoice_ids=[named]
        )
    assert [(invoice.id, part) for invoice, part in plan] == [
        (named, euro("60.00")),
        (old, euro("60.00")),
        (young, euro("60.00")),
    ]
    assert left == euro("20.00")

    record(shop, "100.00", named)
    assert open_of(shop, named, old, young) == [0, 2000, 6000]
    assert books(shop) == (8000, 0)


def test_the_same_form_records_once(shop: Any) -> None:
    bill(shop)
    key = new_id("pay")

    assert record(shop, "10.00", key=key) == record(shop, "10.00", key=key)

    assert books(shop) == (5000, 0)


@pytest.mark.parametrize(
    ("amount", "more"),
    [("0.00", {}), ("-5.00", {}), ("1000001.00", {}), ("5.00", {"received_on": date(2026, 11, 21)})],
)
def test_what_cannot_have_come_is_refused(shop: Any, amount: str, more: dict[str, Any]) -> None:
    bill(shop)

    with pytest.raises(Invalid):
        record(shop, amount, **more)

    assert books(shop) == (6000, 0)


def test_a_customer_of_another_partner_is_not_found(shop: Any) -> None:
    receipt = Receipt(way=Way.CASH, amount=euro("5.00"), received_on=date(2026, 11, 20), method_label="Cash")

    with pytest.raises(NotFound), shop.db.begin() as session:
        record_payment(
            session,
            payment_id=new_id("pay"),
            customer_id=CUSTOMER,
            receipt=receipt,
            partner_ids=frozenset({"par_other"}),
            now=clock.now(),
        )


def test_a_refund_opens_the_bill_again_and_never_exceeds_what_came(shop: Any) -> None:
    one = bill(shop)
    payment = record(shop, "60.00", one)

    give_back(shop, payment, "25.00", way="cash")
    assert open_of(shop, one) == [2500]
    assert find(shop, Payment, payment).status is Status.SUCCEEDED
    with pytest.raises(Invalid):
        give_back(shop, payment, "35.01", way="cash")
    give_back(shop, payment, "35.00", way="bank")

    assert find(shop, Payment, payment).status is Status.REFUNDED
    assert books(shop) == (6000, 0)
    with pytest.raises(NothingToReturn):
        give_back(shop, payment, "0.01", way="cash")


def test_a_refund_takes_unused_credit_before_it_opens_a_bill(shop: Any) -> None:
    one = bill(shop)
    payment = record(shop, "80.00", one)

    give_back(shop, payment, "30.00", way="cash")

    assert open_of(shop, one) == [1000]
    assert books(shop) == (1000, 0)


def test_cash_does_not_go_back_to_a_card_and_a_form_refunds_once(shop: Any) -> None:
    payment = record(shop, "10.00", bill(shop))
    with pytest.raises(Invalid):
        give_back(shop, payment, "10.00", way="card")

    key = new_id("ref")
    for _ in range(2):
        give_back(shop, payment, "10.00", way="cash", key=key)

    with shop.db.read() as session:
        assert len(session.scalars(select(Refund)).all()) == 1


def test_a_chargeback_opens_the_debt_again_due_when_it_was_and_is_restored(shop: Any, travel: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        (payment,) = session.scalars(select(Payment.id)).all()
        (invoice,) = session.scalars(select(Invoice)).all()
    travel(clock.now() + timedelta(days=20))

    with shop.db.begin() as session:
        charge_back(session, payment_id=payment, reason="Unknown to me", partner_ids=ALL, now=clock.now())

    assert find(shop, Payment, payment).status is Status.REVERSED
    assert find(shop, Invoice, invoice.id).due_on == invoice.due_on
    assert open_of(shop, invoice.id) == [1100]
    assert find(shop, Account, CUSTOMER).dunning is not Dunning.CLEAR
    assert books(shop) == (1100, 0)
    with pytest.raises(NotReversible), shop.db.begin() as session:
        charge_back(session, payment_id=payment, reason="Again", partner_ids=ALL, now=clock.now())

    with shop.db.begin() as session:
        restore_payment(session, payment_id=payment, partner_ids=ALL, now=clock.now())
    assert open_of(shop, invoice.id) == [0]
    assert find(shop, Account, CUSTOMER).dunning is Dunning.CLEAR
    assert books(shop) == (0, 0)
    with pytest.raises(NotChargedBack), shop.db.begin() as session:
        restore_payment(session, payment_id=payment, partner_ids=ALL, now=clock.now())
    with shop.db.read() as session:
        (found,) = session.scalars(select(Chargeback)).all()
    assert (found.amount, found.taken_from) == (euro("11.00"), {invoice.id: 1100})


def test_crediting_an_unpaid_bill_cancels_what_is_open(shop: Any) -> None:
    one = bill(shop)

    note = credit(shop, one, 6000)

    assert (note.status, note.left_minor) == (CreditStatus.CLOSED, 0)
    assert open_of(shop, one) == [0]
    assert books(shop) == (0, 0)


def test_crediting_a_paid_bill_is_credit_or_goes_back_the_way_it_came(shop: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        (one,) = session.scalars(select(Invoice.id)).all()

    kept = credit(shop, one, 100)
    assert (kept.status, kept.left_minor) == (CreditStatus.REFUND_DUE, 100)
    back = credit(shop, one, 1000, pay_back=True)
    shop.work()

    assert find(shop, CreditNote, back.id).status is CreditStatus.REFUNDED
    assert list(shop.provider.refunds.values()) == [euro("10.00")]
    assert books(shop) == (0, 100)


def test_the_same_line_is_never_credited_twice(shop: Any) -> None:
    one = bill(shop)
    credit(shop, one, 4000)

    with pytest.raises(LineCredited):
        credit(shop, one, 2001)
    credit(shop, one, 2000)

    assert books(shop) == (0, 0)


def test_a_form_credits_once_and_nonsense_is_refused(shop: Any) -> None:
    one, key = bill(shop), new_id("cn")

    assert credit(shop, one, 4000, key=key).id == credit(shop, one, 4000, key=key).id
    for amounts in ((0,), (-1,)):
        with pytest.raises(Invalid):
            credit(shop, one, *amounts)

    assert open_of(shop, one) == [2000]


def test_credit_of_the_days_from_a_date_tells_those_days(shop: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        (one,) = session.scalars(select(Invoice.id)).all()

    note = credit(shop, one, 500, from_on=date(2026, 11, 26))

    assert [(line.days, line.from_on) for line in note.lines] == [(5, date(2026, 11, 26))]


def test_credit_and_bill_again_moves_the_money_to_the_new_bill(shop: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        (old,) = session.scalars(select(Invoice)).all()
        lines = [line.id for line in old.lines]

    with shop.db.begin() as session:
        note, again = credit_and_reissue(
            session,
            invoice_id=old.id,
            note_id=new_id("cn"),
            line_ids=lines,
            reason="Wrong address",
            partner_ids=ALL,
            now=clock.now(),
        )

    assert again is not None
    assert (again.total, again.number != old.number) == (old.total, True)
    assert find(shop, CreditNote, note.id).status is CreditStatus.CLOSED
    assert open_of(shop, again.id) == [0]
    assert books(shop) == (0, 0)
    with pytest.raises(PartlyCredited), shop.db.begin() as session:
        credit_and_reissue(
            session,
            invoice_id=old.id,
            note_id=new_id("cn"),
            line_ids=lines,
            reason="Again",
            partner_ids=ALL,
            now=clock.now(),
        )


def test_a_refund_the_provider_refuses_can_be_given_up_and_is_credit_again(shop: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        (payment,) = session.scalars(select(Payment.id)).all()
    shop.provider.payments.pop(payment)  # the provider does not know it any more
    refund = give_back(shop, payment, "11.00")
    shop.work()
    assert find(shop, Refund, refund).status is RefundStatus.PARKED

    with shop.db.begin() as session:
        give_up_refund(session, refund_id=refund, partner_ids=ALL, now=clock.now())

    assert books(shop) == (1100, 1100)
    shop.provider.knob = Knob.SUCCEED
