"""Prepaid customers without credit: inactive some days after the last pause, back with the first service."""

from datetime import date
from typing import Any

import pytest

from billing.domain.subscription import Status
from shared.contracts.billing import AccountCleared, AccountDeactivated
from shared.money import Money

MOBILE, TV = "plan_mobile", "plan_tv"


def test_ten_days_without_a_service_end_in_inactive(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.walk(date(2026, 12, 19), date(2026, 12, 29))
    assert wallet.told(AccountDeactivated) == []

    wallet.walk(date(2026, 12, 30), date(2027, 1, 5))
    (fact,) = wallet.told(AccountDeactivated)
    assert (fact.on, fact.due_since, fact.owed) == (date(2026, 12, 30), date(2026, 12, 20), Money(0, "EUR"))
    assert wallet.service().status is Status.PAUSED


def test_the_first_service_that_works_brings_the_customer_back(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.day(date(2027, 1, 5))
    wallet.day(date(2027, 1, 6))
    wallet.top_up("15.00")
    wallet.work()

    (fact,) = wallet.told(AccountCleared)
    assert fact.on == date(2027, 1, 6)
    assert fact.version > wallet.told(AccountDeactivated)[0].version
    wallet.walk(date(2027, 1, 7), date(2027, 1, 20))
    assert len(wallet.told(AccountDeactivated)) == 1


def test_a_new_order_brings_the_customer_back_too(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.day(date(2027, 1, 5))
    wallet.shop.order(TV)
    wallet.work()

    assert [fact.on for fact in wallet.told(AccountCleared)] == [date(2027, 1, 5)]


def test_who_has_a_service_left_stays_active(wallet: Any) -> None:
    wallet.shop.order(MOBILE, TV)
    wallet.work()
    wallet.top_up("12.00")
    wallet.walk(date(2026, 12, 20), date(2027, 1, 15))

    assert wallet.statuses() == {MOBILE: Status.PAUSED, TV: Status.ACTIVE}
    assert wallet.told(AccountDeactivated) == []


@pytest.mark.parametrize("switch", [{"prepaid_deactivate_after": None}, {"process_prepaid": False}])
def test_nobody_becomes_inactive_where_it_is_switched_off(wallet: Any, switch: dict[str, object]) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.day(date(2026, 12, 20))
    wallet.set(**switch)
    wallet.day(date(2027, 3, 1))

    assert wallet.told(AccountDeactivated) == []
