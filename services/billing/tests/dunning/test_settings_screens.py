"""Billing settings of a partner and of one customer: inherited, marked, refused, and followed by accounts."""

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from billing.domain.settings import BillingSettings, names
from billing.domain.settings_fields import FIELDS, Unreadable, read, typed
from billing.handlers import handlers
from billing.models import Account, AuditEvent, Customer, PartnerSettings
from billing.queries.settings import settings_of
from billing.usecases.follow_settings import follow_settings
from billing.usecases.write_audit import seal
from shared.contracts.customers import PartnerChanged
from shared.testing import hear

PARTNER, NORTH = "par_00000000000000000000000001", "par_00000000000000000000000002"
URL = "/admin/billing/settings"
STAFF = "staff:stf_00000000000000000000000001"


@pytest.fixture
def north(shop: Any) -> str:
    hear(
        shop.db,
        handlers,
        PartnerChanged(
            partner_id=NORTH,
            version=1,
            name="North",
            title="North",
            hue=1,
            currency="EUR",
            timezone="UTC",
            languages=("en",),
            help_phone="",
            help_email="",
        ),
    )
    return NORTH


@pytest.fixture
def desk(app: Any, sign_in_staff: Any) -> Any:
    client = app.test_client()
    token = sign_in_staff(client, "settings.view", "settings.edit", "accounts.edit", "invoices.view")

    def post(path: str, **form: str) -> Any:
        return client.post(path, data={"csrf_token": token} | form)

    client.send = post
    return client


def own_of(db: Any, partner_id: str) -> dict[str, Any]:
    with db.read() as session:
        row = session.get(PartnerSettings, partner_id)
        return dict(row.own) if row else {}


def test_every_setting_has_its_field() -> None:
    assert set(FIELDS) == set(names(BillingSettings()))


@given(st.data())
def test_what_is_typed_reads_back_as_it_was(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(list(FIELDS.values())))
    text = data.draw(
        st.sampled_from(["on", "off", "0", "5", "28", "never", "-20.00", "3, 5", "-5, 1", "2026-12-25"])
    )
    try:
        value = read(field, text, currency="EUR")
    except Unreadable:
        return

    assert read(field, typed(field, value, currency="EUR"), currency="EUR") == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("billing_day", "0"),
        ("billing_day", "29"),
        ("billing_day", "1.5"),
        ("billing_day", "-1"),
        ("billing_day", "never"),
        ("due_days", "99"),
        ("block_after", "100"),
        ("deactivate_after", "0"),
        ("prepay_months", "13"),
        ("blocking_hour", "24"),
        ("min_balance_minor", "1.234"),
        ("min_balance_minor", "1e3"),
        ("min_balance_minor", "999999999"),
        ("collection", "later"),
        ("process_blocking", "maybe"),
        ("retry_days", "7, 3"),
        ("retry_days", "3, 61"),
        ("reminders", "5, -5"),
        ("reminders", "-28"),
        ("reminders", "61"),
        ("reminders", "1, 2, 3, 4"),
        ("reminders", "+3"),
        ("holidays", "2026-02-30"),
        ("top_up_min_minor", "0.00"),
        ("top_up_max_minor", "-5.00"),
        ("top_up_max_minor", "100000.01"),
        ("top_up_sums", "10.00, 0.00"),
        ("top_up_sums", "ten"),
        ("holidays", ", ".join(f"2026-01-{day:02d}" for day in range(1, 32)) * 3),
    ],
)
def test_what_is_out_of_range_is_refused(name: str, text: str) -> None:
    with pytest.raises(Unreadable):
        read(FIELDS[name], text, currency="EUR")


@pytest.mark.parametrize("group", ["bills", "late", "money", "prepaid"])
def test_a_group_is_a_page(desk: Any, north: str, group: str) -> None:
    page = desk.get(f"{URL}?partner={north}&group={group}")

    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert "Inherited from Default" in page.text


