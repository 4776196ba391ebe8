"""Remind a customer by mail of what is open, what follows if nobody pays and when, and where to pay."""

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from customers import queries
from customers.domain.message import State
from customers.domain.texts import N_
from customers.models import Ahead, Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import OpenBill, ReminderDue

KIND = "reminder"
CONSEQUENCES = {
    "blocked": N_("Without a payment your access is paused on %(on)s."),
    "inactive": N_("Without a payment your services end on %(on)s."),
}


def write_reminder(session: Session, fact: ReminderDue, *, about: str) -> Message | None:
    """
    Queue the reminder *about* its fact; nothing for who is known to owe less by now.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    ahead = session.get(Ahead, fact.customer_id)
    if ahead is not None and ahead.version > fact.version and ahead.owed < fact.owed.minor:
        return None
    say = voice(customer.language)
    news = News(
        kind=KIND,
        about=about,
        subject_line=_subject(fact, say),
        paragraphs=(
            say(N_("%(owed)s are still to be paid:"), owed=fact.owed),
            "\n".join(_bill(each, say, fact.on) for each in fact.bills),
            _consequence(fact, say),
            say(N_("If you have paid in the meantime, there is nothing left for you to do.")),
        ),
        call=say(N_("Pay now:")),
        page="/portal/bills/pay",
        of_money=True,
    )
    return write_customer(session, customer, news)


def withdraw_reminders(session: Session, customer_id: str) -> None:
    """
    Take back what waits to be sent: it would say that more is owed than is.
    """
    waiting = (Message.customer_id == customer_id, Message.kind == KIND, Message.state == State.QUEUED)
    session.execute(update(Message).where(*waiting).values(state=State.WITHDRAWN))


def _subject(fact: ReminderDue, say: Say) -> str:
    due_on = min(each.due_on for each in fact.bills)
    if due_on <= fact.on:
        return say(N_("Reminder: %(owed)s due since %(due)s"), owed=fact.owed, due=due_on)
    return say(N_("Reminder: please pay %(owed)s before %(due)s"), owed=fact.owed, due=due_on)


def _bill(bill: OpenBill, say: Say, today: date) -> str:
    text = N_("- Bill %(number)s of %(issued)s: %(open)s, to be paid before %(due)s")
    if bill.due_on <= today:
        text = N_("- Bill %(number)s of %(issued)s: %(open)s, due since %(due)s")
    return say(text, number=bill.number, issued=bill.issued_on, open=bill.open, due=bill.due_on)


def _consequence(fact: ReminderDue, say: Say) -> str:
    lines = [say(N_("Your access is paused."))] if fact.blocked else []
    lines += [say(CONSEQUENCES[each.code], on=each.on) for each in fact.steps if each.code in CONSEQUENCES]
    return "\n".join(lines)
