"""Let a customer who forgot their portal password choose another, by the code they were mailed."""

from datetime import datetime

from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.models import ResetCode
from customers.usecases.set_password import set_chosen_password

MOST_TRIES = 5


def reset_password(session: Session, *, reset_id: str, code: str, password: str, now: datetime) -> bool:
    """
    Set the password and use the code up; tell False, having counted the try, if the code cannot be used.

    :raises Invalid: if the code is right and the password cannot be taken; the code may then be used again
    """
    row = session.get(ResetCode, reset_id, with_for_update=True)
    right = hashing.matches(row.code_hash if row else None, code)
    if row is None:
        return False
    row.tries += 1
    if not right or row.tries > MOST_TRIES or now >= row.ends_at:
        return False
    set_chosen_password(session, queries.customer(session, row.customer_id, None), password=password)
    session.delete(row)
    return True
