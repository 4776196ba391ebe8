"""What a bill tells: its lines, what paid it, why it differs from the one before; and the ledger behind."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from billing.domain.comparison import Charge, Why, compare
from billing.domain.line import Code, Line
from billing.models import Invoice
from shared import clock
from shared.db import Database
from shared.money import Money, total
from shared.periods import Period
from shared.testing import answers_problem

FIRST = date(2026, 11, 1)


def line(
    amount: int,
    *,
    plan: str = "plan_a",
    price: int = 3000,
    days: int = 30,
    quantity: int = 1,
    code: Code = Code.RECURRING,
) -> Line:
    once = code in (Code.ONE_TIME, Code.ACTIVATION_FEE)
    period = Period(FIRST, FIRST + timedelta(days=days))
    return Line(
        code=code,
        plan_id=plan,
        plan_version=1,
        kind="internet",
        label=plan,
        quantity=quantity,
        price=Money(price, "EUR"),
        period=None if once else period,
        nominal_days=30,
        amount=Money(amount, "EUR"),
        vat_basis_points=2300,
    )


def why(was: list[Line], now: list[Line]) -> list[Why]:
    found = compare([Charge("s", x) for x in was], [Charge("s", x) for x in now], currency="EUR")
    return [each.why for each in found]


def test_each_difference_has_its_reason() -> None:
    full = line(3000)

    assert why([], [full]) == [Why.NEW]
    assert why([full], []) == [Why.ENDED]
    assert why([], [line(999, code=Code.ACTIVATION_FEE)]) == [Why.ONCE_NOW]
    assert why([line(999, code=Code.ONE_TIME)], []) == [Why.ONCE_BEFORE]
    assert why([line(1500, days=15)], [full]) == [Why.PART_PERIOD]
    assert why([full], [line(3500, price=3500)]) == [Why.PRICE_CHANGE]
    assert why([full], [line(6000, quantity=2)]) == [Why.QUANTITY]
    assert why([full], [line(4500, plan="plan_b", price=4500)]) == [Why.PLAN_CHANGE]
    assert why([line(10, code=Code.USAGE)], [line(70, code=Code.USAGE)]) == [Why.USAGE]
    assert why([full], [full]) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5000, 5000)), max_size=12),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5000, 5000)), max_size=12),
)
def test_the_differences_sum_to_the_whole(was: list[tuple[str, int]], now: list[tuple[str, int]]) -> None:
    found = compare(
        [Charge(key, line(amount)) for key, amount in was],
        [Charge(key, line(amount)) for key, amount in now],
        currency="EUR",
    )

    whole = sum(amount for _, amount in now) - sum(amount for _, amount in was)
    assert total([each.amount for each in found], "EUR") == Money(whole, "EUR")


def test_a_bill_shows_what_paid_it(shop: Any, gateway: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    (bill,) = gateway.get("/invoices").get_json()["items"]

    shown = gateway.get(f"/invoices/{bill['id']}").get_json()

    assert shown["applied"][0]["label"] == "Visa ending 4242"
    assert shown["applied"][0]["amount"] == shown["total"] == {"amount": "11.00", "currency": "EUR"}
    assert shown["period"] == {"from_on": "2026-11-20", "to_on": "2026-11-30"}
    assert shown["lines"][0]["subscription_id"].startswith("sub_")
    assert gateway.get("/invoices/open").get_json()["items"] == []


def test_bills_are_narrowed_by_how_they_stand_today(shop: Any, gateway: Any, database: Database) -> None:
    shop.order("plan_fibre")
    shop.work()
    (bill,) = gateway.get("/invoices").get_json()["items"]
    today, total = clock.now().date(), 1100
    stands = {
        "paid": (0, today),
        "overdue": (total, today),
        "unpaid": (total, today + timedelta(days=1)),
        "partly_paid": (total - 1, today + timedelta(days=1)),
    }

    for status, (open_minor, due_on) in stands.items():
        with database.begin() as session:
            session.execute(update(Invoice).values(open_minor=open_minor, extended_to=due_on))
        assert gateway.get(f"/invoices/{bill['id']}").get_json()["status"] == status
        for asked in stands:
            found = gateway.get("/invoices", status=[asked, asked], with_total=True).get_json()
            assert (len(found["items"]), found["total"]) == ((1, 1) if asked == status else (0, 0))
    both = gateway.get("/invoices", status=["unpaid", "partly_paid"], with_total=True).get_json()
    assert both["total"] == gateway.get("/invoices", with_total=True).get_json()["total"] == 1
    assert "total" not in gateway.get("/invoices").get_json()
    assert answers_problem(gateway.get("/invoices", status="lost"), 422, "validation_failed")


def test_a_first_bill_is_compared_with_nothing_and_a_second_with_the_first(shop: Any, gateway: Any) -> None:
    shop.order("plan_fibre")
    shop.work()
    shop.order("plan_phone")
    shop.work()
    second, first = gateway.get("/invoices").get_json()["items"]

    assert gateway.get(f"/invoices/{first['id']}/comparison").get_json()["changes"] == []
    compared = gateway.get(f"/invoices/{second['id']}/comparison").get_json()

    assert compared["earlier"]["number"] == first["number"]
    assert [(each["code"], each["label"]) for each in compared["changes"]] == [
        ("ended", "Fibre 100"),
        ("new", "Home phone"),
    ]
    assert compared["difference"] == {"amount": "-7.33", "currency": "EUR"}


def test_a_statement_runs_from_balance_to_balance(shop: Any, gateway: Any) -> None:
    shop.order("plan_fibre")
    shop.work()

    found = gateway.get("/statements", **{"from": "2026-11-01", "to": "2026-11-30"}).get_json()
    later = gateway.get("/statements", **{"from": "2026-12-01", "to": "2026-12-31"}).get_json()

    assert [(row["kind"], row["amount"]["amount"], row["balance"]["amount"]) for row in found["rows"]] == [
        ("payment_succeeded", "11.00", "11.00"),
        ("invoice_issued", "-11.00", "0.00"),
    ]
    assert found["opening"] == found["closing"] == later["opening"] == {"amount": "0.00", "currency": "EUR"}
    assert later["rows"] == []


def test_days_that_make_no_statement_are_refused(gateway: Any) -> None:
    backwards = gateway.get("/statements", **{"from": "2026-12-01", "to": "2026-11-01"})
    nothing = gateway.get("/statements", **{"from": "soon", "to": "2026-11-01"})

    assert answers_problem(backwards, 422, "validation_failed")
    assert nothing.status_code in (400, 422)


def test_documents_of_others_do_not_exist(gateway: Any) -> None:
    for path in ("/invoices/inv_x", "/invoices/inv_x/comparison", "/credit-notes/cn_x"):
        assert answers_problem(gateway.get(path), 404, "not_found")
