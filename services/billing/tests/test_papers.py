"""Documents on paper: the words and amounts of the screen, in the customer language, the same bytes."""

import io
from typing import Any

from pypdf import PdfReader

from billing.handlers import handlers
from billing.usecases.credit_lines import credit_lines
from shared import clock
from shared.ids import new_id
from shared.testing import answers_problem, hear

from .conftest import robert


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/pdf"
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)


def paid(shop: Any, gateway: Any) -> dict[str, Any]:
    shop.order("plan_fibre")
    shop.work()
    return dict(gateway.get("/invoices").get_json()["items"][0])


def test_a_bill_on_paper_says_what_the_screen_says(shop: Any, gateway: Any) -> None:
    bill = paid(shop, gateway)

    words = text_of(gateway.get(f"/invoices/{bill['id']}/document.pdf"))

    for said in (
        f"Bill {bill['number']}",
        "Robert Myers",
        "Fibre 100",
        "€11.00",
        "€2.06 VAT included",
        "€30.00",
    ):
        assert said in words
    assert "11 days" in words


def test_the_same_bill_has_the_same_bytes(shop: Any, gateway: Any) -> None:
    bill = paid(shop, gateway)

    first, second = (gateway.get(f"/invoices/{bill['id']}/document.pdf").data for _ in range(2))

    assert first == second


def test_it_is_in_the_customers_language(shop: Any, gateway: Any) -> None:
    hear(shop.db, handlers, robert(version=2, language="de"))
    bill = paid(shop, gateway)

    words = text_of(gateway.get(f"/invoices/{bill['id']}/document.pdf"))

    assert f"Rechnung {bill['number']}" in words
    assert "11,00" in words


def test_credit_notes_receipts_and_statements_are_papers_too(shop: Any, gateway: Any) -> None:
    bill = paid(shop, gateway)
    with shop.db.begin() as session:
        note = credit_lines(
            session,
            invoice_id=bill["id"],
            note_id=new_id("cn"),
            amounts={bill["lines"][0]["id"]: 250},
            reason="A day without service",
            partner_ids=None,
            now=clock.now(),
        )
    (payment,) = gateway.get("/payments").get_json()["items"]

    assert "A day without service" in text_of(gateway.get(f"/credit-notes/{note.id}/document.pdf"))
    assert "Visa ending 4242" in text_of(gateway.get(f"/payments/{payment['id']}/receipt.pdf"))
    statement = text_of(gateway.get("/statements/document.pdf"))
    assert f"Bill {bill['number']}" in statement
    assert "€2.50" in statement


def test_papers_of_others_do_not_exist(gateway: Any) -> None:
    for path in (
        "/invoices/inv_x/document.pdf",
        "/credit-notes/cn_x/document.pdf",
        "/payments/pay_x/receipt.pdf",
    ):
        assert answers_problem(gateway.get(path), 404, "not_found")
