"""Tell a customer by mail that a service will pause, that it will not after all, or that it works again."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import (
    SubscriptionPauseBooked,
    SubscriptionPauseWithdrawn,
    SubscriptionResumed,
)


def write_pause_booked(session: Session, fact: SubscriptionPauseBooked) -> Message | None:
    """
    Queue the mail to the main addresses: from when to when, what it costs, and what staff wrote.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    costs = N_("You are charged for these days as usual.")
    if not fact.billed:
        costs = N_("You pay nothing for these days. What you have paid for them comes back to you.")
    news = News(
        kind="pause_booked",
        about=fact.pause_id,
        subject_line=say(N_("%(plan)s pauses from %(on)s"), plan=fact.plan_name, on=fact.from_on),
        paragraphs=(_days(fact, say), say(costs), fact.message),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_pause_withdrawn(session: Session, fact: SubscriptionPauseWithdrawn) -> Message | None:
    """
    Queue the mail to the main addresses: the service goes on.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    words = N_("the pause of %(plan)s that was booked from %(on)s is undone. It goes on as before.")
    news = News(
        kind="pause_withdrawn",
        about=fact.pause_id,
        subject_line=say(N_("%(plan)s does not pause"), plan=fact.plan_name),
        paragraphs=(say(words, plan=fact.plan_name, on=fact.from_on),),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_resumed(session: Session, fact: SubscriptionResumed) -> Message | None:
    """
    Queue the mail to the main addresses: it works again, and is charged again.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    news = News(
        kind="resumed",
        about=fact.pause_id,
        subject_line=say(N_("%(plan)s works again"), plan=fact.plan_name),
        paragraphs=(
            say(N_("the pause of %(plan)s is over: you can use it again."), plan=fact.plan_name),
            say(N_("It is charged again from %(on)s."), on=fact.on) if not fact.billed else "",
        ),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def _days(fact: SubscriptionPauseBooked, say: Say) -> str:
    if fact.last_on is None:
        words = N_("%(plan)s pauses from %(on)s, until you or we end the pause.")
        return say(words, plan=fact.plan_name, on=fact.from_on)
    words = N_("%(plan)s pauses from %(on)s until the end of %(last)s, and comes back by itself.")
    return say(words, plan=fact.plan_name, on=fact.from_on, last=fact.last_on)
