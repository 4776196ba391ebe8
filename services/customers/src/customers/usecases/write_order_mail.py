"""Send an order that came in as a request to the address the partner has set for orders."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import EMAIL
from customers.domain.texts import N_
from customers.models import Customer, Message
from customers.usecases.list_ordered import list_ordered
from customers.usecases.queue_message import Draft, queue_message
from customers.usecases.send_messages import give_up
from customers.usecases.write_customer import Say, voice
from shared.contracts.billing import OrderRequested

WHO = N_("""Customer: %(name)s, %(number)s
Address: %(address)s
E-mail: %(emails)s
Phone: %(phones)s""")


def write_order_mail(session: Session, fact: OrderRequested) -> Message:
    """
    Queue the mail with the ordered lines in the partner's language.

    Without a usable address it fails at once and becomes a ticket.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    partner = queries.partner(session, fact.partner_id, None)
    say = voice(partner.languages[0])
    reachable = fact.send_to is not None and EMAIL.fullmatch(fact.send_to) is not None
    named = {"number": fact.number, "name": customer.full_name}
    parts = (
        say(N_("Order %(number)s was sent as a request."), **named),
        _who(customer, say),
        list_ordered(fact, say),
    )
    message = queue_message(
        session,
        Draft(
            kind="order_request",
            about=fact.order_id,
            customer_id=customer.id,
            partner_id=fact.partner_id,
            order_id=fact.order_id,
            recipients=(fact.send_to,) if fact.send_to else (),
            subject_line=say(N_("Order %(number)s: %(name)s"), **named),
            body="\n\n".join(parts) + "\n",
            path_service="billing",
            path=f"/admin/billing/orders/{fact.order_id}",
        ),
    )
    if not reachable:
        give_up(session, message, reason="There is no usable address for orders.")
    return message


def _who(customer: Customer, say: Say) -> str:
    return say(
        WHO,
        name=customer.full_name,
        number=f"{customer.number:06d}",
        address=", ".join(filter(None, (customer.street, customer.zip_code, customer.city))) or "-",
        emails=", ".join(customer.emails) or "-",
        phones=", ".join(customer.phones) or "-",
    )
