"""
Whatever people do with money, in any order, the books agree after each step (billing.md B.14).

Hypothesis draws the acts of one customer at a time; each is a real use case on a real database, and the
nightly check of the ledger, which recomputes everything, is what must stay empty.
"""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from billing.clients.fake_provider import Knob
from billing.domain.line import tax_of_credit, tax_of_lines
from billing.models import CreditNote, Invoice, JournalEntry, LedgerCheck, Payment
from billing.queries.ledger_differences import differences
from billing.usecases.approve_order import approve_order
from billing.usecases.charge_back import charge_back, restore_payment
from billing.usecases.check_ledger import check_ledger, check_ledger_nightly
from billing.usecases.credit_and_reissue import credit_and_reissue
from billing.usecases.credit_lines import credit_lines
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from billing.usecases.place_order import Request
from billing.usecases.record_payment import Receipt, Way, record_payment
from billing.usecases.return_money import return_money
from shared import clock
from shared.errors import Refusal
from shared.ids import new_id
from shared.money import Money
from shared.settings import environment
from shared.testing import hear

RETURN = "https://portal.example/portal/payments/{payment_id}"
PLANS = ("plan_fibre", "plan_router", "plan_phone")
cents = st.integers(1, 9000)


class Ledger(RuleBasedStateMachine):
    """
    One customer after the other, in one shop.
    """

    shop: ClassVar[Any]
    customers: ClassVar[int] = 100
    new_customer: ClassVar[Callable[[str, int], None]]

    def __init__(self) -> None:
        super().__init__()
        type(self).customers += 1
        self.customer = f"cus_{self.customers:026d}"
        type(self).new_customer(self.customer, self.customers)
        self.shop.customer = self.customer
        self.shop.provider.knob = Knob.SUCCEED

    @rule(plan=st.sampled_from(PLANS), paid=st.booleans())
    def order(self, plan: str, paid: bool) -> None:
        with contextlib.suppress(Refusal):
            order_id = self.shop.order(plan, how=None if paid else Request())
            self.shop.work()
            if not paid:
                with self.shop.db.begin() as session:
                    today = clock.today("Europe/Dublin")
                    approve_order(
                        session, order_id=order_id, starts_on=today, partner_ids=None, now=clock.now()
                    )

    @rule(knob=st.sampled_from([Knob.SUCCEED, Knob.DECLINE, Knob.HANG_AFTER, Knob.PEND]))
    def pay_all(self, knob: Knob) -> None:
        how = PayBy(method_id=self.shop.card(), return_url=RETURN)
        self._do(
            lambda session, now: pay_bills(
                session, customer_id=self.customer, invoice_ids=(), how=how, now=now
            )
        )
        self.shop.provider.knob = knob
        self.shop.work()
        self.shop.provider.knob = Knob.SUCCEED

    @rule()
    def look_again(self) -> None:
        self.shop.later()

    @rule(minor=cents, way=st.sampled_from(list(Way)))
    def record(self, minor: int, way: Way) -> None:
        today = clock.today("Europe/Dublin")
        receipt = Receipt(way=way, amount=Money(minor, "EUR"), received_on=today, method_label="Cash")
        self._do(
            lambda session, now: record_payment(
                session,
                payment_id=new_id("pay"),
                customer_id=self.customer,
                receipt=receipt,
                partner_ids=None,
                now=now,
            )
        )

    @rule(minor=cents, way=st.sampled_from(["card", "cash", "bank"]), n=st.integers(0, 5))
    def give_back(self, minor: int, way: str, n: int) -> None:
        payment = self._any(Payment, n)
        self._do(
            lambda session, now: return_money(
                session,
                payment_id=payment,
                refund_id=new_id("ref"),
                amount=Money(minor, "EUR"),
                way=way,
                reason="Why",
                partner_ids=None,
                now=now,
            )
        )

    @rule(n=st.integers(0, 5))
    def take_back(self, n: int) -> None:
        payment = self._any(Payment, n)
        self._do(
            lambda session, now: charge_back(
                session, payment_id=payment, reason="Why", partner_ids=None, now=now
            )
        )

    @rule(n=st.integers(0, 5))
    def restore(self, n: int) -> None:
        payment = self._any(Payment, n)
        self._do(lambda session, now: restore_payment(session, payment_id=payment, partner_ids=None, now=now))

    @rule(minor=cents, back=st.booleans(), n=st.integers(0, 5))
    def credit(self, minor: int, back: bool, n: int) -> None:
        invoice = self._any(Invoice, n)
        self._do(
            lambda session, now: credit_lines(
                session,
                invoice_id=invoice,
                note_id=new_id("cn"),
                amounts={line.id: min(minor, line.left.minor) for line in self._lines(session, invoice)},
                reason="Why",
                pay_back=back,
                partner_ids=None,
                now=now,
            )
        )

    @rule(n=st.integers(0, 5))
    def bill_again(self, n: int) -> None:
        invoice = self._any(Invoice, n)
        self._do(
            lambda session, now: credit_and_reissue(
                session,
                invoice_id=invoice,
                note_id=new_id("cn"),
                line_ids=[line.id for line in self._lines(session, invoice)],
                reason="Why",
                partner_ids=None,
                now=now,
            )
        )

    @invariant()
    def the_books_agree(self) -> None:
        with self.shop.db.read() as session:
            assert differences(session) == []

    def _do(self, act: Callable[[Any, Any], object]) -> None:
        with contextlib.suppress(Refusal), self.shop.db.begin() as session:
            act(session, clock.now())

    def _lines(self, session: Any, invoice_id: str) -> list[Any]:
        invoice = session.get(Invoice, invoice_id)
        return list(invoice.lines) if invoice else []

    def _any(self, record: Any, n: int) -> str:
        with self.shop.db.read() as session:
            ids = session.scalars(
                select(record.id).where(record.customer_id == self.customer).order_by(record.id)
            ).all()
        return str(ids[n % len(ids)]) if ids else "none"


