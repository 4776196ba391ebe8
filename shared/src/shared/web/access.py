"""
The access rules views carry: ``@public``, ``@portal``, ``@service``, ``@gateway``, ``@staff("...")``.

* public: anybody
* portal: the gateway, speaking for a subscriber (``customer_id()``, ``principal().partner_id``)
* service: the gateway, speaking for itself
* gateway: either of the two
* staff("orders.approve"): a member of staff with that permission, by cookie (pages) or bearer token

A rule of one's own: ``portal_session = access_rule("portal_session", check, sign_in=...)``.
"""

from shared.errors import NotAllowed
from shared.web import tokens
from shared.web.guard import (
    NOBODY,
    Principal,
    Route,
    access_rule,
    bearer,
    customer_id,
    principal,
    routes,
)
from shared.web.staff import staff
from shared.web.wiring import wired

__all__ = [
    "NOBODY",
    "Principal",
    "Route",
    "access_rule",
    "customer_id",
    "gateway",
    "portal",
    "principal",
    "public",
    "routes",
    "service",
    "staff",
]


def _from_gateway() -> Principal:
    claims = wired().verifier.verify(bearer(), audience=wired().service, issuer=tokens.GATEWAY, use="service")
    subject, acting = claims["sub"], claims.get("act")
    if not subject.startswith("cus_"):
        return Principal(kind="service", id=subject, actor=f"service:{subject}")
    return Principal(
        kind="customer",
        id=subject,
        partner_id=claims.get("partner"),
        actor=acting or f"customer:{subject}",
        on_behalf_of=f"customer:{subject}" if acting else None,
        session_id=claims.get("sid"),
    )


def _customer() -> Principal:
    found = _from_gateway()
    if found.kind != "customer":
        raise NotAllowed
    return found


def _service() -> Principal:
    found = _from_gateway()
    if found.kind != "service":
        raise NotAllowed
    return found


public = access_rule("public", lambda: NOBODY)
portal = access_rule("portal", _customer)
service = access_rule("service", _service)
gateway = access_rule("gateway", _from_gateway)
