"""What an account came with: entered once, paid and chased like the rest, taken back by other entries."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.models import Invoice, JournalEntry, OpeningBalance
from billing.queries.ledger_differences import differences
from billing.usecases.set_opening_balance import Opening, OpeningStands, set_opening_balance
from billing.usecases.undo_opening_balance import NoOpening, undo_opening_balance
from shared import clock
from shared.contracts import billing as facts
from shared.errors import Invalid
from shared.ids import new_id
from shared.money import Money

CUSTOMER = "cus_00000000000000000000000001"
DUE = date(2026, 12, 5)


def enter(story: Any, minor: int, *, opening_id: str = "", **more: Any) -> OpeningBalance:
    given = {"reason": "From the old books", "due_on": DUE if minor < 0 else None} | more
    with story.shop.db.begin() as session:
        return set_opening_balance(
            session,
            customer_id=CUSTOMER,
            opening_id=opening_id or new_id("opb"),
            opening=Opening(amount=Money(minor, "EUR"), **given),
            partner_ids=None,
            now=clock.now(),
        )


def undo(story: Any) -> None:
    with story.shop.db.begin() as session:
        undo_opening_balance(
            session, customer_id=CUSTOMER, reason="Mistyped", partner_ids=None, now=clock.now()
        )


def books(story: Any, *accounts: str) -> list[int]:
    total = func.coalesce(func.sum(JournalEntry.amount_minor), 0)
    with story.shop.db.read() as session:
        assert differences(session) == []
        return [session.scalar(select(total).where(JournalEntry.account == each)) for each in accounts]


def bills(story: Any) -> list[tuple[str, int]]:
    with story.shop.db.read() as session:
        return [(row.number, row.open_minor) for row in session.scalars(select(Invoice).order_by(Invoice.id))]


def test_an_old_debt_is_a_bill_of_its_own_series_paid_and_chased_like_any_other(
    story: Any, gateway: Any
) -> None:
    key = new_id("opb")
    first, second = (enter(story, -4000, opening_id=key) for _ in range(2))
    later = story.bill(date(2026, 11, 20), due_on=date(2026, 12, 10))

    assert first.target_id == second.target_id
    assert [number[-7:] for number, _open in bills(story)[1:]] == ["1000001", "1000002"]
    assert bills(story)[1][0] == f"O{bills(story)[0][0]}"  # its own series, without a gap in the other
    assert books(story, "opening", "receivable") == [-4000, 7000]
    shown = gateway.get(f"/invoices/{first.target_id}").get_json()
    assert (shown["tax_included"]["amount"], shown["taxes"][0]["rate"]) == ("0.00", "0")
    story.day(DUE)
    assert story.state == "blocked"

    story.pay(5000)
    assert [left for _number, left in bills(story)] == [0, 0, 2000]
    assert story.state == "clear"
    undo(story)
    assert books(story, "opening", "receivable", "customer_credit") == [0, 0, -2000]
    assert [left for _number, left in bills(story)] == [0, 0, 0]
    assert later
    told = story.told(facts.OpeningBalanceSet, facts.OpeningBalanceUndone)
    assert [fact.amount.amount for fact in told] == ["-40.00", "-40.00"]


def test_old_credit_pays_bills_and_is_open_on_them_again_when_taken_back(story: Any, gateway: Any) -> None:
    bill = story.bill(date(2026, 11, 20), due_on=DUE)
    enter(story, 3500)

    assert books(story, "opening", "receivable", "customer_credit", "clearing:other") == [3500, 0, -500, 0]
    assert story.account.balance.minor == 500
    used = gateway.get(f"/invoices/{bill}").get_json()["applied"]
    assert [(each["kind"], each["label"]) for each in used] == [("opening", "Opening balance")]
    assert "other" not in {each["method_label"] for each in gateway.get("/payments").get_json()["items"]}
    rows = gateway.get("/statements").get_json()["rows"]
    assert [(row["kind"], row["amount"]["amount"]) for row in rows[-1:]] == [("opening_balance", "35.00")]
    with pytest.raises(OpeningStands):
        enter(story, 100)

    undo(story)
    assert books(story, "opening", "receivable", "customer_credit") == [0, 3000, 0]
    with pytest.raises(NoOpening):
        undo(story)
    enter(story, 1000)  # after that one may be entered anew
    assert books(story, "opening", "receivable") == [1000, 2000]


@pytest.mark.parametrize(
    ("minor", "more", "field"),
    [
        (0, {}, "#/amount"),
        (-100_000_001, {}, "#/amount"),
        (-100, {"due_on": None}, "#/due_on"),
        (-100, {"due_on": date(2026, 10, 1)}, "#/due_on"),
        (100, {"reason": " "}, "#/reason"),
    ],
)
def test_what_cannot_be_entered_changes_nothing(story: Any, minor: int, more: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        enter(story, minor, **more)

    assert refusal.value.errors[0].pointer == field
    assert books(story, "opening") == [0]


def test_staff_enter_it_on_the_billing_tab_and_take_it_back(
    story: Any, desk: Any, sign_in_staff: Any
) -> None:
    csrf = sign_in_staff(desk, "invoices.view", "payments.view", "payments.record")
    here = f"/admin/billing/customers/{CUSTOMER}"
    assert f"{here}/opening-balance" in desk.get(f"{here}/billing").text
    form = {
        "csrf_token": csrf,
        "key": new_id("opb"),
        "side": "owes",
        "amount": "40,00",
        "reason": "Old books",
    }

    refused = desk.post(f"{here}/opening-balance", data=form)
    assert (refused.status_code, "Choose a day from today to a year ahead." in refused.text) == (422, True)
    answer = desk.post(f"{here}/opening-balance", data=form | {"due_on": "2026-12-05"})
    assert answer.status_code == 303
    assert books(story, "opening") == [-4000]
    shown = desk.get(f"{here}/opening-balance").text
    assert "−€40.00 entered on" in shown
    assert "Old books" in shown
    assert desk.get("/admin/billing/invoices?kind=opening").text.count("€40.00") >= 1
    assert desk.get(f"{here}/transactions").status_code == 200

    assert desk.post(f"{here}/opening-balance/undo", data=form).status_code == 303
    assert books(story, "opening") == [0]
    again = desk.post(f"{here}/opening-balance/undo", data=form)
    assert (again.status_code, "What the customer owed" in again.text) == (409, True)
