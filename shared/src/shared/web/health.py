"""Probes and metrics: the addresses platforms ask, whatever name they call us by."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response, jsonify

from shared.log import get_logger
from shared.revisions import is_current
from shared.web import draining, metrics
from shared.web.access import public
from shared.web.wiring import wired

log = get_logger()
blueprint = Blueprint("health", __name__)

PROBES = frozenset({"/livez", "/readyz", "/metrics"})

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@blueprint.get("/livez")
@public
def alive() -> dict[str, str]:
    """
    Say that the process answers.
    """
    return {"status": "alive"}


@blueprint.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """
    Say whether to send requests here: the database answers, has today's tables, and we are not about to stop.
    """
    db, package = wired().db, wired().package
    checks = {
        "database": _passes(db.answers),
        "migrations": _passes(lambda: is_current(db, package)),
        "staying": not draining.is_draining(),
    }
    good = all(checks.values())
    return jsonify(status="ready" if good else "not ready", checks=checks), 200 if good else 503


@blueprint.get("/metrics")
@public
def measured() -> Response:
    """
    Show the metrics to those who may see them.
    """
    return metrics.exposition()


def any_host(wsgi_app: WsgiApp) -> WsgiApp:
    """
    Let probes in by any host name (a kubelet calls by address), without trusting it.
    """

    def call(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in PROBES:
            environ = {**environ, "HTTP_HOST": "localhost"}
        return wsgi_app(environ, start_response)

    return call


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        log.exception("not_ready")
        return False
