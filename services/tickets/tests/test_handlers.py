"""What tickets does with what it hears: one ticket per order request, and copies that never step back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import MetaData

from shared.contracts import billing, customers
from shared.contracts import tickets as facts
from shared.db import Database
from shared.migrations import drift
from shared.money import Money
from shared.testing import hear, told
from tickets import queries
from tickets.domain import ticket as rules
from tickets.handlers import handlers
from tickets.models import Record

ORDER = "ord_1"


def requested(**changes: Any) -> billing.OrderRequested:
    usual: dict[str, Any] = {
        "order_id": ORDER,
        "number": 10483,
        "customer_id": "cus_1",
        "partner_id": "par_1",
        "version": 1,
        "channel": "tickets",
        "send_to": None,
        "total": Money(14533, "EUR"),
        "then": Money(3800, "EUR"),
        "items": (
            billing.OrderedItem(
                plan_id="plan_1",
                name="Fibre 300",
                kind="internet",
                quantity=1,
                amount=Money(2533, "EUR"),
                explanation="20 of 30 days",
            ),
            billing.OrderedItem(
                plan_id="plan_2", name="Router", kind="one_time", quantity=2, amount=Money(12000, "EUR")
            ),
        ),
    }
    return billing.OrderRequested(**{**usual, **changes})


def moved(version: int, new: str, **changes: Any) -> billing.OrderChanged:
    return billing.OrderChanged(
        order_id=ORDER,
        number=10483,
        customer_id="cus_1",
        partner_id="par_1",
        version=version,
        old="awaiting_approval",
        new=new,
        **changes,
    )


def lost(order_id: str | None = ORDER) -> customers.MessageFailed:
    return customers.MessageFailed(
        message_id="msg_1",
        partner_id="par_1",
        customer_id="cus_1",
        order_id=order_id,
        subject_line="Order 10483",
        body="Somebody ordered Fibre 300.",
        reason="no such mailbox",
    )


def all_tickets(database: Database) -> list[queries.Ticket]:
    with database.read() as session:
        rows = queries.tickets(session, scope=queries.EVERYTHING, filters=queries.Filters())
        return [row.ticket for row in rows]


def said(database: Database) -> list[tuple[str, str]]:
    (ticket,) = all_tickets(database)
    with database.read() as session:
        messages = queries.messages(session, ticket.id, public_only=False)
        return [(message.kind.value, message.body) for message in messages]


def known_order(database: Database) -> queries.KnownOrder:
    with database.read() as session:
        order = queries.order(session, ORDER)
    assert order is not None
    return order


def test_a_requested_order_opens_a_ticket_with_its_content(
    database: Database, known: Callable[..., None]
) -> None:
    known()

    hear(database, handlers, requested(preferred_start_on=date(2026, 12, 3)))

    (ticket,) = all_tickets(database)
    assert (ticket.subject, ticket.type.value) == ("Order 10483: Fibre 300, Router", "order")
    assert (ticket.status.value, ticket.order_id) == ("new", ORDER)
    assert said(database) == [
        (
            "reply",
            "Fibre 300: €25.33 (20 of 30 days)\n2 × Router: €120.00\nTotal: €145.33\nThen €38.00 a month\n"
            "Wished start: 3 December",
        )
    ]
    assert told(database) == [
        facts.TicketOpened(
            ticket_id=ticket.id,
            number=1,
            customer_id="cus_1",
            partner_id="par_1",
            version=1,
            subject_line="Order 10483: Fibre 300, Router",
            status="new",
            source="order",
            order_id=ORDER,
        )
    ]


def test_the_same_request_heard_twice_opens_one_ticket(database: Database) -> None:
    envelope = hear(database, handlers, requested())
    hear(database, handlers, envelope)
    hear(database, handlers, requested())

    assert len(all_tickets(database)) == 1
    assert len(told(database)) == 1


def test_a_request_by_email_opens_no_ticket(database: Database) -> None:
    hear(database, handlers, requested(channel="email", send_to="orders@example.net"))

    assert all_tickets(database) == []


def test_a_request_whose_email_was_lost_gets_its_ticket_after_all(database: Database) -> None:
    hear(database, handlers, requested(channel="email", send_to="orders@example.net"))
    hear(database, handlers, lost())
    hear(database, handlers, lost())

    (ticket,) = all_tickets(database)
    assert (ticket.order_id, ticket.subject) == (ORDER, "Order 10483: Fibre 300, Router")


def test_a_lost_email_heard_before_its_order_still_opens_one_ticket(database: Database) -> None:
    hear(database, handlers, lost())
    hear(database, handlers, requested(channel="email"))

    (ticket,) = all_tickets(database)
    assert ticket.subject == "Order 10483"
    assert said(database)[0] == ("reply", "Somebody ordered Fibre 300.")
    assert known_order(database).total == Money(14533, "EUR")


def test_other_lost_messages_are_not_our_business(database: Database) -> None:
    hear(database, handlers, lost(order_id=None))

    assert all_tickets(database) == []


def test_both_sides_read_that_the_order_was_approved(database: Database) -> None:
    hear(database, handlers, requested())
    hear(
        database,
        handlers,
        billing.OrderApproved(
            order_id=ORDER,
            number=10483,
            customer_id="cus_1",
            partner_id="par_1",
            version=2,
            starts_on=date(2026, 12, 1),
            credit=None,
        ),
    )

    assert said(database)[-1] == ("notice", "Order 10483 is approved. It starts on 2026-12-01.")
    assert (known_order(database).approval, known_order(database).starts_on) == ("done", date(2026, 12, 1))


def test_both_sides_read_why_the_order_was_rejected(database: Database) -> None:
    hear(database, handlers, requested())
    hear(
        database,
        handlers,
        billing.OrderRejected(
            order_id=ORDER,
            number=10483,
            customer_id="cus_1",
            partner_id="par_1",
            version=2,
            reason="No line there.",
        ),
    )

    assert said(database)[-1] == ("notice", "Order 10483 is rejected: No line there.")
    assert (known_order(database).status, known_order(database).reason) == ("rejected", "No line there.")


def test_agents_follow_the_order_and_an_older_state_never_wins(database: Database) -> None:
    hear(database, handlers, requested())
    hear(database, handlers, moved(4, "active"))
    hear(database, handlers, moved(3, "paid"))

    assert known_order(database).status == "active"
    assert said(database)[1:] == [("change", "Order 10483: active.")]


def test_a_request_heard_after_its_outcome_opens_its_ticket_and_keeps_the_outcome(database: Database) -> None:
    hear(database, handlers, moved(3, "active"))
    hear(database, handlers, requested())

    assert len(all_tickets(database)) == 1
    assert (known_order(database).status, known_order(database).total) == ("active", Money(14533, "EUR"))


def test_what_happens_to_an_order_without_a_ticket_is_only_remembered(database: Database) -> None:
    hear(database, handlers, moved(2, "cancelled", reason="Changed my mind"))

    assert all_tickets(database) == []
    assert (known_order(database).status, known_order(database).reason) == ("cancelled", "Changed my mind")


def test_customers_are_known_by_their_newest_version(database: Database, known: Callable[..., None]) -> None:
    known(version=3, full_name="Robert M. Myers")
    known(version=2, full_name="Robert Myers")

    with database.read() as session:
        found = queries.known_customer(session, "cus_1")
        assert found is not None
        assert (found.full_name, found.address) == ("Robert M. Myers", "1 Quay Street, D01 Dublin")


def test_it_hears_only_what_it_uses() -> None:
    assert handlers.names == [
        "billing.order_approved",
        "billing.order_changed",
        "billing.order_rejected",
        "billing.order_requested",
        "billing.plan_change_booked",
        "billing.plan_change_failed",
        "billing.plan_change_withdrawn",
        "billing.plan_changed",
        "customers.customer_changed",
        "customers.message_failed",
        "customers.partner_changed",
        "customers.staff_signed_out",
    ]


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    metadata: MetaData = Record.metadata

    assert drift(database, "tickets", metadata) == []


def wished(database: Database, opened: Callable[..., str], known: Callable[..., None], language: str) -> str:
    known(language=language)
    wish = {"subscription_id": "sub_1", "service": "Fibre 100", "plan": "Fibre 500", "lines": []}
    return opened(type=rules.Type.PLAN_CHANGE, plan_change=wish)


def booked(ticket_id: str | None) -> billing.PlanChangeBooked:
    return billing.PlanChangeBooked(
        change_id="chg_1",
        subscription_id="sub_1",
        customer_id="cus_1",
        partner_id="par_1",
        version=1,
        from_plan_name="Fibre 100",
        to_plan_id="plan_5",
        to_plan_name="Fibre 500",
        effective_on=date(2026, 12, 1),
        effective_at=datetime(2026, 12, 1, tzinfo=UTC),
        source="request",
        ticket_id=ticket_id,
    )


def undone() -> billing.PlanChangeWithdrawn:
    return billing.PlanChangeWithdrawn(
        change_id="chg_1",
        subscription_id="sub_1",
        customer_id="cus_1",
        partner_id="par_1",
        version=2,
        to_plan_name="Fibre 500",
    )


def applied(ticket_id: str) -> billing.PlanChanged:
    return billing.PlanChanged(
        change_id="chg_1",
        subscription_id="sub_1",
        new_subscription_id="sub_2",
        customer_id="cus_1",
        partner_id="par_1",
        version=2,
        from_plan_name="Fibre 100",
        to_plan_id="plan_5",
        to_plan_name="Fibre 500",
        effective_on=date(2026, 12, 1),
        charged=Money(4500, "EUR"),
        credited=Money(0, "EUR"),
        ticket_id=ticket_id,
    )


def state_of(database: Database, ticket_id: str) -> tuple[str | None, str]:
    with database.read() as session:
        ticket = queries.ticket(session, ticket_id, scope=queries.EVERYTHING)
        said = queries.messages(session, ticket_id, public_only=True)[-1].body
        return ticket.change_state and ticket.change_state.value, said


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The change to Fibre 500 is booked for 2026-12-01."),
        ("de", "Der Wechsel zu Fibre 500 ist für 2026-12-01 gebucht."),
    ],
)
def test_both_sides_read_in_the_ticket_that_the_change_is_booked(
    database: Database, opened: Callable[..., str], known: Callable[..., None], language: str, words: str
) -> None:
    ticket_id = wished(database, opened, known, language)

    hear(database, handlers, booked(ticket_id))

    assert state_of(database, ticket_id) == ("booked", words)


def test_the_wish_is_open_again_when_the_change_was_undone(
    database: Database, opened: Callable[..., str], known: Callable[..., None]
) -> None:
    ticket_id = wished(database, opened, known, "en")

    hear(database, handlers, booked(ticket_id))
    hear(database, handlers, undone())

    assert state_of(database, ticket_id) == (
        "asked",
        "The change to Fibre 500 was undone. The plan stays as it is.",
    )


def test_a_wish_is_settled_once_the_plan_has_changed(
    database: Database, opened: Callable[..., str], known: Callable[..., None]
) -> None:
    ticket_id = wished(database, opened, known, "en")

    hear(database, handlers, booked(ticket_id))
    hear(database, handlers, applied(ticket_id))

    assert state_of(database, ticket_id)[0] == "applied"


def test_a_change_nobody_asked_for_by_ticket_touches_none(
    database: Database, opened: Callable[..., str], known: Callable[..., None]
) -> None:
    ticket_id = wished(database, opened, known, "en")

    hear(database, handlers, booked(None))
    hear(database, handlers, undone())

    assert state_of(database, ticket_id)[0] == "asked"


def test_a_change_of_another_customer_does_not_move_the_ticket(
    database: Database, opened: Callable[..., str], known: Callable[..., None]
) -> None:
    ticket_id = wished(database, opened, known, "en")

    hear(database, handlers, replace(booked(ticket_id), customer_id="cus_2"))

    assert state_of(database, ticket_id)[0] == "asked"
