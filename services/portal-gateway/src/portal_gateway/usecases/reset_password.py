"""A forgotten password: customers mails a code and takes it back; here tries are counted."""

from portal_gateway.clients.customers import Customers
from portal_gateway.usecases.sign_in import hashed
from shared.db import Database
from shared.web import ratelimit

REQUESTS = 3  # mails to one login
REQUESTS_OF_ADDRESS = 20
CONFIRMATIONS = 10
CONFIRMATIONS_OF_ADDRESS = 60
WINDOW_SECONDS = 900


def request_reset(db: Database, customers: Customers, *, login: str, address: str) -> str:
    """
    Have a code mailed to whom *login* names, and return the id to use it with; for nobody it looks the same.

    :raises TooMany: after three for one login, or twenty from one address, in a quarter of an hour
    """
    key = hashed(login.strip().lower())
    _allow(db, (f"reset:{key}", REQUESTS), (f"reset-from:{address}", REQUESTS_OF_ADDRESS))
    return customers.send_reset_code(login=login)


def confirm_reset(
    db: Database, customers: Customers, *, reset_id: str, code: str, password: str, address: str
) -> None:
    """
    Set the password by the code.

    :raises TooMany: after ten tries for one code, or sixty from one address, in a quarter of an hour
    :raises Invalid: if the code cannot be used, or the password cannot be taken
    """
    of_address = f"reset-code-from:{address}"
    _allow(db, (f"reset-code:{reset_id}", CONFIRMATIONS), (of_address, CONFIRMATIONS_OF_ADDRESS))
    customers.reset_password(reset_id, code=code, password=password)


def _allow(db: Database, *limits: tuple[str, int]) -> None:
    with db.begin() as session:
        for key, limit in limits:
            ratelimit.allow(session, key, limit=limit, seconds=WINDOW_SECONDS)
