"""Somebody who was no customer a moment ago, registered as staff would."""

import secrets
from dataclasses import replace

from customers.clients.hashing import hash_password
from customers.usecases.register_customer import register_customer
from customers.usecases.seed_demo import PASSWORD, ROBERT
from customers.usecases.set_password import keep_hash
from shared.db import Database


def newcomer(url: str) -> str:
    """
    Register a customer in the customers database at *url*, with the demo's password, and return the login.
    """
    login = f"newcomer-{secrets.token_hex(4)}"
    details = replace(ROBERT, login=login, emails=(f"{login}@example.net",))
    db = Database(url)
    with db.begin() as session:
        customer = register_customer(session, details=details, scope=None)
        keep_hash(session, customer_id=customer.id, password_hash=hash_password(PASSWORD))
    db.close()
    return login
