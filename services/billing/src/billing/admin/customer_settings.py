"""One customer's billing settings (A9): what differs from the partner is set here."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin import settings_words as words
from billing.admin.settings_form import posted, values
from billing.admin.shell import PREFIX, scope
from billing.domain.settings_fields import OWN, names
from billing.queries import staff as queries
from billing.queries.settings import account_page
from billing.usecases.edit_account_settings import edit_account_settings, mark_of
from shared import clock, ui
from shared.errors import Invalid, NotFound
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import PreconditionFailed

pages = Blueprint(
    "billing_customer_settings", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates"
)


@pages.get("/<customer_id>/settings")
@staff("invoices.view")
def show(customer_id: str) -> ResponseReturnValue:
    """
    Show how the customer is billed, and what of it is their own.
    """
    return _page(customer_id)


@pages.post("/<customer_id>/settings")
@staff("accounts.edit")
def save(customer_id: str) -> ResponseReturnValue:
    """
    Store the customer's own values; empty fields are inherited.
    """
    with database().read() as session:
        queries.one_customer(session, customer_id, scope=scope())
        account = queries.account_of(session, customer_id)
    if account is None:
        raise NotFound
    try:
        own = posted(OWN, currency=account.currency)
        with database().begin() as session:
            edit_account_settings(
                session,
                customer_id=customer_id,
                names=names(OWN),
                own=own,
                seen=request.form.get("seen", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except Invalid as refusal:
        return _page(customer_id, form=ui.Form(request.form, refusal.errors), status=422)
    except PreconditionFailed as refusal:
        return _page(customer_id, form=ui.Form(request.form, problem=refusal), status=412)
    ui.toast(_("Saved."))
    return redirect(f"{PREFIX}/customers/{customer_id}/billing", 303)


def _page(customer_id: str, *, form: ui.Form | None = None, status: int = 200) -> ResponseReturnValue:
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        account = queries.account_of(session, customer_id)
        if account is None:
            raise NotFound
        known = account_page(session, account)
        return (
            render_template(
                "billing/customer_settings.html",
                customer=customer,
                account=account,
                known=known,
                fields=OWN,
                words=words,
                seen=mark_of(account),
                form=form or ui.Form(values(OWN, known, currency=account.currency)),
                may_edit=principal().may("accounts.edit"),
            ),
            status,
        )
