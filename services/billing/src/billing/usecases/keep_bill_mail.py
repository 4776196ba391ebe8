"""Keep what became of a mail about a bill: the invoice's page shows it."""

from sqlalchemy.orm import Session

from billing.models import BillMail
from shared.contracts.customers import BillMailed


def keep_bill_mail(session: Session, fact: BillMailed) -> BillMail:
    """
    Note the latest try of the mail; an earlier one that arrives late changes nothing.
    """
    known = session.get(BillMail, fact.message_id)
    if known is not None and known.attempts > fact.attempts:
        return known
    kept = known or BillMail(message_id=fact.message_id)
    kept.invoice_id, kept.customer_id, kept.partner_id = fact.invoice_id, fact.customer_id, fact.partner_id
    kept.recipients, kept.subject_line = list(fact.recipients), fact.subject_line
    kept.state, kept.attempts = fact.state, fact.attempts
    kept.answer, kept.tried_at = fact.answer, fact.tried_at
    session.add(kept)
    return kept
