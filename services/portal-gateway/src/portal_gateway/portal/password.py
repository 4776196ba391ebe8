"""Choose a password, with the present one or by a mailed code (P1)."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway import queries
from portal_gateway.domain.session import Kind
from portal_gateway.portal.caller import FIRST_PAGE, anybody, caller, choosing, upstreams
from portal_gateway.portal.sign_in import LONGEST, wait, with_cookie
from portal_gateway.usecases.choose_password import choose_password
from portal_gateway.usecases.reset_password import confirm_reset, request_reset
from portal_gateway.usecases.sign_in import Attempt
from shared import ui
from shared.errors import FieldError, Invalid, Refusal, TooMany, Unavailable
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_password", __name__, url_prefix="/portal")


@blueprint.get("/password")
@choosing
def choose_page() -> ResponseReturnValue:
    """
    Show the form for another password.
    """
    return _choice(ui.Form({}))


@blueprint.post("/password")
@choosing
def choose() -> ResponseReturnValue:
    """
    Set the password; this device stays signed in, all others are out.
    """
    missing = _missing("password") if _is_temporary() else _missing("present", "password")
    if missing:
        return _choice(ui.Form({}, missing), 422)
    attempt = Attempt(
        login=upstreams().customers.person(caller())["login"],
        password=request.form["password"],
        address=request.remote_addr or "",
        device=request.headers.get("User-Agent", ""),
        kind=Kind.COOKIE,
    )
    present = request.form.get("present", "")[:LONGEST]
    try:
        made = choose_password(database(), upstreams().customers, caller(), attempt, present=present)
    except Refusal as refusal:
        return _choice(_again(refusal, {}), _status(refusal))
    ui.toast(_("Your password is changed. Other devices are signed out."))
    return with_cookie(made, FIRST_PAGE, stays=False)


@blueprint.get("/password-resets")
@anybody
def forgotten_page() -> ResponseReturnValue:
    """
    Ask who forgot their password.
    """
    return render_template("portal/forgotten.html", form=ui.Form({}))


@blueprint.post("/password-resets")
@anybody
def forgotten() -> ResponseReturnValue:
    """
    Have a code mailed, and go on in the same way whether anybody has this login or not.
    """
    login = request.form.get("login", "").strip()
    try:
        if not 0 < len(login) <= 254:
            raise Invalid(FieldError("#/login", "required", _("Enter your login or email address.")))
        address = request.remote_addr or ""
        reset_id = request_reset(database(), upstreams().customers, login=login, address=address)
    except Refusal as refusal:
        form = _again(refusal, request.form)
        return render_template("portal/forgotten.html", form=form), _status(refusal)
    return redirect(f"/portal/password-resets/{reset_id}", 303)


@blueprint.get("/password-resets/<reset_id>")
@anybody
def reset_page(reset_id: str) -> ResponseReturnValue:
    """
    Ask for the code and another password.
    """
    return render_template("portal/reset_password.html", form=ui.Form({}), reset_id=reset_id)


@blueprint.post("/password-resets/<reset_id>")
@anybody
def reset(reset_id: str) -> ResponseReturnValue:
    """
    Set the password by the code, and go to the sign-in.
    """
    try:
        missing = _missing("code", "password")
        if missing:
            raise Invalid(*missing)
        confirm_reset(
            database(),
            upstreams().customers,
            reset_id=reset_id[:40],
            code=request.form["code"][:40],
            password=request.form["password"],
            address=request.remote_addr or "",
        )
    except Refusal as refusal:
        form = _again(refusal, {"code": request.form.get("code", "")})
        page = render_template("portal/reset_password.html", form=form, reset_id=reset_id)
        return page, _status(refusal)
    ui.toast(_("Your password is changed. Sign in with it."))
    return redirect("/portal/login", 303)


def to_choose(_refusal: Refusal) -> ResponseReturnValue:
    """
    Lead whoever signed in with a temporary password to the choice of another.
    """
    return redirect("/portal/password", 303)


def _choice(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    return render_template("portal/password.html", form=form, temporary=_is_temporary()), status


def _is_temporary() -> bool:
    with database().read() as session:
        return queries.must_choose(session, principal().session_id)


def _missing(*names: str) -> list[FieldError]:
    words = {
        "present": _("Enter your present password."),
        "password": _("Choose a password."),
        "code": _("Enter the code from the mail."),
    }
    given = request.form
    return [
        FieldError(f"#/{name}", "required", words[name])
        for name in names
        if not given.get(name) or len(given[name]) > LONGEST
    ]


def _again(refusal: Refusal, values: object) -> ui.Form:
    if isinstance(refusal, Invalid):
        return ui.Form(values, refusal.errors)
    return ui.Form(values, problem=wait(refusal) if isinstance(refusal, TooMany) else refusal)


def _status(refusal: Refusal) -> int:
    known = {Invalid: 422, TooMany: 429, Unavailable: 503}
    return next((status for kind, status in known.items() if isinstance(refusal, kind)), 409)
