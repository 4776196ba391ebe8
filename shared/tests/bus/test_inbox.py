"""Each handler has each fact once; what fails waits, keeps its place in line, and is parked in the end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import clock
from shared.bus import inbox
from shared.bus.handlers import Handlers, NotYet, deliver, deliver_batch
from shared.bus.outbox import outbox, tell
from shared.bus.retry import retry_due
from shared.contracts.envelope import Envelope, wrap
from shared.contracts.portal import SettingsChanged, SignedIn
from shared.db import Database
from shared.errors import Conflict, NotFound, Unavailable

Write = Callable[[Session, str], None]
Lines = Callable[[], list[str]]


def fact(customer: str = "cus_1", hour: int = 8) -> bytes:
    at = datetime(2026, 11, 20, hour, tzinfo=UTC)
    return wrap(SignedIn(customer_id=customer, partner_id="par_1", at=at)).dump()


class Handler:
    """
    Writes what it hears; refuses while *trouble* is set.
    """

    def __init__(self, write: Write) -> None:
        self.handlers = Handlers("listener")
        self.trouble: Exception | None = None
        self.troubled = "cus_1"

        @self.handlers.on(SignedIn)
        def note(session: Session, fact: SignedIn) -> None:
            write(session, f"{fact.customer_id} at {fact.at.hour}")
            session.flush()
            if self.trouble and fact.customer_id == self.troubled:
                raise self.trouble


@pytest.fixture
def handler(write: Write) -> Handler:
    return Handler(write)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """
    Let that many seconds pass; otherwise time moves a millisecond each time somebody looks.
    """
    now = [clock.real_now()]

    def look() -> datetime:
        now[0] += timedelta(milliseconds=1)
        return now[0]

    def pass_by(seconds: int) -> None:
        now[0] += timedelta(seconds=seconds)

    monkeypatch.setattr(clock, "real_now", look)

    return pass_by


def stuck(db: Database) -> list[tuple[str, int, str | None]]:
    with db.read() as session:
        return [(row.state, row.attempts, row.error) for row in inbox.stuck(session)]


def test_a_fact_delivered_twice_has_one_effect(db: Database, handler: Handler, lines: Lines) -> None:
    body = fact()

    deliver(db, handler.handlers, body)
    deliver(db, handler.handlers, body)
    deliver_batch(db, handler.handlers, [body, fact("cus_2"), body])

    assert lines() == ["cus_1 at 8", "cus_2 at 8"]


def test_a_failure_leaves_nothing_but_its_place_in_the_inbox(
    db: Database, handler: Handler, lines: Lines
) -> None:
    handler.trouble = RuntimeError("no light")

    deliver(db, handler.handlers, fact())

    assert lines() == []
    assert stuck(db) == [("retry", 1, "RuntimeError: no light")]


def test_one_failing_fact_does_not_hold_up_the_rest_of_its_batch(
    db: Database, handler: Handler, lines: Lines
) -> None:
    handler.trouble = RuntimeError("no light")

    deliver_batch(db, handler.handlers, [fact("cus_2", 1), fact("cus_1", 2), fact("cus_3", 3)])

    assert lines() == ["cus_2 at 1", "cus_3 at 3"]


def test_later_facts_of_the_same_aggregate_wait_behind_a_failed_one(
    db: Database, handler: Handler, lines: Lines, later: Callable[[int], None]
) -> None:
    handler.trouble = NotYet("the order is unknown")
    deliver_batch(db, handler.handlers, [fact(hour=1), fact(hour=2), fact("cus_2", 3)])
    handler.trouble = None
    deliver(db, handler.handlers, fact(hour=4))
    assert lines() == ["cus_2 at 3"]

    later(2)
    while retry_due(db, handler.handlers):
        pass

    assert lines() == ["cus_2 at 3", "cus_1 at 1", "cus_1 at 2", "cus_1 at 4"]
    assert stuck(db) == []


def test_a_fact_that_always_fails_climbs_the_ladder_and_is_parked(
    db: Database, handler: Handler, later: Callable[[int], None]
) -> None:
    handler.trouble = RuntimeError("never")
    deliver(db, handler.handlers, fact())

    seen = []
    for seconds in (2, 13, 73, 721, 4321):
        later(seconds)
        retry_due(db, handler.handlers)
        seen.append(stuck(db)[0][:2])

    assert seen == [("retry", 2), ("retry", 3), ("retry", 4), ("retry", 5), ("parked", 6)]


def test_a_fact_is_not_tried_before_its_time(
    db: Database, handler: Handler, later: Callable[[int], None]
) -> None:
    handler.trouble = RuntimeError("never")
    deliver(db, handler.handlers, fact())

    assert not retry_due(db, handler.handlers)
    assert stuck(db)[0][1] == 1


def test_a_refusal_is_parked_at_once_under_its_code(db: Database, handler: Handler) -> None:
    handler.trouble = Conflict("already settled")

    deliver(db, handler.handlers, fact())

    assert stuck(db) == [("parked", 1, "conflict: already settled")]


def test_something_unavailable_is_tried_again(db: Database, handler: Handler) -> None:
    handler.trouble = Unavailable("mail server")

    deliver(db, handler.handlers, fact())

    assert stuck(db)[0][0] == "retry"


def test_a_parked_fact_no_longer_holds_up_its_aggregate(db: Database, handler: Handler, lines: Lines) -> None:
    handler.trouble = Conflict("already settled")
    deliver(db, handler.handlers, fact(hour=1))
    handler.trouble = None

    deliver(db, handler.handlers, fact(hour=2))

    assert lines() == ["cus_1 at 2"]


def test_replaying_a_parked_fact_twice_has_one_effect(db: Database, handler: Handler, lines: Lines) -> None:
    handler.trouble = Conflict("already settled")
    body = fact(hour=1)
    deliver(db, handler.handlers, body)
    handler.trouble = None

    with db.begin() as session:
        inbox.replay(session, Envelope.load(body).id)
    retry_due(db, handler.handlers)

    assert lines() == ["cus_1 at 1"]
    with db.begin() as session, pytest.raises(NotFound):
        inbox.replay(session, Envelope.load(body).id)


def test_discarding_notes_who_and_why(db: Database, handler: Handler, lines: Lines) -> None:
    handler.trouble = Conflict("already settled")
    body = fact(hour=1)
    deliver(db, handler.handlers, body)

    with db.begin() as session:
        inbox.discard(session, Envelope.load(body).id, "sorted out by phone")
        note = session.scalar(select(inbox.inbox.c.error))

    assert note == "discarded by system: sorted out by phone"
    assert (stuck(db), lines()) == ([], [])


def test_handlers_of_one_fact_do_not_hold_each_other_up(
    db: Database, handler: Handler, write: Write, lines: Lines
) -> None:
    @handler.handlers.on_any
    def activity(session: Session, envelope: Envelope) -> None:
        write(session, f"activity {envelope.type}")

    handler.trouble = RuntimeError("no light")
    deliver(db, handler.handlers, fact())

    assert lines() == ["activity portal.signed_in"]
    assert len(stuck(db)) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"{}", b'{"id": 1}', fact().replace(b"portal.signed_in", b"portal.signed_in_v9")],
    ids=["empty", "not text", "a list", "no fields", "wrong fields", "unknown fact"],
)
def test_what_is_no_fact_is_parked_once_and_not_tried(db: Database, handler: Handler, body: bytes) -> None:
    deliver(db, handler.handlers, body)
    deliver(db, handler.handlers, body)

    assert [state for state, _, _ in stuck(db)] == ["parked"]


def test_a_fact_with_a_wrong_field_is_parked(db: Database, handler: Handler) -> None:
    deliver(db, handler.handlers, fact().replace(b'"partner_id"', b'"partner"'))

    assert stuck(db)[0][0] == "parked"


def test_an_unknown_fact_can_be_replayed_once_it_is_known(
    db: Database, handler: Handler, lines: Lines
) -> None:
    deaf = Handlers("listener")
    unknown = fact().replace(b"portal.signed_in", b"portal.signed_up")
    deliver(db, deaf, unknown)
    knowing = Handlers("listener")

    @knowing.on_any
    def note(session: Session, envelope: Envelope) -> None:
        handler.handlers.subscriptions["note:portal.signed_in"].run(session, SignedIn.load(envelope.data))

    with db.begin() as session:
        (row,) = inbox.stuck(session)
        inbox.replay(session, row.event_id)
    retry_due(db, knowing)

    assert lines() == ["cus_1 at 8"]
    assert stuck(db) == []


def test_a_known_fact_nobody_here_hears_is_let_go(db: Database, handler: Handler) -> None:
    settings = SettingsChanged(
        partner_id="par_1",
        version=1,
        ordering_enabled=True,
        accept_payment=True,
        order_channel="tickets",
        order_email="",
    )

    deliver(db, handler.handlers, wrap(settings).dump())

    assert stuck(db) == []


def test_what_a_handler_tells_names_the_fact_that_caused_it(db: Database) -> None:
    handlers = Handlers("listener")

    @handlers.on(SignedIn)
    def answer(session: Session, fact: SignedIn) -> None:
        assert handlers.envelope().subject == "cus_1"
        tell(session, fact)

    body = fact()
    deliver(db, handlers, body)

    with db.read() as session:
        told = Envelope.load(session.scalar(select(outbox.c.payload)) or b"")
    heard = Envelope.load(body)
    assert (told.actor, told.causation_id, told.correlation_id) == ("service:listener", heard.id, heard.id)


def test_done_rows_are_forgotten_after_thirty_days(
    db: Database, handler: Handler, later: Callable[[int], None]
) -> None:
    deliver(db, handler.handlers, fact())

    later(29 * 86400)
    with db.begin() as session:
        kept = inbox.forget_old(session)
    later(2 * 86400)
    with db.begin() as session:
        forgotten = inbox.forget_old(session)

    assert (kept, forgotten) == (0, 1)
