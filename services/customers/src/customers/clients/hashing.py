"""
Password hashes: argon2id with the parameters OWASP gives for a machine that serves many sign-ins at once.

Checking a login nobody has costs as much as checking a real one, so that time does not tell which exist.
"""

import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str) -> str:
    """
    Return the argon2id hash of *password*, with its salt and parameters inside.
    """
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """
    Check *password*; without a hash do the same work and say no.
    """
    try:
        return _hasher.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """
    Tell whether the hash was made with other parameters than today's.
    """
    return _hasher.check_needs_rehash(password_hash)


def new_secret() -> str:
    """
    Return 256 bits of chance, fit for a cookie or a link.
    """
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """
    Return what is stored of a secret of 256 bits; such a secret needs no slow hash.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


@functools.cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(32))
