"""My services (P4, P5)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.billing import Subscription
from portal_gateway.portal.caller import caller, events_from_now, portal_settings, signed_in, told, upstreams
from portal_gateway.usecases.home import ENDED, detailed, services

blueprint = Blueprint("portal_services", __name__, url_prefix="/portal")


@blueprint.get("/services")
@signed_in
def services_page() -> ResponseReturnValue:
    """
    List the customer's services in groups; ended ones on demand.
    """
    events = events_from_now()
    summary = told(lambda: upstreams().billing.summary(caller()))
    held = detailed(summary) if summary else []
    with_ended = "ended" in request.args
    shown = [each for each in held if with_ended or each["status"] not in ENDED]
    return render_template(
        "portal/services.html",
        known=summary is not None,
        groups=_groups(shown),
        monthly=services(held)["monthly_total"],
        ended=sum(each["status"] in ENDED for each in held),
        with_ended=with_ended,
        offers=portal_settings().ordering_enabled,
        changeable={each["id"] for each in shown if may_change(each)},
        events=events,
    )


@blueprint.get("/services/<service_id>")
@signed_in
def service_page(service_id: str) -> ResponseReturnValue:
    """
    Show one service.
    """
    billing = upstreams().billing
    held = {each["id"]: each for each in detailed(billing.summary(caller()))}
    service = held.get(service_id) or billing.subscription(caller(), service_id)
    changeable = {service_id} if may_change(service) else set()
    return render_template("portal/service.html", service=service, changeable=changeable)


def may_change(service: Subscription) -> bool:
    """
    Tell whether the customer may look for another plan: what is not offered is absent, not greyed.
    """
    booked = service.get("pending_change") or service.get("pause")
    free = service["bundle_id"] is None and not booked
    modes = portal_settings().change_modes(service["kind"])
    return service["status"] == "active" and free and bool(modes)


def _groups(held: list[Subscription]) -> list[tuple[str, str, list[Subscription]]]:
    titles = {
        "bundle": (_("Bundles"), "gift"),
        "internet": (_("Internet"), "wifi"),
        "voice": (_("Voice"), "phone"),
        "recurring": (_("Recurring"), "refresh-cw"),
        "one_time": (_("One-time"), "package"),
    }
    found = [
        (title, icon, [each for each in held if each["kind"] == kind])
        for kind, (title, icon) in titles.items()
    ]
    return [group for group in found if group[2]]
