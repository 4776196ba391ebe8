"""Headers on every answer: what browsers may do with our pages, and that private ones are kept by nobody."""

import functools
from collections.abc import Mapping

from flask import Flask, Response, g, request

from shared.settings import ServiceSettings, origin
from shared.ui import language
from shared.web import ratelimit

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Our UIs post to each other and are told apart by Origin, which "same-origin" would make "null".
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-site",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = 31_536_000
VARY = ("Accept-Language", "Cookie")
GATEWAYS = frozenset({"portal", "service", "gateway"})  # the access rules only the gateway passes
SILENT = ("/sign-on", "/signed-on")  # reached by a picture on a page of another of our UIs


def init_app(app: Flask) -> None:
    """
    Add the headers to every answer of *app*.
    """
    always = security_headers(app.extensions["ledgerline"].settings)
    app.after_request(functools.partial(_add, always))


def content_security_policy(settings: ServiceSettings, *, images: tuple[str, ...] = ()) -> str:
    """
    Return the policy of our pages; forms may lead to our own UIs and to the payment page.
    """
    targets = {origin(url) for url in settings.admin_urls.values()} | {origin(settings.portal_url)}
    if settings.payments_origin:
        targets.add(origin(settings.payments_origin))
    parts = [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        " ".join(["img-src 'self' data:", *images]),
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        " ".join(["form-action 'self'", *sorted(targets)]),
    ]
    return "; ".join(parts)


def security_headers(settings: ServiceSettings) -> dict[str, str]:
    """
    Return the headers all answers share, static files included.
    """
    headers = {**COMMON, "Content-Security-Policy": content_security_policy(settings)}
    if not settings.insecure_cookies:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    return headers


def _add(always: dict[str, str], response: Response) -> Response:
    if _goes_to_the_gateway(response):
        # A program of ours, many times for each page: what tells browsers to be careful would only cost time.
        response.headers.extend({"X-Request-Id": g.get("request_id", ""), "Cache-Control": "no-store"})
        return response
    wanted = {**always, "X-Request-Id": g.get("request_id", ""), "Content-Language": language()}
    if request.path.endswith(SILENT):
        # Browsers count two ports of one address as two sites here, though not for cookies.
        wanted["Cross-Origin-Resource-Policy"] = "cross-origin"
    stands = ratelimit.standing()
    if stands and request.path.startswith("/api/"):
        response.headers.update(stands.headers())
    rule = g.get("access")
    if rule is None or rule.name != "public" or response.status_code >= 400:
        wanted["Cache-Control"] = "no-store"
    given = {name.lower(): value for name, value in response.headers}  # looked at once, not once per name
    response.headers.extend((name, value) for name, value in wanted.items() if name.lower() not in given)
    if "immutable" not in given.get("cache-control", ""):  # those are the same for everybody
        _vary(response, VARY if request.path.startswith("/api/") else (*VARY, "HX-Request"), given)
    return response


def _goes_to_the_gateway(response: Response) -> bool:
    rule = g.get("access")
    return rule is not None and rule.name in GATEWAYS and response.status_code < 400


def _vary(response: Response, names: tuple[str, ...], given: Mapping[str, str]) -> None:
    if "vary" in given:
        response.vary.update(names)
    else:
        response.headers.add("Vary", ", ".join(names))
