"""Partners, locations and labels."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from customers import queries
from customers.admin import wording
from customers.admin.forms import again, attempt, number, one_of_each, page, refuse_others, scope
from customers.usecases.save_label import add_label, edit_label
from customers.usecases.save_location import add_location, rename_location
from customers.usecases.save_partner import Brand, add_partner, edit_partner
from shared.errors import NotAllowed
from shared.ui import Form, toast
from shared.web.access import staff
from shared.web.app import database

blueprint = Blueprint("directory", __name__, url_prefix="/admin/customers", template_folder="templates")

WRITTEN = ("name", "title", "hue", "currency", "timezone", "help_phone", "help_email")
NEW = "new"


@blueprint.get("/partners")
@staff("customers.view")
def partners() -> ResponseReturnValue:
    """
    Show the partners.
    """
    with database().read() as session:
        return render_template(
            "customers/partners.html",
            partners=queries.partners(session, scope()),
            counts=queries.customers_in(session, "partner_id", scope()),
        )


@blueprint.get("/partners/<partner_id>")
@staff("customers.edit")
def partner(partner_id: str) -> ResponseReturnValue:
    """
    Show the form of a partner, or of a new one.
    """
    with database().read() as session:
        return _partner_page(session, partner_id)


@blueprint.post("/partners/<partner_id>")
@staff("customers.edit")
def save_partner(partner_id: str) -> ResponseReturnValue:
    """
    Save a partner, or give the form back.
    """
    refuse_others(*WRITTEN, "languages", "version")
    written, version = _posted_brand(), number(request.form.get("version", ""))
    if partner_id == NEW:
        _refuse_scoped()
        saved, refusal = attempt(lambda session: add_partner(session, written))
    else:
        saved, refusal = attempt(
            lambda session: edit_partner(
                session, written, partner_id=partner_id, version=version, scope=scope()
            )
        )
    if saved is not None:
        toast(_("%(name)s was saved.", name=saved.name))
        return redirect(url_for("directory.partners"), 303)
    with database().read() as session:
        return _partner_page(session, partner_id, again(refusal))


@blueprint.get("/locations")
@staff("customers.view")
def locations() -> ResponseReturnValue:
    """
    Show the locations.
    """
    with database().read() as session:
        return _locations_page(session, Form(prefix="new-"))


@blueprint.post("/locations")
@staff("customers.edit")
def save_location() -> ResponseReturnValue:
    """
    Add a location, or rename the one the form names.
    """
    refuse_others("id", "version", "name")
    _refuse_scoped()
    fields = one_of_each("id", "version", "name")
    saved, refusal = attempt(
        lambda session: (
            rename_location(
                session, location_id=fields["id"], version=number(fields["version"]), name=fields["name"]
            )
            if fields["id"]
            else add_location(session, name=fields["name"])
        )
    )
    if saved is not None:
        toast(_("%(name)s was saved.", name=saved.name))
        return redirect(url_for("directory.locations"), 303)
    with database().read() as session:
        return _locations_page(session, again(refusal))


@blueprint.get("/labels")
@staff("customers.view")
def labels() -> ResponseReturnValue:
    """
    Show the labels.
    """
    with database().read() as session:
        return _labels_page(session, Form({"hue": 200}))


@blueprint.post("/labels")
@staff("customers.edit")
def save_label() -> ResponseReturnValue:
    """
    Add a label, or save the one the form names.
    """
    refuse_others("id", "version", "name", "hue")
    _refuse_scoped()
    fields = one_of_each("id", "version", "name", "hue")
    name, hue = fields["name"], number(fields["hue"])
    saved, refusal = attempt(
        lambda session: (
            edit_label(session, label_id=fields["id"], version=number(fields["version"]), name=name, hue=hue)
            if fields["id"]
            else add_label(session, name=name, hue=hue)
        )
    )
    if saved is not None:
        toast(_("%(name)s was saved.", name=saved.name))
        return redirect(url_for("directory.labels"), 303)
    with database().read() as session:
        return _labels_page(session, again(refusal))


def _posted_brand() -> Brand:
    fields = one_of_each(*WRITTEN)
    return Brand(
        name=fields["name"],
        title=fields["title"],
        hue=number(fields["hue"]),
        currency=fields["currency"].strip().upper(),
        timezone=fields["timezone"].strip(),
        languages=tuple(request.form.getlist("languages")),
        help_phone=fields["help_phone"],
        help_email=fields["help_email"],
    )


def _refuse_scoped() -> None:
    # What every partner shares is not for somebody who may see only some of them.
    if scope() is not None:
        raise NotAllowed


def _partner_page(session: Session, partner_id: str, form: Form | None = None) -> ResponseReturnValue:
    known = None if partner_id == NEW else queries.partner(session, partner_id, scope())
    fresh = {"hue": 258, "currency": "EUR", "timezone": "Europe/Dublin", "languages": ["en"]}
    return page(
        "partner.html",
        form=form or Form(known or fresh),
        partner=known,
        languages=list(wording.LANGUAGES.items()),
    )


def _locations_page(session: Session, form: Form) -> ResponseReturnValue:
    return page(
        "locations.html",
        form=form,
        locations=queries.locations(session),
        counts=queries.customers_in(session, "location_id", scope()),
        edited=form.value("id") or request.args.get("edit", ""),
    )


def _labels_page(session: Session, form: Form) -> ResponseReturnValue:
    return page(
        "labels.html",
        form=form,
        labels=queries.labels(session),
        counts=queries.customers_in(session, "label_id", scope()),
        edited=form.value("id") or request.args.get("edit", ""),
    )
