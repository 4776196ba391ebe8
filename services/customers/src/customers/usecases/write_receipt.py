"""Tell a customer by mail that their money has arrived."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import billing_addresses
from customers.domain.texts import N_
from customers.models import Customer, Message, Partner
from customers.usecases.queue_message import Draft, queue_message, words_in
from shared import clock
from shared.contracts.billing import PaymentSucceeded

SUBJECT = N_("We received your payment of %(amount)s")
BODY = N_("""Hello %(name)s,

we received %(amount)s on %(day)s.

Paid with: %(method)s
Bill: %(invoice)s
Payment: %(payment)s

Your bills and services are in the portal.

%(brand)s
%(help)s
""")


def write_receipt(session: Session, fact: PaymentSucceeded) -> Message | None:
    """
    Queue the receipt to the addresses for billing; a customer without any address gets none.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    recipients = billing_addresses(customer.emails, customer.billing_emails)
    if not recipients:
        return None
    partner = queries.partner(session, customer.partner_id, None)
    _ = words_in(customer.language)
    params = _params(fact, customer, partner)
    return queue_message(
        session,
        Draft(
            kind="receipt",
            about=fact.payment_id,
            customer_id=customer.id,
            partner_id=partner.id,
            order_id=fact.order_id,
            recipients=recipients,
            subject_line=_(SUBJECT) % params,
            body=_(BODY) % params,
        ),
    )


def _params(fact: PaymentSucceeded, customer: Customer, partner: Partner) -> dict[str, str]:
    return {
        "name": customer.full_name,
        "amount": str(fact.amount),
        "day": clock.local_date(fact.paid_at, partner.timezone).isoformat(),
        "method": fact.method_label,
        "invoice": fact.invoice_number or "-",
        "payment": fact.payment_id,
        "brand": partner.title,
        "help": " · ".join(filter(None, (partner.help_phone, partner.help_email))),
    }
