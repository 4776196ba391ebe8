"""How a ticket moves by itself, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.domain.ticket import (
    AGENT_LABELS,
    CUSTOMER_LABELS,
    Author,
    Status,
    TicketClosed,
    TicketOpen,
    TooLateToReopen,
    after_reopening,
    after_reply,
    problems,
)

CLOSED_AT = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
UNSOLVED = [status for status in Status if status is not Status.RESOLVED]


@pytest.mark.parametrize("status", UNSOLVED)
def test_a_reply_makes_the_ticket_wait_on_the_other_side(status: Status) -> None:
    assert after_reply(status, Author.CUSTOMER) is Status.WAITING_ON_AGENT
    assert after_reply(status, Author.AGENT) is Status.WAITING_ON_CUSTOMER


@pytest.mark.parametrize("by", [Author.CUSTOMER, Author.AGENT])
def test_a_closed_ticket_takes_no_reply(by: Author) -> None:
    with pytest.raises(TicketClosed):
        after_reply(Status.RESOLVED, by)


def test_a_closed_ticket_reopens_as_work_in_progress_until_the_14th_day() -> None:
    now = CLOSED_AT + timedelta(days=14)

    assert after_reopening(Status.RESOLVED, closed_at=CLOSED_AT, now=now) is Status.IN_PROGRESS


def test_after_14_days_it_stays_closed() -> None:
    now = CLOSED_AT + timedelta(days=14, seconds=1)

    with pytest.raises(TooLateToReopen):
        after_reopening(Status.RESOLVED, closed_at=CLOSED_AT, now=now)


@pytest.mark.parametrize("status", UNSOLVED)
def test_an_open_ticket_cannot_be_reopened(status: Status) -> None:
    with pytest.raises(TicketOpen):
        after_reopening(status, closed_at=None, now=CLOSED_AT)


def test_every_status_has_a_word_for_agents_and_one_for_customers() -> None:
    assert set(AGENT_LABELS) == set(CUSTOMER_LABELS) == set(Status)
    assert CUSTOMER_LABELS[Status.WAITING_ON_CUSTOMER] == "Your turn"


def test_subject_and_message_are_needed_and_have_an_end() -> None:
    assert [problem.pointer for problem in problems(message=" ", subject="")] == ["#/subject", "#/message"]
    assert [problem.pointer for problem in problems(message="x" * 10_001, subject="y" * 151)] == [
        "#/subject",
        "#/message",
    ]
    assert problems(message="Hello", subject="Hello") == []
