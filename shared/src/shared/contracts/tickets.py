"""Facts the tickets service states."""

from dataclasses import dataclass

from shared.contracts.event import Event


@dataclass(frozen=True, kw_only=True)
class TicketOpened(Event, name="tickets.ticket_opened", subject="ticket_id"):
    """
    A support case exists; *source* is administration, portal, api or order.

    A request for another plan names the subscription it is about.
    """

    ticket_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    subject_line: str
    status: str
    source: str
    order_id: str | None = None
    subscription_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TicketAnswered(Event, name="tickets.ticket_answered", subject="ticket_id"):
    """
    Somebody wrote in a ticket; *by* is agent or customer.
    """

    ticket_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    subject_line: str
    by: str
    status: str


@dataclass(frozen=True, kw_only=True)
class TicketClosed(Event, name="tickets.ticket_closed", subject="ticket_id"):
    """
    A support case is solved.
    """

    ticket_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    subject_line: str


@dataclass(frozen=True, kw_only=True)
class TicketReopened(Event, name="tickets.ticket_reopened", subject="ticket_id"):
    """
    A solved support case is worked on again; *by* is agent or customer.
    """

    ticket_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    subject_line: str
    by: str
    status: str
