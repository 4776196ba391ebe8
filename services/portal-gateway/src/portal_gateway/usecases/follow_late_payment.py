"""Remember who pays late, so that every page can say what brings them back."""

from sqlalchemy.orm import Session

from portal_gateway.models import LatePayer
from shared.contracts import billing

Word = billing.AccountBlocked | billing.AccountDeactivated | billing.AccountCleared
STATES = {
    billing.AccountBlocked: "blocked",
    billing.AccountDeactivated: "inactive",
    billing.AccountCleared: "clear",
}


def follow_late_payment(session: Session, fact: Word) -> None:
    """
    Keep billing's newest word about a customer who pays late, or paid.
    """
    row = session.get(LatePayer, fact.customer_id)
    if row and row.version >= fact.version:
        return
    row = row or LatePayer(customer_id=fact.customer_id)
    row.version, row.state = fact.version, STATES[type(fact)]
    row.owed_minor, row.currency, row.due_since = 0, "", None
    if not isinstance(fact, billing.AccountCleared):
        row.owed_minor, row.currency, row.due_since = fact.owed.minor, fact.owed.currency, fact.due_since
    session.add(row)
