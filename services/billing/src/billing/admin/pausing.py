"""Pause a service and let it work again (A8): choose the days, see what moves, undo until it begins."""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import again, required_date, typed_date
from billing.admin.shell import PREFIX, scope
from billing.domain.subscription import Status
from billing.queries.pausing import pausing, returning
from billing.queries.plan_change_desk import subscription_in
from billing.usecases.book_pause import Rest, book_pause
from billing.usecases.move_pause_end import move_pause_end
from billing.usecases.withdraw_pause import withdraw_pause
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid
from shared.money import Money
from shared.ui.formats import day
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint(
    "billing_pausing", __name__, url_prefix=f"{PREFIX}/subscriptions", template_folder="templates"
)


@pages.get("/<subscription_id>/pause")
@staff("orders.approve")
def pause_page(subscription_id: str) -> ResponseReturnValue:
    """
    Show what a pause of these days would give back; without days, an open one from tomorrow.
    """
    with database().read() as session:
        return _pause_page(session, subscription_id, None)


@pages.post("/<subscription_id>/pause")
@staff("orders.approve")
def pause(subscription_id: str) -> ResponseReturnValue:
    """
    Book the pause.
    """
    try:
        with database().begin() as session:
            booked = book_pause(
                session,
                subscription_id=subscription_id,
                wanted=_wanted(),
                shown=_shown(session, subscription_id),
                partner_ids=scope(),
                now=clock.now(),
            )
            name = subscription_in(session, subscription_id, scope=scope()).name
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _pause_page(session, subscription_id, again(refusal)), status_of(refusal)
    ui.toast(_("%(name)s pauses from %(day)s.", name=name, day=day(booked.from_on)))
    return _back(booked.customer_id)


@pages.post("/<subscription_id>/pause/undo")
@staff("orders.approve")
def undo(subscription_id: str) -> ResponseReturnValue:
    """
    Let the service go on.
    """
    with database().begin() as session:
        kept = withdraw_pause(session, subscription_id=subscription_id, partner_ids=scope(), now=clock.now())
        customer_id, name = kept.customer_id, kept.name
    ui.toast(_("%(name)s goes on.", name=name), tone="info")
    return _back(customer_id)


@pages.get("/<subscription_id>/resume")
@staff("orders.approve")
def resume_page(subscription_id: str) -> ResponseReturnValue:
    """
    Show what working again on a day would charge or give back; without a day, today.
    """
    with database().read() as session:
        return _resume_page(session, subscription_id, None)


@pages.post("/<subscription_id>/resume")
@staff("orders.approve")
def resume(subscription_id: str) -> ResponseReturnValue:
    """
    Let it work again today, or book another day.
    """
    try:
        with database().begin() as session:
            moved = move_pause_end(
                session,
                subscription_id=subscription_id,
                back_on=required_date("back_on"),
                shown=_shown(session, subscription_id),
                partner_ids=scope(),
                now=clock.now(),
            )
            held = subscription_in(session, subscription_id, scope=scope())
            back_on = moved.until_on if held.status is Status.PAUSED else None
            name, customer_id = held.name, held.customer_id
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _resume_page(session, subscription_id, again(refusal)), status_of(refusal)
    ui.toast(_told(name, back_on))
    return _back(customer_id)


def _told(name: str, back_on: date | None) -> str:
    if back_on is None:
        return str(_("%(name)s works again.", name=name))
    return str(_("%(name)s works again from %(day)s.", name=name, day=day(back_on)))


def _wanted() -> Rest:
    last = request.form.get("last_on", "").strip()
    return Rest(
        from_on=required_date("from_on"),
        last_on=required_date("last_on") if last else None,
        billed=bool(request.form.get("billed")),
        message=request.form.get("message", "").strip(),
    )


def _shown(session: Session, subscription_id: str) -> Money:
    """
    Return the sum the page said, in the currency of the service.
    """
    held = subscription_in(session, subscription_id, scope=scope())
    try:
        return Money(int(request.form.get("shown", "")), held.currency)
    except ValueError:
        raise Invalid(FieldError("#/shown", "required", _("Open the form again"))) from None


def _pause_page(session: Session, subscription_id: str, form: ui.Form | None) -> str:
    found = pausing(
        session,
        subscription_id,
        from_on=_asked("from_on"),
        last_on=_asked("last_on"),
        billed=bool(request.values.get("billed")),
        scope=scope(),
    )
    asked = {
        "from_on": found.from_on.isoformat(),
        "last_on": found.last_on.isoformat() if found.last_on else "",
        "billed": "on" if found.billed else "",
    }
    return render_template(
        "billing/pause_service.html", found=found, form=form or ui.Form({"message": ""}), asked=ui.Form(asked)
    )


def _resume_page(session: Session, subscription_id: str, form: ui.Form | None) -> str:
    found = returning(session, subscription_id, back_on=_asked("back_on"), scope=scope())
    asked = ui.Form({"back_on": found.back_on.isoformat()})
    return render_template("billing/resume_service.html", found=found, form=form or ui.Form({}), asked=asked)


def _asked(name: str) -> date | None:
    return typed_date(request.values.get(name, ""))


def _back(customer_id: str) -> ResponseReturnValue:
    return redirect(f"{PREFIX}/customers/{customer_id}/services", 303)
