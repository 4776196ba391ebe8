"""A customer is billed another way, or has another partner, from now on: nothing is lost or paid twice."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain.subscription import Status
from billing.handlers import handlers
from billing.models import Account, Charge, Invoice, InvoiceLine, JournalEntry, Quote, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.bill_accounts import bill_account
from billing.usecases.follow_settings import follow_settings
from billing.usecases.keep_customer import keep_customer
from billing.usecases.lock_account import lock_account
from billing.usecases.move_account import OtherCurrency, PartnerUnknown
from billing.usecases.place_order import Request
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.quote_order import Buyer, Item, quote_order
from billing.usecases.record_payment import Receipt, Way, record_payment
from billing.usecases.renew_prepaid import renew_prepaid
from billing.usecases.return_prepaid import return_prepaid
from billing.usecases.review_prepaid import review_prepaid_accounts
from billing.usecases.start_subscriptions import start_subscriptions
from shared import clock
from shared.contracts.customers import CustomerChanged, PartnerChanged, StatusChanged
from shared.ids import new_id
from shared.money import Money
from shared.testing import hear

CUSTOMER, FIBRE, BUNDLE = "cus_00000000000000000000000001", "plan_fibre", "plan_bundle"
HERE, THERE = "par_00000000000000000000000001", "par_00000000000000000000000002"


class Robert:
    """The shop's customer and the clock."""

    def __init__(self, shop: Any, travel: Callable[[datetime], None]) -> None:
        self.shop, self.db, self.travel = shop, shop.db, travel

    def day(self, text: str) -> None:
        """Go to noon of a day; the clocks of prepaid accounts look."""
        self.travel(datetime.fromisoformat(text + "T12:00:00+00:00"))
        renew_prepaid(self.db)
        return_prepaid(self.db)
        review_prepaid_accounts(self.db)

    def fact(self, **changes: object) -> CustomerChanged:
        values: dict[str, object] = {
            "customer_id": CUSTOMER, "partner_id": HERE, "version": 5, "number": 1, "login": "postpaid",
            "full_name": "Robert Myers", "status": "active", "category": "individual",
            "billing_type": "recurring", "location_id": None, "label_ids": (), "emails": (),
            "billing_emails": (), "phones": (), "street": "1 Quay", "zip_code": "D01", "city": "Dublin",
            "language": "en",
        }  # fmt: skip
        return CustomerChanged(**(values | changes))  # type: ignore[arg-type]

    def pay(self, amount: str) -> None:
        receipt = Receipt(
            way=Way.CASH,
            amount=Money.parse(amount, "EUR"),
            received_on=clock.today("Europe/Dublin"),
            method_label="Cash",
        )
        with self.db.begin() as session:
            record_payment(
                session,
                payment_id=new_id("pay"),
                customer_id=CUSTOMER,
                receipt=receipt,
                partner_ids=None,
                now=clock.now(),
            )

    def bill(self, day: str) -> None:
        self.travel(datetime.fromisoformat(day + "T12:00:00+00:00"))
        with self.db.begin() as session:
            bill_account(session, customer_id=CUSTOMER, cut_off=date.fromisoformat(day), now=clock.now())

    @property
    def account(self) -> Account:
        with self.db.read() as session:
            return session.get_one(Account, CUSTOMER)

    def service(self) -> Subscription:
        with self.db.read() as session:
            return session.scalars(select(Subscription).where(Subscription.bundle_id.is_(None))).one()

    def lines(self) -> list[tuple[str, str, str]]:
        """Return first day, last day and amount of what was billed for days, in order."""
        with self.db.read() as session:
            found = session.scalars(select(InvoiceLine).where(InvoiceLine.from_on.is_not(None)))
            lines = [row.line() for row in found]
        return sorted((str(a.period.start), str(a.period.last), a.amount.amount) for a in lines if a.period)

    def totals(self) -> list[tuple[int, int]]:
        """Return what each bill came to and what is open of it."""
        with self.db.read() as session:
            bills = session.scalars(select(Invoice).order_by(Invoice.created_at, Invoice.id))
            return [(bill.total_minor, bill.open_minor) for bill in bills]


@pytest.fixture
def robert(shop: Any, travel: Callable[[datetime], None]) -> Robert:
    return Robert(shop, travel)


@pytest.fixture(autouse=True)
def books(robert: Robert) -> Any:
    yield
    with robert.db.read() as session:
        per_tx = select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        assert set(session.scalars(per_tx)) <= {0}
        owed = session.scalar(select(func.sum(Invoice.open_minor))) or 0
    assert robert.account.owed_minor == owed


