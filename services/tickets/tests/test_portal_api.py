"""What a subscriber can do with their own tickets, and only with those."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.contracts import tickets as facts
from shared.db import Database
from shared.testing import answers_problem, told
from tickets.domain import ticket as rules
from tickets.queries import EVERYTHING
from tickets.usecases.add_note import add_note
from tickets.usecases.edit_ticket import Properties, edit_ticket
from tickets.usecases.reply import reply

Call = Callable[..., Any]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
QUESTION = {"type": "question", "subject": "Where is my router?", "message": "It should be here."}


@pytest.fixture(autouse=True)
def _at_nine(travel: Callable[[datetime], None]) -> None:
    travel(NOW)


def ask(call: Call, **changes: Any) -> dict[str, Any]:
    answer = call("POST", "/tickets", {**QUESTION, **changes})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    ticket: dict[str, Any] = answer.get_json()
    return ticket


def answer_as_agent(database: Database, ticket_id: str, body: str = "It is on its way.") -> None:
    with database.begin() as session:
        reply(
            session,
            ticket_id=ticket_id,
            scope=EVERYTHING,
            by=rules.Author.AGENT,
            author="Sam",
            body=body,
            now=NOW,
        )


def test_a_question_becomes_a_ticket_and_is_told(as_robert: Call, known: Call, database: Database) -> None:
    known()

    ticket = ask(as_robert)

    assert (ticket["number"], ticket["subject"], ticket["type"]) == (1, "Where is my router?", "question")
    assert (ticket["status"], ticket["label"], ticket["last_reply_by"]) == ("new", "With us", "customer")
    assert [(said["by"], said["author"], said["body"]) for said in ticket["messages"]] == [
        ("customer", "Robert Myers", "It should be here.")
    ]
    assert told(database) == [
        facts.TicketOpened(
            ticket_id=ticket["id"],
            number=1,
            customer_id="cus_1",
            partner_id="par_1",
            version=1,
            subject_line="Where is my router?",
            status="new",
            source="portal",
        )
    ]


def test_numbers_count_up_without_gaps(as_robert: Call, as_elena: Call) -> None:
    first = ask(as_robert)
    answers_problem(as_elena("POST", "/tickets", {**QUESTION, "subject": " "}), 422, "validation_failed")
    second = ask(as_elena)

    assert (first["number"], second["number"]) == (1, 2)


def test_somebody_not_told_about_yet_can_ask_all_the_same(as_robert: Call) -> None:
    assert ask(as_robert)["messages"][0]["author"] == "Customer"


def test_asking_twice_with_one_key_opens_one_ticket(as_robert: Call, database: Database) -> None:
    first = as_robert("POST", "/tickets", QUESTION, key="k1")
    second = as_robert("POST", "/tickets", QUESTION, key="k1")

    assert first.get_json() == second.get_json()
    assert len(told(database)) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "order"}, "#/type"),
        ({"type": "tractor"}, "#/type"),
        ({"subject": ""}, "#/subject"),
        ({"subject": "x" * 151}, "#/subject"),
        ({"message": " \n"}, "#/message"),
        ({"message": "x" * 10_001}, "#/message"),
        ({"message": 5}, "#/message"),
        ({"priority": "urgent"}, "#/priority"),
        ({"customer_id": "cus_2"}, "#/customer_id"),
    ],
)
def test_a_question_that_breaks_a_rule_names_the_field(
    as_robert: Call, database: Database, change: dict[str, Any], pointer: str
) -> None:
    problem = answers_problem(as_robert("POST", "/tickets", {**QUESTION, **change}), 422, "validation_failed")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert told(database) == []


def test_types_have_words_and_leave_out_orders(as_robert: Call) -> None:
    assert as_robert("GET", "/ticket-types").get_json()["items"] == [
        {"id": "question", "label": "Question"},
        {"id": "incident", "label": "Incident"},
        {"id": "problem", "label": "Problem"},
        {"id": "feature_request", "label": "Feature request"},
    ]


def test_answers_go_back_and_forth(as_robert: Call, database: Database) -> None:
    ticket = ask(as_robert)
    answer_as_agent(database, ticket["id"])
    assert as_robert("GET", f"/tickets/{ticket['id']}").get_json()["label"] == "Your turn"

    answer = as_robert("POST", f"/tickets/{ticket['id']}/messages", {"body": "Thanks."})

    thread = answer.get_json()
    assert answer.status_code == 201
    assert (thread["status"], thread["label"]) == ("waiting_on_agent", "With us")
    assert [said["body"] for said in thread["messages"]] == [
        "It should be here.",
        "It is on its way.",
        "Thanks.",
    ]
    answered = [fact for fact in told(database) if isinstance(fact, facts.TicketAnswered)]
    assert [(fact.by, fact.status, fact.version) for fact in answered] == [
        ("agent", "waiting_on_customer", 2),
        ("customer", "waiting_on_agent", 3),
    ]


def test_what_agents_note_or_set_never_reaches_the_portal(as_robert: Call, database: Database) -> None:
    ticket = ask(as_robert)
    with database.begin() as session:
        add_note(
            session,
            ticket_id=ticket["id"],
            scope=EVERYTHING,
            author="Sam",
            body="Suspicious: SECRET",
            now=NOW,
        )
        edit_ticket(
            session,
            ticket_id=ticket["id"],
            scope=EVERYTHING,
            seen_version=2,
            properties=Properties(
                status=rules.Status.IN_PROGRESS,
                priority=rules.Priority.URGENT,
                type=rules.Type.INCIDENT,
                assignee_id="stf_SECRET",
                assignee_name="SECRET",
            ),
            author="Sam",
            now=NOW,
        )

    for path in ("/tickets", f"/tickets/{ticket['id']}"):
        text = as_robert("GET", path).get_data(as_text=True)
        assert "SECRET" not in text
        assert "urgent" not in text
    assert len(as_robert("GET", f"/tickets/{ticket['id']}").get_json()["messages"]) == 1


def test_closing_tells_once_and_a_closed_ticket_takes_no_reply(as_robert: Call, database: Database) -> None:
    path = f"/tickets/{ask(as_robert)['id']}"

    closed = as_robert("POST", f"{path}/closures").get_json()
    as_robert("POST", f"{path}/closures")

    assert (closed["status"], closed["label"]) == ("resolved", "Solved")
    assert len([fact for fact in told(database) if isinstance(fact, facts.TicketClosed)]) == 1
    answers_problem(as_robert("POST", f"{path}/messages", {"body": "One more thing"}), 409, "ticket_closed")


def test_a_closed_ticket_can_be_reopened_for_14_days(
    as_robert: Call, travel: Callable[[datetime], None], database: Database
) -> None:
    path = f"/tickets/{ask(as_robert)['id']}"
    answers_problem(as_robert("POST", f"{path}/reopenings"), 409, "ticket_open")
    as_robert("POST", f"{path}/closures")
    travel(NOW + timedelta(days=13))

    assert as_robert("POST", f"{path}/reopenings").get_json()["status"] == "in_progress"
    fact = told(database)[-1]
    assert isinstance(fact, facts.TicketReopened)
    assert (fact.by, fact.status) == ("customer", "in_progress")

    as_robert("POST", f"{path}/closures")
    travel(NOW + timedelta(days=28))
    answers_problem(as_robert("POST", f"{path}/reopenings"), 409, "reopen_too_late")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/messages", {"body": "Mine now"}),
        ("POST", "/closures", None),
        ("POST", "/reopenings", None),
    ],
)
def test_what_belongs_to_somebody_else_is_not_there(
    as_robert: Call, as_elena: Call, database: Database, method: str, path: str, body: Any
) -> None:
    ticket_id = ask(as_robert)["id"]

    foreign = as_elena(method, f"/tickets/{ticket_id}{path}", body)
    missing = as_elena(method, f"/tickets/tkt_none{path}", body)

    for answer in (foreign, missing):
        answers_problem(answer, 404, "ticket_not_found")
    assert as_elena("GET", "/tickets").get_json()["items"] == []
    assert len(told(database)) == 1


def test_an_answer_names_only_what_it_says(as_robert: Call) -> None:
    path = f"/tickets/{ask(as_robert)['id']}/messages"

    for body, pointer in (({"body": ""}, "#/body"), ({"body": "x", "by": "agent"}, "#/by"), ({}, "#/body")):
        problem = answers_problem(as_robert("POST", path, body), 422, "validation_failed")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_the_list_pages_from_the_last_touched(as_robert: Call, travel: Callable[[datetime], None]) -> None:
    for minute in range(5):
        travel(NOW + timedelta(minutes=minute))
        ask(as_robert, subject=f"Question {minute}")

    first = as_robert("GET", "/tickets?limit=2").get_json()
    second = as_robert("GET", first["next"].removeprefix("/api/v1")).get_json()
    third = as_robert("GET", second["next"].removeprefix("/api/v1")).get_json()

    subjects = [item["subject"] for page in (first, second, third) for item in page["items"]]
    assert subjects == [f"Question {minute}" for minute in (4, 3, 2, 1, 0)]
    assert "next" not in third


def test_nobody_but_a_subscriber_may_ask(client: Any, service_token: Callable[..., str]) -> None:
    answers_problem(client.get("/api/v1/tickets"), 401, "authentication_required")
    token = service_token("tickets")
    answer = client.get("/api/v1/tickets", headers={"Authorization": f"Bearer {token}"})
    answers_problem(answer, 403, "not_allowed")


WISH = {
    "subscription_id": "sub_1",
    "service": "Fibre 100",
    "plan_id": "plan_5",
    "plan": "Fibre 500",
    "start_on": "2026-12-01",
    "quote_id": "quo_1",
    "lines": [
        {
            "label": "Price of change",
            "explanation": "Once",
            "amount": {"amount": "2.00", "currency": "EUR"},
        }
    ],
    "due_now": {"amount": "2.00", "currency": "EUR"},
}


def test_a_wish_for_another_plan_travels_with_its_ticket(
    as_robert: Call, known: Call, database: Database
) -> None:
    known()

    ticket = ask(as_robert, type="plan_change", subject="", message="", plan_change=WISH)

    assert (ticket["type"], ticket["subscription_id"]) == ("plan_change", "sub_1")
    assert ticket["change_state"] == "asked"
    assert ticket["messages"][0]["body"].startswith("I would like to change Fibre 100 to Fibre 500 from")
    assert "Together: EUR 2.00" in ticket["messages"][0]["body"]
    opened = told(database)[-1]
    assert isinstance(opened, facts.TicketOpened)
    assert opened.subscription_id == "sub_1"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"type": "plan_change"}, id="no wish"),
        pytest.param({"plan_change": WISH}, id="a wish in a question"),
        pytest.param({"type": "order"}, id="orders open their own"),
        pytest.param(
            {"type": "plan_change", "plan_change": {**WISH, "subscription_id": ""}}, id="no service"
        ),
        pytest.param(
            {"type": "plan_change", "plan_change": {**WISH, "due_now": {"amount": "1e9", "currency": "EUR"}}},
            id="an amount that is none",
        ),
        pytest.param(
            {"type": "plan_change", "plan_change": {**WISH, "lines": [{"label": "x"}] * 21}},
            id="too many lines",
        ),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_and_opens_nothing(
    as_robert: Call, database: Database, changes: dict[str, Any]
) -> None:
    answers_problem(as_robert("POST", "/tickets", {**QUESTION, **changes}), 422, "validation_failed")

    assert told(database) == []


def test_a_wish_speaks_the_customers_language_and_keeps_what_they_said(as_robert: Call, known: Call) -> None:
    known(language="de")
    bare = {**WISH, "plan_id": None, "plan": None, "start_on": None, "lines": [], "due_now": None}

    ticket = ask(as_robert, type="plan_change", subject="", message="Mehr Upload.", plan_change=bare)

    assert ticket["subject"] == "Fibre 100: anderer Tarif"
    assert (
        ticket["messages"][0]["body"] == "Ich hätte gern einen anderen Tarif für Fibre 100.\n\nMehr Upload."
    )
