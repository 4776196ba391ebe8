"""Telling the merchant what happened: signed, at least once, in no promised order."""

import json
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.clients.sandbox import knobs
from billing.clients.sandbox.records import Delivery
from billing.clients.webhook import HEADER, sign
from shared import clock
from shared.bus.doorbell import bell_of, listening_to, ring
from shared.db import Database, after_commit
from shared.ids import new_id
from shared.log import get_logger

log = get_logger()

TIMEOUT_SECONDS = 5.0
LOOK_SECONDS = 1.0  # for what falls due; what is new is told
REST_SECONDS = 0.1  # so that much that comes at once is one look
RETRY_SECONDS = (1, 5, 30, 300, 3600)


def queue(session: Session, kind: str, data: dict[str, Any]) -> None:
    """
    Write a webhook to be delivered when *session* commits, as often and as late as the knobs say.
    """
    now = clock.real_now()
    event = {"id": new_id("evt"), "type": kind, "created": int(now.timestamp()), "data": data}
    late = knobs.number(session, "reorder_webhooks")
    for _ in range(1 + int(knobs.number(session, "duplicate_webhooks"))):
        due = now + timedelta(seconds=random.uniform(0, late) if late else 0)
        session.add(Delivery(id=event["id"], body=json.dumps(event).encode(), due_at=due))
    after_commit(session, partial(ring, bell_of(session.get_bind().engine)))


class Courier:
    """
    Delivers what is queued to *url*, in a thread of its own; *before* is done before each look.
    """

    def __init__(self, db: Database, *, url: str, secret: str, before: Callable[[], object]) -> None:
        self._db, self._url, self._secret, self._before = db, url, secret, before
        self._http = requests.Session()
        self._http.trust_env = False
        self._stop = threading.Event()

    def start(self) -> None:
        """
        Start delivering.
        """
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        """
        Deliver nothing more.
        """
        self._stop.set()

    def deliver_due(self) -> int:
        """
        Try each webhook whose time has come, and return how many were tried.
        """
        with self._db.read() as session:
            if knobs.number(session, "drop_webhooks"):
                return 0
            waiting = select(Delivery).where(~Delivery.delivered, Delivery.due_at <= clock.real_now())
            due = [
                (row.position, row.body)
                for row in session.scalars(waiting.order_by(Delivery.due_at).limit(50))
            ]
        for position, body in due:
            self._note(position, accepted=self._post(body))
        return len(due)

    def _post(self, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json",
            HEADER: sign(body, secret=self._secret, at=int(clock.real_now().timestamp())),
        }
        try:
            answer = self._http.post(self._url, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            return False
        return answer.ok

    def _note(self, position: int, *, accepted: bool) -> None:
        with self._db.begin() as session:
            delivery = session.get_one(Delivery, position)
            delivery.attempts += 1
            delivery.delivered = accepted or delivery.attempts > len(RETRY_SECONDS)
            if not delivery.delivered:
                wait = RETRY_SECONDS[delivery.attempts - 1]
                delivery.due_at = clock.real_now() + timedelta(seconds=wait)

    def _run(self) -> None:
        with listening_to(self._db.engine) as doorbell:
            while not self._stop.wait(REST_SECONDS):
                self._look()
                doorbell.wait(LOOK_SECONDS)

    def _look(self) -> None:
        try:
            self._before()
            self.deliver_due()
        except Exception:
            log.exception("webhook_delivery_failed")
            self._stop.wait(1)
