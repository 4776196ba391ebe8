"""Data a network reports: each record once, in any order; what is left, what is over, what staff give."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain.bucket import MoveReason
from billing.handlers import handlers
from billing.models import AuditEvent, DataLot, DataMove, Subscription, UsageRecord
from billing.queries.usage import usage_of
from billing.usecases.expire_data import expire_data
from billing.usecases.top_up_data import top_up_data
from shared import clock
from shared.contracts.customers import StatusChanged
from shared.errors import Invalid, NotFound
from shared.testing import as_bearer, hear

CUSTOMER = "cus_00000000000000000000000001"
PARTNER = "par_00000000000000000000000001"
MOBILE = "plan_mobile"


@pytest.fixture
def mobile(wallet: Any) -> Any:
    """
    A customer with 10 GB from 20 November to 19 December 2026.
    """
    wallet.shop.order(MOBILE)
    wallet.work()
    return wallet


@pytest.fixture
def network(app: Any, mobile: Any, service_token: Callable[..., str]) -> Callable[..., Any]:
    """
    A function that reports records and returns what became of them.
    """
    headers = as_bearer(service_token("billing"))

    def report(*records: dict[str, Any], reporter: str = "radius-1", status: int = 200) -> Any:
        body = {"reporter": reporter, "records": list(records)}
        answer = app.test_client().post("/api/v1/usage-records", json=body, headers=headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json().get("items")

    return report


def used(mobile: Any, amount_mb: object, name: str = "r1", **more: object) -> dict[str, Any]:
    usual = {
        "external_id": name,
        "subscription_id": mobile.service().id,
        "used_at": "2026-11-20T11:00:00+00:00",
        "amount_mb": amount_mb,
    }
    return usual | more


def left(mobile: Any) -> list[int]:
    with mobile.shop.db.read() as session:
        return list(session.scalars(select(DataLot.left_mb).order_by(DataLot.from_on, DataLot.id)))


def give(mobile: Any, amount_mb: int, expires_on: date | None, reason: str = "An outage") -> None:
    with mobile.shop.db.begin() as session:
        top_up_data(
            session,
            customer_id=CUSTOMER,
            subscription_id=mobile.service().id,
            amount_mb=amount_mb,
            expires_on=expires_on,
            reason=reason,
            partner_ids=None,
            now=clock.now(),
        )


def test_usage_is_taken_from_what_ends_first(mobile: Any, network: Any) -> None:
    give(mobile, 500, date(2026, 11, 22))
    give(mobile, 700, None)

    (taken,) = network(used(mobile, 600))

    assert (taken["status"], taken["uncovered_mb"], taken["error"]) == ("recorded", 0, None)
    assert sorted(left(mobile)) == [0, 700, 9900]


def test_what_no_data_covers_is_noted_and_costs_nothing(mobile: Any, network: Any) -> None:
    before = mobile.credit()
    (taken,) = network(used(mobile, 10_250))

    assert (taken["uncovered_mb"], left(mobile), mobile.credit()) == (250, [0], before)
    with mobile.shop.db.read() as session:
        assert session.scalars(select(UsageRecord.uncovered_mb)).all() == [250]


def test_a_record_counts_once(mobile: Any, network: Any) -> None:
    first = network(used(mobile, 100), used(mobile, 100), used(mobile, 40, "r2"))
    again = network(used(mobile, 100), used(mobile, 40, "r2"))

    assert [each["status"] for each in first] == ["recorded", "duplicate", "recorded"]
    assert [each["status"] for each in again] == ["duplicate", "duplicate"]
    assert left(mobile) == [9860]
    assert network(used(mobile, 100), reporter="radius-2")[0]["status"] == "recorded"


def test_one_name_means_one_record(mobile: Any, network: Any) -> None:
    network(used(mobile, 100))
    (taken,) = network(used(mobile, 200))

    assert (taken["status"], taken["error"]["code"]) == ("refused", "external_id_reused")
    assert left(mobile) == [9900]


def test_a_bad_record_is_refused_alone(mobile: Any, network: Any) -> None:
    found = network(
        used(mobile, 100, "good"),
        used(mobile, 0, "nothing"),
        used(mobile, "10", "text"),
        used(mobile, 1, "stranger", subscription_id="sub_00000000000000000000000099"),
        used(mobile, 1, "future", used_at="2026-11-21T00:00:00+00:00"),
        used(mobile, 1, "ancient", used_at="2026-08-01T00:00:00+00:00"),
        used(mobile, 1, "no zone", used_at="2026-11-20T11:00:00"),
        used(mobile, 1, "more", speed=9),
        {"external_id": "bare"},
        used(mobile, 50, "last"),
    )

    assert [(each["external_id"], each["error"] and each["error"]["code"]) for each in found] == [
        ("good", None),
        ("nothing", "out_of_range"),
        ("text", "wrong_type"),
        ("stranger", "not_found"),
        ("future", "in_the_future"),
        ("ancient", "too_old"),
        ("no zone", "wrong_type"),
        ("more", "unknown_field"),
        ("bare", "required"),
        ("last", None),
    ]
    assert left(mobile) == [9850]


@pytest.mark.parametrize("records", [0, 501])
def test_a_report_has_1_to_500_records(mobile: Any, network: Any, records: int) -> None:
    network(*[used(mobile, 1, str(n)) for n in range(records)], status=422)
    assert left(mobile) == [10_000]


def test_only_the_house_may_report(app: Any, gateway: Any) -> None:
    body = {"reporter": "me", "records": [{}]}
    assert app.test_client().post("/api/v1/usage-records", json=body).status_code == 401
    assert gateway.post("/usage-records", body).status_code == 403


def test_late_reports_find_the_data_of_their_day(mobile: Any, network: Any) -> None:
    mobile.top_up("15.00")
    mobile.day(date(2026, 12, 20))

    network(used(mobile, 300, "late", used_at="2026-12-19T23:59:00+00:00"))
    assert left(mobile) == [9700, 10_000]

    mobile.day(date(2026, 12, 23))
    assert expire_data(mobile.shop.db, now=clock.now()) is False
    assert left(mobile) == [0, 10_000]
    (taken,) = network(used(mobile, 5, "very late", used_at="2026-12-19T23:00:00+00:00"))
    assert taken["uncovered_mb"] == 5


def test_order_does_not_matter(mobile: Any, network: Any) -> None:
    records = [
        used(mobile, n * 7 % 90 + 1, f"r{n}", used_at=f"2026-11-20T{n % 12:02d}:00:00+00:00")
        for n in range(60)
    ]
    chance = random.Random(7)
    twice = records + records
    chance.shuffle(twice)
    for start in range(0, len(twice), 17):
        network(*twice[start : start + 17])

    assert left(mobile) == [10_000 - sum(record["amount_mb"] for record in records)]
    with mobile.shop.db.read() as session:
        assert session.scalar(select(func.count(UsageRecord.id))) == 60
        moved = select(func.sum(DataMove.amount_mb)).where(DataMove.reason == MoveReason.USED)
        assert session.scalar(moved) == left(mobile)[0] - 10_000


def test_an_ended_lot_is_closed_two_days_later(mobile: Any) -> None:
    for day, remaining in ((21, [10_000]), (22, [0])):
        mobile.travel(datetime(2026, 12, day, 12, tzinfo=UTC))
        expire_data(mobile.shop.db, now=clock.now())
        assert left(mobile) == remaining
    with mobile.shop.db.read() as session:
        last = session.scalars(select(DataMove).order_by(DataMove.seq.desc())).first()
        assert (last.reason, last.amount_mb) == (MoveReason.EXPIRED, -10_000)


def test_the_customer_sees_what_is_left_and_why(mobile: Any, network: Any, gateway: Any) -> None:
    give(mobile, 500, date(2026, 11, 22))
    network(used(mobile, 700))
    usage = gateway.get(f"/subscriptions/{mobile.service().id}/usage").get_json()

    assert (usage["total_mb"], usage["left_mb"], usage["used_mb"]) == (10_500, 9800, 700)
    assert usage["lots"] == [
        {"kind": "top_up", "amount_mb": 500, "left_mb": 0, "expires_on": "2026-11-22"},
        {"kind": "included", "amount_mb": 10_000, "left_mb": 9800, "expires_on": "2026-12-19"},
    ]
    assert sorted((move["reason"], move["amount_mb"]) for move in usage["history"]) == [
        ("granted", 500),
        ("granted", 10_000),
        ("used", -500),
        ("used", -200),
    ]
    assert gateway.get("/summary").get_json()["usage"][0]["left_mb"] == 9800


def test_nobody_sees_the_data_of_others(mobile: Any, app: Any, service_token: Callable[..., str]) -> None:
    stranger = as_bearer(service_token("billing", "cus_00000000000000000000000002", PARTNER))
    path = f"/api/v1/subscriptions/{mobile.service().id}/usage"
    assert app.test_client().get(path, headers=stranger).status_code == 404


def test_the_wallet_says_how_long_it_lasts(mobile: Any, gateway: Any) -> None:
    mobile.top_up("20.00")
    found = gateway.get("/wallet").get_json()

    assert found["balance"] == {"amount": "20.00", "currency": "EUR"}
    assert (found["days_left"], found["lasts_until_on"], found["more"]) == (61, "2027-01-19", False)
    assert found["next_payment"] == {"on": "2026-12-20", "amount": {"amount": "15.00", "currency": "EUR"}}
    assert found["needed"] is None
    assert found["services"] == [
        {
            "subscription_id": mobile.service().id,
            "amount": {"amount": "15.00", "currency": "EUR"},
            "every": "P1M",
            "renews_on": "2026-12-20",
            "paused": False,
        }
    ]


def test_an_empty_wallet_says_what_is_needed(mobile: Any, gateway: Any) -> None:
    mobile.top_up("4.00")
    mobile.day(date(2026, 12, 20))
    found = gateway.get("/wallet").get_json()

    assert found["needed"] == {"amount": "11.00", "currency": "EUR"}
    assert (found["days_left"], found["next_payment"]) == (None, None)
    assert [(each["paused"], each["renews_on"]) for each in found["services"]] == [(True, None)]


def test_who_pays_bills_has_no_wallet(shop: Any, gateway: Any) -> None:
    shop.order("plan_fibre")
    shop.work()

    assert gateway.get("/wallet").status_code == 404
    assert gateway.get("/summary").get_json()["wallet"] is None


@pytest.mark.parametrize(
    ("amount_mb", "expires_on", "reason", "field"),
    [
        (0, None, "Why", "#/amount_mb"),
        (10**7 + 1, None, "Why", "#/amount_mb"),
        (5, date(2026, 11, 19), "Why", "#/expires_on"),
        (5, None, " ", "#/reason"),
    ],
)
def test_what_cannot_be_given(
    mobile: Any, amount_mb: int, expires_on: date | None, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        give(mobile, amount_mb, expires_on, reason)
    assert [error.pointer for error in refusal.value.errors] == [field]


def test_staff_give_data_with_a_reason_that_is_kept(
    mobile: Any, app: Any, sign_in_staff: Callable[..., str]
) -> None:
    client = app.test_client()
    token = sign_in_staff(client, "orders.view", "services.change")
    path = f"/admin/billing/customers/{CUSTOMER}/services/{mobile.service().id}/data"
    form = {"csrf_token": token, "expires_on": "", "reason": "An outage"}
    refused = client.post(path, data=form | {"amount_mb": "lots"})
    assert (refused.status_code, "Enter a whole number." in refused.get_data(as_text=True)) == (422, True)

    assert client.post(path, data=form | {"amount_mb": "1 000"}).status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert "11 GB of 11 GB left" in page
    with mobile.shop.db.read() as session:
        audit = session.scalars(select(AuditEvent).where(AuditEvent.action == "data_given")).one()
        assert (audit.details["amount_mb"], audit.details["reason"]) == ("1000", "An outage")


def test_other_partners_staff_gives_nothing(mobile: Any) -> None:
    with pytest.raises(NotFound), mobile.shop.db.begin() as session:
        top_up_data(
            session,
            customer_id=CUSTOMER,
            subscription_id=mobile.service().id,
            amount_mb=1,
            expires_on=None,
            reason="x",
            partner_ids=frozenset({"par_2"}),
            now=clock.now() + timedelta(0),
        )


def test_who_was_inactive_finds_the_data_that_was_left(mobile: Any, network: Any, travel: Any) -> None:
    record = used(mobile, 1000)
    service = record["subscription_id"]
    network(record)
    travel(datetime(2026, 11, 21, 12, tzinfo=UTC))
    says(mobile, "inactive", version=5)
    assert network(record | {"external_id": "late", "amount_mb": 100})[0]["uncovered_mb"] == 0
    travel(datetime(2026, 11, 25, 12, tzinfo=UTC))
    says(mobile, "active", version=6)

    back = {"external_id": "back", "amount_mb": 200, "used_at": "2026-11-25T11:30:00+00:00"}
    (taken,) = network(record | back)

    assert (taken["uncovered_mb"], left(mobile)) == (0, [8700])
    with mobile.shop.db.read() as session:
        copy = session.scalars(select(Subscription).where(Subscription.parent_id == service)).one()
        meter = usage_of(session, customer_id=CUSTOMER, subscription_id=copy.id)
    assert (copy.status, meter.left_mb, meter.total_mb) == ("active", 8700, 10_000)
    assert sorted(move.amount_mb for move in meter.history) == [-1000, -200, -100, 10_000]


def says(mobile: Any, new: str, *, version: int) -> None:
    on = clock.today("Europe/Dublin")
    fact = StatusChanged(
        customer_id=CUSTOMER, partner_id=PARTNER, version=version, old="x", new=new, reason="manual", on=on
    )
    hear(mobile.shop.db, handlers, fact)