def test_the_books_agree_whatever_is_done(shop: Any) -> None:
    from .conftest import handlers, robert  # type: ignore[attr-defined]

    def new_customer(customer_id: str, number: int) -> None:
        hear(shop.db, handlers, robert(customer_id=customer_id, number=number, login=f"c{number}"))

    Ledger.shop, Ledger.new_customer = shop, staticmethod(new_customer)
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=2 if environment().get("TEST_DATABASE_URL") else 12,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@given(
    amounts=st.lists(st.integers(1, 100_000), min_size=1, max_size=5),
    rate=st.sampled_from([0, 900, 1350, 2300]),
    data=st.data(),
)
def test_any_split_of_a_line_into_credits_sums_to_it_tax_included(
    amounts: list[int], rate: int, data: st.DataObject
) -> None:
    taxes = tax_of_lines([Money(each, "EUR") for each in amounts], rate)
    for amount, tax in zip(amounts, taxes, strict=True):
        credited = given_back = 0
        for cuts_left in range(5, -1, -1):
            most = amount - credited
            part = data.draw(st.integers(0, most)) if cuts_left else most
            given_back += tax_of_credit(
                tax=tax, amount=Money(amount, "EUR"), before=Money(credited, "EUR"), now=Money(part, "EUR")
            ).minor
            credited += part
        assert given_back == tax.minor


def bill(shop: Any) -> str:
    order_id = shop.order("plan_router", how=Request())
    with shop.db.begin() as session:
        today = clock.today("Europe/Dublin")
        approve_order(session, order_id=order_id, starts_on=today, partner_ids=None, now=clock.now())
        return str(session.scalars(select(Invoice.id).where(Invoice.order_id == order_id)).one())


def at_once(*acts: Callable[[], object]) -> list[object]:
    """
    Do all at the same moment; return what each answered or refused.
    """
    start, results = Barrier(len(acts)), []

    def one(act: Callable[[], object]) -> None:
        start.wait()
        try:
            results.append(act())
        except Refusal as refusal:
            results.append(refusal.code)

    threads = [Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_people_crediting_one_line_credit_it_once(shop: Any) -> None:
    one = bill(shop)

    def credit() -> int:
        with shop.db.begin() as session:
            (line,) = session.get_one(Invoice, one).lines
            note = credit_lines(
                session,
                invoice_id=one,
                note_id=new_id("cn"),
                amounts={line.id: 6000},
                reason="Why",
                partner_ids=None,
                now=clock.now(),
            )
            return note.total_minor

    assert sorted(at_once(credit, credit), key=str) == [6000, "line_credited"]
    with shop.db.read() as session:
        assert len(session.scalars(select(CreditNote)).all()) == 1
        assert differences(session) == []


def test_two_payments_of_one_bill_at_once_are_one(shop: Any) -> None:
    one, card = bill(shop), shop.card()

    def pay() -> str:
        with shop.db.begin() as session:
            how = PayBy(method_id=card, return_url=RETURN)
            payment = pay_bills(
                session, customer_id=shop.customer, invoice_ids=[one], how=how, now=clock.now()
            )
            return payment.status.value

    assert sorted(map(str, at_once(pay, pay))) == ["invoice_not_payable", "pending"]
    shop.work()
    assert shop.provider.taken() == [Money(6000, "EUR")]


def test_the_check_is_green_and_comes_once_a_day(shop: Any, travel: Any) -> None:
    bill(shop)

    for hours in (0, 1, 25):
        travel(clock.now() + timedelta(hours=hours))
        check_ledger_nightly(shop.db)

    with shop.db.read() as session:
        checks = session.scalars(select(LedgerCheck)).all()
    assert [(each.ok, each.accounts, each.differences) for each in checks] == [(True, 1, [])] * 2


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE billing_accounts SET owed_minor = owed_minor + 1", ["owed", "owed_is_open_bills"]),
        ("UPDATE invoices SET open_minor = open_minor - 1", ["owed_is_open_bills", "invoice_open"]),
        ("UPDATE invoice_lines SET credited_minor = 5", ["line_credited"]),
        ("UPDATE number_series SET next = next + 1 WHERE series = 'invoice'", ["numbers_invoice"]),
    ],
)
def test_a_cent_that_is_not_where_the_books_say_is_found(shop: Any, statement: str, kinds: list[str]) -> None:
    bill(shop)
    with shop.db.begin() as session:
        session.execute(text(statement))

    check = check_ledger(shop.db, now=clock.now())

    assert not check.ok
    assert [each["kind"] for each in check.differences] == kinds


def test_an_entry_without_its_other_side_is_found(shop: Any) -> None:
    one = bill(shop)
    with shop.db.begin() as session:
        tx = session.scalars(select(JournalEntry.tx_id)).first()
        stray = JournalEntry(tx_id=tx, position=99, account="bad_debt", owner="", amount_minor=7)
        session.add(stray)

    check = check_ledger(shop.db, now=clock.now())

    assert [each["kind"] for each in check.differences] == ["journal_not_zero"]
    assert one
