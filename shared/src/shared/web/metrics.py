"""
Rate, errors and duration of every route, in Prometheus' text form.

Labels are bounded: the route's pattern, never the path. What the worker of the service measures is shown,
too, where both have one PROMETHEUS_MULTIPROC_DIR (the launcher and compose.yaml give them one).
"""

import hmac
import time
from ipaddress import ip_address

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry
from prometheus_client import generate_latest as generate
from prometheus_client.multiprocess import MultiProcessCollector

from shared.errors import NotFound
from shared.log import get_logger
from shared.measures import Counter, Histogram, are_shared
from shared.web.guard import principal
from shared.web.wiring import wired

log = get_logger()

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
QUIET = frozenset({"/livez", "/readyz", "/metrics", "/ui/static/<path:name>", "/ui/theme/<int:hue>.css"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def init_app(app: Flask) -> None:
    """
    Measure every request of *app*.
    """
    app.after_request(_observe)


def exposition() -> Response:
    """
    Answer with all metrics of this service.

    :raises NotFound: for a caller without the token or, where none is set, from outside this machine
    """
    if not _may_read():
        raise NotFound
    registry = REGISTRY
    if are_shared():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate(registry), content_type=CONTENT_TYPE_LATEST)


def _observe(response: Response) -> Response:
    rule = request.url_rule
    route = rule.rule if rule is not None else "unmatched"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, str(response.status_code)).inc()
    seconds = time.monotonic() - g.get("started", time.monotonic())
    SECONDS.labels(method, route).observe(seconds)
    if route not in QUIET:
        log.info(
            "answered",
            method=method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            partner_id=principal().partner_id,
        )
    return response


def _may_read() -> bool:
    token = wired().settings.metrics_token
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {token}")
    # A proxy on this machine speaks for somebody else.
    return "X-Forwarded-For" not in request.headers and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
