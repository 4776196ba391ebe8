"""Customers by the dozen: registered by the service's own use case, with a saved card and a session."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import requests

from billing.clients.sandbox.records import Card
from billing.models import PaymentMethod
from billing.usecases.open_payment import PROVIDER
from customers.clients.hashing import hash_password
from customers.usecases.register_customer import register_customer
from customers.usecases.seed_demo import PASSWORD, ROBERT, demo_id
from customers.usecases.set_password import keep_hash
from deploy.local.installation import Installation
from deploy.local.services import PAYMENTS
from portal_gateway import queries
from portal_gateway.clients.customers import Customers
from portal_gateway.domain.session import Kind
from portal_gateway.models import Basket
from portal_gateway.usecases.sign_in import Attempt
from portal_gateway.usecases.sign_in import sign_in as open_session
from shared import clock
from shared.db import Database
from shared.ids import new_id
from shared.web.client import SHOWN_FOR
from shared.web.recent import Recent
from shared.web.tokens import GATEWAY, Signer

FIRST = 1000
PATIENCE_SECONDS = 30.0
CROWD = 1_000


@dataclass(frozen=True)
class Person:
    """
    A customer with a saved card that succeeds, signed in at the portal.
    """

    customer_id: str
    login: str
    card_id: str
    bearer: str = ""


class Desk:
    """
    Mints what the gateway says to the services about its callers.
    """

    def __init__(self, ledgerline: Installation) -> None:
        self._signer = Signer.load(ledgerline.root / "keys", GATEWAY)
        self._shown: Recent[tuple[str, str], str] = Recent(CROWD)

    def bearer(self, service: str, customer_id: str) -> str:
        """
        Return an Authorization header for *service*: the same for half a minute, as the gateway does it.
        """
        header = self._shown.get((service, customer_id))
        if header is None:
            now = clock.real_now().timestamp()
            token = self._signer.mint(service, customer_id, use="service", partner=ROBERT.partner_id)
            header = f"Bearer {token}"
            self._shown.keep((service, customer_id), header, since=now, until=now + SHOWN_FOR)
        return header


def gather(ledgerline: Installation, count: int) -> list[Person]:
    """
    Add *count* customers who may order, and open a session for each; nobody checks a password for it.
    """
    people = [
        Person(demo_id("cus", FIRST + n), f"load{n:03d}", f"pm_{FIRST + n:022d}4242") for n in range(count)
    ]
    _register(ledgerline, people)
    _save_cards(ledgerline, people)
    gateway = _open(ledgerline, "portal-gateway")
    return [_let_in(gateway, person) for person in people]


def fill_baskets(ledgerline: Installation, quotes: Mapping[str, dict[str, Any]]) -> None:
    """
    Let each customer's basket be the one their quote was made from, as the portal keeps it; *quotes* are by
    customer.
    """
    now = clock.now()
    with _open(ledgerline, "portal-gateway").begin() as session:
        session.add_all(
            Basket(
                id=new_id("bas"),
                customer_id=customer_id,
                partner_id=ROBERT.partner_id,
                version=1,
                quote_id=quote["id"],
                quote_ends_at=now + timedelta(minutes=15),
                quote=quote,
                checked=queries.seen_of(session, customer_id),
                changed_at=now,
            )
            for customer_id, quote in quotes.items()
        )


def _register(ledgerline: Installation, people: Sequence[Person]) -> None:
    password_hash = hash_password(PASSWORD)
    with _open(ledgerline, "customers").begin() as session:
        for person in people:
            details = replace(ROBERT, login=person.login, full_name=f"Load {person.login}", emails=())
            register_customer(session, details=details, scope=None, customer_id=person.customer_id)
            keep_hash(session, customer_id=person.customer_id, password_hash=password_hash)


def _save_cards(ledgerline: Installation, people: Sequence[Person]) -> None:
    now = clock.real_now()
    with _open(ledgerline, PAYMENTS).begin() as session:
        session.add_all(_card(person, now) for person in people)
    with _open(ledgerline, "billing").begin() as session:
        session.add_all(_method(person, now) for person in people)


def _card(person: Person, now: datetime) -> Card:
    return Card(id=_token(person), behaviour="succeeds", customer_ref=person.customer_id, **_shown(now))


def _method(person: Person, now: datetime) -> PaymentMethod:
    return PaymentMethod(
        id=person.card_id,
        customer_id=person.customer_id,
        partner_id=ROBERT.partner_id,
        provider=PROVIDER,
        token=_token(person),
        is_default=True,
        **_shown(now),
    )


def _shown(now: datetime) -> dict[str, object]:
    return {"brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2040, "created_at": now}


def _token(person: Person) -> str:
    return f"card_{person.login}"


class _Believing:
    """
    Takes everybody for who they say they are.
    """

    def __init__(self, person: Person) -> None:
        self._person = person

    def check_credentials(self, **_words: str) -> dict[str, str]:
        return {"id": self._person.customer_id, "partner_id": ROBERT.partner_id}


def _let_in(gateway: Database, person: Person) -> Person:
    attempt = Attempt(login=person.login, password="", address="127.0.0.1", kind=Kind.TOKEN)
    opened = open_session(gateway, cast(Customers, _Believing(person)), attempt, now=clock.now())
    return replace(person, bearer=f"Bearer {opened.secret}")


def sign_in(ledgerline: Installation, person: Person) -> Person:
    """
    Return *person* with a new session at the portal.
    """
    url = ledgerline.urls["portal-gateway"] + "/api/v1/sessions"
    session = insist(url, {"login": person.login, "password": PASSWORD})
    return replace(person, bearer=f"Bearer {session['access_token']}")


def insist(url: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
    """
    Post until it is answered, for what is only preparation; a service that still warms up may say 409 or 503.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = requests.post(url, json=body, headers=headers, timeout=30)
        if answer.ok:
            return answer.json()
        if answer.status_code not in (409, 503) or time.monotonic() > end:
            raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text}")
        time.sleep(0.5)


def _open(ledgerline: Installation, name: str) -> Database:
    return Database(ledgerline.database_urls[name])
