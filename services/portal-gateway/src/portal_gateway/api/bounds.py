"""
What holds for every request of a signed-in customer: how often, and what a browser may keep of the answer.

A list of guessed ids is answered 404 each, and not for long: pages and API are counted alike.
"""

from flask import Flask, Response, request

from shared.web.guard import principal
from shared.web.throttle import Throttle

WINDOW_SECONDS = 60
UNKEPT = frozenset({"sessions", "events"})  # secrets, and what never ends


def init_app(app: Flask, *, per_minute: int) -> None:
    """
    Count what each customer asks of each part of the portal, and let answers be asked for again by ETag.
    """
    throttle = Throttle(per_minute, WINDOW_SECONDS)

    @app.before_request
    def count() -> None:
        if principal().kind == "customer":
            throttle.take(f"{principal().id} {request.blueprint}")

    app.after_request(revalidated)


def revalidated(response: Response) -> Response:
    """
    Name what a GET answered by an ETag, and answer 304 to who has it already.
    """
    kept = request.path.startswith("/api/v1/") and request.blueprint not in UNKEPT
    if kept and request.method == "GET" and response.status_code == 200 and response.is_json:
        if principal().kind == "customer":
            response.headers.setdefault("Cache-Control", "private, no-cache")
        response.add_etag()
        response.make_conditional(request)
    return response
