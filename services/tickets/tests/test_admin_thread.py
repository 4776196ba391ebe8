"""One ticket, as staff see and work on it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from shared import clock
from shared.contracts import billing
from shared.contracts import tickets as facts
from shared.db import Database
from shared.money import Money
from shared.testing import hear, told
from tickets import queries
from tickets.domain import ticket as rules
from tickets.handlers import handlers
from tickets.queries import EVERYTHING
from tickets.usecases.reply import reply

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROBERT, ELENA = "cus_1", "cus_2"

Opened = Callable[..., str]
Known = Callable[..., None]


def page(client: FlaskClient, path: str = "") -> str:
    answer = client.get(f"/admin/tickets{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def read(database: Database, ticket_id: str) -> queries.Ticket:
    with database.read() as session:
        return queries.ticket(session, ticket_id, scope=EVERYTHING)


def bodies(database: Database, ticket_id: str) -> list[tuple[str, str]]:
    with database.read() as session:
        messages = queries.messages(session, ticket_id, public_only=False)
        return [(message.kind.value, message.body) for message in messages]


def request_of_order(database: Database, **more: Any) -> queries.Ticket:
    item = billing.OrderedItem(
        plan_id="plan_1", name="Fibre 300", kind="internet", quantity=1, amount=Money(2533, "EUR")
    )
    usual: dict[str, Any] = {"total": Money(2533, "EUR"), "then": Money(3800, "EUR"), "items": (item,)}
    fact = billing.OrderRequested(
        order_id="ord_1",
        number=10483,
        customer_id=ROBERT,
        partner_id="par_1",
        version=1,
        channel="tickets",
        send_to=None,
        **(usual | more),
    )
    hear(database, handlers, fact)
    with database.read() as session:
        ticket = queries.of_order(session, "ord_1")
    assert ticket is not None
    return ticket


def test_a_reply_reaches_the_customer_and_waits_on_them(
    agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened()

    answer = agent(f"/{ticket_id}/messages", kind="reply", body="On its way.", seen="1")

    assert answer.status_code == 303
    assert read(database, ticket_id).status is rules.Status.WAITING_ON_CUSTOMER
    assert bodies(database, ticket_id)[-1] == ("reply", "On its way.")
    assert isinstance(told(database)[-1], facts.TicketAnswered)


def test_send_and_close_does_both(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()

    agent(f"/{ticket_id}/messages", kind="reply", body="Done.", seen="1", then="close")

    assert read(database, ticket_id).status is rules.Status.RESOLVED
    assert [type(fact) for fact in told(database)[1:]] == [facts.TicketAnswered, facts.TicketClosed]


def test_a_note_is_told_to_nobody(
    client: FlaskClient, agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened()

    agent(f"/{ticket_id}/messages", kind="note", body="Probably Wi-Fi.")

    assert bodies(database, ticket_id)[-1] == ("note", "Probably Wi-Fi.")
    assert read(database, ticket_id).status is rules.Status.NEW
    assert len(told(database)) == 1
    assert "Probably Wi-Fi." in page(client, f"/{ticket_id}")


def test_an_empty_reply_comes_back_with_an_error(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()

    answer = agent(f"/{ticket_id}/messages", kind="reply", body="  ", seen="1")

    assert answer.status_code == 422
    assert "Write a message." in answer.get_data(as_text=True)
    assert len(bodies(database, ticket_id)) == 1


def test_a_reply_to_what_was_not_read_waits_and_keeps_its_words(
    agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened()
    with database.begin() as session:
        reply(
            session,
            ticket_id=ticket_id,
            scope=EVERYTHING,
            by=rules.Author.CUSTOMER,
            author="Robert Myers",
            body="It works again!",
            now=NOW,
        )

    answer = agent(f"/{ticket_id}/messages", kind="reply", body="We send somebody.", seen="1")

    again = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "We send somebody." in again
    assert "It works again!" in again
    assert 'name="seen" value="2"' in again
    assert len(bodies(database, ticket_id)) == 2


def test_properties_are_set_and_the_change_is_written_down(
    agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened()

    agent(
        f"/{ticket_id}/properties",
        version="1",
        status="in_progress",
        priority="urgent",
        type="incident",
        assignee="me",
    )

    ticket = read(database, ticket_id)
    assert (ticket.status, ticket.priority, ticket.assignee_name) == (
        rules.Status.IN_PROGRESS,
        rules.Priority.URGENT,
        "Ada Admin",
    )
    assert bodies(database, ticket_id)[-1] == (
        "change",
        "Status: New → Work in progress\nPriority: Medium → Urgent\nType: Question → Incident\n"
        "Assigned: nobody → Ada Admin",
    )


def test_setting_what_is_already_so_writes_nothing(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()

    agent(f"/{ticket_id}/properties", version="1", status="new", priority="medium", assignee="nobody")

    assert len(bodies(database, ticket_id)) == 1


def test_two_agents_do_not_overwrite_each_other(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()
    agent(f"/{ticket_id}/properties", version="1", priority="high", assignee="nobody")

    answer = agent(f"/{ticket_id}/properties", version="1", priority="low", assignee="nobody")

    assert answer.status_code == 409
    assert "Somebody else changed this ticket" in answer.get_data(as_text=True)
    assert read(database, ticket_id).priority is rules.Priority.HIGH


def test_resolving_by_hand_tells_it(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()

    agent(f"/{ticket_id}/properties", version="1", status="resolved", assignee="nobody")

    assert isinstance(told(database)[-1], facts.TicketClosed)


def test_reopening_puts_it_back_to_work(
    client: FlaskClient, agent: Any, opened: Opened, database: Database
) -> None:
    ticket_id = opened(now=datetime.now(UTC))  # noqa: TID251 - the door reads the clock itself

    agent(f"/{ticket_id}/closures")
    assert "Reopen it to write again." in page(client, f"/{ticket_id}")
    agent(f"/{ticket_id}/reopenings")

    assert read(database, ticket_id).status is rules.Status.IN_PROGRESS
    fact = told(database)[-1]
    assert isinstance(fact, facts.TicketReopened)
    assert (fact.ticket_id, fact.by, fact.status) == (ticket_id, "agent", "in_progress")


def test_reopening_by_hand_tells_it_once(agent: Any, opened: Opened, database: Database) -> None:
    ticket_id = opened()
    agent(f"/{ticket_id}/closures")

    agent(f"/{ticket_id}/properties", version="2", status="in_progress", assignee="nobody")
    agent(f"/{ticket_id}/properties", version="3", status="waiting_on_agent", assignee="nobody")

    reopened = [fact for fact in told(database) if isinstance(fact, facts.TicketReopened)]
    assert [(fact.by, fact.version) for fact in reopened] == [("agent", 3)]


def test_an_order_is_approved_from_its_ticket_with_one_click(
    client: FlaskClient, agent: Any, known: Known, database: Database
) -> None:
    known()
    ticket = request_of_order(database)

    shown = page(client, f"/{ticket.id}")

    billing_ui = "http://127.0.0.1:8003/admin/billing/orders/ord_1"
    assert f'action="{billing_ui}/approve"' in shown
    assert f'action="{billing_ui}/reject"' in shown
    assert f'name="return_to" value="http://127.0.0.1:8004/admin/tickets/{ticket.id}?decided=1"' in shown
    assert "Waiting for approval" in shown
    assert f'name="starts_on" type="date" value="{clock.today("UTC").isoformat()}"' in shown
    assert 'src="http://127.0.0.1:8003/admin/billing/signed-on"' in shown
    assert "€25.33" in shown


def test_the_form_starts_with_the_day_the_customer_wished_for(
    client: FlaskClient, agent: Any, database: Database
) -> None:
    wished = clock.today("UTC") + timedelta(days=9)
    ticket = request_of_order(database, preferred_start_on=wished)

    assert f'name="starts_on" type="date" value="{wished.isoformat()}"' in page(client, f"/{ticket.id}")


def test_after_the_decision_the_page_waits_for_the_fact_instead_of_asking_again(
    client: FlaskClient, agent: Any, database: Database
) -> None:
    ticket = request_of_order(database)

    shown = page(client, f"/{ticket.id}?decided=1")

    assert "Your decision is on its way." in shown
    assert "data-live=" in shown
    assert "/approve" not in shown


def test_only_those_who_may_approve_see_the_button(
    client: FlaskClient, sign_in_staff: Callable[..., str], database: Database
) -> None:
    ticket = request_of_order(database)
    sign_in_staff(client, "tickets.view", "tickets.reply")

    assert "/approve" not in page(client, f"/{ticket.id}")


def test_an_approved_order_has_no_button_any_more(
    client: FlaskClient, agent: Any, database: Database
) -> None:
    ticket = request_of_order(database)
    hear(
        database,
        handlers,
        billing.OrderChanged(
            order_id="ord_1",
            number=10483,
            customer_id=ROBERT,
            partner_id="par_1",
            version=2,
            old="awaiting_approval",
            new="active",
            approval="done",
        ),
    )

    shown = page(client, f"/{ticket.id}")

    assert "/approve" not in shown
    assert "Open the order" in shown


def test_a_form_of_another_site_is_refused_even_from_somebody_signed_out(
    client: FlaskClient, opened: Opened
) -> None:
    answer = client.post(
        f"/admin/tickets/{opened()}/closures", data={}, headers={"Origin": "https://elsewhere.example"}
    )

    assert answer.status_code == 403


def wished(opened: Opened, **changes: Any) -> str:
    wish = {
        "subscription_id": "sub_1",
        "service": "Fibre 100",
        "plan_id": "plan_5",
        "plan": "Fibre 500",
        "start_on": "2026-12-01",
        "quote_id": "quo_1",
        "lines": [
            {"label": "Price of change", "explanation": "", "amount": {"amount": "2.00", "currency": "EUR"}}
        ],
        "due_now": {"amount": "2.00", "currency": "EUR"},
    }
    return opened(type=rules.Type.PLAN_CHANGE, plan_change={**wish, **changes})


def test_a_wish_for_another_plan_is_applied_with_one_click(
    client: FlaskClient, agent: Any, opened: Opened
) -> None:
    ticket_id = wished(opened)

    shown = page(client, f"/{ticket_id}")

    assert "Fibre 100" in shown
    assert "Change to Fibre 500" in shown
    assert "/admin/billing/plan-change-requests/apply" in shown
    assert 'value="2026-12-01"' in shown
    assert "€2.00" in shown


def test_a_wish_without_a_plan_leads_to_the_choice(client: FlaskClient, agent: Any, opened: Opened) -> None:
    ticket_id = wished(opened, plan_id=None, plan=None, start_on=None, quote_id=None, lines=[], due_now=None)

    shown = page(client, f"/{ticket_id}")

    assert "plan-change-requests/apply" not in shown
    assert f"/admin/billing/subscriptions/sub_1/change-plan?ticket_id={ticket_id}" in shown


def test_each_side_reads_an_order_in_its_own_language(
    client: FlaskClient, agent: Any, database: Database, service_token: Callable[..., str]
) -> None:
    price, day = Money(3000, "EUR"), date(2026, 11, 20)
    item = billing.OrderedItem(
        plan_id="plan_1",
        name="Fibre 300",
        kind="internet",
        quantity=1,
        amount=Money(1100, "EUR"),
        price=price,
        why="part_period",
        days=11,
        nominal_days=30,
        first_on=day,
        last_on=day,
    )
    ticket = request_of_order(database, items=(item,), total=Money(1100, "EUR"), then_days=30)
    rejected = billing.OrderRejected(
        order_id="ord_1",
        number=10483,
        customer_id=ROBERT,
        partner_id="par_1",
        version=2,
        reason="Kein Anschluss.",
    )
    hear(database, handlers, rejected)

    asked = {"Authorization": f"Bearer {service_token('tickets', ROBERT, 'par_1')}", "Accept-Language": "de"}
    thread = client.get(f"/api/v1/tickets/{ticket.id}", headers=asked).get_json()
    shown = page(client, f"/{ticket.id}?lang=en")

    assert thread["subject"] == "Bestellung 10483: Fibre 300"
    order, refused = (message["body"] for message in thread["messages"])
    assert order.startswith("Fibre 300: 11,00\xa0€ (30,00\xa0€ / 30 Tage × 11 Tage (20. Nov.")
    assert order.endswith("\nSumme: 11,00\xa0€\nDanach 38,00\xa0€ alle 30 Tage")
    assert refused == "Die Bestellung 10483 ist abgelehnt: Kein Anschluss."
    assert "Then €38.00 every 30 days" in shown
    assert "Order 10483 is rejected: Kein Anschluss." in shown