def test_from_bills_to_credit_what_was_used_is_billed_and_the_credit_pays_on(robert: Robert) -> None:
    robert.shop.order(FIBRE)  # 11.00 for 20 to 30 November
    robert.shop.work()
    with robert.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        account.own_settings = {"collection": "postpay"}
        plan_next_bill(session, account)
        session.add(_fee(200))
    robert.travel(datetime(2026, 12, 10, 12, tzinfo=UTC))

    robert.shop.bill_as("prepaid")

    assert robert.totals() == [(1100, 0), (1071, 1071)]  # 30.00 x 9 / 31 = 8.71, and the fee that waited
    assert robert.account.next_bill_on is None
    with robert.db.read() as session:
        assert [(row.status.value, bool(row.invoice_id)) for row in session.scalars(select(Charge))] == [
            ("invoiced", True)
        ]
    robert.day("2026-12-10")
    assert robert.service().status is Status.PAUSED  # nobody paid for it yet
    robert.pay("40.71")
    robert.day("2026-12-10")
    assert robert.lines() == [
        ("2026-11-20", "2026-11-30", "11.00"),
        ("2026-12-01", "2026-12-09", "8.71"),
        ("2026-12-10", "2027-01-09", "30.00"),
    ]
    assert (robert.service().status, robert.account.balance.minor) == (Status.ACTIVE, 0)


def test_from_bills_to_credit_what_was_paid_ahead_stays_paid(robert: Robert) -> None:
    robert.shop.order(BUNDLE)
    robert.shop.work()
    robert.day("2026-11-25")
    before = robert.totals()

    robert.shop.bill_as("prepaid_daily")
    robert.pay("52.00")
    robert.day("2026-12-01")

    assert robert.totals() == [*before, (168, 0)]  # the first of 31 days at 52.00
    assert robert.account.balance.minor == 5032


def test_a_service_nobody_billed_yet_is_paid_from_its_first_day(robert: Robert) -> None:
    robert.shop.order(FIBRE, how=Request())
    with robert.db.begin() as session:
        service = session.scalars(select(Subscription)).one()
        service.status, service.on_approve = Status.ACTIVE, False

    robert.shop.bill_as("prepaid")
    robert.pay("30.00")
    robert.day("2026-11-20")

    assert robert.service().charged_through == date(2026, 12, 20)


def test_from_credit_to_bills_the_next_billing_day_charges_what_follows(robert: Robert) -> None:
    robert.shop.bill_as("prepaid")
    robert.shop.order(FIBRE)  # 30.00 for 20 November to 19 December
    robert.shop.work()
    robert.day("2026-11-25")

    robert.shop.bill_as("recurring")

    assert robert.account.next_bill_on == date(2026, 12, 1)
    robert.bill("2026-12-01")
    robert.day("2026-12-20")
    assert robert.lines() == [
        ("2026-11-20", "2026-12-19", "30.00"),
        ("2026-12-20", "2026-12-31", "11.61"),
    ]
    assert (robert.service().status, robert.account.balance.minor) == (Status.ACTIVE, -1161)


def test_from_credit_to_bills_what_waited_for_credit_works_again(robert: Robert) -> None:
    robert.shop.bill_as("prepaid")
    robert.shop.order(FIBRE)
    robert.shop.work()
    robert.day("2026-12-20")
    robert.day("2027-01-05")
    assert (robert.service().status, robert.account.prepaid_inactive_on) == (
        Status.PAUSED,
        date(2026, 12, 30),
    )

    robert.shop.bill_as("recurring")

    assert (robert.service().status, robert.account.prepaid_inactive_on) == (Status.ACTIVE, None)
    robert.bill("2027-02-01")
    assert robert.lines()[1:] == [
        ("2027-01-05", "2027-01-31", "26.13"),
        ("2027-02-01", "2027-02-28", "30.00"),
    ]


def test_who_is_inactive_gets_those_services_back_when_they_are(robert: Robert) -> None:
    robert.shop.bill_as("prepaid")
    robert.shop.order(FIBRE)
    robert.shop.work()
    robert.day("2026-12-20")
    _says(robert, "inactive", version=6)
    robert.shop.billing_type = "recurring"
    hear(robert.db, handlers, robert.fact(version=7))
    assert robert.service().status is Status.PAUSED

    robert.travel(datetime(2027, 1, 10, 12, tzinfo=UTC))
    _says(robert, "active", version=8)

    assert (robert.service().status, robert.service().charged_through) == (
        Status.ACTIVE,
        date(2027, 1, 10),
    )


