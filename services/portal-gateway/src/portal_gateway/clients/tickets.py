"""Asks tickets about support cases."""

from typing import Any, NotRequired, TypedDict

from portal_gateway.clients.calls import Caller, Calls, Page


class Message(TypedDict):
    """
    One message of a thread.
    """

    id: str
    by: str
    author: str
    body: str
    at: str


class Ticket(TypedDict):
    """
    A support case as its reporter sees it.
    """

    id: str
    number: str | int
    subject: str
    status: str
    label: str
    type: str
    order_id: str | None
    created_at: str
    updated_at: str
    last_reply_by: str | None
    messages: NotRequired[list[Message]]


class Tickets:
    """
    The tickets service.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def types(self, caller: Caller) -> list[dict[str, Any]]:
        """
        Return what a request can be about.
        """
        return list(self.calls.get("/ticket-types", principal=caller)["items"])

    def tickets(self, caller: Caller, **page: str | int) -> Page[Ticket]:
        """
        Return the caller's cases, newest first.
        """
        answer: Page[Ticket] = self.calls.get("/tickets", principal=caller, params=page)
        return answer

    def ticket(self, caller: Caller, ticket_id: str) -> Ticket:
        """
        Return one case with its messages.
        """
        answer: Ticket = self.calls.get(f"/tickets/{ticket_id}", principal=caller)
        return answer

    def open(self, caller: Caller, *, body: dict[str, Any], key: str | None) -> Ticket:
        """
        Open a case.
        """
        answer: Ticket = self.calls.post("/tickets", json=body, principal=caller, idempotency_key=key)
        return answer

    def reply(self, caller: Caller, ticket_id: str, *, text: str, key: str | None) -> Any:
        """
        Write in a case.
        """
        path = f"/tickets/{ticket_id}/messages"
        return self.calls.post(path, json={"body": text}, principal=caller, idempotency_key=key)

    def close(self, caller: Caller, ticket_id: str) -> Any:
        """
        Say that it is solved.
        """
        return self.calls.post(f"/tickets/{ticket_id}/closures", json={}, principal=caller)

    def reopen(self, caller: Caller, ticket_id: str) -> Any:
        """
        Say that it is not solved after all.
        """
        return self.calls.post(f"/tickets/{ticket_id}/reopenings", json={}, principal=caller)
