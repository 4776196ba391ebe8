"""
What happens to the customer, as it happens (server-sent events).

A stream holds a thread, so there are only so many per process: beyond that the answer is 204, after which
an EventSource stops and the page asks now and then. Every stream ends after a while; the browser comes back
with Last-Event-ID and misses nothing.
"""

import json
from collections.abc import Iterator
from threading import BoundedSemaphore
from time import monotonic, sleep

from flask import Response, current_app, request

from portal_gateway import queries
from portal_gateway.api.caller import settings, subscriber
from shared.db import Database
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("events", __name__, url_prefix="/api/v1", description="Live updates")

LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 240
RETRY_MILLISECONDS = 2000


@blueprint.route("/events", methods=["GET"])
@subscriber
@blueprint.response(200, content_type="text/event-stream")
def get_events() -> Response:
    """
    Stream what happens to this customer from now on, or since the event the header Last-Event-ID names.
    """
    places = current_app.extensions.setdefault("streams", BoundedSemaphore(settings().max_streams))
    if not places.acquire(blocking=False):
        return Response(status=204)
    with database().read() as session:
        after = _last_seen() if _last_seen() is not None else queries.newest_live_event(session)
    stream = _stream(database(), principal().id, after or 0)
    response = Response(stream, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(places.release)
    return response


def _last_seen() -> int | None:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


def _stream(db: Database, customer_id: str, after: int) -> Iterator[str]:
    ends, quiet_since = monotonic() + LONGEST_SECONDS, monotonic()
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    while monotonic() < ends:
        with db.read() as session:
            news = queries.live_events(session, customer_id=customer_id, after=after)
        for each in news:
            after, quiet_since = each.number, monotonic()
            yield f"id: {each.number}\nevent: {each.name}\ndata: {json.dumps(each.body)}\n\n"
        if monotonic() - quiet_since > HEARTBEAT_SECONDS:
            quiet_since = monotonic()
            yield ": still here\n\n"
        if not news:
            sleep(LOOK_SECONDS)
