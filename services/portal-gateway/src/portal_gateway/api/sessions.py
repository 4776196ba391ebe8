"""Sign in and out: access tokens for front ends, cookies for browsers."""

from typing import Any

from flask import make_response, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from portal_gateway import queries
from portal_gateway.api.caller import caller, chooser, cookie_name, settings, subscriber, upstreams
from portal_gateway.domain.session import ABSOLUTE, ACCESS, STAY, Kind
from portal_gateway.usecases.choose_password import choose_password
from portal_gateway.usecases.refresh_session import refresh_session
from portal_gateway.usecases.reset_password import confirm_reset, request_reset
from portal_gateway.usecases.sign_in import Attempt, SignedIn, sign_in
from portal_gateway.usecases.sign_out import sign_out
from shared import clock
from shared.web.access import public
from shared.web.csrf import make_token
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1", description="Sign in and out")

LONGEST_PASSWORD = 1000


class Credentials(Schema):
    """
    Login (or e-mail address) and password; *kind* is token (default) or cookie.
    """

    login = fields.String(required=True, validate=validate.Length(1, 254), metadata={"example": "postpaid"})
    password = fields.String(required=True, validate=validate.Length(1, LONGEST_PASSWORD))
    kind = fields.String(load_default=Kind.TOKEN.value, validate=validate.OneOf([*Kind]))
    stay_signed_in = fields.Boolean(load_default=False)


class Refresh(Schema):
    """
    The refresh token of the last answer.
    """

    refresh_token = fields.String(required=True, validate=validate.Length(1, 200))


class Choice(Schema):
    """
    The password one has (not asked for while it is temporary) and the one chosen: 10 characters or more.
    """

    present = fields.String(load_default="", validate=validate.Length(max=LONGEST_PASSWORD))
    password = fields.String(required=True, validate=validate.Length(1, LONGEST_PASSWORD))


class Forgotten(Schema):
    """
    Login (or e-mail address) of whoever forgot their password.
    """

    login = fields.String(required=True, validate=validate.Length(1, 254), metadata={"example": "postpaid"})


class ResetRequest(Schema):
    """
    What the code is for.
    """

    id = fields.String()


class Reset(Schema):
    """
    The mailed code and the password chosen.
    """

    code = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "12345678"})
    password = fields.String(required=True, validate=validate.Length(1, LONGEST_PASSWORD))


class Customer(Schema):
    """
    Who signed in.
    """

    id = fields.String()
    number = fields.String()
    name = fields.String()
    language = fields.String()


class Session(Schema):
    """
    A new session; *expires_in* is in seconds. With a temporary password it only lets one choose another.
    """

    id = fields.String()
    token_type = fields.String()
    access_token = fields.String()
    expires_in = fields.Integer()
    refresh_token = fields.String()
    csrf_token = fields.String()
    password_is_temporary = fields.Boolean()
    customer = fields.Nested(Customer)


class Device(Schema):
    """
    A running session.
    """

    id = fields.String()
    kind = fields.String()
    device = fields.String()
    created_at = fields.AwareDateTime()
    last_seen_at = fields.AwareDateTime()
    current = fields.Boolean()


class Devices(Schema):
    """
    Every running session of the customer.
    """

    items = fields.List(fields.Nested(Device))


@blueprint.route("/sessions", methods=["POST"])
@public
@blueprint.arguments(Credentials)
@blueprint.response(201, Session)
def post_session(body: dict[str, Any]) -> ResponseReturnValue:
    """
    Sign in. Tokens last 15 minutes and are renewed by the refresh token, each of which works once.
    """
    attempt = Attempt(
        login=body["login"],
        password=body["password"],
        address=request.remote_addr or "",
        device=request.headers.get("User-Agent", ""),
        kind=Kind(body["kind"]),
        stay_signed_in=body["stay_signed_in"],
    )
    made = sign_in(database(), upstreams().customers, attempt, now=clock.real_now())
    return _by_cookie(made, attempt) if attempt.kind is Kind.COOKIE else _by_token(made)


@blueprint.route("/credentials/password", methods=["PUT"])
@chooser
@blueprint.arguments(Choice)
@blueprint.response(200, Session)
def put_password(body: dict[str, str]) -> ResponseReturnValue:
    """
    Choose a password. Every device is signed out; this one gets the new session of the answer.
    """
    kind = Kind.COOKIE if principal().csrf else Kind.TOKEN
    attempt = Attempt(
        login=upstreams().customers.person(caller())["login"],
        password=body["password"],
        address=request.remote_addr or "",
        device=request.headers.get("User-Agent", ""),
        kind=kind,
    )
    made = choose_password(database(), upstreams().customers, caller(), attempt, present=body["present"])
    return _by_cookie(made, attempt, 200) if kind is Kind.COOKIE else _by_token(made, 200)


