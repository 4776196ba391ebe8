"""Write in an order's ticket what became of the order."""

from datetime import datetime

from sqlalchemy.orm import Session

from tickets.domain import ticket as rules
from tickets.domain.order_text import Notice
from tickets.queries import of_order
from tickets.usecases.write_message import write_message


def note_order_outcome(
    session: Session, *, order_id: str, notice: Notice, public: bool, now: datetime
) -> None:
    """
    Add *notice* as a message of the system, for both sides when *public*; nothing when there is no ticket.
    """
    found = of_order(session, order_id)
    if found is None:
        return
    write_message(
        session,
        found,
        kind=rules.Message.NOTICE if public else rules.Message.CHANGE,
        by=rules.Author.SYSTEM,
        author="Ledgerline",
        body=str(notice.text),
        said=notice.kept,
        now=now,
    )
