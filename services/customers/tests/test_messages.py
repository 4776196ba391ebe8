"""Mail goes out once, is tried again when refused, and becomes a ticket when nothing helps."""

import email
from dataclasses import replace
from datetime import timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from customers.clients.mail import Folder, Kept, Letter, Mailer, Smtp, Undelivered, mailer
from customers.domain.message import State
from customers.models import Activity, Message
from customers.usecases.queue_message import Draft, queue_message
from customers.usecases.seed_demo import DEFAULT, demo_id
from customers.usecases.send_messages import send_next
from shared import clock
from shared.contracts.customers import BillMailed, MessageFailed
from shared.db import Database
from shared.testing import told

ROBERT = demo_id("cus", 1)
HOMES = {"billing": "http://billing.test", "portal": "https://my.example.net"}
DRAFT = Draft(
    kind="order_request",
    about="ord_1",
    customer_id=ROBERT,
    partner_id=DEFAULT,
    order_id="ord_1",
    recipients=("orders@example.net",),
    subject_line="Order 10483: Zoë Müller",
    body="Total: EUR 30.00\n",
    path_service="billing",
    path="/admin/billing/orders/ord_1",
)
LETTER = Letter(
    id="msg_1",
    sender="Shop <shop@example.net>",
    recipients=("a@example.net",),
    subject_line="Hello",
    body="Grüße\n",
)


@pytest.fixture
def queued(demo: Database) -> Database:
    with demo.begin() as session:
        queue_message(session, DRAFT)
    return demo


def send(db: Database, mail: Mailer) -> bool:
    return send_next(db, mail, sender="Shop <shop@example.net>", homes=HOMES)


def message(db: Database) -> Message:
    with db.read() as session:
        return session.scalars(select(Message)).one()


def due_now(db: Database) -> None:
    with db.begin() as session:
        session.execute(update(Message).values(next_at=clock.real_now() - timedelta(seconds=1)))


def test_a_queued_mail_is_sent_once(queued: Database) -> None:
    mail = Kept()

    answers = [send(queued, mail), send(queued, mail)]

    assert answers == [True, False]
    (letter,) = mail.letters
    assert letter.recipients == ("orders@example.net",)
    assert letter.body == "Total: EUR 30.00\n\nhttp://billing.test/admin/billing/orders/ord_1\n"
    assert letter.reply_to == "help@harbour-fibre.example"
    assert message(queued).state is State.SENT
    with queued.read() as session:
        line = session.scalars(select(Activity).where(Activity.kind == "customers.message_sent")).one()
        assert line.words % line.params == "Mail was sent to orders@example.net: Order 10483: Zoë Müller"


def test_asking_twice_for_the_same_mail_queues_one(queued: Database) -> None:
    with queued.begin() as session:
        again = queue_message(session, DRAFT)

    assert again.id == message(queued).id


def test_a_refused_mail_waits_and_is_tried_again(queued: Database) -> None:
    mail = Kept(refusals=1)

    send(queued, mail)
    waiting = message(queued)
    due_now(queued)
    send(queued, mail)

    assert (waiting.state, waiting.attempts, waiting.error) == (State.QUEUED, 1, "refused on purpose")
    assert waiting.next_at - waiting.created_at > timedelta(seconds=9)
    assert message(queued).state is State.SENT
    assert len(mail.letters) == 1


def test_after_the_last_try_the_order_falls_back_to_a_ticket(queued: Database) -> None:
    mail = Kept(refusals=99)

    for _turn in range(7):
        due_now(queued)
        send(queued, mail)

    facts = [fact for fact in told(queued) if isinstance(fact, MessageFailed)]
    assert (message(queued).state, message(queued).attempts) == (State.FAILED, 5)
    assert facts == [
        MessageFailed(
            message_id=message(queued).id,
            partner_id=DEFAULT,
            customer_id=ROBERT,
            order_id="ord_1",
            subject_line="Order 10483: Zoë Müller",
            body="Total: EUR 30.00\n",
            reason="refused on purpose",
        )
    ]


