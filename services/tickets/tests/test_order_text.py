"""What a ticket says of its order: kept by code, so that nothing is lost on the way to its readers."""

from datetime import date

import pytest

from shared.money import Money
from tickets.domain import order_text

NAMES = ["Fibre 300", "Router"]
START = date(2026, 1, 14)


def test_the_subject_names_the_order_and_what_is_in_it() -> None:
    assert order_text.subject(10483, NAMES).text == "Order 10483: Fibre 300, Router"
    assert order_text.subject(10483, []).text == "Order 10483"


def test_a_long_order_keeps_to_the_length_of_a_subject() -> None:
    subject = order_text.subject(10483, ["Fibre 300"] * 40).text

    assert len(subject) == 150
    assert subject.endswith("…")


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        (order_text.moved(10483, "paid"), "Order 10483: paid."),
        (
            order_text.approval(10483, starts_on=START, credit=Money(1300, "EUR"), credited_days=13),
            "Order 10483 is approved. It starts on 2026-01-14. 13 unused days: EUR 13.00 is credited.",
        ),
        (
            order_text.rejection(10483, reason="No line there.", refund=None),
            "Order 10483 is rejected: No line there.",
        ),
    ],
)
def test_what_is_kept_reads_as_what_was_said(notice: order_text.Notice, text: str) -> None:
    again = order_text.read(notice.kept)

    assert (str(notice.text), str(again)) == (text, text)
    assert again.params == notice.params
