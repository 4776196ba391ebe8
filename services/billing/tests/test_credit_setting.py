"""*Pay bills from credit* holds wherever credit meets a bill: approval, rejection, changes of plan."""

from datetime import date
from typing import Any

import pytest

from billing.models import CreditNote, Invoice
from billing.usecases.place_order import Request
from billing.usecases.reject_order import RefundTo
from services.billing.tests.changing import FAST, Changes
from services.billing.tests.conftest import PHONE
from services.billing.tests.test_approval import approve, reject, rows

NOV = date(2026, 11, 20)


@pytest.fixture(params=[True, False], ids=["credit pays", "credit stays"])
def pays(request: pytest.FixtureRequest) -> bool:
    """
    What is set.
    """
    return bool(request.param)


@pytest.fixture
def changes(shop: Any, travel: Any, pays: bool) -> Changes:
    """
    Fibre 100 at 30.00, billed and paid for November; it is the 20th.
    """
    made = Changes(shop, travel)
    made.settings(use_credit=pays, undo_minutes=10)
    return made


def open_bills(changes: Changes) -> list[int]:
    return [bill.open_minor for bill in changes.all(Invoice) if bill.open_minor]


def test_a_change_of_plan_costs_what_its_quote_said(changes: Changes, pays: bool) -> None:
    quote = changes.quote(FAST)  # 45.00 / 30 x 11 less 30.00 / 30 x 11
    assert quote.total_minor == (550 if pays else 1650)
    assert quote.details["credit_to_balance_minor"] == (0 if pays else 1100)

    changes.book(quote)
    changes.pass_time()

    assert open_bills(changes) == [quote.total_minor]
    assert [note.left_minor for note in changes.all(CreditNote)] == [quote.details["credit_to_balance_minor"]]
    assert (changes.balance(), changes.journal()[1]) == (-550, 0)


def test_a_setting_moved_meanwhile_leaves_a_booked_change_alone(changes: Changes, pays: bool) -> None:
    quote = changes.quote(FAST)
    changes.book(quote)
    changes.settings(use_credit=not pays, undo_minutes=10)

    changes.pass_time()

    assert open_bills(changes) == [quote.total_minor]


def test_an_approved_order_is_paid_from_credit_or_not(changes: Changes, pays: bool) -> None:
    first = changes.shop.order(PHONE)
    changes.shop.work()
    reject(changes.shop, first, to=RefundTo.BALANCE)
    credit = changes.balance()
    assert credit == 367  # 10.00 / 30 x 11
    second = changes.shop.order(PHONE, how=Request())

    approve(changes.shop, second, NOV)

    assert open_bills(changes) == ([] if pays else [367])
    assert changes.balance() == 0


def test_what_a_rejected_order_gives_back_pays_other_bills_or_not(changes: Changes, pays: bool) -> None:
    unpaid = changes.shop.order(PHONE, how=Request())
    approve(changes.shop, unpaid, NOV)
    assert open_bills(changes) == [367]
    paid = changes.shop.order(PHONE)
    changes.shop.work()

    reject(changes.shop, paid, to=RefundTo.BALANCE)

    assert open_bills(changes) == ([] if pays else [367])
    assert changes.balance() == 0
    assert rows(changes.shop, CreditNote)[-1].left_minor == (0 if pays else 367)


def test_days_before_the_start_pay_other_bills_or_not(changes: Changes, pays: bool) -> None:
    unpaid = changes.shop.order(PHONE, how=Request())
    approve(changes.shop, unpaid, NOV)
    changes.shop.plan("plan_story", "30.00")
    later = changes.shop.order("plan_story")
    changes.shop.work()

    approve(changes.shop, later, date(2026, 11, 22))

    assert open_bills(changes) == ([167] if pays else [367])  # 30.00 / 30 x 2 came back
