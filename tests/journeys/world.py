"""
The whole product in one process: five applications, each on a database of its own, that call each other
without sockets; a thread that carries facts from every outbox to every handler and does billing's clock work;
and a payment provider in memory.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from billing.clients.fake_provider import FakeProvider
from billing.usecases.seed_demo import seed_demo as seed_billing
from billing.worker import jobs as billing_jobs
from catalog.usecases.seed_demo import seed_demo as seed_catalog
from customers.usecases.seed_demo import seed_demo as seed_customers
from portal_gateway.app import reached_over
from portal_gateway.usecases.seed_demo import seed_demo as seed_gateway
from shared import clock
from shared.bus.handlers import Handlers, deliver
from shared.bus.outbox import outbox
from shared.db import Database
from shared.testing import calling, kept, let_go, open_migrated
from tickets.usecases.seed_demo import seed_demo as seed_tickets

SERVICES = {
    "customers": "customers",
    "catalog": "catalog",
    "billing": "billing",
    "tickets": "tickets",
    "portal": "portal_gateway",
}
OWN = {
    "customers": {"mail_url": "file:///dev/null"},
    "billing": {"payments_api_key": "key", "payments_webhook_secret": "secret"},
}
PASSWORD = "ledgerline-demo"
PATIENCE_SECONDS = 10
PAUSE_SECONDS = 0.01
LONGEST_CALM = 10  # pauses


class World:
    """
    An installation with its demo data; ``provider.knob`` says how payments go.
    """

    def __init__(self, folder: Path, keys_dir: Path) -> None:
        self.provider = FakeProvider()
        self.databases = {name: open_migrated(folder, package) for name, package in SERVICES.items()}
        self.handlers: dict[str, Handlers] = {
            name: importlib.import_module(f"{package}.handlers").handlers
            for name, package in SERVICES.items()
        }
        self.apps: dict[str, Flask] = {}
        for name in SERVICES:
            self.apps[name] = self._app(name, keys_dir)
        self.jobs = billing_jobs(self.databases["billing"], self.provider)
        self._seed()

    def client(self) -> FlaskClient:
        """
        Return a front end of the public API.
        """
        return self.apps["portal"].test_client()

    def sign_in(self, login: str) -> Person:
        """
        Return a subscriber who has just signed in.
        """
        return Person(self.client(), login)

    @contextmanager
    def alive(self) -> Iterator[World]:
        """
        Keep facts and payments moving until the block ends.
        """
        stop = threading.Event()
        thread = threading.Thread(target=self._move_on, args=(stop,), name="world")
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()
            for db in self.databases.values():
                let_go(db)

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """
        Return what *holds* answers once that is something, which must be soon.
        """
        end = monotonic() + PATIENCE_SECONDS
        while monotonic() < end:
            found = holds()
            if found:
                return found
            sleep(PAUSE_SECONDS)
        raise AssertionError(f"it did not happen: {what}")

    def carry(self) -> int:
        """
        Carry every unsent fact to everybody who hears it, and return how many there were.
        """
        return sum(self._carry_from(db) for db in self.databases.values())

    def _app(self, name: str, keys_dir: Path) -> Flask:
        package = SERVICES[name]
        kind = importlib.import_module(f"{package}.settings").Settings
        db = self.databases[name]
        known = kind(database_url=db.url, keys_dir=keys_dir, **OWN.get(name, {}))
        made = importlib.import_module(f"{package}.app")
        wires: dict[str, Any] = {"settings": known, "db": db}
        if name == "billing":
            wires["ports"] = made.Ports(provider=self.provider)
        if name == "portal":
            wires["ports"] = reached_over(known, self._wires())
        return kept(f"world-{name}", lambda: made.create_app(known, db), **wires)

    def _wires(self) -> requests.Session:
        return calling(**{name: app for name, app in self.apps.items() if name != "portal"})

    def _seed(self) -> None:
        now = clock.now()
        with self.databases["customers"].begin() as session:
            seed_customers(session)
        for name, seed in (("catalog", seed_catalog), ("billing", seed_billing), ("tickets", seed_tickets)):
            with self.databases[name].begin() as session:
                seed(session, now=now)
        with self.databases["portal"].begin() as session:
            seed_gateway(session)
        while self.carry():
            pass

    def _move_on(self, stop: threading.Event) -> None:
        # It looks more and more rarely while nothing happens: the tests need the processor, too.
        calm = 0
        while not stop.is_set():
            moved = self.carry()
            for job in self.jobs:
                job.run()
            calm = 0 if moved else min(calm + 1, LONGEST_CALM)
            stop.wait(PAUSE_SECONDS * calm)

    def _carry_from(self, db: Database) -> int:
        with db.read() as session:
            unsent = session.execute(
                select(outbox.c.id, outbox.c.type, outbox.c.payload)
                .where(outbox.c.published_at.is_(None))
                .order_by(outbox.c.seq)
            ).all()
        for id_, type_, payload in unsent:
            for name, handlers in self.handlers.items():
                if handlers.hearing(type_):
                    deliver(self.databases[name], handlers, payload)
            with db.begin() as session:
                session.execute(
                    update(outbox).where(outbox.c.id == id_).values(published_at=clock.real_now())
                )
        return len(unsent)


class Person:
    """
    A subscriber with a front end of the public API.
    """

    def __init__(self, client: FlaskClient, login: str) -> None:
        self.client = client
        self.keys = 0
        answer = client.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.json
        self.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}

    def get(self, path: str) -> Any:
        """
        Read something that must be there.
        """
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        """
        Do something that must work.
        """
        headers = {**self.headers, "Idempotency-Key": key} if key else self.headers
        answer = self.client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code in (200, 201, 202), answer.json
        return answer.json

    def plan(self, name: str) -> Any:
        """
        Return the plan called *name* they may order.
        """
        return next(each for each in self.get("/products")["items"] if each["name"] == name)

    def card(self, last4: str) -> str:
        """
        Return the id of the saved card that ends so.
        """
        cards = self.get("/payment-methods")["items"]
        return str(next(card["id"] for card in cards if card["label"].endswith(last4)))

    def quote(self, *names: str) -> Any:
        """
        Put plans in the basket and have it priced.
        """
        for name in names:
            self.post("/basket/items", {"plan_id": self.plan(name)["id"], "quantity": 1})
        return self.post("/quotes", {"kind": "order"})

    def order(self, *names: str, last4: str = "4242") -> Any:
        """
        Order plans and pay with the card that ends so.
        """
        quote = self.quote(*names)
        body = {"quote_id": quote["id"], "payment": {"payment_method_id": self.card(last4)}}
        return self.post("/orders", body, key=self.new_key())

    def request(self, *names: str) -> Any:
        """
        Order plans as a request.
        """
        body = {"quote_id": self.quote(*names)["id"], "mode": "request"}
        return self.post("/orders", body, key=self.new_key())

    def new_key(self) -> str:
        """
        Return a key not used before.
        """
        self.keys += 1
        return f"key-{self.keys}"