def test_the_largest_top_up_is_no_less_than_the_smallest(desk: Any, north: str, shop: Any) -> None:
    refused = desk.send(URL, partner=north, group="prepaid", version="0", top_up_max_minor="4.99")
    assert refused.status_code == 422
    assert "Enter at least the smallest top-up" in refused.text
    assert own_of(shop.db, north) == {}

    saved = desk.send(
        URL,
        partner=north,
        group="prepaid",
        version="0",
        top_up_min_minor="2.00",
        top_up_max_minor="50.00",
        top_up_sums="15.00, 5.00",
    )
    assert saved.status_code == 303
    own = {"top_up_min_minor": 200, "top_up_max_minor": 5000, "top_up_sums": [500, 1500]}
    assert own_of(shop.db, north) == own
    page = desk.get(f"{URL}?partner={north}&group=prepaid").text
    assert "Default says: €10.00, €20.00, €40.00" in page
    assert 'value="5.00, 15.00"' in page


def test_a_partner_differs_from_default_and_goes_back(desk: Any, north: str, shop: Any) -> None:
    where = f"{URL}?partner={north}&group=late"
    saved = desk.send(
        URL, partner=north, group="late", version="0", block_after="5", min_balance_minor="-20.00"
    )
    assert (saved.status_code, saved.location) == (303, where)
    assert own_of(shop.db, north) == {"block_after": 5, "min_balance_minor": -2000}
    page = desk.get(where).text
    assert "2 overrides" in page
    assert page.count("differs from Default") == 2
    assert "Reset to 0" in page

    desk.send(f"{URL}/resets", partner=north, group="late", version="1", field="block_after")

    assert own_of(shop.db, north) == {"min_balance_minor": -2000}


def test_who_changed_what_is_sealed_and_shown_where_it_is_set(desk: Any, north: str, shop: Any) -> None:
    desk.send(URL, partner=north, group="late", version="0", block_after="5", min_balance_minor="-20.00")
    desk.send(URL, partner=north, group="late", version="1", block_after="7", min_balance_minor="-20.00")
    desk.send(URL, partner=north, group="bills", version="2", due_days="20")
    rules = {"refund": "none", "timing": "inherit", "fee_up_minor": "2.00"}
    desk.send("/admin/billing/change-plan", partner=north, version="3", **rules)

    with shop.db.read() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [list(row.details) for row in rows] == [
        ["block_after", "min_balance_minor"],
        ["block_after"],
        ["due_days"],
        ["refund", "fee_up_minor"],
    ]
    assert {(row.customer_id, row.partner_id, row.actor) for row in rows} == {(north, north, STAFF)}
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert all(seal(row) == row.hash for row in rows)
    late = words(desk.get(f"{URL}?partner={north}&group=late").text)
    assert f"Blocking period (days after due) 5 → 7 {STAFF}" in late
    assert f"Blocking period (days after due) Default → 5 {STAFF}" in late
    assert f"Minimum balance Default → −€20.00 {STAFF}" in late
    assert "Payment due" not in late
    asked = words(desk.get(f"/admin/billing/change-plan?partner={north}").text)
    assert f"Additional fee when changing to a more expensive plan Default → €2.00 {STAFF}" in asked


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_what_default_sets_others_inherit(desk: Any, north: str) -> None:
    desk.send(URL, partner=PARTNER, group="bills", version="0", due_days="20")

    assert "Inherited from Default: 20" in desk.get(f"{URL}?partner={north}").text


def test_a_value_out_of_range_comes_back_with_the_form(desk: Any, north: str, shop: Any) -> None:
    answer = desk.send(URL, partner=north, group="bills", version="0", billing_day="29", due_days="20")

    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 28" in answer.text
    assert 'value="29"' in answer.text
    assert own_of(shop.db, north) == {}


def test_who_saves_second_is_told(desk: Any, north: str, shop: Any) -> None:
    desk.send(URL, partner=north, group="bills", version="0", due_days="20")

    assert desk.send(URL, partner=north, group="bills", version="0", due_days="9").status_code == 412
    assert own_of(shop.db, north) == {"due_days": 20}


