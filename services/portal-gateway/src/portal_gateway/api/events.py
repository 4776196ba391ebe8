"""
What happens to the customer, as it happens (server-sent events).

A stream holds a thread, so there are only so many per process: beyond that the answer is 204, after which
an EventSource stops and the page asks now and then. Every stream ends after a minute; the browser comes back
with Last-Event-ID and misses nothing. It ends before when the session does, and when the process is to stop.
"""

import json
from collections.abc import Iterator
from threading import BoundedSemaphore
from time import monotonic, sleep

from flask import Response, current_app, request
from marshmallow import Schema, fields, validate

from portal_gateway import queries
from portal_gateway.api.caller import onlooker, settings
from portal_gateway.usecases.recognise_session import is_session_open
from shared import clock
from shared.db import Database
from shared.web import draining
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("events", __name__, url_prefix="/api/v1", description="Live updates")

LOOK_SECONDS = 0.5
SESSION_SECONDS = 2  # how long a stream that has nothing to say may not notice that its session ended
HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 60
RETRY_MILLISECONDS = 2000
LARGEST_NUMBER = 2**63 - 1


class Since(Schema):
    """
    The number of the newest event known already; now, unless it is given here or by Last-Event-ID.
    """

    after = fields.Integer(validate=validate.Range(0, LARGEST_NUMBER))


@blueprint.route("/events", methods=["GET"])
@onlooker
@blueprint.arguments(Since, location="query")
@blueprint.response(200, content_type="text/event-stream")
def get_events(since: dict[str, int]) -> Response:
    """
    Stream what happens to this customer from now on, or since the event the header Last-Event-ID names.
    """
    after = _last_seen(since.get("after"))
    places = current_app.extensions.setdefault("streams", BoundedSemaphore(settings().max_streams))
    if not places.acquire(blocking=False):
        return Response(status=204)
    stream = _stream(database(), principal().id, principal().session_id or "", after)
    response = Response(stream, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(places.release)
    return response


def _last_seen(given: int | None) -> int:
    latest = request.headers.get("Last-Event-ID", "")
    if latest.isascii() and latest.isdecimal() and len(latest) < 19:
        return int(latest)
    if given is not None:
        return given
    with database().read() as session:
        return queries.newest_live_event(session)


def _stream(db: Database, customer_id: str, session_id: str, after: int) -> Iterator[str]:
    ends = monotonic() + LONGEST_SECONDS
    spoken = asked = monotonic()
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    while monotonic() < ends and not draining.is_stopping():
        with db.read() as session:
            news = queries.live_events(session, customer_id=customer_id, after=after)
            if news or monotonic() - asked > SESSION_SECONDS:
                asked = monotonic()
                if not is_session_open(session, session_id=session_id, now=clock.real_now()):
                    return
        for each in news:
            after, spoken = each.number, monotonic()
            yield f"id: {each.number}\nevent: {each.name}\ndata: {json.dumps(each.body)}\n\n"
        if monotonic() - spoken > HEARTBEAT_SECONDS:
            spoken = monotonic()
            yield ": still here\n\n"
        if not news:
            sleep(LOOK_SECONDS)
