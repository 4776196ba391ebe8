"""Have a bill mailed to its customer once more, as staff asked for it."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.document import invoice_status
from billing.domain.many import NoAddress
from billing.models import Customer, Invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts


def send_invoice_again(session: Session, *, invoice_id: str, now: datetime) -> Invoice:
    """
    Tell that the bill is to be mailed, with what is open on it now.

    :raises NotFound: if its customer has no account
    :raises NoAddress: if no mail about bills reaches the customer
    """
    invoice = session.get_one(Invoice, invoice_id)
    account = lock_account(session, customer_id=invoice.customer_id)
    session.refresh(invoice, ["open_minor", "extended_to"])
    customer = session.get(Customer, invoice.customer_id)
    if customer is None or customer.deleted or not customer.has_email:
        raise NoAddress("The customer has no address for mail about bills.")
    today = clock.local_date(now, account.timezone)
    due_on = invoice.payable_on
    status = invoice_status(
        total=invoice.total,
        open_amount=invoice.open,
        due_on=due_on,
        today=today,
        written_off=invoice.written_off_minor > 0,
    )
    tell(
        session,
        facts.InvoiceSentAgain(
            invoice_id=invoice.id,
            number=invoice.number,
            customer_id=invoice.customer_id,
            partner_id=invoice.partner_id,
            total=invoice.total,
            open=invoice.open,
            issued_on=invoice.issued_on,
            due_on=due_on,
            status=status.value,
        ),
    )
    write_audit(session, account, action="invoice_sent_again", target=invoice.id, now=now)
    return invoice
