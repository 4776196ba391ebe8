"""
Portal settings per partner (A14).

Every field is either set here or inherited from the Default partner; ``*`` marks what differs from Default.
"""

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway import queries
from portal_gateway.domain.portal_settings import BOUNDS, CHANGE_FIELDS, ChangeMode, Channel, Shown
from portal_gateway.usecases.edit_portal_settings import edit_portal_settings
from shared import ui
from shared.errors import Invalid, NotFound
from shared.web.access import staff
from shared.web.errors import PreconditionFailed
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint(
    "portal_admin_settings", __name__, url_prefix="/admin/portal", template_folder="templates"
)

Chosen = TypeVar("Chosen", bound=StrEnum)

INHERIT = "inherit"
TYPED = ("order_email", "front_ends", "terms_url", "terms_version", "equipment_note", *BOUNDS)
FLAG_FIELDS = ("menu_services", "menu_bills", "menu_support", "may_pause", "may_cancel")
NO_NUMBER = -1  # out of every field's bounds: refused, naming the field
FLAGS = {"on": True, "off": False}


@blueprint.get("")
@staff("portal.view")
def first_page() -> ResponseReturnValue:
    """
    Lead to the settings.
    """
    return redirect("/admin/portal/settings", 303)


@blueprint.get("/settings")
@staff("portal.view")
def settings_page() -> ResponseReturnValue:
    """
    Show the settings of one partner.
    """
    return _page(_chosen(request.args.get("partner", "")))


@blueprint.post("/settings")
@staff("portal.edit")
def save() -> ResponseReturnValue:
    """
    Store what the partner sets itself.
    """
    partner_id = _chosen(request.form.get("partner", ""))
    own = {
        "ordering_enabled": _flag("ordering_enabled"),
        "accept_payment": _flag("accept_payment"),
        "order_channel": _one_of(Channel, "order_channel"),
        "order_email": request.form.get("order_email", "").strip() or None,
        "terms_url": request.form.get("terms_url", "").strip() or None,
        "terms_version": " ".join(request.form.get("terms_version", "").split()) or None,
        "front_ends": "\n".join(request.form.get("front_ends", "").split()) or None,
        "equipment_note": " ".join(request.form.get("equipment_note", "").split()) or None,
        **{field: _flag(field) for field in FLAG_FIELDS},
        **{field: _number(field) for field in BOUNDS},
        **{field: _one_of(ChangeMode, field) for field in CHANGE_FIELDS.values()},
    }
    return _stored(partner_id, own)


@blueprint.post("/settings/resets")
@staff("portal.edit")
def reset() -> ResponseReturnValue:
    """
    Take one field back to what Default says.
    """
    partner_id = _chosen(request.form.get("partner", ""))
    with database().read() as session:
        fields = queries.settings_page(session, partner_id).fields
    own = {field.name: field.value if field.overridden else None for field in fields}
    return _stored(partner_id, {**own, request.form.get("field", ""): None})


def _stored(partner_id: str, own: dict[str, Any]) -> ResponseReturnValue:
    expected = request.form.get("version", "")
    try:
        with database().begin() as session:
            edit_portal_settings(
                session,
                partner_id=partner_id,
                own=own,
                expected=int(expected) if expected.isdecimal() else -1,
            )
    except Invalid as refusal:
        return _page(partner_id, ui.Form(request.form, refusal.errors), 422)
    except PreconditionFailed as refusal:
        return _page(partner_id, ui.Form(request.form, problem=refusal), 412)
    ui.toast(_("Saved. The portal follows at once."))
    return redirect(f"/admin/portal/settings?partner={partner_id}", 303)


def _page(partner_id: str, form: ui.Form | None = None, status: int = 200) -> ResponseReturnValue:
    with database().read() as session:
        shown = queries.settings_page(session, partner_id)
        known = [(each.id, each.name) for each in queries.partners(session) if _may_see(each.id)]
    return (
        render_template(
            "portal_gateway/settings.html",
            shown=shown,
            fields={field.name: field for field in shown.fields},
            partners=known,
            only=request.args.get("only") == "overrides",
            form=form or ui.Form({each.name: _choice(each, shown.partner) for each in shown.fields}),
            may_edit=principal().may("portal.edit"),
        ),
        status,
    )


def _chosen(partner_id: str) -> str:
    with database().read() as session:
        known = [each.id for each in queries.partners(session) if _may_see(each.id)]
    if partner_id and partner_id not in known:
        raise NotFound
    if not known:
        raise NotFound(_("No partner is known yet."))
    return partner_id or known[0]


def _may_see(partner_id: str) -> bool:
    scope = principal().partner_ids
    return scope is None or partner_id in scope


def _choice(field: Shown, partner: queries.Partner) -> str:
    holds_its_own = field.overridden or partner.is_default  # who inherits from nobody sees what holds
    if field.name in TYPED:
        return str(field.value) if holds_its_own else ""
    if not holds_its_own:
        return INHERIT
    if isinstance(field.value, bool):
        return "on" if field.value else "off"
    return str(field.value)


def _flag(name: str) -> bool | None:
    return FLAGS.get(request.form.get(name, ""))


def _number(name: str) -> int | None:
    given = request.form.get(name, "").strip()
    if not given:
        return None
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else NO_NUMBER


def _one_of(kind: type[Chosen], name: str) -> Chosen | None:
    given = request.form.get(name, "")
    return kind(given) if given in {each.value for each in kind} else None
