"""Sign in and out (P1)."""

from contextlib import suppress

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal_gateway.domain.session import STAY, Kind
from portal_gateway.portal.caller import (
    anybody,
    choosing,
    cookie_name,
    next_page,
    settings,
    upstreams,
)
from portal_gateway.usecases.sign_in import Attempt, SignedIn, sign_in
from portal_gateway.usecases.sign_out import sign_out
from shared import clock, ui
from shared.errors import FieldError, NotFound, Refusal, TooMany
from shared.web.access import public
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_sign_in", __name__, url_prefix="/portal", template_folder="templates")

LONGEST = 1000


@blueprint.get("/login")
@anybody
def login_page() -> ResponseReturnValue:
    """
    Show the sign-in form.
    """
    if principal().kind == "customer":
        return redirect(next_page(request.args.get("next")), 303)
    return _page(ui.Form({"next": request.args.get("next", "")}))


@blueprint.post("/login")
@public
def login() -> ResponseReturnValue:
    """
    Sign in; a session that was there before is not taken over.
    """
    missing = _missing()
    if missing:
        return _page(ui.Form(request.form, missing), 422)
    try:
        made = sign_in(database(), upstreams().customers, _attempt(), now=clock.real_now())
    except TooMany as refusal:
        return _page(ui.Form(request.form, problem=wait(refusal)), 429)
    except Refusal as refusal:
        return _page(
            ui.Form(request.form, problem=refusal), 401 if refusal.code == "credentials_rejected" else 503
        )
    stays = "stay_signed_in" in request.form
    return with_cookie(made, next_page(request.form.get("next")), stays=stays)


@blueprint.post("/logout")
@choosing
def logout() -> ResponseReturnValue:
    """
    Sign out.
    """
    # It may have ended meanwhile, which is what was wanted.
    with suppress(NotFound), database().begin() as session:
        sign_out(
            session,
            customer_id=principal().id,
            session_id=principal().session_id or "",
            now=clock.real_now(),
        )
    ui.toast(_("You are signed out."))
    answer = redirect("/portal/login", 303)
    answer.delete_cookie(cookie_name(), secure=not settings().insecure_cookies, httponly=True, samesite="Lax")
    return answer


def _page(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    return render_template("portal/login.html", form=form), status


def _missing() -> list[FieldError]:
    words = {"login": _("Enter your login or email address."), "password": _("Enter your password.")}
    given = request.form
    return [
        FieldError(f"#/{name}", "required", text)
        for name, text in words.items()
        if not given.get(name) or len(given[name]) > LONGEST
    ]


def _attempt() -> Attempt:
    return Attempt(
        login=request.form["login"],
        password=request.form["password"],
        address=request.remote_addr or "",
        device=request.headers.get("User-Agent", ""),
        kind=Kind.COOKIE,
        stay_signed_in="stay_signed_in" in request.form,
    )


def wait(refusal: TooMany) -> TooMany:
    """
    Return the refusal with the time to wait in words.
    """
    minutes = max(1, -(-refusal.retry_after // 60))
    return TooMany(
        ngettext(
            "Too many tries. Try again in %(num)d minute.",
            "Too many tries. Try again in %(num)d minutes.",
            minutes,
        ),
        retry_after=refusal.retry_after,
    )


def with_cookie(made: SignedIn, page: str, *, stays: bool) -> ResponseReturnValue:
    """
    Lead to *page* with the cookie of a new session.
    """
    answer = redirect(page, 303)
    answer.set_cookie(
        cookie_name(),
        made.secret,
        max_age=int(STAY.total_seconds()) if stays else None,
        secure=not settings().insecure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer
