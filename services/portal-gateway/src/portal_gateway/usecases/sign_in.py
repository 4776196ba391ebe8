"""Open a session for whoever knows login and password; only failed tries count against the limits."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from portal_gateway.clients.customers import Customers, Person
from portal_gateway.domain.session import ACCESS, Kind, ends_at
from portal_gateway.models import PortalSession
from shared.bus.outbox import tell
from shared.contracts import portal as facts
from shared.db import Database
from shared.errors import NotAllowed, NotSignedIn
from shared.ids import new_id
from shared.web import ratelimit

TRIES = 5  # failed ones per login and address
TRIES_OF_ADDRESS = 60  # failed ones from one address, whatever the logins: password stuffing
WINDOW_SECONDS = 300
LONGEST_DEVICE = 200


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """
    Who says to be whom, and from where; *address* is the peer's network address.
    """

    login: str
    password: str
    address: str
    device: str = ""
    kind: Kind = Kind.COOKIE
    stay_signed_in: bool = False


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """
    The new session with its secrets, which exist nowhere else: we keep hashes.
    """

    session_id: str
    secret: str
    refresh_secret: str | None
    csrf_secret: str
    ends_at: datetime
    person: Person


class WrongCredentials(
    NotSignedIn, code="credentials_rejected", title="That login and password do not match."
):
    """
    Login and password do not match; says the same whether the login exists or not.
    """


def sign_in(db: Database, customers: Customers, attempt: Attempt, *, now: datetime) -> SignedIn:
    """
    Check the words, then open a session and tell of it.

    :raises TooMany: after five failures for this login from this address, or many from this address
    :raises WrongCredentials: if login and password do not match
    """
    _refuse_tired(db, attempt)
    person = _checked(db, customers, attempt)
    return _opened(db, person, attempt, now)


def hashed(secret: str) -> str:
    """
    Return what is stored in place of *secret*; it is 256 bits of chance, so a plain digest is enough.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def _refuse_tired(db: Database, attempt: Attempt) -> None:
    with db.begin() as session:
        for key, limit in _limits(attempt):
            ratelimit.refuse_when_reached(session, key, limit=limit, seconds=WINDOW_SECONDS)


def _checked(db: Database, customers: Customers, attempt: Attempt) -> Person:
    try:
        return customers.check_credentials(login=attempt.login, password=attempt.password)
    except (NotSignedIn, NotAllowed) as refusal:
        with db.begin() as session:
            for key, _ in _limits(attempt):
                ratelimit.count(session, key)
        raise WrongCredentials from refusal


def _limits(attempt: Attempt) -> list[tuple[str, int]]:
    login = hashed(attempt.login.strip().lower())
    return [
        (f"sign-in:{login}:{attempt.address}", TRIES),
        (f"sign-in:{attempt.address}", TRIES_OF_ADDRESS),
    ]


def _opened(db: Database, person: Person, attempt: Attempt, now: datetime) -> SignedIn:
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    refresh = secrets.token_urlsafe(32) if attempt.kind is Kind.TOKEN else None
    end = ends_at(now, stay_signed_in=attempt.stay_signed_in)
    row = PortalSession(
        id=new_id("ses"),
        kind=attempt.kind,
        customer_id=person["id"],
        partner_id=person["partner_id"],
        secret_hash=hashed(secret),
        refresh_hash=hashed(refresh) if refresh else None,
        csrf_secret=csrf,
        stay_signed_in=attempt.stay_signed_in,
        must_choose=person.get("password_is_temporary", False),
        device=attempt.device[:LONGEST_DEVICE],
        created_at=now,
        last_seen_at=now,
        access_ends_at=now + ACCESS if refresh else end,
        ends_at=end,
    )
    with db.begin() as session:
        session.add(row)
        tell(session, facts.SignedIn(customer_id=row.customer_id, partner_id=row.partner_id, at=now))
    return SignedIn(
        session_id=row.id,
        secret=secret,
        refresh_secret=refresh,
        csrf_secret=csrf,
        ends_at=row.access_ends_at,
        person=person,
    )
