"""My services (P4, P5)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.billing import Subscription
from portal_gateway.domain.capabilities import capabilities
from portal_gateway.portal.caller import caller, events_from_now, portal_settings, signed_in, told, upstreams
from portal_gateway.usecases.home import ENDED, detailed, services
from portal_gateway.usecases.show_service import show_service
from shared.ui.formats import day, money
from shared.ui.service_words import moment_word

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
        may=may_do(shown),
        events=events,
    )


@blueprint.get("/services/<service_id>")
@signed_in
def service_page(service_id: str) -> ResponseReturnValue:
    """
    Show one service.
    """
    events = events_from_now()
    shown = show_service(upstreams(), caller(), service_id)
    return render_template(
        "portal/service.html",
        service=shown.service,
        shown=shown,
        story=[_step(each) for each in shown.story or ()],
        may=may_do([shown.service]),
        events=events,
    )


def _step(moment: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": moment_word(moment),
        "note": _note(moment),
        "when": day(moment["on"]),
        "state": "done" if moment["done"] else "next",
    }


def _note(moment: dict[str, Any]) -> str | None:
    price, before, last = moment.get("amount"), moment.get("before"), moment.get("last_on")
    if price and before:
        return str(_("%(price)s instead of %(before)s", price=money(price), before=money(before)))
    if last:
        return str(_("until the end of %(day)s", day=day(last)))
    if moment["code"] == "ordered" and moment.get("number"):
        return str(_("Order %(number)s", number=moment["number"]))
    return str(_("because bills were not paid")) if moment["code"] == "stopped" else None


def may_do(held: Sequence[Subscription]) -> dict[str, list[str]]:
    """
    Return what the customer may do with each service: what is not offered is absent, not greyed.
    """
    return {each["id"]: capabilities(each, portal_settings()) for each in held}


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
