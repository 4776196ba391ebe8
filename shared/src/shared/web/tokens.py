"""
Signed, short-lived statements about who is calling (EdDSA): the only identity a service believes.

Two issuers: the gateway (``portal-gateway``) speaks for subscribers, ``customers`` speaks for staff. A keys
folder holds ``trusted.json`` with everybody's public keys and, for an issuer, its own ``<issuer>.key``.
Tokens live by the real clock: minted on a moved clock they would be refused.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from shared import clock
from shared.errors import NotSignedIn
from shared.web.recent import Recent

GATEWAY = "portal-gateway"
STAFF_DESK = "customers"
ISSUERS = (GATEWAY, STAFF_DESK)

GATEWAY_TTL = 60
STAFF_TTL = 300
LEEWAY = 5
REMEMBERED = 2_000

Claims = Mapping[str, Any]


class Signer:
    """
    Signs in the name of *issuer*.
    """

    def __init__(self, issuer: str, private_key: Ed25519PrivateKey) -> None:
        self.issuer = issuer
        self._key = private_key
        self.kid = _kid(private_key.public_key())

    @classmethod
    def load(cls, keys_dir: Path, issuer: str) -> Self:
        """
        Read the private key of *issuer* from its folder.
        """
        pem = (keys_dir / f"{issuer}.key").read_bytes()
        return cls(issuer, cast(Ed25519PrivateKey, serialization.load_pem_private_key(pem, password=None)))

    def mint(self, audience: str, subject: str, *, ttl: int = GATEWAY_TTL, **claims: Any) -> str:
        """
        Sign a statement about *subject* for *audience*; *ttl* is in seconds.
        """
        now = int(clock.real_now().timestamp())
        body = {
            **claims,
            "iss": self.issuer,
            "aud": audience,
            "sub": subject,
            "iat": now,
            "exp": now + ttl,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(body, self._key, algorithm="EdDSA", headers={"kid": self.kid})


@dataclass(frozen=True)
class Trusted:
    """
    A public key and the issuer it belongs to.
    """

    issuer: str
    key: Ed25519PublicKey


class KeyRing:
    """
    The keys of one state of ``trusted.json`` at *mark*, and what they were seen to have signed.
    """

    def __init__(self, mark: int, document: Mapping[str, Any]) -> None:
        self.mark = mark
        self.keys = {each["kid"]: _trusted(each) for each in document["keys"]}
        self._seen: Recent[bytes, tuple[str, Claims]] = Recent(REMEMBERED)

    def open(self, token: str, audience: str) -> tuple[str, Claims]:
        """
        Return who signed *token* for *audience*, and its claims; the signature is checked once in its life.

        :raises InvalidTokenError: (or KeyError, ValueError, TypeError) for any token to be refused
        """
        digest = hashlib.sha256(f"{audience} {token}".encode()).digest()
        known = self._seen.get(digest)
        if known is None:
            known = self._checked(token, audience)
            claims = known[1]
            self._seen.keep(digest, known, since=claims["iat"] - LEEWAY, until=claims["exp"] + LEEWAY)
        return known

    def _checked(self, token: str, audience: str) -> tuple[str, Claims]:
        trusted = self.keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            trusted.key,
            algorithms=["EdDSA"],
            audience=audience,
            issuer=trusted.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "aud", "sub", "iat", "iss"]},
        )
        return trusted.issuer, MappingProxyType(claims)


class Verifier:
    """
    Believes tokens signed by the keys in ``trusted.json``, which may change while we run (rotation).
    """

    def __init__(self, keys_dir: Path) -> None:
        self._file = keys_dir / "trusted.json"
        self._ring = KeyRing(0, {"keys": []})

    def verify(self, token: str, *, audience: str, issuer: str, use: str) -> Claims:
        """
        Return the claims of *token* if *issuer* signed it for *audience* and this *use*.

        :raises NotSignedIn: for any token that is not exactly that, without saying why
        """
        try:
            signed_by, claims = self._present().open(token, audience)
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
            raise NotSignedIn from error
        if signed_by != issuer or claims.get("use") != use:
            raise NotSignedIn
        return claims

    def _present(self) -> KeyRing:
        mark = self._file.stat().st_mtime_ns
        if mark != self._ring.mark:  # what a key signed that is trusted no more is forgotten with it
            self._ring = KeyRing(mark, json.loads(self._file.read_text()))
        return self._ring


def ensure_keys(keys_dir: Path, issuers: Iterable[str] = ISSUERS) -> None:
    """
    Make the keys of an installation that holds all of them in one folder; existing keys stay.
    """
    keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = []
    for issuer in issuers:
        file = keys_dir / f"{issuer}.key"
        if not file.exists():
            _write(file, _pem(Ed25519PrivateKey.generate()), 0o600)
        keys.append(public_jwk(Signer.load(keys_dir, issuer)))
    trusted = keys_dir / "trusted.json"
    known = json.loads(trusted.read_text())["keys"] if trusted.exists() else []
    kept = [each for each in known if each["kid"] not in {key["kid"] for key in keys}]
    if known != [*kept, *keys]:
        _write(trusted, json.dumps({"keys": [*kept, *keys]}, indent=2).encode(), 0o644)


def public_jwk(signer: Signer) -> dict[str, str]:
    """
    Return the entry of ``trusted.json`` that makes others believe *signer*.
    """
    public = signer._key.public_key()
    return {**_jwk(public), "kid": signer.kid, "iss": signer.issuer}


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    return OKPAlgorithm.to_jwk(public, as_dict=True)


def _trusted(entry: dict[str, str]) -> Trusted:
    return Trusted(entry["iss"], cast(Ed25519PublicKey, OKPAlgorithm.from_jwk(entry)))


def _kid(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    os.chmod(name, mode)
    os.replace(name, file)
