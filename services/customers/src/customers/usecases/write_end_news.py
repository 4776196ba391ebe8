"""Tell a customer by mail that a service will end, or that it goes on after all."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, voice, write_customer
from shared.contracts.billing import SubscriptionEndBooked, SubscriptionEndWithdrawn


def write_end_booked(session: Session, fact: SubscriptionEndBooked, *, about: str) -> Message | None:
    """
    Queue the mail to the main addresses: until when it works, what ending costs, how to undo it.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    fee = say(N_("Ending it costs %(fee)s once, on your last bill."), fee=fact.fee) if fact.fee else ""
    own = say(N_("You can undo this in the portal until then.")) if fact.source == "portal" else ""
    news = News(
        kind="end_booked",
        about=about,
        subject_line=say(N_("%(plan)s ends on %(on)s"), plan=fact.plan_name, on=fact.last_on),
        paragraphs=(
            say(N_("%(plan)s works until the end of %(on)s."), plan=fact.plan_name, on=fact.last_on),
            say(N_("What you have paid for later days comes back to you.")),
            fee,
            own,
        ),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_end_withdrawn(session: Session, fact: SubscriptionEndWithdrawn, *, about: str) -> Message | None:
    """
    Queue the mail to the main addresses: the service goes on.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    news = News(
        kind="end_withdrawn",
        about=about,
        subject_line=say(N_("%(plan)s does not end"), plan=fact.plan_name),
        paragraphs=(say(N_("the end of %(plan)s is undone. It goes on as before."), plan=fact.plan_name),),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)
