"""Time travel for a partner: what all its customers would be billed is what they are billed then."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.models import Invoice
from billing.queries import partner_ahead as queries
from services.billing.tests.runs.conftest import DECEMBER, PARTNER

HERE = f"/admin/billing/partners/{PARTNER}/next-invoices"


def ahead(town: Any, on: date, after: str | None = None) -> queries.PartnerAhead:
    with town.db.read() as session:
        partner = queries.partner_in(session, PARTNER, scope=None)
        return queries.partner_ahead(session, partner, on=on, today=date(2026, 11, 20), after=after)


def billed(town: Any) -> tuple[int, int]:
    with town.db.read() as session:
        return session.execute(select(func.count(), func.sum(Invoice.total_minor))).one()._tuple()


def test_count_and_sum_are_what_the_run_of_that_day_issues(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    found = ahead(town, DECEMBER)
    pages, after = [found], found.older
    while after:
        pages.append(ahead(town, DECEMBER, after))
        after = pages[-1].older
    rows = [row for page in pages for row in page.rows]

    town.bill_all(DECEMBER)

    count, total = billed(town)
    assert (found.accounts, found.bills, [each.minor for each in found.sums]) == (count, count, [total])
    assert len({row.customer.id for row in rows}) == len(rows) == count
    assert (sum(row.bills for row in rows), sum(row.total.minor for row in rows)) == (count, total)
    assert [(step.on, step.code) for step in rows[0].along] == [
        (DECEMBER, "bill"),
        (date(2026, 12, 16), "due"),
        (date(2026, 12, 16), "blocked"),
        (date(2026, 12, 26), "inactive"),
    ]


def test_staff_look_ahead_and_are_told_where_to_count_many(
    town: Any, desk: Any, sign_in_staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_staff(desk, "invoices.view", "runs.manage")
    assert HERE in desk.get("/admin/billing/runs").text

    first = desk.get(HERE).text
    assert "Until 1 December" in first
    assert "Access is blocked" in first
    assert "Nothing would be billed until then" in desk.get(f"{HERE}?on=2026-11-30").text
    for day, words in (("2026-11-19", "three years ahead"), ("tomorrow", "Enter a day")):
        answer = desk.get(f"{HERE}?on={day}")
        assert (answer.status_code, words in answer.text) == (422, True)

    monkeypatch.setattr(queries, "MOST_SUMMED", 1)
    many = desk.get(HERE).text
    assert "A preview of a billing run counts and adds up their invoices." in many
    assert billed(town) == (0, None)
