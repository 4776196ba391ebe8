"""What the tests of billing share: a shop with plans, a provider in memory, and a worker's turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from billing import admin
from billing.app import Ports, create_app
from billing.clients.fake_provider import FakeProvider
from billing.handlers import handlers
from billing.models import Order, Payment, PaymentMethod, Quote, Refund, WebhookReceipt
from billing.settings import Settings
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_order import pay_order
from billing.usecases.place_order import NOTHING, Request, Said, place_order
from billing.usecases.quote_order import Buyer, Item, quote_order
from billing.usecases.receive_webhook import work_webhooks
from billing.usecases.resolve_unknown_payments import resolve_unknown_payments
from billing.usecases.send_refunds import send_refunds
from shared import clock
from shared.contracts.catalog import PlanPublished
from shared.contracts.customers import CustomerChanged, PartnerChanged
from shared.db import Database
from shared.money import Money
from shared.settings import ServiceSettings, read
from shared.testing import as_bearer, hear, kept
from shared.web.app import make_app

PARTNER = "par_00000000000000000000000001"
CUSTOMER = "cus_00000000000000000000000001"
FIBRE, PHONE, ROUTER, BUNDLE = "plan_fibre", "plan_phone", "plan_router", "plan_bundle"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "whsec"
RETURN = "https://portal.example/portal/payments/{payment_id}"


@pytest.fixture(scope="session")
def schema() -> str:
    """
    The tables the migrations make.
    """
    return "billing"


@dataclass
class Shop:
    """
    A shop where *customer* orders: each method is one thing somebody does.
    """

    db: Database
    provider: FakeProvider = field(default_factory=FakeProvider)
    customer: str = CUSTOMER
    billing_type: str = "recurring"

    def plan(self, plan_id: str, price: str, **more: object) -> None:
        """
        Publish a plan.
        """
        values: dict[str, object] = {
            "plan_id": plan_id,
            "version": 1,
            "kind": "internet",
            "name": plan_id.removeprefix("plan_").title(),
            "description": "",
            "details": "",
            "bullets": (),
            "price": Money.parse(price, "EUR"),
            "interval_months": 1,
            "activation_fee": Money.zero("EUR"),
            "vat_basis_points": 2300,
            "max_quantity": 1,
            "member_ids": (),
            "billing_types": (),
            "partner_ids": (),
            "location_ids": (),
            "categories": (),
            "label_ids": (),
            "enabled": True,
            "shown_on_portal": True,
            "hidden_on_admin": False,
        }
        hear(self.db, handlers, PlanPublished(**(values | more)))  # type: ignore[arg-type]

    def bill_as(self, billing_type: str) -> None:
        """
        Let the customer be billed another way from now on.
        """
        self.billing_type = billing_type
        hear(self.db, handlers, robert(version=2, billing_type=billing_type))

    def card(self, last4: str = "4242", *, expires: int = 2040) -> str:
        """
        Save a card and return its id.
        """
        with self.db.begin() as session:
            card = PaymentMethod(
                id=f"pm_{self.customer[-4:]}{last4}",
                customer_id=self.customer,
                partner_id=PARTNER,
                provider="sandbox",
                token=f"card_{last4}",
                brand="Visa",
                last4=last4,
                exp_month=12,
                exp_year=expires,
                created_at=clock.now(),
            )
            session.merge(card)
        return card.id

    def quote(self, *plans: str, quantity: int = 1, version: int = 1) -> Quote:
        """
        Price one of each plan.
        """
        buyer = Buyer(
            customer_id=self.customer, partner_id=PARTNER, billing_type=self.billing_type, timezone="UTC"
        )
        items = [Item(plan_id=plan, version=version, quantity=quantity) for plan in plans]
        with self.db.begin() as session:
            return quote_order(session, buyer=buyer, items=items, now=clock.now())

    def order(self, *plans: str, how: PayBy | Request | None = None, quantity: int = 1) -> str:
        """
        Order one of each plan, with the good card unless *how* says otherwise; return the order's id.
        """
        quote = self.quote(*plans, quantity=quantity)
        return self.place(quote.id, how=how)

    def place(self, quote_id: str, *, how: PayBy | Request | None = None, said: Said = NOTHING) -> str:
        """
        Confirm a quote.
        """
        how = how or PayBy(method_id=self.card(), return_url=RETURN)
        with self.db.begin() as session:
            order = place_order(
                session, customer_id=self.customer, quote_id=quote_id, how=how, said=said, now=clock.now()
            )
            return order.id

    def work(self) -> None:
        """
        Let a worker do all that is due now.
        """
        while pay_order(self.db, self.provider, worker="test"):
            pass
        while work_webhooks(self.db, self.provider):
            pass
        while resolve_unknown_payments(self.db, self.provider, worker="test"):
            pass
        while send_refunds(self.db, self.provider):
            pass

    def later(self) -> None:
        """
        Let the pauses between questions to the provider pass, then let a worker work.
        """
        past = clock.real_now() - timedelta(seconds=1)
        with self.db.begin() as session:
            for record in (Payment, Refund, WebhookReceipt):
                session.execute(update(record).where(record.ask_at.is_not(None)).values(ask_at=past))
        self.work()

    def find(self, order_id: str) -> Order:
        """
        Return the order as it is.
        """
        with self.db.read() as session:
            return session.get_one(Order, order_id)

    def payments(self, order_id: str) -> list[Payment]:
        """
        Return the payments of an order, oldest first.
        """
        with self.db.read() as session:
            query = select(Payment).where(Payment.order_id == order_id)
            return list(session.scalars(query.order_by(Payment.created_at, Payment.id)))


@pytest.fixture
def shop(database: Database, travel: Callable[[datetime], None]) -> Shop:
    """
    A shop on 20 November 2026, noon, with the plans of the demo.
    """
    travel(NOON)
    shop = Shop(database)
    hear(
        database,
        handlers,
        PartnerChanged(
            partner_id=PARTNER,
            version=1,
            name="Default",
            title="Harbour Fibre",
            hue=258,
            currency="EUR",
            timezone="Europe/Dublin",
            languages=("en", "de"),
            help_phone="",
            help_email="",
            default=True,
        ),
    )
    hear(database, handlers, robert())
    shop.plan(FIBRE, "30.00", name="Fibre 100")
    shop.plan(PHONE, "10.00", kind="voice", name="Home phone")
    shop.plan(ROUTER, "60.00", kind="one_time", interval_months=0, max_quantity=5, name="Router")
    shop.plan(
        BUNDLE,
        "52.00",
        kind="bundle",
        name="Home Plus",
        activation_fee=Money.parse("10.00", "EUR"),
        member_ids=(FIBRE, PHONE),
    )
    return shop


def robert(**changes: object) -> CustomerChanged:
    """
    Return the customer all tests are about.
    """
    values: dict[str, object] = {
        "customer_id": CUSTOMER,
        "partner_id": PARTNER,
        "version": 1,
        "number": 1,
        "login": "postpaid",
        "full_name": "Robert Myers",
        "status": "new",
        "category": "individual",
        "billing_type": "recurring",
        "location_id": None,
        "label_ids": (),
        "emails": (),
        "billing_emails": (),
        "phones": (),
        "street": "1 Quay",
        "zip_code": "D01",
        "city": "Dublin",
        "language": "en",
    }
    return CustomerChanged(**(values | changes))  # type: ignore[arg-type]


@dataclass
class Gateway:
    """
    The gateway calling billing for one customer.
    """

    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str, **query: object) -> TestResponse:
        """
        Ask.
        """
        return self.client.get(f"/api/v1{path}", headers=self.headers, query_string=query)

    def post(self, path: str, body: object, *, key: str | None = None) -> TestResponse:
        """
        Act, with an idempotency key if there is one.
        """
        keyed = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=keyed)

    def delete(self, path: str) -> TestResponse:
        """
        Take back.
        """
        return self.client.delete(f"/api/v1{path}", headers=self.headers)

    def quote(self, *plans: str) -> dict[str, Any]:
        """
        Price one of each plan.
        """
        items = [{"plan_id": plan, "version": 1, "quantity": 1} for plan in plans]
        body = {"kind": "order", "items": items, "billing_type": "recurring", "timezone": "Europe/Dublin"}
        answer = self.post("/quotes", body)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.get_json()  # type: ignore[no-any-return]


@pytest.fixture
def app(shop: Shop, keys_dir: Path, travel: Callable[[datetime], None]) -> Flask:
    """
    Billing's web application, over the shop's database and provider.
    """
    settings = Settings(
        database_url=shop.db.url,
        keys_dir=keys_dir,
        payments_api_key="key",
        payments_webhook_secret=SECRET,
    )
    wires: dict[str, Any] = {"settings": settings, "db": shop.db, "ports": Ports(provider=shop.provider)}
    app = kept("billing", lambda: create_app(settings, shop.db), **wires)
    travel(NOON)  # making an application sets its clock
    return app


@pytest.fixture
def desk(shop: Shop, keys_dir: Path, travel: Callable[[datetime], None]) -> FlaskClient:
    """
    The screens of staff, in a browser that is not signed in.
    """
    environment = {
        "DATABASE_URL": shop.db.url,
        "BUS_URL": "sqlbus:////tmp/unused",
        "KEYS_DIR": str(keys_dir),
        "ADMIN_URLS": "tickets=http://localhost:8004,customers=http://localhost:8001,billing=http://localhost:8003",
    }
    settings = read(ServiceSettings, environment)
    app = kept("billing-desk", lambda: _desk(settings, shop.db), settings=settings, db=shop.db)
    travel(NOON)
    return app.test_client()


def _desk(settings: ServiceSettings, db: Database) -> Flask:
    app = make_app("billing", settings, db, title="Billing", html_blueprints=admin.blueprints())
    admin.dress(app)
    return app


@pytest.fixture
def gateway(app: Flask, service_token: Callable[..., str]) -> Gateway:
    """
    The gateway, speaking for the shop's customer.
    """
    return Gateway(app.test_client(), as_bearer(service_token("billing", CUSTOMER, PARTNER)))
