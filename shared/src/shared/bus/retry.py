"""
Second tries: what failed is taken again from the inbox table when its pause is over, first in line first.
"""

from sqlalchemy.orm import Session

from shared.bus import faults, inbox
from shared.bus.handlers import set_aside
from shared.bus.registry import Handlers, Subscription
from shared.contracts.envelope import Envelope, Undecodable
from shared.db import Database


def retry_due(db: Database, handlers: Handlers) -> bool:
    """
    Try again every fact whose time has come; tell whether there may be more to do at once.

    :raises Outage: if the database does not answer
    """
    with faults.outages(), db.read() as session:
        keys = inbox.due(session)
    for key in keys:
        _again(db, handlers, key)
    return bool(keys)


def _again(db: Database, handlers: Handlers, key: inbox.Key) -> None:
    try:
        with db.begin() as session:
            held = inbox.take(session, key)
            if held:
                _rerun(session, handlers, held)
                inbox.settle(session, key)
    except Exception as error:
        faults.raise_outage(error)
        with faults.outages(), db.begin() as session:
            held = inbox.take(session, key)
            if held:
                set_aside(session, key, held.type, attempts=held.attempts + 1, error=error)


def _rerun(session: Session, handlers: Handlers, held: inbox.Stuck) -> None:
    envelope = Envelope.load(held.payload or b"")
    mine = [one for one in handlers.hearing(envelope.type) if one.name == held.consumer]
    if held.consumer == handlers.service:
        mine = _for_the_first_time(session, handlers, held, envelope)
    elif not mine:
        raise Undecodable(f"{handlers.service} has no handler {held.consumer} for {envelope.type}")
    for subscription in mine:
        subscription.handle(session, envelope)
    session.flush()


def _for_the_first_time(
    session: Session, handlers: Handlers, held: inbox.Stuck, envelope: Envelope
) -> list[Subscription]:
    hearing = handlers.hearing(envelope.type)
    if not hearing:
        raise Undecodable(f"unknown fact {envelope.type}")
    new = inbox.receive(
        session,
        [
            inbox.row(
                one.name,
                envelope.id,
                type=envelope.type,
                aggregate_id=envelope.subject,
                received_at=held.received_at,
            )
            for one in hearing
        ],
    )
    return [one for one in hearing if (one.name, envelope.id) in new]
