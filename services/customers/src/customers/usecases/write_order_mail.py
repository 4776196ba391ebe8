"""Send an order that came in as a request to the address the partner has set for orders."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import EMAIL
from customers.models import Customer, Message
from customers.usecases.queue_message import Draft, queue_message
from customers.usecases.send_messages import give_up
from shared.contracts.billing import OrderedItem, OrderRequested

BODY = """Order %(number)s was sent as a request.

Customer: %(name)s, %(customer_number)s
Address: %(address)s
E-mail: %(emails)s
Phone: %(phones)s

%(lines)s

Total: %(total)s%(then)s
"""


def write_order_mail(session: Session, fact: OrderRequested) -> Message:
    """
    Queue the mail with the ordered lines; without a usable address it fails at once and becomes a ticket.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    reachable = fact.send_to is not None and EMAIL.fullmatch(fact.send_to) is not None
    message = queue_message(
        session,
        Draft(
            kind="order_request",
            about=fact.order_id,
            customer_id=customer.id,
            partner_id=fact.partner_id,
            order_id=fact.order_id,
            recipients=(fact.send_to,) if fact.send_to else (),
            subject_line=f"Order {fact.number}: {customer.full_name}",
            body=BODY % _params(fact, customer),
            path_service="billing",
            path=f"/admin/billing/orders/{fact.order_id}",
        ),
    )
    if not reachable:
        give_up(session, message, reason="There is no usable address for orders.")
    return message


def _params(fact: OrderRequested, customer: Customer) -> dict[str, str]:
    return {
        "number": str(fact.number),
        "name": customer.full_name,
        "customer_number": f"{customer.number:06d}",
        "address": ", ".join(filter(None, (customer.street, customer.zip_code, customer.city))) or "-",
        "emails": ", ".join(customer.emails) or "-",
        "phones": ", ".join(customer.phones) or "-",
        "lines": "\n".join(_line(item) for item in fact.items),
        "total": str(fact.total),
        "then": f"\nThen: {fact.then} a month" if fact.then else "",
    }


def _line(item: OrderedItem) -> str:
    name = item.name if item.quantity == 1 else f"{item.quantity} × {item.name}"
    return f"- {name}: {item.amount}" + (f" ({item.explanation})" if item.explanation else "")
