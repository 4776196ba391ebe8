"""What will not be paid is written off: the books, late payment, credit notes, and the way back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.models import Invoice, JournalEntry
from billing.queries.ledger_differences import differences
from billing.queries.statement import statement_of
from billing.usecases.credit_lines import credit_lines
from billing.usecases.write_off_invoice import NothingToWriteOff, open_written_off, write_off_invoice
from shared import clock
from shared.contracts import billing as facts
from shared.errors import Invalid, NotFound
from shared.ids import new_id

CUSTOMER = "cus_00000000000000000000000001"


def november(day: int) -> date:
    return date(2026, 11, day)


def write_off(story: Any, invoice_id: str, *, reason: str = "Moved abroad", **more: Any) -> str:
    given = {"write_off_id": new_id("wof"), "partner_ids": None} | more
    with story.shop.db.begin() as session:
        return write_off_invoice(session, invoice_id=invoice_id, reason=reason, now=clock.now(), **given).id


def open_again(story: Any, invoice_id: str) -> None:
    with story.shop.db.begin() as session:
        open_written_off(session, invoice_id=invoice_id, reason="They pay", partner_ids=None, now=clock.now())


def books(story: Any, *accounts: str) -> list[int]:
    total = func.coalesce(func.sum(JournalEntry.amount_minor), 0)
    with story.shop.db.read() as session:
        assert differences(session) == []
        return [session.scalar(select(total).where(JournalEntry.account == each)) for each in accounts]


def standing(story: Any, gateway: Any, invoice_id: str) -> tuple[str, str, list[tuple[str, str]]]:
    bill = gateway.get(f"/invoices/{invoice_id}").get_json()
    return (
        bill["status"],
        bill["open"]["amount"],
        [(x["kind"], x["amount"]["amount"]) for x in bill["applied"]],
    )


def test_the_rest_of_a_bill_becomes_bad_debt_once_and_dunning_stops(story: Any, gateway: Any) -> None:
    story.day(november(10))
    bill = story.bill(november(1), due_on=november(16))
    story.pay(1000)
    key = new_id("wof")

    first, second = (write_off(story, bill, write_off_id=key) for _ in range(2))
    story.day(november(30))

    assert first == second
    assert books(story, "bad_debt", "receivable") == [2000, 0]
    assert story.account.balance.minor == 0
    assert (story.state, story.account.dunning_next_on) == ("clear", None)
    assert standing(story, gateway, bill) == (
        "written_off",
        "0.00",
        [("payment", "10.00"), ("write_off", "20.00")],
    )
    assert [x["id"] for x in gateway.get("/invoices", status="written_off").get_json()["items"]] == [bill]
    assert bill not in [x["id"] for x in gateway.get("/invoices", status="paid").get_json()["items"]]
    (told,) = story.told(facts.InvoiceWrittenOff)
    assert (told.amount.amount, told.reason, told.on) == ("20.00", "Moved abroad", november(10))
    assert story.told(facts.NextStepsChanged)[-1].steps == ()


@pytest.mark.parametrize(("day", "state"), [(16, "blocked"), (26, "inactive")])
def test_giving_up_a_debt_does_not_bring_its_customer_back_but_a_person_does(
    story: Any, day: int, state: str
) -> None:
    bill = story.bill(november(1), due_on=november(16))
    story.day(november(day))
    held = story.held()

    write_off(story, bill)
    story.day(november(30))
    assert (story.state, story.held()) == (state, held)
    assert story.told(facts.AccountCleared) == []

    story.says(state, "active")
    assert story.state == "clear"
    assert story.held()[-1][0] == "active"
    assert books(story, "bad_debt") == [3000]


def test_what_is_owed_again_blocks_on_its_old_days_and_is_paid_like_any_bill(
    story: Any, gateway: Any
) -> None:
    story.day(november(10))
    bill = story.bill(november(1), due_on=november(16))
    write_off(story, bill)
    story.day(november(20))
    assert story.state == "clear"

    open_again(story, bill)
    assert (story.state, story.account.balance.minor) == ("blocked", -3000)
    story.pay(3000)

    assert story.state == "clear"
    assert standing(story, gateway, bill) == ("paid", "0.00", [("payment", "30.00")])
    assert books(story, "bad_debt", "receivable", "customer_credit") == [0, 0, 0]
    assert [fact.amount.amount for fact in story.told(facts.WriteOffUndone)] == ["30.00"]
    with story.shop.db.read() as session:
        found = statement_of(
            session, customer_id=CUSTOMER, from_on=november(1), to_on=november(30), currency="EUR"
        )
    rows = [(row.kind, row.label, row.amount.amount) for row in found.rows]
    number = gateway.get(f"/invoices/{bill}").get_json()["number"]
    assert rows[1:3] == [("invoice_written_off", number, "30.00"), ("write_off_undone", number, "-30.00")]


def test_a_credit_note_corrects_what_was_given_up_and_makes_no_credit(story: Any, gateway: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    story.pay(1000)
    write_off(story, bill)
    (line,) = gateway.get(f"/invoices/{bill}").get_json()["lines"]

    for minor in (500, 2500):  # the second takes what is left of the debt, and the payment's 10.00
        with story.shop.db.begin() as session:
            credit_lines(
                session,
                invoice_id=bill,
                note_id=new_id("cn"),
                amounts={line["id"]: minor},
                reason="Never delivered",
                partner_ids=None,
                now=clock.now(),
            )

    assert books(story, "bad_debt", "receivable", "customer_credit") == [0, 0, -1000]
    assert story.account.balance.minor == 1000
    assert standing(story, gateway, bill)[:2] == ("paid", "0.00")


def test_what_cannot_be_written_off_changes_nothing(story: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))

    with pytest.raises(Invalid):
        write_off(story, bill, reason=" ")
    with pytest.raises(NotFound):
        write_off(story, bill, partner_ids=frozenset({"par_other"}))
    assert books(story, "bad_debt", "receivable") == [0, 3000]

    story.pay(3000)
    with pytest.raises(NothingToWriteOff):
        write_off(story, bill)
    assert books(story, "bad_debt") == [0]


def test_staff_write_off_with_a_reason_and_take_it_back(story: Any, desk: Any, sign_in_staff: Any) -> None:
    bill = story.bill(november(1), due_on=november(16))
    page = f"/admin/billing/invoices/{bill}"
    csrf = sign_in_staff(desk, "invoices.view")
    assert "/write-off" not in desk.get(page).text
    assert desk.get(f"{page}/write-off").status_code == 403

    csrf = sign_in_staff(desk, "invoices.view", "invoices.write_off")
    form = {"csrf_token": csrf, "key": new_id("wof"), "reason": ""}
    assert "€30.00 is given up as bad debt" in desk.get(f"{page}/write-off").text
    refused = desk.post(f"{page}/write-off", data=form)
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert desk.post(f"{page}/write-off", data=form | {"reason": "No address"}).status_code == 303

    shown = desk.get(page).text
    assert "€30.00 written off on" in shown
    assert "No address" in shown
    listed = desk.get("/admin/billing/invoices?show=written_off").text
    with story.shop.db.read() as session:
        assert session.get_one(Invoice, bill).number in listed
    assert "is owed again, due when it was" in desk.get(f"{page}/write-off/undo").text
    assert desk.post(f"{page}/write-off/undo", data=form | {"reason": "Found them"}).status_code == 303
    again = desk.post(f"{page}/write-off/undo", data=form | {"reason": "Found them"})
    assert (again.status_code, "Nothing of it is written off." in again.text) == (409, True)
    assert books(story, "bad_debt", "receivable") == [0, 3000]
