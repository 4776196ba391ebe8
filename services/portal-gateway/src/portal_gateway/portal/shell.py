"""The frame of every portal page: brand, language, what is in the basket, and where one can go."""

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal_gateway.domain.language import spoken
from portal_gateway.portal import words
from portal_gateway.portal.caller import acquaintance, basket, partner, portal_settings
from portal_gateway.queries import Acquaintance
from shared import ui
from shared.errors import NotFound, Unavailable
from shared.ui.formats import day, money
from shared.ui.language import COOKIE, LANGUAGES
from shared.ui.shells import PORTAL_SECTIONS
from shared.web.errors import answer_refusal
from shared.web.guard import principal

# Takes the place of the bills, which are reached from it (004-06).
WALLET = ui.Section("bills", _l("Wallet"), "/portal/wallet", "wallet")
ACCOUNT = (
    ui.Section("orders", _l("Orders"), "/portal/orders", "history"),
    ui.Section("settings", _l("Settings"), "/portal/settings", "settings"),
)

BELONGS = {"plan_change": "services", "self_service": "services", "checkout": "order", "status": "orders"}


def init_app(app: Flask) -> None:
    """
    Give the pages their frame.
    """
    ui.use_portal_shell(app, portal_shell)
    words.init_app(app)
    app.jinja_env.globals["shows_services"] = lambda: portal_settings().menu_services


def speak_their_language() -> None:
    """
    Speak as the reader chose here, else as their provider knows them, else as their browser asks; always in
    a language of the provider.
    """
    known = acquaintance() if principal().kind == "customer" else None
    wishes = (
        request.cookies.get(COOKIE),
        known.language if known else None,
        request.accept_languages.best_match(_languages()),
    )
    ui.speak(spoken(_languages(), wishes))


def only_with_services() -> None:
    """
    Have no page about services where the menu has none (000-03); what is booked can still be undone.
    """
    if not portal_settings().menu_services and request.method == "GET":
        raise NotFound


def _languages() -> list[str]:
    return [each for each in partner().languages if each in LANGUAGES] or ["en"]


def stand_without(refusal: Unavailable) -> ResponseReturnValue:
    """
    Show a page whose service does not answer as far as it goes: where one is, and a way to try again.
    """
    if request.method != "GET" or ui.is_fragment():
        return answer_refusal(refusal)
    here = request.full_path.rstrip("?")
    return render_template("portal/missing.html", section=_section(), here=here)


def _section() -> ui.Section:
    known = {each.key: each for each in (*PORTAL_SECTIONS, *ACCOUNT)} | {"wallet": WALLET}
    key = (request.blueprint or "").removeprefix("portal_")
    return known.get(BELONGS.get(key, key)) or known["home"]


def portal_shell() -> ui.PortalShell:
    """
    Return the frame of this page.
    """
    brand, signed_in = partner(), principal().kind == "customer"
    g.timezone = brand.timezone
    held = basket() if signed_in else None
    known = acquaintance() if signed_in else None
    return ui.PortalShell(
        site=brand.title,
        hue=brand.hue,
        customer=(known.full_name if known else "?") if signed_in else None,
        sections=_sections(known),
        basket_count=held.count if held else 0,
        basket_total=held.total if held and held.items else None,
        account_links=ACCOUNT,
        help_url="/portal/support" if signed_in else f"{request.path}#help",
        phone=brand.help_phone or None,
        email=brand.help_email or None,
        languages=_languages(),
        notice=_notice(known) if known else None,
    )


def _notice(known: Acquaintance) -> ui.Notice | None:
    """
    Return what keeps the customer out and what brings them back; a person's word only a person lifts.
    """
    late = known.late
    if late and known.status in ("blocked", "inactive"):
        sentence = (
            _("Access is paused: %(amount)s due since %(day)s. Pay now to reconnect.")
            if late.state == "blocked"
            else _("Your services have stopped: %(amount)s due since %(day)s. Pay now and they come back.")
        )
        words = sentence % {"amount": money(late.owed), "day": day(late.due_since)}
        return ui.Notice("bad", words, _("Pay now"), "/portal/bills/pay")
    if known.status == "blocked":
        return ui.Notice(
            "bad", _("Access is paused. Ask us and we will help."), _("Support"), "/portal/support"
        )
    return None


def _sections(known: Acquaintance | None) -> list[ui.Section]:
    menu, prepaid = portal_settings().menu, known and known.billing_type.startswith("prepaid")
    shown = [each for each in PORTAL_SECTIONS if each.key in menu]
    return [WALLET if prepaid and each.key == WALLET.key else each for each in shown]
