"""Pages travel compressed; what changes from page to page in them is no secret that stays (see ``csrf``)."""

import gzip

from flask import Flask, Response, request

SMALLEST = 1_000  # bytes; below that it does not pay
LEVEL = 5


def init_app(app: Flask) -> None:
    """
    Compress the pages of *app* for browsers that ask for it.
    """
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if request.accept_encodings["gzip"] and len(page) >= SMALLEST:
        response.set_data(gzip.compress(page, LEVEL))
        response.headers["Content-Encoding"] = "gzip"
    return response
