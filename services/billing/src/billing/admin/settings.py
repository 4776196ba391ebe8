"""
A partner's billing settings (A9, C10): every field inherited from Default until it is set here.

The tab about late payment draws what a bill of today leads to, and says who would be blocked or reminded
tomorrow by what is typed, before it is saved.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin import settings_words as words
from billing.admin.settings_form import posted, values
from billing.admin.shell import PREFIX, scope
from billing.domain.settings_fields import GROUPS, names
from billing.queries.dunning import bill_of_today, threatened
from billing.queries.reminders import reminded_tomorrow
from billing.queries.settings import partners_in, settings_if, settings_page
from billing.queries.trail import partner_trail, settings_trail
from billing.usecases.edit_partner_settings import edit_partner_settings
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import PreconditionFailed

URL = f"{PREFIX}/settings"
pages = Blueprint("billing_settings", __name__, url_prefix=URL, template_folder="templates")


@pages.get("")
@staff("settings.view")
def show() -> ResponseReturnValue:
    """
    Show one group of a partner's settings.
    """
    return _page(_chosen(request.args.get("partner", "")), _group(request.args.get("group", "bills")))


@pages.post("")
@staff("settings.edit")
def save() -> ResponseReturnValue:
    """
    Store what the partner sets itself; the worker lets every account follow.
    """
    partner_id, group = _chosen(request.form.get("partner", "")), _group(request.form.get("group", ""))
    try:
        own = posted(GROUPS[group], currency=_currency(partner_id))
        _check_together(partner_id, group, own)
    except Invalid as refusal:
        return _page(partner_id, group, form=ui.Form(request.form, refusal.errors), status=422)
    return _stored(partner_id, group, own)


@pages.post("/resets")
@staff("settings.edit")
def reset() -> ResponseReturnValue:
    """
    Take one field back to what Default says.
    """
    partner_id, group = _chosen(request.form.get("partner", "")), _group(request.form.get("group", ""))
    with database().read() as session:
        fields = settings_page(session, partner_id).fields
    wanted = [name for name in names(GROUPS[group]) if name != request.form.get("field", "")]
    return _stored(
        partner_id, group, {name: fields[name].value for name in wanted if fields[name].overridden}
    )


@pages.post("/dry-run")
@staff("settings.view")
def dry_run() -> ResponseReturnValue:
    """
    Say what the typed values would lead to; nothing is stored.
    """
    partner_id = _chosen(request.form.get("partner", ""))
    try:
        own = posted(GROUPS["late"], currency=_currency(partner_id))
    except Invalid as refusal:
        return _page(partner_id, "late", form=ui.Form(request.form, refusal.errors), status=422)
    return _page(partner_id, "late", form=ui.Form(request.form), tried=own)


def _stored(partner_id: str, group: str, own: dict[str, Any]) -> ResponseReturnValue:
    version = request.form.get("version", "")
    try:
        with database().begin() as session:
            edit_partner_settings(
                session,
                partner_id=partner_id,
                names=names(GROUPS[group]),
                own=own,
                expected=int(version) if version.isdecimal() and len(version) < 10 else -1,
                now=clock.now(),
            )
    except PreconditionFailed as refusal:
        return _page(partner_id, group, form=ui.Form(request.form, problem=refusal), status=412)
    ui.toast(_("Saved. All accounts follow in a moment."))
    return redirect(f"{URL}?partner={partner_id}&group={group}", 303)


def _page(
    partner_id: str,
    group: str,
    *,
    form: ui.Form | None = None,
    tried: dict[str, Any] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    fields = GROUPS[group]
    with database().read() as session:
        found = settings_page(session, partner_id)
        settings = settings_if(session, partner_id, names(fields) if tried is not None else (), tried or {})
        return (
            render_template(
                "billing/settings.html",
                shown=found,
                group=group,
                fields=fields,
                tabs=words.tabs(partner_id),
                partners=[(each.id, each.name) for each in partners_in(session, scope())],
                form=form or ui.Form(values(fields, found.fields, currency=found.partner.currency)),
                words=words,
                trail=settings_trail(session, partner_id, names=names(fields)),
                doings=partner_trail(session, partner_id),
                today_bill=bill_of_today(found.partner, settings) if group == "late" else None,
                threats=threatened(session, found.partner, settings) if tried is not None else None,
                reminded=reminded_tomorrow(session, found.partner, settings) if tried is not None else None,
                may_edit=principal().may("settings.edit"),
            ),
            status,
        )


def _check_together(partner_id: str, group: str, own: dict[str, Any]) -> None:
    if group != "prepaid":
        return
    with database().read() as session:
        settings = settings_if(session, partner_id, names(GROUPS[group]), own)
    if settings.top_up_max_minor < settings.top_up_min_minor:
        smallest = _("Enter at least the smallest top-up")
        raise Invalid(FieldError("#/top_up_max_minor", "out_of_range", smallest))


def _chosen(partner_id: str) -> str:
    with database().read() as session:
        known = [each.id for each in partners_in(session, scope())]
    if (partner_id and partner_id not in known) or not known:
        raise NotFound
    return partner_id or known[0]


def _group(name: str) -> str:
    if name not in GROUPS:
        raise NotFound
    return name


def _currency(partner_id: str) -> str:
    with database().read() as session:
        return settings_page(session, partner_id).partner.currency
