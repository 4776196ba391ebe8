"""
How a refusal looks to the caller: RFC 9457 problem documents under ``/api``, pages elsewhere.

Views contain no ``try``: a use case raises a Refusal, and this one table says which status its kind has.
Whatever nobody anticipated is logged once, with its traceback, and shown as an id only.
"""

from datetime import date
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask, g, jsonify, make_response, render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shared.errors import (
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
    Unavailable,
)
from shared.log import get_logger
from shared.money import Money
from shared.texts import Text
from shared.ui.formats import said
from shared.ui.language import language
from shared.web import strict
from shared.web.guard import Rule
from shared.web.wiring import first_page, wired

log = get_logger()


class PreconditionFailed(Refusal, code="precondition_failed", title="Somebody changed it meanwhile"):
    """
    If-Match names another version than the present one.
    """


class PreconditionRequired(Refusal, code="precondition_required", title="Say which version you saw"):
    """
    The route asks for If-Match and there is none.
    """


# The first kind that fits rules.
STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (strict.Malformed, 400),
    (strict.UnknownParameter, 400),
    (PreconditionFailed, 412),
    (PreconditionRequired, 428),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Gone, 410),
    (Invalid, 422),
    (TooMany, 429),
    (Unavailable, 503),
    (Refusal, 409),
)

HTTP_CODES = {
    400: "malformed_request",
    401: "authentication_required",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "malformed_request",
    408: "malformed_request",
    409: "not_allowed",
    413: "body_too_large",
    414: "malformed_request",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "rate_limited",
    431: "malformed_request",
    503: "upstream_unavailable",
}

TITLES = {
    400: lazy_gettext("The request cannot be read"),
    401: lazy_gettext("Unauthorized"),
    403: lazy_gettext("Forbidden"),
    404: lazy_gettext("There is nothing here"),
    405: lazy_gettext("This cannot be done here"),
    406: lazy_gettext("Not Acceptable"),
    408: lazy_gettext("Request Timeout"),
    409: lazy_gettext("Conflict"),
    410: lazy_gettext("Gone"),
    411: lazy_gettext("Length Required"),
    412: lazy_gettext("Precondition Failed"),
    413: lazy_gettext("That is too large"),
    414: lazy_gettext("Request-URI Too Long"),
    415: lazy_gettext("This kind of content is not read here"),
    416: lazy_gettext("Requested Range Not Satisfiable"),
    417: lazy_gettext("Expectation Failed"),
    418: lazy_gettext("I'm a Teapot"),
    421: lazy_gettext("Misdirected Request"),
    422: lazy_gettext("Unprocessable Entity"),
    423: lazy_gettext("Locked"),
    424: lazy_gettext("Failed Dependency"),
    428: lazy_gettext("Precondition Required"),
    429: lazy_gettext("Too Many Requests"),
    431: lazy_gettext("Request Header Fields Too Large"),
    451: lazy_gettext("Unavailable For Legal Reasons"),
    502: lazy_gettext("Bad Gateway"),
    503: lazy_gettext("Service Unavailable"),
    504: lazy_gettext("Gateway Timeout"),
}

RETRYABLE = frozenset({429, 502, 503, 504})
NOTEWORTHY = frozenset({401, 403, 429})


class Api(flask_smorest.Api):  # type: ignore[misc]
    """
    flask-smorest's Api, answering errors as we do (its own handler loses headers such as Allow).
    """

    def handle_http_exception(self, error: HTTPException) -> Response:
        """
        Answer an HTTP error in our own form, keeping its headers.
        """
        return answer_http_error(error)


def init_app(app: Flask) -> None:
    """
    Make *app* answer every refusal and every failure in our own form.
    """
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(StaleDataError, _answer_stale)
    app.register_error_handler(OperationalError, _answer_database)
    app.register_error_handler(Exception, _answer_unexpected)


def status_of(refusal: Refusal) -> int:
    """
    Return the HTTP status of a refusal: its own, where it names one, or that of its kind.
    """
    own = getattr(refusal, "status", None)
    return own or next(status for kind, status in STATUS if isinstance(refusal, kind))


def problem(
    *, status: int, code: str, title: str, detail: str, refusal: Refusal | None = None
) -> dict[str, Any]:
    """
    Return the problem document of ux.md 3.2.
    """
    document: dict[str, Any] = {
        "type": f"{wired().settings.portal_url}/api/docs/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": f"urn:request:{g.get('request_id', '')}",
        "retryable": status in RETRYABLE,
    }
    if isinstance(refusal, Invalid):
        document["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": to_caller(each.detail)}
            for each in refusal.errors
        ]
    if refusal and refusal.actions:
        document["actions"] = refusal.actions
    if refusal and refusal.params:
        document["params"] = {name: _plain(value) for name, value in refusal.params.items()}
    return document


def to_caller(text: str) -> str:
    """
    Return a text of ours as this caller reads it.
    """
    # English is what programs are written against: days and amounts as everywhere in the API.
    return str(text) if _wants_json() and language() == "en" else said(text)


def answer_refusal(refusal: Refusal) -> Response:
    """
    Answer an anticipated "no".
    """
    status = status_of(refusal)
    if status in NOTEWORTHY:
        log.info("refused", code=refusal.code, status=status, path=request.path, method=request.method)
    rule: Rule | None = g.get("access")
    if status == 401 and rule is not None and rule.sign_in and not _wants_json():
        try:
            return rule.sign_in()
        except Refusal as worse:  # a form another site may have sent is not given back
            refusal, status = worse, status_of(worse)
    document = problem(
        status=status,
        code=refusal.code,
        title=gettext(refusal.title),
        detail=to_caller(refusal.detail),
        refusal=refusal,
    )
    return _respond(document, status, _headers_of(refusal, status))


def answer_http_error(error: HTTPException) -> Response:
    """
    Answer what Flask and werkzeug refuse by themselves, keeping headers such as Allow and Retry-After.
    """
    if error.code is None or error.code < 400:
        return error.get_response(request.environ)
    if error.code >= 500 and error.code not in RETRYABLE:
        return _answer_unexpected(getattr(error, "original_exception", None) or error)
    code = HTTP_CODES.get(error.code, "malformed_request")
    title = str(TITLES.get(error.code) or HTTPStatus(error.code).phrase)
    document = problem(status=error.code, code=code, title=title, detail=title + ".")
    headers = Headers(
        [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    )
    return _respond(document, error.code, headers)


def _answer_stale(_error: StaleDataError) -> Response:
    return answer_refusal(PreconditionFailed(gettext("Somebody changed it meanwhile. Look again and retry.")))


def _answer_database(error: OperationalError) -> Response:
    log.error("database_unavailable", exc_info=error)
    return answer_refusal(Unavailable())


def _answer_unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error, path=request.path, method=request.method)
    document = problem(
        status=500,
        code="internal_error",
        title=gettext("Something went wrong on our side"),
        detail=gettext("It was recorded. Give the number below when you ask about it."),
    )
    return _respond(document, 500, Headers())


def _headers_of(refusal: Refusal, status: int) -> Headers:
    headers = Headers()
    retry_after = getattr(refusal, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _respond(document: dict[str, Any], status: int, headers: Headers) -> Response:
    response: Response
    if _wants_json():
        response = jsonify(document)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("web/error.html", problem=document, home=first_page()))
    response.status_code = status
    response.headers.extend(headers)
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return said(value) if isinstance(value, Text) else value.isoformat() if isinstance(value, date) else value


def _wants_json() -> bool:
    return request.path.startswith("/api/")
