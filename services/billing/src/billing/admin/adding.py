"""
Add a service for a customer (A5): type, plan, form; see the price line by line, add it, undo.

Plans that cannot be had are listed with everything that stands in the way.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from billing.admin.forms import money, required_date
from billing.admin.shell import PREFIX, scope
from billing.queries.quotes import quote_view
from billing.queries.service_desk import service_desk
from billing.queries.settings import partner_settings, settings_of
from billing.queries.staff import one_customer
from billing.usecases.add_service import add_service
from billing.usecases.quote_service import Wanted, quote_service
from billing.usecases.take_back_service import take_back_service
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound, Refusal
from shared.ui.formats import day
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_adding", __name__, url_prefix=PREFIX, template_folder="templates")

FIELDS = ("plan_id", "description", "quantity", "price", "reason", "starts_on")
LONGEST_REASON = 300
KINDS = {
    "internet": _l("Internet"),
    "voice": _l("Voice"),
    "recurring": _l("Recurring"),
    "bundle": _l("Bundles"),
    "one_time": _l("One-time"),
}
WHY = {
    "not_sold": _l("It is switched off or retired"),
    "partner": _l("The customer's partner does not sell it"),
    "currency": _l("It is sold in another currency"),
    "billing_type": _l("It is not sold to customers billed this way"),
    "location": _l("It is not sold at the customer's location"),
    "category": _l("It is not for customers of this category"),
    "labels": _l("The customer has none of its labels"),
}


@pages.get("/customers/<customer_id>/add-service")
@staff("orders.approve")
def choose(customer_id: str) -> ResponseReturnValue:
    """
    Show the plans of one type that can be added, and why others cannot.
    """
    return _page(customer_id, request.args)


@pages.post("/customers/<customer_id>/add-service/quote")
@staff("orders.approve")
def quote(customer_id: str) -> ResponseReturnValue:
    """
    Show what the service costs first, line by line, and hold the price.
    """
    try:
        with database().begin() as session:
            held = _quoted(session, customer_id)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(customer_id, request.form, refusal=refusal)
    return _page(customer_id, request.form, held=held)


@pages.post("/customers/<customer_id>/add-service")
@staff("orders.approve")
def add(customer_id: str) -> ResponseReturnValue:
    """
    Add what was quoted.
    """
    try:
        with database().begin() as session:
            one_customer(session, customer_id, scope=scope())
            order = add_service(
                session,
                customer_id=customer_id,
                quote_id=request.form.get("quote_id", ""),
                now=clock.now(),
            )
            said = _("%(plan)s is added from %(day)s.", plan=order.lines[0].label, day=day(order.starts_on))
            order_id = order.id
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(customer_id, request.form, refusal=refusal)
    ui.toast(said, undo=f"{PREFIX}/orders/{order_id}/undo-adding")
    return redirect(f"{PREFIX}/customers/{customer_id}/services", 303)


@pages.post("/orders/<order_id>/undo-adding")
@staff("orders.approve")
def undo(order_id: str) -> ResponseReturnValue:
    """
    Take an added service back.
    """
    with database().begin() as session:
        order = take_back_service(session, order_id=order_id, partner_ids=scope(), now=clock.now())
        customer_id, name = order.customer_id, order.lines[0].label
    ui.toast(_("%(name)s is taken back.", name=name), tone="info")
    return redirect(f"{PREFIX}/customers/{customer_id}/services", 303)


def _quoted(session: Session, customer_id: str) -> Any:
    customer = one_customer(session, customer_id, scope=scope())
    plan_id = request.form.get("plan_id", "")
    desk = service_desk(session, customer_id, kind=_kind(request.form), scope=scope(), now=clock.now())
    if not any(sold.plan_id == plan_id for sold in desk.plans):
        raise Invalid(FieldError("#/plan_id", "required", _("Choose a plan.")))
    wanted = Wanted(
        plan_id=plan_id,
        quantity=_quantity(),
        starts_on=required_date("starts_on"),
        price=money("price", desk.currency) if request.form.get("price", "").strip() else None,
        description=" ".join(request.form.get("description", "").split()),
        reason=request.form.get("reason", "").strip()[:LONGEST_REASON],
    )
    return quote_service(session, customer=customer, wanted=wanted, now=clock.now())


def _quantity() -> int:
    text = request.form.get("quantity", "").strip() or "1"
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid(FieldError("#/quantity", "out_of_range", _("Enter a whole number")))
    return int(text)


def _page(
    customer_id: str, given: Any, *, held: Any = None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    errors = _at_fields(refusal.errors) if isinstance(refusal, Invalid) else ()
    with database().read() as session:
        desk = service_desk(session, customer_id, kind=_kind(given), scope=scope(), now=clock.now())
        account = desk.account
        settings = (
            settings_of(session, account) if account else partner_settings(session, desk.customer.partner_id)
        )
        values = {name: given.get(name, "") for name in FIELDS}
        values["starts_on"] = values["starts_on"] or desk.today.isoformat()
        values["plan_id"] = values["plan_id"] or next((sold.plan_id for sold in desk.plans), "")
        page = render_template(
            "billing/add_service.html",
            desk=desk,
            kinds=KINDS,
            why_not=WHY,
            settings=settings,
            form=ui.Form(values, errors, problem=None if errors else refusal),
            quote=quote_view(held) if held else None,
            held=held,
        )
    return page, status_of(refusal) if refusal else 200


def _kind(given: Any) -> str:
    return str(given.get("kind", ""))


def _at_fields(errors: Any) -> list[FieldError]:
    # An order has many lines, this form has one.
    return [replace(each, pointer=each.pointer.replace("#/items/0/", "#/")) for each in errors]
