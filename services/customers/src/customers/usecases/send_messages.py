"""
Deliver the queued mails: record the try, call the mail server, record what came of it.

A sender that dies in between leaves the mail to the next one after its lease; a mail may then arrive twice,
both times with the same Message-ID, but it is never lost.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from customers import queries
from customers.clients.mail import Letter, Mailer, Undelivered
from customers.domain.activity import Line
from customers.domain.message import LEASE, LINK, SECRET, State, wait_after
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.note_activity import note_act, note_fact
from shared import clock
from shared.bus.outbox import tell
from shared.contracts.customers import BillMailed, MessageFailed
from shared.contracts.envelope import Envelope
from shared.db import Database

BILL = "/portal/bills/"
# Each lane is one look into the index, however many bills wait; what a dead sender left goes before them.
LANES = ((State.QUEUED, False), (State.SENDING, False), (State.QUEUED, True), (State.SENDING, True))


def send_next(db: Database, mail: Mailer, *, sender: str, homes: Mapping[str, str]) -> bool:
    """
    Try the mail that has waited longest, and tell whether there was one; *homes* says where pages are.
    """
    # Only looking costs no writer's turn, and most of the time there is nothing.
    with db.read() as session:
        if not any(session.scalar(_due(lane, clock.real_now())) for lane in LANES):
            return False
    with db.begin() as session:
        letter = _take(session, clock.real_now(), sender, homes)
    if letter is None:
        return False
    try:
        answer = mail.send(letter)
    except Undelivered as failure:
        with db.begin() as session:
            _failed(session, letter.id, str(failure))
    else:
        with db.begin() as session:
            _sent(session, letter.id, answer)
    return True


def give_up(session: Session, message: Message, *, reason: str) -> None:
    """
    Stop trying, and tell the others: a requested order then becomes a ticket (decision D29).
    """
    if message.state is State.FAILED:
        return
    message.state, message.error = State.FAILED, reason[:500]
    _keep_no_secret(message)
    fact = MessageFailed(
        message_id=message.id,
        partner_id=message.partner_id,
        customer_id=message.customer_id,
        order_id=message.order_id,
        subject_line=message.subject_line,
        body=message.body,
        reason=message.error,
    )
    note_fact(session, tell(session, fact))
    _note_try(session, message, reason)


def _due(lane: tuple[State, bool], now: datetime) -> Select[tuple[Message]]:
    mine = (Message.state == lane[0], Message.bulk.is_(lane[1]), Message.next_at <= now)
    return select(Message).where(*mine).order_by(Message.next_at).limit(1)


def _take(session: Session, now: datetime, sender: str, homes: Mapping[str, str]) -> Letter | None:
    looks = (session.scalar(_due(lane, now).with_for_update(skip_locked=True)) for lane in LANES)
    message = next(filter(None, looks), None)
    if message is None:
        return None
    message.state, message.next_at = State.SENDING, now + LEASE
    message.attempts += 1
    partner = queries.partner(session, message.partner_id, None)
    return Letter(
        id=message.id,
        sender=sender,
        recipients=tuple(message.recipients),
        subject_line=message.subject_line,
        body=_body(message, homes),
        reply_to=partner.help_email,
    )


def _body(message: Message, homes: Mapping[str, str]) -> str:
    home = homes.get(message.path_service or "")
    link = f"{home.rstrip('/')}{message.path}" if home else ""
    if LINK in message.body:
        return message.body.replace(LINK, link)
    return f"{message.body}\n{link}\n" if link else message.body


def _sent(session: Session, message_id: str, answer: str) -> None:
    message = session.get_one(Message, message_id)
    message.state, message.sent_at, message.error = State.SENT, clock.real_now(), ""
    _keep_no_secret(message)
    words, to = N_("Mail was sent to %(to)s: %(subject_line)s"), ", ".join(message.recipients)
    told = _tell_bill(session, message, answer)
    if told:
        note_fact(session, told, Line(words, {"to": to, "subject_line": message.subject_line}))
        return
    note_act(
        session,
        "customers.message_sent",
        words,
        partner_id=message.partner_id,
        customer_id=message.customer_id,
        to=to,
        subject_line=message.subject_line,
    )


def _tell_bill(session: Session, message: Message, answer: str) -> Envelope | None:
    # The page it leads to says which bill it is about.
    invoice_id = (message.path or "").removeprefix(BILL)
    if not invoice_id.startswith("inv_"):
        return None
    fact = BillMailed(
        message_id=message.id,
        partner_id=message.partner_id,
        customer_id=message.customer_id,
        invoice_id=invoice_id,
        recipients=tuple(message.recipients),
        subject_line=message.subject_line,
        state=message.state.value,
        attempts=message.attempts,
        tried_at=clock.now(),
        answer=answer[:500],
    )
    return tell(session, fact)


def _keep_no_secret(message: Message) -> None:
    if message.kind in SECRET:
        message.body = ""


def _failed(session: Session, message_id: str, reason: str) -> None:
    message = session.get_one(Message, message_id)
    wait = wait_after(message.attempts)
    if wait is None:
        give_up(session, message, reason=reason)
        return
    message.state, message.error = State.QUEUED, reason[:500]
    message.next_at = clock.real_now() + wait
    _note_try(session, message, reason)


def _note_try(session: Session, message: Message, reason: str) -> None:
    told = _tell_bill(session, message, reason)
    if told:
        note_fact(session, told)
