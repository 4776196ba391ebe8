"""Tell a customer by mail that access is paused, that services ended unpaid, or that all is back."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.status import Reason, Status
from customers.domain.texts import N_
from customers.models import Customer, Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import AccountBlocked, AccountCleared, AccountDeactivated

TO_PAY = "/portal/bills/pay"


def write_blocked(session: Session, fact: AccountBlocked, *, about: str) -> Message | None:
    """
    Queue the mail *about* its fact: since when what is due, when services end, and where to pay.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    owed = {"owed": fact.owed, "since": fact.due_since}
    end = (
        say(N_("Unless you pay, your services end on %(on)s."), on=fact.inactive_on)
        if fact.inactive_on
        else ""
    )
    news = News(
        kind="blocked",
        about=about,
        subject_line=say(N_("Your access is paused: %(owed)s to pay"), owed=fact.owed),
        paragraphs=(
            say(N_("your access is paused, because %(owed)s have been due since %(since)s."), **owed),
            end,
            say(N_("It comes back by itself as soon as you have paid.")),
        ),
        call=say(N_("Pay now:")),
        page=TO_PAY,
        of_money=True,
    )
    return _write(session, customer, news, mail=fact.mail)


def write_deactivated(session: Session, fact: AccountDeactivated, *, about: str) -> Message | None:
    """
    Queue the mail *about* its fact: services ended, and start again with the payment.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    call, page = say(N_("Pay now:")), TO_PAY
    if fact.prepaid:
        call, page = say(N_("Your wallet:")), "/portal"
    news = News(
        kind="deactivated",
        about=about,
        subject_line=say(N_("Your services ended on %(on)s"), on=fact.on),
        paragraphs=(
            _why(fact, say),
            _return(fact, say),
        ),
        call=call,
        page=page,
        of_money=True,
    )
    return _write(session, customer, news, mail=fact.mail)


def write_cleared(session: Session, fact: AccountCleared, *, about: str) -> Message | None:
    """
    Queue the mail *about* its fact: access is back. Not to who is kept out by a person all the same.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    news = News(
        kind="cleared",
        about=about,
        subject_line=say(N_("Your access is back")),
        paragraphs=(say(N_("your access is back, and your services work from %(on)s."), on=fact.on),),
        call=say(N_("Your services in the portal:")),
        page="/portal/services",
        of_money=True,
    )
    return _write(session, customer, news, mail=fact.mail)


def _why(fact: AccountDeactivated, say: Say) -> str:
    if fact.prepaid:
        text = N_("your services ended on %(on)s, because your credit has not paid for them since %(since)s.")
        return say(text, on=fact.on, since=fact.due_since)
    text = N_("your services ended on %(on)s, because %(owed)s have been due since %(since)s.")
    return say(text, on=fact.on, owed=fact.owed, since=fact.due_since)


def _return(fact: AccountDeactivated, say: Say) -> str:
    if fact.prepaid:
        return say(N_("They start again by themselves as soon as your credit pays for them."))
    return say(N_("They start again by themselves as soon as you have paid. The days between are free."))


def _write(session: Session, customer: Customer, news: News, *, mail: bool) -> Message | None:
    by_person = customer.status is Status.INACTIVE and customer.status_reason is Reason.MANUAL
    if not mail or by_person or customer.blocked_manually:
        return None
    return write_customer(session, customer, news)
