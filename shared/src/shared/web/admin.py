"""
The pages every admin UI has: taking over a sign-on, signing out, and what got stuck.
"""

from typing import Protocol

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from shared.errors import NotSignedIn
from shared.web import sessions, staff, stuck_events
from shared.web.access import public
from shared.web.wiring import database

DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


class Desk(Protocol):
    """
    What only ``customers`` has: the staff session itself.
    """

    def sign_on(self, *, to: str, next_path: str) -> Response:
        """
        Lead the signed-in person back to UI *to* (see ``handoff_url``); show the sign-in form to others.
        """
        ...

    def sign_out(self) -> Response:
        """
        End the staff session and say so.
        """
        ...


def staff_blueprint(service: str, desk: Desk | None = None) -> Blueprint:
    """
    Return the pages every admin UI has: sign-on, sign-out, stuck events (customers brings its *desk*).
    """
    pages = Blueprint("staff", __name__, url_prefix=f"/admin/{service}")

    @pages.get("/sign-on")
    @public
    def sign_on() -> Response:
        """
        Take a sign-on code, or lead to where one is made.
        """
        next_path = staff.own_path(request.args.get("next", ""), service)
        if "code" in request.args:
            return _take_over(next_path)
        if desk is not None:
            return desk.sign_on(to=request.args.get("to", service), next_path=request.args.get("next", ""))
        return redirect(staff.desk_url(next_path))

    @pages.get("/signed-on")
    @staff.staff()
    def signed_on() -> Response:
        """
        Say that the sign-in is fresh; where a silent renewal ends, which expects a picture.
        """
        if request.headers.get("Sec-Fetch-Dest") == "image":
            return Response(DOT, mimetype="image/svg+xml")
        return make_response(render_template("web/signed_on.html"))

    @pages.post("/sign-out")
    @public
    def sign_out() -> Response:
        """
        Forget the token here at once, and end the session where it is kept.
        """
        _revoke_present()
        # 307 repeats the POST at customers, which ends the session and tells everybody.
        end = (
            desk.sign_out() if desk else redirect(f"{staff.customers_origin()}/admin/customers/sign-out", 307)
        )
        return staff.clear_cookie(end)

    pages.register_blueprint(stuck_events.pages)
    return pages


def _take_over(next_path: str) -> Response:
    try:
        token = staff.verify_handoff(request.args["code"])
        staff.believe(token)
    except NotSignedIn:
        return make_response(render_template("web/sign_on_failed.html", again=next_path), 400)
    return staff.set_cookie(redirect(next_path, 303), token)


def _revoke_present() -> None:
    try:
        member = staff.member()
    except NotSignedIn:
        return
    with database().begin() as session:
        sessions.revoke(session, str(member.session_id))
