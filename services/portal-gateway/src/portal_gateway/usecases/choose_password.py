"""Replace the customer's password by one they chose, and sign this device in again: all others are out."""

from portal_gateway.clients.calls import Caller
from portal_gateway.clients.customers import Customers
from portal_gateway.usecases.sign_in import Attempt, SignedIn, sign_in
from portal_gateway.usecases.sign_out import sign_out_everywhere
from shared import clock
from shared.db import Database
from shared.web import ratelimit

TRIES = 10
WINDOW_SECONDS = 900


def choose_password(
    db: Database, customers: Customers, caller: Caller, attempt: Attempt, *, present: str
) -> SignedIn:
    """
    Set *attempt*'s password and return the new session it opens.

    :raises TooMany: after ten tries in a quarter of an hour
    :raises Invalid: if *present* is not the password they have, or the new one cannot be taken
    """
    with db.begin() as session:
        ratelimit.allow(session, f"password:{caller.customer_id}", limit=TRIES, seconds=WINDOW_SECONDS)
    customers.choose_password(caller, present=present, password=attempt.password)
    with db.begin() as session:
        sign_out_everywhere(session, customer_id=caller.customer_id or "", now=clock.real_now())
    return sign_in(db, customers, attempt, now=clock.real_now())
