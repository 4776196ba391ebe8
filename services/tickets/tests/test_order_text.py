"""How an order reads in its ticket."""

from datetime import date

from shared.money import Money
from tickets.domain import order_text

FIBRE = order_text.Line(name="Fibre 300", quantity=1, amount=Money(2533, "EUR"), explanation="20 of 30 days")
ROUTERS = order_text.Line(name="Router", quantity=2, amount=Money(12000, "EUR"))


def test_the_subject_names_the_order_and_what_is_in_it() -> None:
    assert order_text.subject(10483, [FIBRE, ROUTERS]) == "Order 10483: Fibre 300, Router"


def test_a_long_order_keeps_to_the_length_of_a_subject() -> None:
    subject = order_text.subject(10483, [FIBRE] * 40)

    assert len(subject) == 150
    assert subject.endswith("…")


def test_the_body_lists_lines_total_and_what_comes_then() -> None:
    body = order_text.body([FIBRE, ROUTERS], total=Money(14533, "EUR"), then=Money(3800, "EUR"))

    assert body.splitlines() == [
        "Fibre 300: EUR 25.33 (20 of 30 days)",
        "2 × Router: EUR 120.00",
        "Total: EUR 145.33",
        "Then EUR 38.00 a month",
    ]


def test_an_order_of_one_time_things_says_nothing_about_later() -> None:
    assert "Then" not in order_text.body([ROUTERS], total=Money(12000, "EUR"), then=None)


def test_an_approval_says_when_it_starts_and_what_is_credited() -> None:
    text = order_text.approval(
        10483, starts_on=date(2026, 1, 14), credit=Money(1300, "EUR"), credited_days=13
    )

    assert (
        text
        == "Order 10483 is approved. It starts on 14 January 2026. 13 unused days: EUR 13.00 is credited."
    )


def test_a_rejection_gives_its_reason() -> None:
    assert order_text.rejection(10483, reason="No line there.", refund=None) == (
        "Order 10483 is rejected: No line there."
    )