def test_what_was_to_start_while_the_customer_was_away_starts_when_they_are_back(robert: Robert) -> None:
    order_id = robert.shop.order(FIBRE, how=Request())
    with robert.db.begin() as session:
        approve_order(
            session, order_id=order_id, starts_on=date(2026, 12, 1), partner_ids=None, now=clock.now()
        )
    _says(robert, "inactive", version=6)
    robert.travel(datetime(2026, 12, 5, 12, tzinfo=UTC))

    assert start_subscriptions(robert.db) == 0
    assert robert.service().status is Status.PENDING

    _says(robert, "active", version=7)
    assert start_subscriptions(robert.db) == 1
    held = robert.service()
    assert (held.status, held.starts_on, held.charged_through) == (
        Status.ACTIVE,
        date(2026, 12, 5),
        date(2027, 1, 1),
    )


def test_another_partner_takes_over_all_that_goes_on(robert: Robert) -> None:
    _partner(robert, THERE, timezone="Europe/Athens")
    robert.shop.order(FIBRE)
    robert.shop.work()
    waiting = robert.shop.order("plan_phone", how=Request())

    hear(robert.db, handlers, robert.fact(partner_id=THERE))

    account = robert.account
    assert (account.partner_id, account.timezone) == (THERE, "Europe/Athens")
    assert {robert.shop.find(each).partner_id for each in (waiting,)} == {THERE}
    with robert.db.read() as session:
        assert set(session.scalars(select(Subscription.partner_id))) == {THERE}
        assert set(session.scalars(select(Invoice.partner_id))) == {HERE}  # its number and seller stay
    buyer = Buyer(customer_id=CUSTOMER, partner_id=THERE, billing_type="recurring", timezone="Europe/Athens")
    with robert.db.begin() as session:
        quote: Quote = quote_order(
            session, buyer=buyer, items=[Item(plan_id="plan_router", version=1, quantity=1)], now=clock.now()
        )
    order_id = robert.shop.place(quote.id)
    robert.shop.work()
    assert robert.shop.find(order_id).status == "active"
    robert.bill("2026-12-01")
    with robert.db.read() as session:
        latest = session.scalars(select(Invoice).order_by(Invoice.id.desc()).limit(1)).one()
    assert (latest.partner_id, latest.total_minor) == (THERE, 3000)


def test_a_partner_of_another_currency_or_unknown_gets_nobody(robert: Robert) -> None:
    robert.shop.order(FIBRE)
    robert.shop.work()
    with pytest.raises(PartnerUnknown), robert.db.begin() as session:
        keep_customer(session, robert.fact(partner_id=THERE), now=clock.now())
    _partner(robert, THERE, currency="USD")
    with pytest.raises(OtherCurrency), robert.db.begin() as session:
        keep_customer(session, robert.fact(partner_id=THERE), now=clock.now())
    assert robert.account.partner_id == HERE


def test_a_partners_new_time_zone_reaches_its_accounts(robert: Robert) -> None:
    robert.shop.order(FIBRE)
    robert.shop.work()

    _partner(robert, HERE, timezone="Pacific/Auckland", version=2)
    follow_settings(robert.db)

    assert robert.account.timezone == "Pacific/Auckland"


def _says(robert: Robert, new: str, *, version: int) -> None:
    on = clock.today("Europe/Dublin")
    fact = StatusChanged(
        customer_id=CUSTOMER, partner_id=HERE, version=version, old="x", new=new, reason="manual", on=on
    )
    hear(robert.db, handlers, fact)


def _partner(robert: Robert, partner_id: str, **changes: object) -> None:
    values: dict[str, object] = {
        "partner_id": partner_id, "version": 1, "name": partner_id[-1], "title": "", "hue": 1,
        "currency": "EUR", "timezone": "Europe/Dublin", "languages": ("en",), "help_phone": "",
        "help_email": "", "default": partner_id == HERE,
    }  # fmt: skip
    hear(robert.db, handlers, PartnerChanged(**(values | changes)))  # type: ignore[arg-type]


def _fee(minor: int) -> Charge:
    return Charge(
        id="chr_1", customer_id=CUSTOMER, partner_id=HERE, status="pending", source="staff:1",
        created_at=clock.now(), code="price_of_change", plan_id=FIBRE, plan_version=1, kind="internet",
        label="Fee", quantity=1, currency="EUR", price_minor=minor, nominal_days=0, amount_minor=minor,
        vat_basis_points=2300,
    )  # fmt: skip
