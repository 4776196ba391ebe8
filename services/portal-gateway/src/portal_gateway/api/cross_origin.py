"""
Front ends of other sites (CORS): who is listed may call the public API, with tokens, never by cookie.

A browser asks first without saying who its user is: then any partner's list counts. The answer is shown
to the pages listed by the partner of the customer it is about.
"""

from flask import Flask, Response, request

from portal_gateway import queries
from shared.web import csrf
from shared.web.guard import principal
from shared.web.wiring import database

METHODS = "GET, POST, PUT, PATCH, DELETE"
SENT = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
SHOWN = "Content-Language, ETag, Idempotency-Replayed, Location, RateLimit, Retry-After, X-Request-Id"
REMEMBERED_SECONDS = "600"


def init_app(app: Flask) -> None:
    """
    Let the listed pages call the API of *app*.
    """
    csrf.trust(app, is_listed)
    app.after_request(_share)


def is_listed(origin: str) -> bool:
    """
    Tell whether the caller's partner, or any partner while nobody is signed in, listed *origin*.
    """
    with database().read() as session:
        return queries.may_call(session, origin, partner_id=principal().partner_id)


def _share(response: Response) -> Response:
    origin = request.headers.get("Origin")
    if origin is None or not request.path.startswith("/api/v1/"):
        return response
    response.vary.add("Origin")
    if origin not in csrf.allowed_origins() and principal().csrf is None and is_listed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = SHOWN
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Allow-Headers"] = SENT
            response.headers["Access-Control-Max-Age"] = REMEMBERED_SECONDS
    return response
