"""Write down a mail to be sent; the worker sends it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers.domain.message import State
from customers.models import Message
from shared import clock
from shared.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    A mail of one *kind* *about* one thing; *path* is the page of *path_service* that the mail leads to.

    The link to it is put where ``LINK`` stands in the body, else at its end. *bulk* lets the rest go first.
    """

    kind: str
    about: str
    customer_id: str
    partner_id: str
    recipients: tuple[str, ...]
    subject_line: str
    body: str
    order_id: str | None = None
    path_service: str | None = None
    path: str | None = None
    bulk: bool = False


def queue_message(session: Session, draft: Draft) -> Message:
    """
    Queue the mail, once for its kind and what it is about, and return it.
    """
    known = select(Message).where(Message.kind == draft.kind, Message.about == draft.about)
    message = session.scalar(known)
    if message is None:
        now = clock.real_now()
        message = Message(
            id=new_id("msg"),
            kind=draft.kind,
            about=draft.about,
            customer_id=draft.customer_id,
            partner_id=draft.partner_id,
            order_id=draft.order_id,
            recipients=list(draft.recipients),
            subject_line=draft.subject_line[:200],
            body=draft.body,
            path_service=draft.path_service,
            path=draft.path,
            bulk=draft.bulk,
            state=State.QUEUED,
            attempts=0,
            next_at=now,
            created_at=now,
        )
        session.add(message)
        if not draft.bulk:  # those of a batch are written together
            session.flush()
    return message
