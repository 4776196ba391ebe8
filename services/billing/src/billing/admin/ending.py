"""End a service for its customer (A5): choose the last day, see what goes back, undo until it is over."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import again, required_date, typed_date
from billing.admin.shell import PREFIX, scope
from billing.queries.ending import ending
from billing.usecases.book_end import book_end
from billing.usecases.withdraw_end import withdraw_end
from shared import clock, ui
from shared.errors import Conflict, Invalid
from shared.ui.formats import day
from shared.web.access import staff
from shared.web.app import database

pages = Blueprint(
    "billing_ending", __name__, url_prefix=f"{PREFIX}/subscriptions", template_folder="templates"
)


@pages.get("/<subscription_id>/end")
@staff("orders.approve")
def end_page(subscription_id: str) -> ResponseReturnValue:
    """
    Show what an end on a day would give back; without a day, the last one that is paid for.
    """
    with database().read() as session:
        return _page(session, subscription_id, None)


@pages.post("/<subscription_id>/end")
@staff("orders.approve")
def end(subscription_id: str) -> ResponseReturnValue:
    """
    Book the end.
    """
    try:
        with database().begin() as session:
            ended = book_end(
                session,
                subscription_id=subscription_id,
                last_on=required_date("last_on"),
                reason=request.form.get("reason", "").strip(),
                waive_fee=bool(request.form.get("waive_fee")),
                partner_ids=scope(),
                now=clock.now(),
            )
            customer_id, name, last_on = ended.customer_id, ended.name, ended.ends_on
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _page(session, subscription_id, again(refusal)), 422
    ui.toast(_("%(name)s ends on %(day)s.", name=name, day=day(last_on or clock.today("UTC"))))
    return _back(customer_id)


@pages.post("/<subscription_id>/end/undo")
@staff("orders.approve")
def undo(subscription_id: str) -> ResponseReturnValue:
    """
    Let the service go on.
    """
    with database().begin() as session:
        kept = withdraw_end(session, subscription_id=subscription_id, partner_ids=scope(), now=clock.now())
        customer_id, name = kept.customer_id, kept.name
    ui.toast(_("%(name)s goes on.", name=name), tone="info")
    return _back(customer_id)


def _page(session: Session, subscription_id: str, form: ui.Form | None) -> str:
    asked = typed_date(request.values.get("last_on", ""))
    found = ending(session, subscription_id, last_on=asked, scope=scope())
    return render_template(
        "billing/end_service.html",
        found=found,
        form=form or ui.Form({"last_on": found.last_on.isoformat(), "reason": ""}),
        asked=ui.Form({"last_on": found.last_on.isoformat()}),
    )


def _back(customer_id: str) -> ResponseReturnValue:
    return redirect(f"{PREFIX}/customers/{customer_id}/services", 303)
