"""
From bytes to effect: decode, then one transaction of inbox row, handler and outbox.

What has arrived is taken in one transaction; when any of it fails, one by one. A failing fact goes to the
inbox's retry ladder and its message is acknowledged;
only an outage of the database leaves messages unanswered.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shared import clock
from shared.bus import faults, inbox
from shared.bus.faults import Kind, NotYet, Outage
from shared.bus.registry import Handlers, Subscription
from shared.contracts.envelope import Envelope, Undecodable
from shared.contracts.event import declared
from shared.db import Database
from shared.failpoint import failpoint

__all__ = ["Handlers", "NotYet", "Outage", "deliver", "deliver_batch"]

PAUSES_SECONDS = (0.05, 0.2)  # before trying again at once, when another transaction was in the way

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delivery:
    """
    One fact for one handler.
    """

    subscription: Subscription
    envelope: Envelope
    body: bytes
    received_at: datetime

    @property
    def key(self) -> inbox.Key:
        """
        What the inbox knows it by.
        """
        return self.subscription.name, self.envelope.id

    @property
    def line(self) -> tuple[str, str]:
        """
        The line it stands in: one per handler and aggregate.
        """
        return self.subscription.name, self.envelope.subject[:100]

    def row(self) -> dict[str, object]:
        """
        Return its inbox row, as if handled.
        """
        return inbox.row(
            *self.key,
            type=self.envelope.type,
            aggregate_id=self.envelope.subject,
            received_at=self.received_at,
        )

    def row_behind(self) -> dict[str, object]:
        """
        Return its inbox row, waiting behind an earlier fact of the same aggregate.
        """
        return {**self.row(), "state": inbox.State.RETRY, "next_at": self.received_at, "payload": self.body}


def deliver(db: Database, handlers: Handlers, body: bytes) -> None:
    """
    Hand one message to every handler that hears it, each exactly once.

    :raises Outage: if the database does not answer; nothing was decided then
    """
    deliver_batch(db, handlers, [body])


def deliver_batch(db: Database, handlers: Handlers, bodies: Sequence[bytes]) -> None:
    """
    Hand several messages to their handlers, in one transaction if all goes well.

    :raises Outage: if the database does not answer; what was not committed will be delivered again
    """
    deliveries = _sort_out(db, handlers, bodies)
    if len(deliveries) > 1 and _all_at_once(db, deliveries):
        return
    for delivery in deliveries:
        _one(db, delivery)


def set_aside(session: Session, key: inbox.Key, type: str, *, attempts: int, error: Exception) -> None:
    """
    Note that the handler failed: its next try, or parked, is in the inbox row of *key*.
    """
    final = faults.kind(error) is Kind.PARK
    state = inbox.fail(session, key, attempts=attempts, error=faults.words(error), final=final)
    anticipated = final or isinstance(error, NotYet)
    log.warning(
        "bus.fact_set_aside",
        state=state.value,
        attempts=attempts,
        handler=key[0],
        event_id=key[1],
        type=type,
        error=faults.words(error),
        exc_info=None if anticipated else error,
    )


def _sort_out(db: Database, handlers: Handlers, bodies: Sequence[bytes]) -> list[Delivery]:
    now, deliveries = clock.real_now(), []
    for position, body in enumerate(bodies):
        # Distinct instants, so that facts keep the order they came in when they have to wait.
        at = now + timedelta(microseconds=position)
        try:
            envelope = Envelope.load(body)
            hearing = _hearing(handlers, envelope)
        except Undecodable as error:
            _park_unreadable(db, handlers.service, body, at, error)
            continue
        deliveries += [Delivery(subscription, envelope, body, at) for subscription in hearing]
    return deliveries


def _hearing(handlers: Handlers, envelope: Envelope) -> list[Subscription]:
    hearing = handlers.hearing(envelope.type)
    if not hearing and envelope.type not in declared():
        raise Undecodable(f"unknown fact {envelope.type}")
    if not hearing:
        log.info("bus.fact_nobody_hears", type=envelope.type, event_id=envelope.id)
    return hearing


def _all_at_once(db: Database, deliveries: list[Delivery]) -> bool:
    service = deliveries[0].subscription.service
    try:
        with db.begin() as session:
            _take_in(session, deliveries)
            session.flush()
            failpoint(f"{service}.consumer.before_commit", facts=_facts(deliveries))
    except Exception as error:
        faults.raise_outage(error)
        log.info("bus.batch_taken_one_by_one", size=len(deliveries), error=faults.words(error))
        return False
    failpoint(f"{service}.consumer.after_commit", facts=_facts(deliveries))
    return True


def _facts(deliveries: Sequence[Delivery]) -> Iterator[str]:
    return (delivery.envelope.type for delivery in deliveries)


def _take_in(session: Session, deliveries: Sequence[Delivery]) -> None:
    held = inbox.waiting(session, {delivery.envelope.subject[:100] for delivery in deliveries})
    rows = [d.row_behind() if d.line in held else d.row() for d in deliveries]
    new = inbox.receive(session, rows)
    for delivery in deliveries:
        if delivery.key not in new:
            continue
        new.discard(delivery.key)  # the same fact may be in one batch twice
        if delivery.line not in held:
            delivery.subscription.handle(session, delivery.envelope)


def _one(db: Database, delivery: Delivery) -> None:
    service = delivery.subscription.service
    error = _try(db, delivery, service)
    if error is None:
        failpoint(f"{service}.consumer.after_commit", facts=_facts([delivery]))
        return
    with faults.outages(), db.begin() as session:
        # Stored as if it had just failed once; its own row says done only after it has worked.
        inbox.receive(session, [delivery.row_behind()])
        set_aside(session, delivery.key, delivery.envelope.type, attempts=1, error=error)


def _try(db: Database, delivery: Delivery, service: str) -> Exception | None:
    for pause in (*PAUSES_SECONDS, None):
        try:
            with db.begin() as session:
                _take_in(session, [delivery])
                session.flush()
                failpoint(f"{service}.consumer.before_commit", facts=_facts([delivery]))
            return None
        except Exception as error:
            faults.raise_outage(error)
            if faults.kind(error) is not Kind.AGAIN or pause is None:
                return error
            time.sleep(pause)
    raise AssertionError("unreachable")


def _park_unreadable(db: Database, service: str, body: bytes, at: datetime, error: Exception) -> None:
    digest = hashlib.sha256(body).hexdigest()[:32]
    unread = inbox.row(service, f"bad_{digest}", type="unreadable", aggregate_id="", received_at=at)
    log.error("bus.unreadable_parked", event_id=unread["event_id"], error=str(error))
    with faults.outages(), db.begin() as session:
        inbox.receive(
            session, [{**unread, "state": inbox.State.PARKED, "payload": body, "error": faults.words(error)}]
        )
