"""The accounts of the staff: who they are, what they may do, and whether they still may."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from customers import queries
from customers.admin import wording
from customers.admin.forms import again, attempt, number, one_of_each, page, refuse_others, scope
from customers.usecases.save_staff import Profile, add_staff, edit_staff
from customers.usecases.set_up_account import set_up_link
from shared import clock
from shared.settings import origin
from shared.ui import Form, toast
from shared.web.access import staff
from shared.web.app import database, wired

blueprint = Blueprint(
    "staff_accounts", __name__, url_prefix="/admin/customers/staff", template_folder="templates"
)

WRITTEN = ("login", "name", "email")
NEW = "new"


@blueprint.get("")
@staff("staff.manage")
def index() -> ResponseReturnValue:
    """
    Show the staff.
    """
    with database().read() as session:
        return render_template(
            "customers/staff.html",
            members=queries.staff_list(session, scope()),
            roles=wording.ROLES,
            partners={each.id: each.name for each in queries.partners(session, scope())},
        )


@blueprint.get("/<staff_id>")
@staff("staff.manage")
def show(staff_id: str) -> ResponseReturnValue:
    """
    Show the form of an account, or of a new one.
    """
    with database().read() as session:
        return _page(session, staff_id)


@blueprint.post("/<staff_id>")
@staff("staff.manage")
def save(staff_id: str) -> ResponseReturnValue:
    """
    Save an account, or give the form back.
    """
    refuse_others(*WRITTEN, "roles", "partner_ids", "disabled", "version")
    profile, version = _posted_profile(), number(request.form.get("version", ""))
    if staff_id == NEW:
        saved, refusal = attempt(lambda session: add_staff(session, profile, scope=scope()))
    else:
        saved, refusal = attempt(
            lambda session: edit_staff(session, profile, staff_id=staff_id, version=version, scope=scope())
        )
    if saved is None:
        with database().read() as session:
            return _page(session, staff_id, again(refusal))
    toast(_("%(name)s was saved.", name=saved.name))
    return redirect(url_for("staff_accounts.show", staff_id=saved.id), 303)


@blueprint.post("/<staff_id>/set-up-link")
@staff("staff.manage")
def make_link(staff_id: str) -> ResponseReturnValue:
    """
    Make a link by which the account's owner chooses a password, and show it this once.
    """
    refuse_others()
    with database().begin() as session:
        secret = set_up_link(session, staff_id=staff_id, scope=scope(), now=clock.real_now())
        member = queries.staff_member(session, staff_id, scope())
    # The configured address, never the Host header of this request.
    link = origin(wired().settings.admin_urls["customers"]) + url_for("desk.set_up", code=secret)
    return render_template("customers/set_up_link.html", member=member, link=link)


def _posted_profile() -> Profile:
    chosen = tuple(request.form.getlist("partner_ids"))
    return Profile(
        **one_of_each(*WRITTEN),
        roles=tuple(request.form.getlist("roles")),
        partner_ids=None if scope() is None and not chosen else chosen,
        disabled=request.form.get("disabled") == "on",
    )


def _page(session: Session, staff_id: str, form: Form | None = None) -> ResponseReturnValue:
    member = None if staff_id == NEW else queries.staff_member(session, staff_id, scope())
    return page(
        "staff_member.html",
        form=form or Form(member or {"roles": ["support"]}),
        member=member,
        roles=list(wording.ROLES.items()),
        partners=[(each.id, each.name) for each in queries.partners(session, scope())],
        scoped=scope() is not None,
    )
