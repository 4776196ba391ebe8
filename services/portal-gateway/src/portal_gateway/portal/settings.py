"""Settings (P27), as far as they go now: saved cards, and the devices that are signed in."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway import queries
from portal_gateway.portal.caller import caller, portal_settings, settings, signed_in, told, upstreams
from portal_gateway.usecases.sign_out import sign_out
from shared import clock, ui
from shared.errors import Invalid
from shared.ui.bill_words import paid_with
from shared.ui.formats import said
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_settings", __name__, url_prefix="/portal")

# The first mark found decides: most browsers also claim to be their ancestors.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@blueprint.get("/settings")
@signed_in
def settings_page() -> ResponseReturnValue:
    """
    Show profile, cards and devices.
    """
    with database().read() as session:
        devices = queries.devices(session, customer_id=principal().id, now=clock.real_now())
    pays = portal_settings().accept_payment
    return render_template(
        "portal/settings.html",
        person=told(lambda: upstreams().customers.person(caller())),
        cards=told(lambda: upstreams().billing.payment_methods(caller())) if pays else [],
        pays=pays,
        devices=devices,
        current=principal().session_id,
        device_name=device_name,
    )


@blueprint.post("/settings/cards")
@signed_in
def add_card() -> ResponseReturnValue:
    """
    Go to the provider's page where a card is saved.
    """
    back = f"{settings().portal_url}/portal/settings"
    return redirect(upstreams().billing.set_up_payment_method(caller(), return_url=back), 303)


@blueprint.post("/settings/cards/<method_id>/default")
@signed_in
def prefer_card(method_id: str) -> ResponseReturnValue:
    """
    Use a saved card by default.
    """
    try:
        card = upstreams().billing.prefer_payment_method(caller(), method_id)
    except Invalid as refusal:
        ui.toast(said(refusal.errors[0].detail), tone="bad")
    else:
        ui.toast(_("%(card)s is used by default.", card=paid_with(card["label"])))
    return redirect("/portal/settings", 303)


@blueprint.post("/settings/cards/<method_id>/removals")
@signed_in
def remove_card(method_id: str) -> ResponseReturnValue:
    """
    Forget a saved card.
    """
    upstreams().billing.forget_payment_method(caller(), method_id)
    ui.toast(_("The card is removed."))
    return redirect("/portal/settings", 303)


@blueprint.post("/settings/devices/removals")
@signed_in
def end_session() -> ResponseReturnValue:
    """
    Sign another device out.
    """
    with database().begin() as session:
        sign_out(
            session,
            customer_id=principal().id,
            session_id=request.form.get("session_id", "")[:40],
            now=clock.real_now(),
        )
    ui.toast(_("That device is signed out."))
    return redirect("/portal/settings", 303)


def device_name(agent: str) -> str:
    """
    Return what a person would call the program that sends *agent*: browser and system, or its first word.
    """
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or agent.split("/")[0] or str(_("Unknown device"))