@blueprint.route("/password-resets", methods=["POST"])
@public
@blueprint.arguments(Forgotten)
@blueprint.response(202, ResetRequest)
def post_reset(body: dict[str, str]) -> dict[str, str]:
    """
    Have a code mailed to whoever has this login or address; the answer is the same if nobody has.
    """
    reset_id = request_reset(
        database(), upstreams().customers, login=body["login"], address=request.remote_addr or ""
    )
    return {"id": reset_id}


@blueprint.route("/password-resets/<reset_id>/confirmations", methods=["POST"])
@public
@blueprint.arguments(Reset)
@blueprint.response(204)
def post_confirmation(body: dict[str, str], reset_id: str) -> ResponseReturnValue:
    """
    Choose a password by the mailed code, which works once, within 15 minutes; every device is signed out.
    """
    confirm_reset(
        database(), upstreams().customers, reset_id=reset_id, address=request.remote_addr or "", **body
    )
    return "", 204


@blueprint.route("/sessions/refreshes", methods=["POST"])
@public
@blueprint.arguments(Refresh)
@blueprint.response(201, Session)
def post_refresh(body: dict[str, Any]) -> dict[str, Any]:
    """
    Get new tokens. A refresh token shown twice ends the session: somebody else has it.
    """
    made = refresh_session(database(), refresh_secret=body["refresh_token"], now=clock.real_now())
    return {
        "id": made.session_id,
        "token_type": "Bearer",
        "access_token": made.secret,
        "expires_in": int(ACCESS.total_seconds()),
        "refresh_token": made.refresh_secret,
    }


@blueprint.route("/sessions", methods=["GET"])
@subscriber
@blueprint.response(200, Devices)
def get_sessions() -> dict[str, Any]:
    """
    List the devices that are signed in.
    """
    with database().read() as session:
        found = queries.devices(session, customer_id=principal().id, now=clock.real_now())
    return {"items": [{**vars(each), "current": each.id == principal().session_id} for each in found]}


@blueprint.route("/sessions/current", methods=["GET"])
@chooser
@blueprint.response(200, Session)
def get_current() -> dict[str, Any]:
    """
    Tell whose session this is; for a browser's, with the CSRF token its writes must carry.
    """
    me = principal()
    with database().read() as session:
        known = queries.acquaintance(session, me.id)
        temporary = queries.must_choose(session, me.session_id)
    person = {"id": me.id}
    if known:
        person |= {"number": f"{known.number:06d}", "name": known.full_name, "language": known.language}
    body: dict[str, Any] = {"id": me.session_id, "customer": person}
    if temporary:
        body["password_is_temporary"] = True
    if me.csrf:
        body["csrf_token"] = make_token(me.csrf, me.session_id or "")
    return body


@blueprint.route("/sessions/current", methods=["DELETE"])
@chooser
@blueprint.response(204)
def delete_current() -> ResponseReturnValue:
    """
    Sign out.
    """
    _end(principal().session_id or "")
    answer = make_response("", 204)
    answer.delete_cookie(cookie_name(), secure=not settings().insecure_cookies, httponly=True, samesite="Lax")
    return answer


@blueprint.route("/sessions/<session_id>", methods=["DELETE"])
@subscriber
@blueprint.response(204)
def delete_session(session_id: str) -> ResponseReturnValue:
    """
    Sign another device out.
    """
    _end(session_id)
    return "", 204


def _end(session_id: str) -> None:
    with database().begin() as session:
        sign_out(session, customer_id=principal().id, session_id=session_id, now=clock.real_now())


def _by_token(made: SignedIn, status: int = 201) -> ResponseReturnValue:
    return {
        **_shown(made),
        "token_type": "Bearer",
        "access_token": made.secret,
        "expires_in": int(ACCESS.total_seconds()),
        "refresh_token": made.refresh_secret,
    }, status


def _by_cookie(made: SignedIn, attempt: Attempt, status: int = 201) -> ResponseReturnValue:
    lasts = STAY if attempt.stay_signed_in else ABSOLUTE
    csrf = make_token(made.csrf_secret, made.session_id)
    body = {**_shown(made), "csrf_token": csrf, "expires_in": int(lasts.total_seconds())}
    answer = make_response(Session().dump(body), status)
    answer.set_cookie(
        cookie_name(),
        made.secret,
        max_age=int(STAY.total_seconds()) if attempt.stay_signed_in else None,
        secure=not settings().insecure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _shown(made: SignedIn) -> dict[str, Any]:
    person = made.person
    temporary = {"password_is_temporary": True} if person.get("password_is_temporary") else {}
    return {
        **temporary,
        "id": made.session_id,
        "customer": {
            "id": person["id"],
            "number": person["number"],
            "name": person["full_name"],
            "language": person["language"],
        },
    }