def test_a_sender_that_died_is_taken_over_after_its_lease(queued: Database) -> None:
    class Dying:
        def send(self, letter: Letter) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(queued, Dying())
    mail = Kept()
    early = send(queued, mail)
    due_now(queued)
    late = send(queued, mail)

    assert (early, late) == (False, True)
    assert message(queued).state is State.SENT


def test_a_letter_reaches_a_real_mail_server(queued: Database, smtp_server: Any) -> None:
    send(queued, mailer(smtp_server.url))

    ((recipients, text),) = smtp_server.letters
    letter = email.message_from_string(text, policy=policy.default)
    assert recipients == ["orders@example.net"]
    assert letter["Subject"] == "Order 10483: Zoë Müller"
    assert letter["Message-ID"] == f"<{message(queued).id}@ledgerline.invalid>"
    assert "Total: EUR 30.00" in letter.get_content()
    assert message(queued).state is State.SENT


def test_a_mail_server_that_refuses_counts_as_a_try(queued: Database, smtp_server: Any) -> None:
    smtp_server.refuse = True

    send(queued, mailer(smtp_server.url))

    assert (message(queued).state, message(queued).attempts) == (State.QUEUED, 1)
    assert "SMTPRecipientsRefused" in message(queued).error


def test_a_mail_server_that_is_gone_counts_as_a_try(queued: Database) -> None:
    send(queued, mailer("smtp://127.0.0.1:1"))

    assert (message(queued).state, message(queued).attempts) == (State.QUEUED, 1)
    assert "ConnectionRefusedError" in message(queued).error


def test_a_folder_keeps_a_letter_as_a_file(tmp_path: Path) -> None:
    mailer(f"file://{tmp_path}/mail").send(LETTER)

    letter = email.message_from_bytes((tmp_path / "mail" / "msg_1.eml").read_bytes(), policy=policy.default)
    assert (letter["To"], letter.get_content()) == ("a@example.net", "Grüße\n")


def test_nothing_typed_can_add_a_header(tmp_path: Path) -> None:
    forged = Letter(
        id="msg_2",
        sender="Shop <shop@example.net>",
        recipients=("a@example.net",),
        subject_line="Hello\r\nBcc: evil@example.net",
        body="",
    )

    Folder(tmp_path).send(forged)

    letter = email.message_from_bytes((tmp_path / "msg_2.eml").read_bytes(), policy=policy.default)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello  Bcc: evil@example.net"


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "file://"])
def test_an_unclear_mail_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"use file|needs a"):
        mailer(url)


def test_a_mail_url_may_carry_a_login() -> None:
    assert mailer("smtps://me:p%40ss@mail.example.net") == Smtp(
        host="mail.example.net", port=465, tls=True, user="me", password="p@ss"
    )


def test_an_unreachable_server_is_undelivered() -> None:
    with pytest.raises(Undelivered):
        Smtp(host="127.0.0.1", port=1).send(LETTER)


def test_each_try_of_a_mail_about_a_bill_is_told_with_what_the_server_said(
    demo: Database, smtp_server: Any
) -> None:
    with demo.begin() as session:
        queue_message(session, replace(DRAFT, kind="invoice", path="/portal/bills/inv_1", order_id=None))
    smtp_server.refuse = True
    send(demo, mailer(smtp_server.url))
    smtp_server.refuse = False
    due_now(demo)
    send(demo, mailer(smtp_server.url))

    first, second = [fact for fact in told(demo) if isinstance(fact, BillMailed)]
    assert (first.state, first.attempts, second.state, second.attempts) == ("queued", 1, "sent", 2)
    assert (second.invoice_id, second.recipients) == ("inv_1", ("orders@example.net",))
    assert "SMTPRecipientsRefused" in first.answer
    assert second.answer.startswith("250 ")
    with demo.read() as session:
        lines = session.scalars(select(Activity).where(Activity.kind == "customers.bill_mailed")).all()
        assert [line.words % line.params for line in lines if not line.technical] == [
            "Mail was sent to orders@example.net: Order 10483: Zoë Müller"
        ]
