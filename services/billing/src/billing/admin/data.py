"""The data of one service: what is left, what became of it, and giving some on top."""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.holdings import find_subscription
from billing.queries.usage import usage_of
from billing.usecases.top_up_data import top_up_data
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_data", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates")


@pages.get("/<customer_id>/services/<subscription_id>/data")
@staff("orders.view")
def show(customer_id: str, subscription_id: str) -> ResponseReturnValue:
    """
    Show how much data the service has left, and what became of it.
    """
    with database().read() as session:
        return _page(session, customer_id, subscription_id)


@pages.post("/<customer_id>/services/<subscription_id>/data")
@staff("services.change")
def give(customer_id: str, subscription_id: str) -> ResponseReturnValue:
    """
    Give data on top, free of charge.
    """
    try:
        with database().begin() as session:
            top_up_data(
                session,
                customer_id=customer_id,
                subscription_id=subscription_id,
                amount_mb=_amount(request.form.get("amount_mb", "")),
                expires_on=_day(request.form.get("expires_on", "")),
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else ()
        form = ui.Form(request.form, errors, problem=None if errors else refusal)
        with database().read() as session:
            return _page(session, customer_id, subscription_id, form=form), status_of(refusal)
    ui.toast(_("The data can be used at once."))
    return redirect(f"{PREFIX}/customers/{customer_id}/services/{subscription_id}/data", 303)


def _page(session: Session, customer_id: str, subscription_id: str, *, form: ui.Form | None = None) -> str:
    customer = queries.one_customer(session, customer_id, scope=scope())
    return render_template(
        "billing/data.html",
        customer=customer,
        account=queries.account_of(session, customer_id),
        service=find_subscription(session, customer_id=customer_id, subscription_id=subscription_id),
        usage=usage_of(session, customer_id=customer_id, subscription_id=subscription_id),
        form=form or ui.Form({}),
        may_give=principal().may("services.change"),
        kinds=_kinds(),
        reasons=_reasons(),
    )


def _kinds() -> dict[str, str]:
    return {
        "included": _("Included with the plan"),
        "top_up": _("On top"),
        "rollover": _("Rolled over"),
    }


def _reasons() -> dict[str, str]:
    return {
        "granted": _("Added"),
        "used": _("Used"),
        "rolled_over": _("Moved to the new plan"),
        "expired": _("Not used in time"),
        "taken_back": _("Ended with the plan"),
    }


def _amount(text: str) -> int:
    text = text.strip().replace(" ", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Invalid(FieldError("#/amount_mb", "wrong_type", _("Enter a whole number.")))
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Invalid(FieldError("#/expires_on", "wrong_type", _("Choose a day."))) from None
