"""Tell a customer by mail that their money has arrived."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, voice, write_customer
from shared import clock
from shared.contracts.billing import PaymentSucceeded

PAID = N_("""Paid with: %(method)s
Bill: %(invoice)s
Payment: %(payment)s""")
TOPPED_UP = N_("""Paid with: %(method)s
Payment: %(payment)s""")


def write_receipt(session: Session, fact: PaymentSucceeded) -> Message | None:
    """
    Queue the receipt to the addresses for billing; a customer without any address gets none.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    partner = queries.partner(session, customer.partner_id, None)
    say = voice(customer.language)
    on = clock.local_date(fact.paid_at, partner.timezone)
    topped_up = fact.purpose == "balance" and not fact.invoice_number  # it may have paid bills first
    details = {
        "method": fact.method_label,
        "invoice": fact.invoice_number or "-",
        "payment": fact.payment_id,
    }
    news = News(
        kind="receipt",
        about=fact.payment_id,
        subject_line=say(N_("We received your payment of %(amount)s"), amount=fact.amount),
        paragraphs=(
            say(N_("we received %(amount)s on %(day)s."), amount=fact.amount, day=on),
            say(N_("It is on your balance.")) if topped_up else "",
            say(TOPPED_UP if topped_up else PAID, **details),
        ),
        call=say(N_("Your bills and services are in the portal:")),
        page="/portal/wallet" if topped_up else "/portal/bills",
        of_money=True,
    )
    return write_customer(session, customer, news)
