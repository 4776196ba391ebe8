"""Documents on paper: the words and amounts of the screen, in the customer language, the same bytes."""

import io
from datetime import date
from typing import Any

from pypdf import PdfReader
from sqlalchemy import update

from billing.handlers import handlers
from billing.models import CreditNote
from billing.usecases.approve_order import approve_order
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


def test_a_reason_of_ours_is_said_in_the_language_of_its_reader(shop: Any, gateway: Any) -> None:
    hear(shop.db, handlers, robert(version=2, language="de"))
    order_id = shop.order("plan_fibre")
    shop.work()
    with shop.db.begin() as session:
        approve_order(
            session, order_id=order_id, starts_on=date(2026, 11, 25), partner_ids=None, now=clock.now()
        )

    (english,) = gateway.get("/credit-notes").get_json()["items"]
    asked = gateway.headers | {"Accept-Language": "de"}
    (german,) = gateway.client.get("/api/v1/credit-notes", headers=asked).get_json()["items"]
    paper = text_of(gateway.get(f"/credit-notes/{english['id']}/document.pdf"))

    assert english["reason"] == "Days before the start on 2026-11-25"
    assert german["reason"].startswith("Tage vor dem Beginn am 25. November")
    assert "Tage vor dem Beginn am 25. November 2026" in paper
    with shop.db.begin() as session:
        session.execute(update(CreditNote).values(because=None))  # as one made before there were texts
    assert gateway.get("/credit-notes").get_json()["items"][0]["reason"] == english["reason"]


def test_papers_of_others_do_not_exist(gateway: Any) -> None:
    for path in (
        "/invoices/inv_x/document.pdf",
        "/credit-notes/cn_x/document.pdf",
        "/payments/pay_x/receipt.pdf",
    ):
        assert answers_problem(gateway.get(path), 404, "not_found")


def rates(document: dict[str, Any]) -> list[list[str]]:
    return [
        [row["rate"], *(row[part]["amount"] for part in ("net", "tax", "gross"))] for row in document["taxes"]
    ]


def test_each_vat_rate_has_its_row_in_the_api_on_paper_and_on_staffs_page(
    shop: Any, gateway: Any, desk: Any, sign_in_staff: Any
) -> None:
    shop.plan("plan_radio", "10.00", kind="voice", name="Radio", vat_basis_points=1350)
    shop.order("plan_fibre", "plan_phone", "plan_radio")
    shop.work()
    (listed,) = gateway.get("/invoices").get_json()["items"]
    bill = gateway.get(f"/invoices/{listed['id']}").get_json()
    with shop.db.begin() as session:
        note = credit_lines(
            session,
            invoice_id=bill["id"],
            note_id=new_id("cn"),
            amounts={line["id"]: 101 for line in bill["lines"]},
            reason="A day without service",
            partner_ids=None,
            now=clock.now(),
        )
    credited = gateway.get(f"/credit-notes/{note.id}").get_json()

    # 11.00 and 3.67 at 23% hold 2.74 together; rounded apart they would hold 2.06 + 0.69.
    assert rates(bill) == [["23", "11.93", "2.74", "14.67"], ["13.5", "3.23", "0.44", "3.67"]]
    assert rates(listed) == rates(bill)
    assert rates(credited) == [["23", "1.64", "0.38", "2.02"], ["13.5", "0.89", "0.12", "1.01"]]
    assert credited["tax_included"]["amount"] == "0.50"
    sign_in_staff(desk, "invoices.view")
    for kind, document, on_paper in (
        ("invoices", bill, "13.5% €3.23 €0.44 €3.67"),
        ("credit-notes", credited, "13.5% €0.89 €0.12 €1.01"),
    ):
        words = text_of(gateway.get(f"/{kind}/{document['id']}/document.pdf"))
        page = desk.get(f"/admin/billing/{kind}/{document['id']}").text
        assert on_paper in " ".join(words.split())
        for cell in on_paper.split():
            assert f">{cell}</td>" in page