def test_foreign_partners_groups_and_readers(app: Any, desk: Any, sign_in_staff: Any) -> None:
    assert desk.get(f"{URL}?partner=par_unknown").status_code == 404
    assert desk.get(f"{URL}?group=unknown").status_code == 404
    reader = app.test_client()
    token = sign_in_staff(reader, "settings.view")
    assert reader.get(URL).status_code == 200
    assert reader.post(URL, data={"csrf_token": token, "partner": PARTNER}).status_code == 403


def test_every_account_follows(desk: Any, story: Any) -> None:
    story.bill(date(2026, 11, 1), due_on=date(2026, 11, 16))
    story.day(date(2026, 11, 16))
    assert story.state == "blocked"

    desk.send(URL, partner=PARTNER, group="bills", version="0", billing_day="10")
    desk.send(URL, partner=PARTNER, group="late", version="1", process_blocking="off")

    assert follow_settings(story.shop.db) == 1
    assert (story.account.billing_day, story.state) == (10, "clear")
    assert follow_settings(story.shop.db) == 0


def test_the_dry_run_says_who_by_what_is_typed(desk: Any, story: Any) -> None:
    story.bill(date(2026, 11, 1), due_on=date(2026, 11, 16))
    story.travel(datetime(2026, 11, 14, 12, tzinfo=UTC))
    early = desk.send(f"{URL}/dry-run", partner=PARTNER, group="late").text
    assert "Nobody would be blocked tomorrow" in early
    assert "Reminded tomorrow: 1" in early
    silent = desk.send(f"{URL}/dry-run", partner=PARTNER, group="late", reminders="never").text
    assert "Nobody would be reminded tomorrow" in silent

    story.travel(datetime(2026, 11, 15, 12, tzinfo=UTC))
    page = desk.send(f"{URL}/dry-run", partner=PARTNER, group="late").text
    assert "Blocked tomorrow: 1" in page
    assert "Robert Myers" in page
    off = desk.send(f"{URL}/dry-run", partner=PARTNER, group="late", process_blocking="off").text
    assert "Nobody would be blocked tomorrow" in off
    assert story.state == "clear"
    assert own_of(story.shop.db, PARTNER) == {}


def test_a_customer_has_values_of_their_own(desk: Any, story: Any) -> None:
    page = f"/admin/billing/customers/{story.shop.customer}/settings"
    shown = desk.get(page).text
    seen = shown.split('name="seen" value="')[1].split('"')[0]
    story.bill(date(2026, 11, 1), due_on=date(2026, 11, 16))
    story.day(date(2026, 11, 16))

    saved = desk.send(page, seen=seen, billing_day="15", block_after="9", collection="postpay")

    assert saved.status_code == 303
    with story.shop.db.read() as session:
        account = session.get_one(Account, story.shop.customer)
        assert account.own_settings == {"billing_day": 15, "block_after": 9, "collection": "postpay"}
        assert settings_of(session, account) == replace(
            BillingSettings(), billing_day=15, block_after=9, collection="postpay"
        )
    assert story.account.billing_day == 15
    assert desk.get(page).text.count("differs from the partner") == 3
    assert desk.send(page, seen=seen, billing_day="").status_code == 412
    assert desk.send(page, seen=seen, billing_day="31").status_code == 422


def test_own_values_outlast_the_partner(desk: Any, story: Any) -> None:
    story.settings(billing_day=7)
    desk.send(URL, partner=PARTNER, group="bills", version="0", billing_day="10")
    follow_settings(story.shop.db)

    assert story.account.billing_day == 7


def test_a_customer_without_an_account_has_no_settings_yet(desk: Any, shop: Any) -> None:
    with shop.db.read() as session:
        assert session.get(Customer, shop.customer)

    assert desk.get(f"/admin/billing/customers/{shop.customer}/settings").status_code == 404
