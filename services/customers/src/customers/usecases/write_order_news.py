"""Tell a customer by mail what becomes of their order: received, confirmed with its start, or refused."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.list_ordered import list_ordered
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import OrderApproved, OrderChanged, OrderRejected, OrderRequested

SEE_ORDER = N_("Your order in the portal:")


def write_order_received(session: Session, fact: OrderRequested) -> Message | None:
    """
    Confirm that an order sent as a request has arrived, with all that was ordered.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    news = News(
        kind="order_received",
        about=fact.order_id,
        subject_line=say(N_("We received your order %(number)s"), number=fact.number),
        paragraphs=(
            say(N_("we received your order. We will confirm it and tell you the start date.")),
            list_ordered(fact, say),
        ),
        call=say(SEE_ORDER),
        page=f"/portal/orders/{fact.order_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_order_approved(session: Session, fact: OrderApproved) -> Message | None:
    """
    Tell when the ordered services start, and what was credited if that is later than they were paid.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    starts = {"number": fact.number, "on": fact.starts_on}
    news = News(
        kind="order_approved",
        about=fact.order_id,
        subject_line=say(N_("Your order %(number)s starts on %(on)s"), **starts),
        paragraphs=(
            say(N_("your order %(number)s is confirmed. Your services start on %(on)s."), **starts),
            _credit(fact, say),
        ),
        call=say(SEE_ORDER),
        page=f"/portal/orders/{fact.order_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_order_rejected(session: Session, fact: OrderRejected) -> Message | None:
    """
    Tell why an order was refused, and where the money that was paid for it goes.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    news = News(
        kind="order_rejected",
        about=fact.order_id,
        subject_line=say(N_("We could not accept your order %(number)s"), number=fact.number),
        paragraphs=(
            say(N_("we could not accept your order %(number)s."), number=fact.number),
            say(N_("The reason: %(reason)s"), reason=fact.reason) if fact.reason else "",
            _refund(fact, say),
        ),
        call=say(SEE_ORDER),
        page=f"/portal/orders/{fact.order_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def write_order_taken_back(session: Session, fact: OrderChanged) -> Message | None:
    """
    Tell that what staff had added is taken back, so that nobody pays for it or waits for it.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    ended = N_("we had added a service for you (order %(number)s) and have taken it back: it has ended.")
    news = News(
        kind="order_taken_back",
        about=fact.order_id,
        subject_line=say(N_("Order %(number)s was taken back"), number=fact.number),
        paragraphs=(
            say(ended, number=fact.number),
            say(N_("Nothing is charged for it. What you had paid for it is credited to your account.")),
        ),
        call=say(SEE_ORDER),
        page=f"/portal/orders/{fact.order_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)


def _credit(fact: OrderApproved, say: Say) -> str:
    if not fact.credit:
        return ""
    text = N_("You were credited %(credit)s for %(days)s days, because they start later than you paid.")
    return say(text, credit=fact.credit, days=fact.credited_days)


def _refund(fact: OrderRejected, say: Say) -> str:
    if not fact.refund:
        return ""
    to_card = N_("%(refund)s goes back to what you paid with.")
    credited = N_("%(refund)s was credited to your account.")
    return say(to_card if fact.refund_to == "card" else credited, refund=fact.refund)
