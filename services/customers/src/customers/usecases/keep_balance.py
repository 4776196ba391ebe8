"""Remember what billing last said about a balance."""

from datetime import datetime

from sqlalchemy.orm import Session

from customers.models import Balance
from shared.contracts.billing import BalanceChanged


def keep_balance(session: Session, fact: BalanceChanged, *, as_of: datetime) -> None:
    """
    Keep the newest balance; one that was overtaken on its way changes nothing.
    """
    known = session.get(Balance, fact.customer_id)
    if known is not None and known.version >= fact.version:
        return
    row = known or Balance(customer_id=fact.customer_id)
    row.partner_id, row.version, row.as_of = fact.partner_id, fact.version, as_of
    row.amount, row.currency = fact.balance.minor, fact.balance.currency
    session.add(row)
