"""Why can't this customer change to ...? Layer by layer, with the page where each can be put right."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from billing.admin.shell import PREFIX, scope
from billing.queries.change_layers import Reasons, reasons
from shared import ui
from shared.web.access import staff
from shared.web.app import database

pages = Blueprint("billing_change_reasons", __name__, url_prefix=PREFIX, template_folder="templates")

LAYERS = {
    "service": _l("The service can be changed"),
    "access": _l("The customer has access"),
    "booked": _l("Nothing else is booked"),
    "portal": _l("The portal lets customers change it"),
    "list": _l("The present plan lists the new one"),
    "sale": _l("The plan is on sale"),
    "same": _l("It is another plan"),
    "kind": _l("It is of the same kind"),
    "partner": _l("The customer's partner sells it"),
    "billing_type": _l("It fits how the customer is billed"),
    "location": _l("It fits where the customer lives"),
    "category": _l("It fits the customer's category"),
    "labels": _l("It fits the customer's labels"),
}
STATES = {
    "fine": (_l("Fine"), "ok"),
    "blocks": (_l("Stands in the way"), "bad"),
    "unknown": (_l("Not known yet"), "idle"),
}


@pages.get("/subscriptions/<subscription_id>/why")
@staff("orders.view")
def why(subscription_id: str) -> ResponseReturnValue:
    """
    Say of one plan what lets the customer change to it in the portal and what does not.
    """
    plan_id = request.args.get("plan", "")
    with database().read() as session:
        known = reasons(session, subscription_id, plan_id, scope=scope())
    return render_template(
        "billing/change_reasons.html",
        subscription=known.subscription,
        customer=known.customer,
        plans=known.plans,
        plan=known.plan,
        found=known.layers,
        words=LAYERS,
        states=STATES,
        form=ui.Form({"plan": plan_id}),
        fix=_fix(known, plan_id),
    )


def _fix(known: Reasons, plan_id: str) -> dict[str, tuple[str, str]]:
    """
    Return where each layer is put right: a service, and its page.
    """
    customer = known.customer
    services = ("billing", f"{PREFIX}/customers/{customer.id}/services")
    person = ("customers", f"/admin/customers/{customer.id}")
    plan = ("catalog", f"/admin/catalog/plans/{plan_id}")
    return {
        "service": services,
        "access": ("billing", f"{PREFIX}/customers/{customer.id}/billing"),
        "booked": services,
        "portal": ("portal", f"/admin/portal/settings?partner={customer.partner_id}"),
        "list": ("catalog", f"/admin/catalog/plans/{known.subscription.plan_id}"),
        "sale": plan,
        "partner": plan,
        "billing_type": plan,
        "location": person,
        "category": person,
        "labels": person,
    }
