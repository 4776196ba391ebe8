"""Home (P2): what is due, what one has, what is on its way; each card fails alone."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal_gateway.portal.caller import caller, signed_in, upstreams
from portal_gateway.portal.wallet import chips
from portal_gateway.usecases.home import home
from shared import clock
from shared.web.wiring import database

blueprint = Blueprint("portal_home", __name__, url_prefix="/portal")


@blueprint.get("")
@signed_in
def home_page() -> ResponseReturnValue:
    """
    Show Home.
    """
    sections = home(database(), upstreams(), caller(), now=clock.now())
    return render_template(
        "portal/home.html", home=sections, offers="order" in sections["capabilities"], chips=chips
    )
