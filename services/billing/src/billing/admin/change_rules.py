"""
Change-plan rules per partner (C7): seed 001 word for word, and a simulator of what the customer will see.

Every field is either set here or inherited from the Default partner; ``*`` marks what differs from Default.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.shell import PREFIX, scope
from billing.domain.change_settings import ROLLOVER_EXPIRIES, PrepaidRefund, Refund, Timing
from billing.domain.settings import Shown
from billing.queries.change_rules import (
    RulesPage,
    Simulated,
    Simulation,
    partners_of,
    plans_to_try,
    rules_page,
    simulate,
)
from billing.queries.trail import settings_trail
from billing.usecases.edit_partner_settings import edit_partner_settings
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound
from shared.money import Money, UnclearAmount
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import PreconditionFailed
from shared.web.guard import principal

URL = f"{PREFIX}/change-plan"
pages = Blueprint("billing_change_rules", __name__, url_prefix=URL, template_folder="templates")

CHOICES: dict[str, tuple[str, ...]] = {
    "refund": tuple(Refund),
    "timing": tuple(Timing),
    "prepaid_refund": tuple(PrepaidRefund),
    "rollover_expiry": ROLLOVER_EXPIRIES,
}
MONEY = (
    "fee_up_minor",
    "fee_down_minor",
    "minimum_invoice_minor",
    "prepaid_fee_up_minor",
    "prepaid_fee_down_minor",
)
FIELDS = (*CHOICES, *MONEY)
BILLING_TYPES = ("recurring", "prepaid")
INHERIT = "inherit"
LARGEST = 100_000_00


@dataclass(frozen=True)
class Tried:
    """
    The simulator's own fields and its answer; *shown* is None before anybody asked.
    """

    form: ui.Form
    asked: bool = False
    shown: Simulation | None = None


@pages.get("")
@staff("settings.view")
def show() -> ResponseReturnValue:
    """
    Show the rules of one partner.
    """
    return _page(_chosen(request.args.get("partner", "")))


@pages.post("")
@staff("settings.edit")
def save() -> ResponseReturnValue:
    """
    Store what the partner sets itself.
    """
    partner_id = _chosen(request.form.get("partner", ""))
    try:
        own = _own(partner_id)
    except Invalid as refusal:
        return _page(partner_id, form=ui.Form(request.form, refusal.errors), status=422)
    return _stored(partner_id, own)


@pages.post("/resets")
@staff("settings.edit")
def reset() -> ResponseReturnValue:
    """
    Take one field back to what Default says.
    """
    partner_id, field = _chosen(request.form.get("partner", "")), request.form.get("field", "")
    with database().read() as session:
        fields = rules_page(session, partner_id).fields
    own = {name: each.value for name, each in fields.items() if each.overridden and name != field}
    return _stored(partner_id, own)


@pages.post("/simulation")
@staff("settings.view")
def try_out() -> ResponseReturnValue:
    """
    Play a change through with the values in the form, saved or not; nothing is stored.
    """
    partner_id = _chosen(request.form.get("partner", ""))
    try:
        own = _own(partner_id)
    except Invalid as refusal:
        return _page(partner_id, form=ui.Form(request.form, refusal.errors), status=422)
    return _page(partner_id, form=ui.Form(request.form), unsaved=own)


def _stored(partner_id: str, own: dict[str, Any]) -> ResponseReturnValue:
    version = request.form.get("version", "")
    try:
        with database().begin() as session:
            edit_partner_settings(
                session,
                partner_id=partner_id,
                names=FIELDS,
                own=own,
                expected=int(version) if version.isdecimal() else -1,
                now=clock.now(),
            )
    except PreconditionFailed as refusal:
        return _page(partner_id, form=ui.Form(request.form, problem=refusal), status=412)
    ui.toast(_("Saved. The next quote is made by these rules."))
    return redirect(f"{URL}?partner={partner_id}", 303)


def _page(
    partner_id: str,
    *,
    form: ui.Form | None = None,
    unsaved: dict[str, Any] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with database().read() as session:
        page = rules_page(session, partner_id)
        return (
            render_template(
                "billing/change_rules.html",
                page=page,
                partners=[(each.id, each.name) for each in partners_of(session, scope())],
                trail=settings_trail(session, partner_id, names=FIELDS),
                only=request.args.get("only") == "overrides",
                form=form or ui.Form({name: _value(page, field) for name, field in page.fields.items()}),
                plans=[(plan.plan_id, plan.name) for plan in plans_to_try(session, page.partner)],
                tried=_tried(session, page, unsaved),
                may_edit=principal().may("settings.edit"),
            ),
            status,
        )


def _tried(session: Session, page: RulesPage, unsaved: dict[str, Any] | None) -> Tried:
    given = {name: request.form.get(name, "") for name in ("from_plan", "to_plan", "on", "billing_type")}
    if unsaved is None:
        return Tried(ui.Form({**given, "on": given["on"] or page.today.isoformat()}))
    try:
        wanted = _simulated(given)
    except Invalid as refusal:
        return Tried(ui.Form(given, refusal.errors), asked=True)
    return Tried(ui.Form(given), asked=True, shown=simulate(session, page.partner, wanted, unsaved))


def _simulated(given: dict[str, str]) -> Simulated:
    try:
        on = date.fromisoformat(given["on"])
    except ValueError:
        raise Invalid(FieldError("#/on", "required", _("Enter a day"))) from None
    billing_type = given["billing_type"] if given["billing_type"] in BILLING_TYPES else BILLING_TYPES[0]
    return Simulated(
        from_plan_id=given["from_plan"], to_plan_id=given["to_plan"], on=on, billing_type=billing_type
    )


def _own(partner_id: str) -> dict[str, Any]:
    """
    Read what the form sets; what is left as Default is not in it.

    :raises Invalid: naming each amount that is none
    """
    with database().read() as session:
        currency = rules_page(session, partner_id).partner.currency
    own: dict[str, Any] = {
        name: given for name, known in CHOICES.items() if (given := request.form.get(name, "")) in known
    }
    wrong = []
    for name in MONEY:
        text = request.form.get(name, "").strip()
        try:
            own |= {name: _minor(text, currency)} if text else {}
        except UnclearAmount:
            wrong.append(
                FieldError(f"#/{name}", "out_of_range", _("Enter an amount such as 2.00, or nothing"))
            )
    if wrong:
        raise Invalid(*wrong)
    return own


def _minor(text: str, currency: str) -> int:
    minor = Money.parse(text.replace(",", "."), currency).minor
    if not 0 <= minor <= LARGEST:
        raise UnclearAmount(text)
    return minor


def _chosen(partner_id: str) -> str:
    with database().read() as session:
        known = [each.id for each in partners_of(session, scope())]
    if (partner_id and partner_id not in known) or not known:
        raise NotFound
    return partner_id or known[0]


def _value(page: RulesPage, field: Shown) -> str:
    if not field.overridden and not page.partner.is_default:
        return "" if field.name in MONEY else INHERIT
    return Money(field.value, page.partner.currency).amount if field.name in MONEY else str(field.value)
