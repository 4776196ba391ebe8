"""
The staff's front desk: sign in once here, and every admin UI knows you.

The session lives here, behind a cookie only this service reads; each UI gets its own short token by a one-use
code (``shared.web.staff``).
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from customers import queries
from customers.admin.forms import again, attempt, one_of_each, page, refuse_others
from customers.domain import password as password_rules
from customers.domain.roles import permissions
from customers.usecases.set_up_account import LinkUsedUp, choose_password
from customers.usecases.sign_in import sign_in, stay_signed_in
from customers.usecases.sign_out import sign_out
from shared import clock
from shared.errors import NotAllowed
from shared.ui import Form, toast
from shared.web.access import public
from shared.web.app import database, wired
from shared.web.csrf import FIELD, CsrfFailed, is_token, make_token
from shared.web.ratelimit import allow, forgive
from shared.web.staff import handoff_url, mint_staff_token, own_path

blueprint = Blueprint("desk", __name__, url_prefix="/admin/customers", template_folder="templates")

TRIES, TRIES_PER_ADDRESS, SECONDS = 5, 100, 300
LONGEST_SESSION_SECONDS = 8 * 3600


class FrontDesk:
    """
    What ``shared.web.staff`` asks of the one service that keeps the staff sessions.
    """

    def sign_on(self, *, to: str, next_path: str) -> AnyResponse:
        """
        Lead the signed-in person back to UI *to*; show the sign-in form to others.
        """
        with database().begin() as session:
            found = stay_signed_in(session, request.cookies.get(cookie_name(), ""), clock.real_now())
        if found is None:
            return redirect(url_for("desk.form", to=to, next=next_path))
        desk_session, member = found
        signer = wired().signer
        if signer is None or to not in wired().settings.admin_urls:
            raise NotAllowed
        token = mint_staff_token(
            signer,
            to,
            staff_id=member.id,
            session_id=desk_session.id,
            csrf_secret=desk_session.csrf,
            name=member.name,
            roles=member.roles,
            permissions=permissions(tuple(member.roles)),
            partner_ids=member.partner_ids,
        )
        return redirect(
            handoff_url(signer, to=to, staff_token=token, staff_id=member.id, next_path=next_path)
        )

    def sign_out(self) -> AnyResponse:
        """
        End the staff session and say so.
        """
        with database().begin() as session:
            found = queries.live_session(session, request.cookies.get(cookie_name(), ""), clock.real_now())
            if found is not None:
                _refuse_others_forms(found[0].csrf, found[0].id)
                sign_out(session, session_id=found[0].id)
        toast(_("You are signed out everywhere."))
        response = redirect(url_for("desk.form"), 303)
        response.delete_cookie(cookie_name(), path="/", secure=_secure(), httponly=True)
        return response


@blueprint.get("/sign-in")
@public
def form() -> ResponseReturnValue:
    """
    Show the sign-in form.
    """
    return _shown(Form(values=request.args))


@blueprint.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """
    Open a session and lead on to where the person wanted to go.
    """
    fields = one_of_each("login", "password", "to", "next")
    refuse_others(*fields)
    _count_this_try(fields["login"])
    secret, refusal = attempt(
        lambda session: sign_in(
            session,
            login=fields["login"],
            password=fields["password"][: password_rules.LONGEST + 1],
            now=clock.real_now(),
        )
    )
    if secret is None:
        return _shown(again(refusal), 401)
    with database().begin() as session:
        forgive(session, _account_key(fields["login"]))
    return _let_in(secret, fields["to"], fields["next"])


@blueprint.get("/set-up")
@public
def set_up() -> ResponseReturnValue:
    """
    Let somebody with a set-up link choose a password.
    """
    code = request.args.get("code", "")
    with database().read() as session:
        link = queries.set_up_link(session, code, clock.real_now())
    if link is None:
        return _used_up()
    return page("set_up.html", form=Form(values={"code": code}))


@blueprint.post("/set-up")
@public
def set_up_done() -> ResponseReturnValue:
    """
    Keep the chosen password; its owner signs in with it next.
    """
    fields = one_of_each("code", "password")
    refuse_others(*fields)
    _count_this_try("set-up")
    member, refusal = attempt(
        lambda session: choose_password(
            session, secret=fields["code"], password=fields["password"], now=clock.real_now()
        )
    )
    if isinstance(refusal, LinkUsedUp):
        return _used_up()
    if member is None:
        return page("set_up.html", form=again(refusal, {"code": fields["code"]}))
    toast(_("Your password is set. Sign in with it."))
    return redirect(url_for("desk.form", login=member.login), 303)


def cookie_name() -> str:
    """
    Return the name of the cookie that holds the session's secret.
    """
    return "ledgerline-desk" if wired().settings.insecure_cookies else "__Host-ledgerline-desk"


def _let_in(secret: str, to: str, next_path: str) -> AnyResponse:
    known = to if to in wired().settings.admin_urls else "customers"
    target = url_for("staff.sign_on", to=known, next=own_path(next_path, known))
    response = redirect(target, 303)
    # No expiry: the browser forgets it when it closes, and the row is over after eight hours anyway.
    response.set_cookie(cookie_name(), secret, path="/", secure=_secure(), httponly=True, samesite="Lax")
    return response


def _refuse_others_forms(secret: str, session_id: str) -> None:
    # The pages of all five UIs carry the token of the session; a stranger's page does not know it.
    if not is_token(request.form.get(FIELD, ""), make_token(secret, session_id)):
        raise CsrfFailed


def _count_this_try(login: str) -> None:
    with database().begin() as session:
        allow(session, f"desk:{request.remote_addr}", TRIES_PER_ADDRESS, SECONDS)
        allow(session, _account_key(login), TRIES, SECONDS)


def _account_key(login: str) -> str:
    # With the address in it, nobody can lock somebody else out from afar.
    return f"desk:{login.strip().casefold()[:80]}:{request.remote_addr}"


def _shown(sign_in_form: Form, status: int = 200) -> Response:
    response = make_response(render_template("customers/sign_in.html", form=sign_in_form), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _used_up() -> ResponseReturnValue:
    return render_template("customers/link_used.html"), 410


def _secure() -> bool:
    return not wired().settings.insecure_cookies
