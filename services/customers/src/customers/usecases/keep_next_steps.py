"""Remember what billing last said about the days ahead of an unpaid bill."""

from datetime import datetime

from sqlalchemy.orm import Session

from customers.models import Ahead
from customers.usecases.write_reminder import withdraw_reminders
from shared.contracts.billing import NextStepsChanged


def keep_next_steps(session: Session, fact: NextStepsChanged, *, as_of: datetime) -> None:
    """
    Keep the newest days ahead; those that were overtaken on their way change nothing.
    """
    known = session.get(Ahead, fact.customer_id)
    if known is not None and known.version >= fact.version:
        return
    if known is not None and fact.owed.minor < known.owed:
        withdraw_reminders(session, fact.customer_id)
    row = known or Ahead(customer_id=fact.customer_id)
    row.partner_id, row.version, row.as_of = fact.partner_id, fact.version, as_of
    row.owed, row.currency, row.since_on = fact.owed.minor, fact.owed.currency, fact.since_on
    row.steps = [[step.on.isoformat(), step.code] for step in fact.steps]
    session.add(row)
