"""Tell the other services all they may keep of a customer."""

from sqlalchemy.orm import Session

from customers import queries
from customers.models import Customer
from shared.bus.outbox import tell
from shared.contracts import customers as facts
from shared.contracts.envelope import Envelope


def tell_customer(session: Session, customer: Customer) -> Envelope:
    """
    Tell the customer as it stands now; its version must be a new one.
    """
    session.flush()
    return tell(
        session,
        facts.CustomerChanged(
            customer_id=customer.id,
            partner_id=customer.partner_id,
            version=customer.version,
            number=customer.number,
            login=customer.login,
            full_name=customer.full_name,
            status=customer.status.value,
            category=customer.category.value,
            billing_type=customer.billing_type.value,
            location_id=customer.location_id,
            label_ids=queries.label_ids(session, customer.id),
            emails=tuple(customer.emails),
            billing_emails=tuple(customer.billing_emails),
            phones=tuple(customer.phones),
            street=customer.street,
            zip_code=customer.zip_code,
            city=customer.city,
            language=customer.language,
        ),
    )
